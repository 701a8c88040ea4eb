// The library on the benchmark's own device: both sides of every pair use one VkDevice.
#pragma once

#include "bench/raw_device.hpp"
#include "geyser/vulkan.hpp"

namespace geyser::bench {

[[nodiscard]] inline vulkan::AdoptInfo adopt(const RawDevice& device) {
  vulkan::AdoptInfo info;
  info.instance = device.instance;
  info.physical_device = device.physical_device;
  info.device = device.device;
  info.queue = device.queue;
  info.queue_family_index = device.queue_family;
  info.get_instance_proc_addr = device.get_instance_proc_addr;
  info.api_version = VK_API_VERSION_1_2;
  info.enabled_device_extensions = device.extensions;
  info.timeline_semaphore_enabled = device.timeline;
  return info;
}

}  // namespace geyser::bench
