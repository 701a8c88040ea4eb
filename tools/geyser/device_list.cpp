#include "tools/geyser/device_list.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "core/message.hpp"
#include "geyser/host.hpp"
#include "tools/common/json.hpp"
#include "tools/geyser/other_devices.hpp"
#include "tools/geyser/vulkan_devices.hpp"

namespace geyser::tools {
namespace {

[[nodiscard]] std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

[[nodiscard]] bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
}

using Luid = std::array<std::uint8_t, 8>;
constexpr std::string_view luid_prefix = "luid:";
constexpr std::string_view stream_prefix = "stream:";

[[nodiscard]] std::optional<Luid> parse_luid(std::string_view text) {
  Luid luid{};
  if (text.size() != 2 * luid.size()) return std::nullopt;
  for (std::size_t i = 0; i < luid.size(); ++i) {
    const char* const first = text.begin() + 2 * i;
    if (std::from_chars(first, first + 2, luid[i], 16).ptr != first + 2) return std::nullopt;
  }
  return luid;
}

/// A selector that needs no more than the device to be compared with.
[[nodiscard]] Result<std::string> resolved(std::string_view selector) {
  if (selector.starts_with(luid_prefix) && !parse_luid(selector.substr(luid_prefix.size()))) {
    return Error(Errc::invalid_argument, detail::text("The device is given as \"", selector,
                                                      "\"; a LUID is luid: and 16 hexadecimal digits, as `geyser devices` shows it."));
  }
  if (!selector.starts_with(stream_prefix)) return std::string(selector);
  auto identity = device_of_stream(selector.substr(stream_prefix.size()));
  if (!identity) return std::move(identity).error();
  return selector_of(*identity);
}

/// "DEVICE/DRIVER". A driver UUID that the API does not tell (CUDA) is not compared.
[[nodiscard]] bool matches_both(const DeviceIdentity& identity, std::string_view selector) {
  const std::size_t slash = selector.find('/');
  if (slash == std::string_view::npos) return false;
  const auto device = parse_uuid(selector.substr(0, slash));
  const auto driver = parse_uuid(selector.substr(slash + 1));
  if (!device || !driver || device->is_nil()) return false;
  return identity.device_uuid == *device && (identity.driver_uuid == *driver || identity.driver_uuid.is_nil());
}

/// The lower the better.
[[nodiscard]] int rank(const ListedDevice& device) {
  constexpr std::array<std::string_view, 5> order{"discrete gpu", "integrated gpu", "virtual gpu", "other", "software"};
  return static_cast<int>(std::ranges::find(order, device.type) - order.begin());
}

[[nodiscard]] ListedDevice host_device() {
  ListedDevice host;
  host.id = "host";
  host.api = "host";
  host.type = "host memory";
  host.identity.name = "host memory";
  auto manager = host::create_manager();
  if (manager) {
    host.identity = manager->identity();
    host.manager = *std::move(manager);
  } else {
    host.failure = std::move(manager).error();
  }
  return host;
}

}  // namespace

bool matches(const ListedDevice& device, std::string_view selector) {
  if (selector.empty() || selector == "all") return true;
  if (device.id == selector || device.api == selector) return true;
  if (all_digits(selector)) return device.id == "vulkan:" + std::string(selector);
  if (selector.starts_with(luid_prefix)) {
    const auto luid = parse_luid(selector.substr(luid_prefix.size()));
    return luid && device.identity.luid == luid;
  }
  if (matches_both(device.identity, selector)) return true;
  if (const auto uuid = parse_uuid(selector); uuid && !uuid->is_nil()) return device.identity.device_uuid == *uuid;
  if (const auto pci = parse_pci_address(selector); pci && device.identity.pci) return device.identity.pci == *pci;
  return lower(device.identity.name).find(lower(selector)) != std::string::npos;
}

std::string selector_of(const DeviceIdentity& identity) {
  if (identity.device_uuid.is_nil()) return identity.luid ? std::string(luid_prefix) + luid_text(*identity.luid) : "host";
  if (identity.driver_uuid.is_nil()) return to_string(identity.device_uuid);
  return to_string(identity.device_uuid) + "/" + to_string(identity.driver_uuid);
}

Result<DeviceList> list_devices(std::string_view given) {
  const auto wanted = resolved(given);
  if (!wanted) return wanted.error().clone();
  const std::string_view selector = *wanted;
  DeviceList list;
  add_vulkan_devices(list, selector);
  add_opengl_devices(list, selector);
  add_cuda_devices(list, selector);
  ListedDevice host = host_device();
  if (matches(host, selector)) list.devices.push_back(std::move(host));
  return list;
}

Result<ListedDevice> open_device(std::string_view given) {
  const auto wanted = resolved(given);
  if (!wanted) return wanted.error().clone();
  const std::string_view selector = *wanted;
  DeviceList list;
  if (selector.starts_with("opengl") || selector.starts_with("cuda")) {
    if (selector.starts_with("opengl")) {
      add_opengl_devices(list, selector);
    } else {
      add_cuda_devices(list, selector);
    }
    for (ListedDevice& device : list.devices) {
      if (!device.manager) return *std::move(device.failure);
      device.enter();
      return std::move(device);
    }
  }
  if (selector != "host") add_vulkan_devices(list, selector, false);
  if (!list.devices.empty()) {
    ListedDevice& best = *std::ranges::min_element(list.devices, {}, rank);  // the first of equals, as the loader orders them
    auto manager = open_vulkan_device(best);
    if (!manager) return std::move(manager).error();
    best.manager = *std::move(manager);
    return std::move(best);
  }
  ListedDevice host = host_device();
  if (matches(host, selector)) {
    if (host.failure) return *std::move(host.failure);
    return host;
  }
  if (list.vulkan_failure) return *std::move(list.vulkan_failure);
  DeviceList all;
  add_vulkan_devices(all, {}, false);
  std::string names = "host";
  add_opengl_devices(all, {});
  add_cuda_devices(all, {});
  for (const auto& device : all.devices) names += detail::text(", ", device.id, " (", device.identity.name, ")");
  return Error(Errc::not_found, detail::text("No device matches \"", given, "\"",
                                             given == selector ? "" : detail::text(" (", selector, ")"), "; there are ", names, "."));
}

Result<ListedDevice> open_device_for(const StreamInfo& stream, std::string_view selector) {
  if (!selector.empty()) return open_device(selector);
  if (stream.backend == "host") return open_device("host");
  if (!stream.device.device_uuid.is_nil()) {
    if (auto same = open_device(selector_of(stream.device))) return same;
  }
  return open_device({});
}

Result<TextureShareManager> open_again(const ListedDevice& device) {
  if (device.api == "host") return host::create_manager();
  return open_vulkan_device(device);
}

}  // namespace geyser::tools
