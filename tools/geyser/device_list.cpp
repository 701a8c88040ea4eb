#include "tools/geyser/device_list.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "core/message.hpp"
#include "geyser/host.hpp"
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
  if (const auto uuid = parse_uuid(selector); uuid && !uuid->is_nil()) return device.identity.device_uuid == *uuid;
  if (const auto pci = parse_pci_address(selector); pci && device.identity.pci) return device.identity.pci == *pci;
  return lower(device.identity.name).find(lower(selector)) != std::string::npos;
}

DeviceList list_devices(std::string_view selector) {
  DeviceList list;
  add_vulkan_devices(list, selector);
  add_opengl_devices(list, selector);
  add_cuda_devices(list, selector);
  ListedDevice host = host_device();
  if (matches(host, selector)) list.devices.push_back(std::move(host));
  return list;
}

Result<ListedDevice> open_device(std::string_view selector) {
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
  return Error(Errc::not_found, detail::text("No device matches \"", selector, "\"; there are ", names, "."));
}

Result<ListedDevice> open_device_for(const StreamInfo& stream, std::string_view selector) {
  if (!selector.empty()) return open_device(selector);
  if (stream.backend == "host") return open_device("host");
  if (!stream.device.device_uuid.is_nil()) {
    if (auto same = open_device(to_string(stream.device.device_uuid))) return same;
  }
  return open_device({});
}

Result<TextureShareManager> open_again(const ListedDevice& device) {
  if (device.api == "host") return host::create_manager();
  return open_vulkan_device(device);
}

}  // namespace geyser::tools
