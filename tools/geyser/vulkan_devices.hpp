// The Vulkan part of the device list; CMake picks vulkan_devices.cpp, or no_vulkan_devices.cpp in a build without that backend.
#pragma once

#include "tools/geyser/device_list.hpp"

namespace geyser::tools {

/// True when `selector`, as list_devices() takes it, means this device.
[[nodiscard]] bool matches(const ListedDevice& device, std::string_view selector);
/// Adds the loader's devices that match, opened if asked for (else manager and failure are both empty); or sets vulkan_failure.
void add_vulkan_devices(DeviceList& list, std::string_view selector, bool open = true);
/// A manager on a new VkDevice (of a new VkInstance) of the same physical device.
[[nodiscard]] Result<TextureShareManager> open_vulkan_device(const ListedDevice& device);

}  // namespace geyser::tools
