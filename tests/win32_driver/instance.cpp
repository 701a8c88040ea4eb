// Instances and what physical devices say about themselves.
#include <algorithm>
#include <cstring>

#include "win32_driver/chain.hpp"
#include "win32_driver/entry_points.hpp"
#include "win32_driver/state.hpp"

namespace win32_driver {

namespace {

constexpr const char* emulated[] = {VK_KHR_EXTERNAL_MEMORY_WIN32_EXTENSION_NAME, VK_KHR_EXTERNAL_SEMAPHORE_WIN32_EXTENSION_NAME};

constexpr VkExternalMemoryProperties opaque_images = {
    VK_EXTERNAL_MEMORY_FEATURE_DEDICATED_ONLY_BIT | VK_EXTERNAL_MEMORY_FEATURE_EXPORTABLE_BIT | VK_EXTERNAL_MEMORY_FEATURE_IMPORTABLE_BIT,
    opaque_memory, opaque_memory};

VkExternalMemoryProperties opaque_buffers() {
  auto properties = opaque_images;
  properties.externalMemoryFeatures &= ~static_cast<VkExternalMemoryFeatureFlags>(VK_EXTERNAL_MEMORY_FEATURE_DEDICATED_ONLY_BIT);
  return properties;
}

// Wine leaves deviceLUIDValid false; the first half of the UUID serves as well and is the same in every process.
template <class Properties>
void fill_luid(Properties& ids) {
  std::memcpy(ids.deviceLUID, ids.deviceUUID, VK_LUID_SIZE);
  ids.deviceNodeMask = 1;
  ids.deviceLUIDValid = VK_TRUE;
}

template <class T>
T* writable(void* chain, VkStructureType type) {
  return static_cast<T*>(const_cast<void*>(find_in(chain, type)));
}

}  // namespace

VKAPI_ATTR VkResult VKAPI_CALL CreateInstance(const VkInstanceCreateInfo* info, const VkAllocationCallbacks* callbacks, VkInstance* out) {
  const auto next = real_get_instance_proc_addr();
  const auto create = next == nullptr ? nullptr : reinterpret_cast<PFN_vkCreateInstance>(next(VK_NULL_HANDLE, "vkCreateInstance"));
  if (create == nullptr) return VK_ERROR_INITIALIZATION_FAILED;
  if (const auto result = create(info, callbacks, out); result != VK_SUCCESS) return result;
  auto instance = std::make_unique<Instance>();
  instance->handle = *out;
#define WIN32_DRIVER_LOAD(name) instance->name = reinterpret_cast<PFN_vk##name>(next(*out, "vk" #name));
  WIN32_DRIVER_INSTANCE_FUNCTIONS(WIN32_DRIVER_LOAD)
#undef WIN32_DRIVER_LOAD
  remember(std::move(instance));
  return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL DestroyInstance(VkInstance handle, const VkAllocationCallbacks* callbacks) {
  if (const auto instance = forget(handle)) instance->DestroyInstance(handle, callbacks);
}

VKAPI_ATTR VkResult VKAPI_CALL EnumeratePhysicalDevices(VkInstance handle, std::uint32_t* count, VkPhysicalDevice* out) {
  const auto result = instance_of(handle)->EnumeratePhysicalDevices(handle, count, out);
  if (out != nullptr && result >= 0) std::for_each(out, out + *count, [handle](VkPhysicalDevice each) { remember(each, handle); });
  return result;
}

VKAPI_ATTR VkResult VKAPI_CALL EnumerateDeviceExtensionProperties(VkPhysicalDevice device, const char* layer, std::uint32_t* count,
                                                                  VkExtensionProperties* out) {
  const auto next = instance_of(device)->EnumerateDeviceExtensionProperties;
  if (layer != nullptr) return next(device, layer, count, out);
  std::uint32_t real = 0;
  auto result = next(device, nullptr, &real, nullptr);
  if (result != VK_SUCCESS) return result;
  std::vector<VkExtensionProperties> all(real);
  result = next(device, nullptr, &real, all.data());
  if (result < 0) return result;
  all.resize(real);
  for (const char* name : emulated) {
    VkExtensionProperties each{};
    std::strncpy(each.extensionName, name, sizeof(each.extensionName) - 1);
    each.specVersion = 1;
    all.push_back(each);
  }
  const auto size = static_cast<std::uint32_t>(all.size());
  if (out == nullptr) {
    *count = size;
    return VK_SUCCESS;
  }
  *count = std::min(*count, size);
  std::copy_n(all.begin(), *count, out);
  return *count < size ? VK_INCOMPLETE : VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL GetPhysicalDeviceProperties2(VkPhysicalDevice device, VkPhysicalDeviceProperties2* out) {
  instance_of(device)->GetPhysicalDeviceProperties2(device, out);
  if (auto* ids = writable<VkPhysicalDeviceIDProperties>(out->pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ID_PROPERTIES)) fill_luid(*ids);
  if (auto* core = writable<VkPhysicalDeviceVulkan11Properties>(out->pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_PROPERTIES))
    fill_luid(*core);
}

VKAPI_ATTR VkResult VKAPI_CALL GetPhysicalDeviceImageFormatProperties2(VkPhysicalDevice device,
                                                                       const VkPhysicalDeviceImageFormatInfo2* info,
                                                                       VkImageFormatProperties2* out) {
  const auto next = instance_of(device)->GetPhysicalDeviceImageFormatProperties2;
  constexpr auto question = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_IMAGE_FORMAT_INFO;
  const auto* external = find_as<VkPhysicalDeviceExternalImageFormatInfo>(info->pNext, question);
  if (external == nullptr || external->handleType == 0) return next(device, info, out);
  if (external->handleType != opaque_memory) return VK_ERROR_FORMAT_NOT_SUPPORTED;
  // The real driver is asked about the plain image: sections carry whatever it can make.
  const Chain rest(info->pNext, {question});
  auto plain = *info;
  plain.pNext = rest.head();
  const auto result = next(device, &plain, out);
  auto* answer = writable<VkExternalImageFormatProperties>(out->pNext, VK_STRUCTURE_TYPE_EXTERNAL_IMAGE_FORMAT_PROPERTIES);
  if (answer != nullptr) answer->externalMemoryProperties = result == VK_SUCCESS ? opaque_images : VkExternalMemoryProperties{};
  return result;
}

VKAPI_ATTR void VKAPI_CALL GetPhysicalDeviceExternalBufferProperties(VkPhysicalDevice device,
                                                                     const VkPhysicalDeviceExternalBufferInfo* info,
                                                                     VkExternalBufferProperties* out) {
  if (info->handleType != opaque_memory) return instance_of(device)->GetPhysicalDeviceExternalBufferProperties(device, info, out);
  out->externalMemoryProperties = opaque_buffers();
}

VKAPI_ATTR void VKAPI_CALL GetPhysicalDeviceExternalSemaphoreProperties(VkPhysicalDevice, const VkPhysicalDeviceExternalSemaphoreInfo* info,
                                                                        VkExternalSemaphoreProperties* out) {
  const bool known = info->handleType == opaque_semaphore;
  out->exportFromImportedHandleTypes = out->compatibleHandleTypes = known ? opaque_semaphore : 0;
  out->externalSemaphoreFeatures = known ? VK_EXTERNAL_SEMAPHORE_FEATURE_EXPORTABLE_BIT | VK_EXTERNAL_SEMAPHORE_FEATURE_IMPORTABLE_BIT : 0;
}

}  // namespace win32_driver
