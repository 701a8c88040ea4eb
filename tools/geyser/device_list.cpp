#include "tools/geyser/device_list.hpp"

#include <algorithm>
#include <cctype>

#include "geyser/host.hpp"
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
  if (matches(host, selector)) list.devices.push_back(std::move(host));
  return list;
}

Result<TextureShareManager> open_again(const ListedDevice& device) {
  if (device.api == "host") return host::create_manager();
  return open_vulkan_device(device);
}

}  // namespace geyser::tools
