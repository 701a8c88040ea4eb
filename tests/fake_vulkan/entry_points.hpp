// Every Vulkan function of the driver: name, level, the core version that has it (0: none), the extension that has it.
#pragma once

#include <vulkan/vulkan_core.h>

#include <type_traits>

// clang-format off: one entry a line
#define FAKE_VULKAN_GLOBAL(X)                                            \
  X(vkEnumerateInstanceVersion, VK_API_VERSION_1_0, nullptr)             \
  X(vkEnumerateInstanceExtensionProperties, VK_API_VERSION_1_0, nullptr) \
  X(vkEnumerateInstanceLayerProperties, VK_API_VERSION_1_0, nullptr)     \
  X(vkCreateInstance, VK_API_VERSION_1_0, nullptr)                       \
  X(vkGetInstanceProcAddr, VK_API_VERSION_1_0, nullptr)

#define FAKE_VULKAN_INSTANCE(X)                                                  \
  X(vkDestroyInstance, VK_API_VERSION_1_0, nullptr)                              \
  X(vkEnumeratePhysicalDevices, VK_API_VERSION_1_0, nullptr)                     \
  X(vkEnumerateDeviceExtensionProperties, VK_API_VERSION_1_0, nullptr)           \
  X(vkEnumerateDeviceLayerProperties, VK_API_VERSION_1_0, nullptr)               \
  X(vkGetDeviceProcAddr, VK_API_VERSION_1_0, nullptr)                            \
  X(vkCreateDevice, VK_API_VERSION_1_0, nullptr)                                 \
  X(vkGetPhysicalDeviceProperties, VK_API_VERSION_1_0, nullptr)                  \
  X(vkGetPhysicalDeviceFeatures, VK_API_VERSION_1_0, nullptr)                    \
  X(vkGetPhysicalDeviceMemoryProperties, VK_API_VERSION_1_0, nullptr)            \
  X(vkGetPhysicalDeviceQueueFamilyProperties, VK_API_VERSION_1_0, nullptr)       \
  X(vkGetPhysicalDeviceFormatProperties, VK_API_VERSION_1_0, nullptr)            \
  X(vkGetPhysicalDeviceImageFormatProperties, VK_API_VERSION_1_0, nullptr)       \
  X(vkGetPhysicalDeviceProperties2, VK_API_VERSION_1_1, nullptr)                 \
  X(vkGetPhysicalDeviceFeatures2, VK_API_VERSION_1_1, nullptr)                   \
  X(vkGetPhysicalDeviceMemoryProperties2, VK_API_VERSION_1_1, nullptr)           \
  X(vkGetPhysicalDeviceQueueFamilyProperties2, VK_API_VERSION_1_1, nullptr)      \
  X(vkGetPhysicalDeviceFormatProperties2, VK_API_VERSION_1_1, nullptr)           \
  X(vkGetPhysicalDeviceImageFormatProperties2, VK_API_VERSION_1_1, nullptr)      \
  X(vkGetPhysicalDeviceExternalBufferProperties, VK_API_VERSION_1_1, nullptr)    \
  X(vkGetPhysicalDeviceExternalSemaphoreProperties, VK_API_VERSION_1_1, nullptr) \
  X(vkGetPhysicalDeviceExternalFenceProperties, VK_API_VERSION_1_1, nullptr)     \
  X(vkCreateDebugUtilsMessengerEXT, 0, "VK_EXT_debug_utils")                     \
  X(vkDestroyDebugUtilsMessengerEXT, 0, "VK_EXT_debug_utils")                    \
  X(vkSubmitDebugUtilsMessageEXT, 0, "VK_EXT_debug_utils")

#define FAKE_VULKAN_DEVICE(X)                                                        \
  X(vkDestroyDevice, VK_API_VERSION_1_0, nullptr)                                    \
  X(vkDeviceWaitIdle, VK_API_VERSION_1_0, nullptr)                                   \
  X(vkGetDeviceQueue, VK_API_VERSION_1_0, nullptr)                                   \
  X(vkGetDeviceQueue2, VK_API_VERSION_1_1, nullptr)                                  \
  X(vkQueueSubmit, VK_API_VERSION_1_0, nullptr)                                      \
  X(vkQueueWaitIdle, VK_API_VERSION_1_0, nullptr)                                    \
  X(vkAllocateMemory, VK_API_VERSION_1_0, nullptr)                                   \
  X(vkFreeMemory, VK_API_VERSION_1_0, nullptr)                                       \
  X(vkMapMemory, VK_API_VERSION_1_0, nullptr)                                        \
  X(vkUnmapMemory, VK_API_VERSION_1_0, nullptr)                                      \
  X(vkFlushMappedMemoryRanges, VK_API_VERSION_1_0, nullptr)                          \
  X(vkInvalidateMappedMemoryRanges, VK_API_VERSION_1_0, nullptr)                     \
  X(vkBindImageMemory, VK_API_VERSION_1_0, nullptr)                                  \
  X(vkBindBufferMemory, VK_API_VERSION_1_0, nullptr)                                 \
  X(vkBindImageMemory2, VK_API_VERSION_1_1, nullptr)                                 \
  X(vkBindBufferMemory2, VK_API_VERSION_1_1, nullptr)                                \
  X(vkGetImageMemoryRequirements, VK_API_VERSION_1_0, nullptr)                       \
  X(vkGetBufferMemoryRequirements, VK_API_VERSION_1_0, nullptr)                      \
  X(vkGetImageMemoryRequirements2, VK_API_VERSION_1_1, nullptr)                      \
  X(vkGetBufferMemoryRequirements2, VK_API_VERSION_1_1, nullptr)                     \
  X(vkCreateImage, VK_API_VERSION_1_0, nullptr)                                      \
  X(vkDestroyImage, VK_API_VERSION_1_0, nullptr)                                     \
  X(vkGetImageSubresourceLayout, VK_API_VERSION_1_0, nullptr)                        \
  X(vkCreateImageView, VK_API_VERSION_1_0, nullptr)                                  \
  X(vkDestroyImageView, VK_API_VERSION_1_0, nullptr)                                 \
  X(vkCreateSamplerYcbcrConversion, VK_API_VERSION_1_1, nullptr)                     \
  X(vkDestroySamplerYcbcrConversion, VK_API_VERSION_1_1, nullptr)                    \
  X(vkCreateBuffer, VK_API_VERSION_1_0, nullptr)                                     \
  X(vkDestroyBuffer, VK_API_VERSION_1_0, nullptr)                                    \
  X(vkCreateFence, VK_API_VERSION_1_0, nullptr)                                      \
  X(vkDestroyFence, VK_API_VERSION_1_0, nullptr)                                     \
  X(vkResetFences, VK_API_VERSION_1_0, nullptr)                                      \
  X(vkGetFenceStatus, VK_API_VERSION_1_0, nullptr)                                   \
  X(vkWaitForFences, VK_API_VERSION_1_0, nullptr)                                    \
  X(vkCreateSemaphore, VK_API_VERSION_1_0, nullptr)                                  \
  X(vkDestroySemaphore, VK_API_VERSION_1_0, nullptr)                                 \
  X(vkGetSemaphoreCounterValue, VK_API_VERSION_1_2, "VK_KHR_timeline_semaphore")     \
  X(vkSignalSemaphore, VK_API_VERSION_1_2, "VK_KHR_timeline_semaphore")              \
  X(vkWaitSemaphores, VK_API_VERSION_1_2, "VK_KHR_timeline_semaphore")               \
  X(vkCreateCommandPool, VK_API_VERSION_1_0, nullptr)                                \
  X(vkDestroyCommandPool, VK_API_VERSION_1_0, nullptr)                               \
  X(vkResetCommandPool, VK_API_VERSION_1_0, nullptr)                                 \
  X(vkAllocateCommandBuffers, VK_API_VERSION_1_0, nullptr)                           \
  X(vkFreeCommandBuffers, VK_API_VERSION_1_0, nullptr)                               \
  X(vkBeginCommandBuffer, VK_API_VERSION_1_0, nullptr)                               \
  X(vkEndCommandBuffer, VK_API_VERSION_1_0, nullptr)                                 \
  X(vkResetCommandBuffer, VK_API_VERSION_1_0, nullptr)                               \
  X(vkCmdPipelineBarrier, VK_API_VERSION_1_0, nullptr)                               \
  X(vkCmdCopyBuffer, VK_API_VERSION_1_0, nullptr)                                    \
  X(vkCmdCopyBufferToImage, VK_API_VERSION_1_0, nullptr)                             \
  X(vkCmdCopyImageToBuffer, VK_API_VERSION_1_0, nullptr)                             \
  X(vkCmdClearColorImage, VK_API_VERSION_1_0, nullptr)                               \
  X(vkGetMemoryFdKHR, 0, "VK_KHR_external_memory_fd")                                \
  X(vkGetMemoryFdPropertiesKHR, 0, "VK_KHR_external_memory_fd")                      \
  X(vkGetSemaphoreFdKHR, 0, "VK_KHR_external_semaphore_fd")                          \
  X(vkImportSemaphoreFdKHR, 0, "VK_KHR_external_semaphore_fd")                       \
  X(vkGetFenceFdKHR, 0, "VK_KHR_external_fence_fd")                                  \
  X(vkImportFenceFdKHR, 0, "VK_KHR_external_fence_fd")                               \
  X(vkGetImageDrmFormatModifierPropertiesEXT, 0, "VK_EXT_image_drm_format_modifier") \
  X(vkGetMemoryHostPointerPropertiesEXT, 0, "VK_EXT_external_memory_host")           \
  X(vkSetDebugUtilsObjectNameEXT, 0, "VK_EXT_debug_utils")

/// Names of extensions for functions that a core version took over.
#define FAKE_VULKAN_ALIASES(X)                                 \
  X(vkGetSemaphoreCounterValueKHR, vkGetSemaphoreCounterValue) \
  X(vkSignalSemaphoreKHR, vkSignalSemaphore)                   \
  X(vkWaitSemaphoresKHR, vkWaitSemaphores)

// clang-format on

namespace fake_vulkan::entry {

#define FAKE_VULKAN_DECLARE(name, version, extension) std::remove_pointer_t<PFN_##name> name;
FAKE_VULKAN_GLOBAL(FAKE_VULKAN_DECLARE)
FAKE_VULKAN_INSTANCE(FAKE_VULKAN_DECLARE)
FAKE_VULKAN_DEVICE(FAKE_VULKAN_DECLARE)
#undef FAKE_VULKAN_DECLARE

}  // namespace fake_vulkan::entry

namespace fake_vulkan {

enum class Level { global, instance, device };
struct Function {
  const char* name;
  PFN_vkVoidFunction pointer;
  Level level;
  unsigned version;       // core version; 0: none
  const char* extension;  // null: none
};
/// Null for unknown names.
[[nodiscard]] const Function* find_function(const char* name);

}  // namespace fake_vulkan
