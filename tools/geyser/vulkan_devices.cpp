#include "tools/geyser/vulkan_devices.hpp"

#include "core/message.hpp"
#include "geyser/vulkan.hpp"

namespace geyser::tools {
namespace {

using detail::text;

[[nodiscard]] std::string type_name(VkPhysicalDeviceType type) {
  switch (type) {
    case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
      return "integrated gpu";
    case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
      return "discrete gpu";
    case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU:
      return "virtual gpu";
    case VK_PHYSICAL_DEVICE_TYPE_CPU:
      return "software";
    default:
      return "other";
  }
}

[[nodiscard]] Result<TextureShareManager> open_index(std::uint32_t index) {
  vulkan::DeviceOptions options;
  options.selector.index = index;
  options.application_name = "geyser command line";
  auto device = vulkan::Device::create(options);
  if (!device) return std::move(device).error();
  return device->create_manager();  // keeps the device alive
}

[[nodiscard]] std::string id_of(std::uint32_t index) { return text("vulkan:", index); }

}  // namespace

void add_vulkan_devices(DeviceList& list, std::string_view selector, bool open) {
  auto summaries = vulkan::enumerate_devices();
  if (!summaries) {
    list.vulkan_failure = std::move(summaries).error();
    return;
  }
  for (const auto& summary : *summaries) {
    ListedDevice device;
    device.id = id_of(summary.index);
    device.api = "vulkan";
    device.type = type_name(summary.type);
    device.api_version = text(VK_API_VERSION_MAJOR(summary.api_version), '.', VK_API_VERSION_MINOR(summary.api_version), '.',
                              VK_API_VERSION_PATCH(summary.api_version));
    device.vendor_id = summary.vendor_id;
    device.identity = summary.identity;
    if (!matches(device, selector)) continue;
    if (open) {
      auto manager = open_index(summary.index);
      if (manager) {
        device.manager = *std::move(manager);
      } else {
        device.failure = std::move(manager).error();
      }
    }
    list.devices.push_back(std::move(device));
  }
}

Result<TextureShareManager> open_vulkan_device(const ListedDevice& device) {
  // By UUID, not by number: the loader may order its devices differently the next time.
  vulkan::DeviceOptions options;
  options.selector.uuid = device.identity.device_uuid;
  if (!device.identity.driver_uuid.is_nil()) options.selector.driver_uuid = device.identity.driver_uuid;  // CUDA tells none
  options.application_name = "geyser command line";
  auto created = vulkan::Device::create(options);
  if (!created) return std::move(created).error();
  return created->create_manager();
}

}  // namespace geyser::tools
