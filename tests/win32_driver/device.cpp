// Devices and their queues.
#include <cstring>
#include <string_view>

#include "win32_driver/chain.hpp"
#include "win32_driver/entry_points.hpp"
#include "win32_driver/state.hpp"

namespace win32_driver {

namespace {

void watch(VkDevice device_handle, VkQueue queue) {
  auto* device = device_of(device_handle);
  remember(queue, device_handle);
  const std::lock_guard lock(device->mutex);
  if (device->semaphore_win32 && !device->relays.contains(queue)) device->relays[queue] = std::make_unique<Relay>(*device);
}

void complain_of_leftovers(const Device& device) {
  std::size_t shared = 0;
  for (const auto& [handle, memory] : device.memories) shared += memory.section ? 1 : 0;
  if (shared != 0) complain("vkDestroyDevice: " + std::to_string(shared) + " exported or imported memories were not freed");
  if (!device.semaphores.empty())
    complain("vkDestroyDevice: " + std::to_string(device.semaphores.size()) + " semaphores were not destroyed");
}

}  // namespace

VKAPI_ATTR VkResult VKAPI_CALL CreateDevice(VkPhysicalDevice physical_device, const VkDeviceCreateInfo* info,
                                            const VkAllocationCallbacks* callbacks, VkDevice* out) {
  const auto* instance = instance_of(physical_device);
  auto device = std::make_unique<Device>();
  std::vector<const char*> extensions;
  bool host = false;
  for (std::uint32_t i = 0; i < info->enabledExtensionCount; ++i) {
    const std::string_view name = info->ppEnabledExtensionNames[i];
    host |= name == VK_EXT_EXTERNAL_MEMORY_HOST_EXTENSION_NAME;
    if (name == VK_KHR_EXTERNAL_MEMORY_WIN32_EXTENSION_NAME) {
      device->memory_win32 = true;
    } else if (name == VK_KHR_EXTERNAL_SEMAPHORE_WIN32_EXTENSION_NAME) {
      device->semaphore_win32 = true;
    } else {
      extensions.push_back(info->ppEnabledExtensionNames[i]);
    }
  }
  if (device->memory_win32 && !host) extensions.push_back(VK_EXT_EXTERNAL_MEMORY_HOST_EXTENSION_NAME);
  auto real = *info;
  real.enabledExtensionCount = static_cast<std::uint32_t>(extensions.size());
  real.ppEnabledExtensionNames = extensions.data();
  // Semaphores that cross are timelines below, whether the program asked for the feature or not.
  Chain chain(info->pNext);
  if (device->semaphore_win32) {
    constexpr auto timeline_type = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TIMELINE_SEMAPHORE_FEATURES;
    if (auto* timeline = chain.find<VkPhysicalDeviceTimelineSemaphoreFeatures>(timeline_type)) {
      timeline->timelineSemaphore = VK_TRUE;
    } else if (auto* core = chain.find<VkPhysicalDeviceVulkan12Features>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES)) {
      core->timelineSemaphore = VK_TRUE;
    } else {
      VkPhysicalDeviceTimelineSemaphoreFeatures added{};
      added.sType = timeline_type;
      added.timelineSemaphore = VK_TRUE;
      chain.push(added);
    }
  }
  real.pNext = chain.head();
  if (const auto result = instance->CreateDevice(physical_device, &real, callbacks, out); result != VK_SUCCESS) return result;

  device->handle = *out;
  device->next = instance->GetDeviceProcAddr;
#define WIN32_DRIVER_LOAD(name) device->name = reinterpret_cast<PFN_vk##name>(device->next(*out, "vk" #name));
  WIN32_DRIVER_DEVICE_FUNCTIONS(WIN32_DRIVER_LOAD)
#undef WIN32_DRIVER_LOAD
  VkPhysicalDeviceIDProperties ids{};
  ids.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ID_PROPERTIES;
  VkPhysicalDeviceProperties2 properties{};
  properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
  properties.pNext = &ids;
  instance->GetPhysicalDeviceProperties2(physical_device, &properties);
  std::memcpy(device->device_id.data(), ids.deviceUUID, VK_UUID_SIZE);
  std::memcpy(device->driver_id.data(), ids.driverUUID, VK_UUID_SIZE);
  remember(std::move(device));
  return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL DestroyDevice(VkDevice handle, const VkAllocationCallbacks* callbacks) {
  if (handle == VK_NULL_HANDLE) return;
  const auto device = forget(handle);
  complain_of_leftovers(*device);
  device->relays.clear();
  device->listener.reset();
  device->DestroyDevice(handle, callbacks);
}

VKAPI_ATTR void VKAPI_CALL GetDeviceQueue(VkDevice device, std::uint32_t family, std::uint32_t index, VkQueue* out) {
  device_of(device)->GetDeviceQueue(device, family, index, out);
  watch(device, *out);
}

VKAPI_ATTR void VKAPI_CALL GetDeviceQueue2(VkDevice device, const VkDeviceQueueInfo2* info, VkQueue* out) {
  device_of(device)->GetDeviceQueue2(device, info, out);
  if (*out != VK_NULL_HANDLE) watch(device, *out);
}

}  // namespace win32_driver
