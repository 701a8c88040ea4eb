// Instances, their physical devices, and the devices made from them.
#include <algorithm>
#include <cstring>

#include "entry_points.hpp"
#include "state.hpp"

namespace fake_vulkan {
namespace {

constexpr const char* validation_layer = "VK_LAYER_KHRONOS_validation";

template <std::size_t size>
void copy_text(char (&to)[size], const std::string& from) {
  std::memset(to, 0, size);
  std::memcpy(to, from.data(), std::min(from.size(), size - 1));
}

std::vector<VkExtensionProperties> extension_properties(const auto& names) {
  std::vector<VkExtensionProperties> all;
  for (const std::string& name : names) {
    VkExtensionProperties& properties = all.emplace_back();
    copy_text(properties.extensionName, name);
    properties.specVersion = 1;
  }
  return all;
}

// What an extension of a device needs beside itself, where Vulkan 1.1 does not have it.
struct Dependency {
  const char* extension;
  const char* needs;
  unsigned version;  // core version that has it
};
constexpr std::array dependencies = {
    Dependency{"VK_EXT_external_memory_dma_buf", "VK_KHR_external_memory_fd", 0},
    Dependency{"VK_EXT_image_drm_format_modifier", "VK_KHR_image_format_list", VK_API_VERSION_1_2},
};

bool wants_timeline(const VkDeviceCreateInfo& info) {
  const auto* own =
      find<VkPhysicalDeviceTimelineSemaphoreFeatures>(info.pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TIMELINE_SEMAPHORE_FEATURES);
  const auto* core = find<VkPhysicalDeviceVulkan12Features>(info.pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES);
  return (own != nullptr && own->timelineSemaphore == VK_TRUE) || (core != nullptr && core->timelineSemaphore == VK_TRUE);
}

bool wants_ycbcr(const VkDeviceCreateInfo& info) {
  const auto* own =
      find<VkPhysicalDeviceSamplerYcbcrConversionFeatures>(info.pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SAMPLER_YCBCR_CONVERSION_FEATURES);
  const auto* core = find<VkPhysicalDeviceVulkan11Features>(info.pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES);
  return (own != nullptr && own->samplerYcbcrConversion == VK_TRUE) || (core != nullptr && core->samplerYcbcrConversion == VK_TRUE);
}

}  // namespace

VkResult entry::vkEnumerateInstanceVersion(std::uint32_t* version) {
  Call call("vkEnumerateInstanceVersion");
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return failure;
  *version = state().config->instance_version;
  return VK_SUCCESS;
}

VkResult entry::vkEnumerateInstanceExtensionProperties(const char* layer, std::uint32_t* count, VkExtensionProperties* out) {
  Call call("vkEnumerateInstanceExtensionProperties");
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return failure;
  if (layer != nullptr && layer == std::string_view(validation_layer) && state().config->validation_layer) {
    return enumerate(extension_properties(std::vector<std::string>{"VK_EXT_debug_utils", "VK_EXT_validation_features"}), count, out);
  }
  if (layer != nullptr) return VK_ERROR_LAYER_NOT_PRESENT;
  return enumerate(extension_properties(state().config->instance_extensions), count, out);
}

VkResult entry::vkEnumerateInstanceLayerProperties(std::uint32_t* count, VkLayerProperties* out) {
  Call call("vkEnumerateInstanceLayerProperties");
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return failure;
  std::vector<VkLayerProperties> all;
  if (state().config->validation_layer) {
    VkLayerProperties& layer = all.emplace_back();
    copy_text(layer.layerName, validation_layer);
    layer.specVersion = VK_API_VERSION_1_3;
  }
  return enumerate(all, count, out);
}

VkResult entry::vkCreateInstance(const VkInstanceCreateInfo* info, const VkAllocationCallbacks*, VkInstance* out) {
  Call call("vkCreateInstance");
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return failure;
  const Config& config = *state().config;
  for (std::uint32_t i = 0; i < info->enabledLayerCount; ++i) {
    if (!config.validation_layer || info->ppEnabledLayerNames[i] != std::string_view(validation_layer)) return VK_ERROR_LAYER_NOT_PRESENT;
  }
  auto instance = std::make_unique<Instance>();
  for (std::uint32_t i = 0; i < info->enabledExtensionCount; ++i) {
    const std::string name = info->ppEnabledExtensionNames[i];
    const bool of_layer = info->enabledLayerCount != 0 && (name == "VK_EXT_validation_features" || name == "VK_EXT_debug_utils");
    if (config.instance_extensions.count(name) == 0 && !of_layer) return VK_ERROR_EXTENSION_NOT_PRESENT;
    instance->extensions.insert(name);
  }
  const std::uint32_t wanted = info->pApplicationInfo != nullptr ? info->pApplicationInfo->apiVersion : 0;
  instance->api_version = std::min(wanted == 0 ? VK_API_VERSION_1_0 : wanted, config.instance_version);
  Instance& made = add(std::move(instance), 0);
  for (const DeviceConfig& device : config.devices) {
    auto physical = std::make_unique<PhysicalDevice>();
    physical->config = &device;
    physical->api_version = std::min(device.api_version, made.api_version);
    made.physical_devices.push_back(add(std::move(physical), made.id).id);
  }
  *out = handle_of<VkInstance>(made);
  return VK_SUCCESS;
}

void entry::vkDestroyInstance(VkInstance handle, const VkAllocationCallbacks*) {
  const Call call("vkDestroyInstance");
  if (handle == VK_NULL_HANDLE) return;
  auto* instance = call.get<Instance>(handle);
  if (instance == nullptr) return;
  for (const Id physical : instance->physical_devices) state().objects.erase(physical);
  for (const auto& [id, object] : state().objects) {
    if (object->parent == instance->id) call.violation("a ", object->type, " of the instance is still alive");
  }
  remove(call.function(), *instance);
}

VkResult entry::vkEnumeratePhysicalDevices(VkInstance handle, std::uint32_t* count, VkPhysicalDevice* out) {
  Call call("vkEnumeratePhysicalDevices");
  const auto* instance = call.get<Instance>(handle);
  if (instance == nullptr) return VK_ERROR_INITIALIZATION_FAILED;
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return failure;
  std::vector<VkPhysicalDevice> all;
  for (const Id id : instance->physical_devices) all.push_back(reinterpret_cast<VkPhysicalDevice>(id));
  return enumerate(all, count, out);
}

VkResult entry::vkEnumerateDeviceExtensionProperties(VkPhysicalDevice handle, const char* layer, std::uint32_t* count,
                                                     VkExtensionProperties* out) {
  Call call("vkEnumerateDeviceExtensionProperties");
  const auto* physical = call.get<PhysicalDevice>(handle);
  if (physical == nullptr) return VK_ERROR_INITIALIZATION_FAILED;
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return failure;
  if (layer != nullptr) return VK_ERROR_LAYER_NOT_PRESENT;
  return enumerate(extension_properties(device_extensions(*physical->config)), count, out);
}

VkResult entry::vkEnumerateDeviceLayerProperties(VkPhysicalDevice, std::uint32_t* count, VkLayerProperties*) {
  Call call("vkEnumerateDeviceLayerProperties");
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return failure;
  *count = 0;
  return VK_SUCCESS;
}

VkResult entry::vkCreateDevice(VkPhysicalDevice handle, const VkDeviceCreateInfo* info, const VkAllocationCallbacks*, VkDevice* out) {
  Call call("vkCreateDevice");
  const auto* physical = call.get<PhysicalDevice>(handle);
  if (physical == nullptr) return VK_ERROR_INITIALIZATION_FAILED;
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return failure;
  const DeviceConfig& config = *physical->config;
  const std::vector<std::string> offered = device_extensions(config);
  auto device = std::make_unique<Device>();
  device->config = &config;
  device->api_version = physical->api_version;
  for (std::uint32_t i = 0; i < info->enabledExtensionCount; ++i) {
    const std::string name = info->ppEnabledExtensionNames[i];
    if (std::find(offered.begin(), offered.end(), name) == offered.end()) return VK_ERROR_EXTENSION_NOT_PRESENT;
    device->extensions.insert(name);
  }
  for (const Dependency& dependency : dependencies) {
    const bool core = dependency.version != 0 && device->api_version >= dependency.version;
    if (device->has(dependency.extension) && !core && !device->has(dependency.needs)) {
      call.violation(dependency.extension, " is enabled without ", dependency.needs);
    }
  }
  device->timeline = wants_timeline(*info);
  device->ycbcr = wants_ycbcr(*info);
  if (device->timeline && !config.timeline) return VK_ERROR_FEATURE_NOT_PRESENT;
  if (device->timeline && device->api_version < VK_API_VERSION_1_2 && !device->has("VK_KHR_timeline_semaphore")) {
    call.violation("timelineSemaphore is enabled without VK_KHR_timeline_semaphore");
  }
  if (device->api_version < VK_API_VERSION_1_2 &&
      find<VkPhysicalDeviceVulkan12Features>(info->pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES) != nullptr) {
    call.violation("VkPhysicalDeviceVulkan12Features given to a device below Vulkan 1.2");
  }
  if (info->queueCreateInfoCount != 1 || info->pQueueCreateInfos[0].queueFamilyIndex != 0 || info->pQueueCreateInfos[0].queueCount != 1) {
    call.violation("the driver has one queue family with one queue");
  }
  Device& made = add(std::move(device), physical->parent);
  made.queue = add<Queue>(made.id).id;
  *out = handle_of<VkDevice>(made);
  return VK_SUCCESS;
}

void entry::vkDestroyDevice(VkDevice handle, const VkAllocationCallbacks*) {
  if (handle == VK_NULL_HANDLE) return;
  const Call call("vkDestroyDevice", handle);
  Device* device = call.device();
  if (device == nullptr) return;
  const auto* queue = peek<Queue>(device->queue);
  if (!device->lost && !queue->pending.empty()) call.violation("submits are not complete");
  drop_submits(*device);
  state().objects.erase(device->queue);
  for (const auto& [id, object] : state().objects) {
    if (object->parent == device->id) call.violation("a ", object->type, " of the device is still alive");
  }
  remove(call.function(), *device);
}

void entry::vkGetDeviceQueue(VkDevice handle, std::uint32_t family, std::uint32_t index, VkQueue* out) {
  const Call call("vkGetDeviceQueue", handle);
  if (family != 0 || index != 0) call.violation("there is only queue 0 of family 0");
  *out = call.device() != nullptr ? reinterpret_cast<VkQueue>(call.device()->queue) : VK_NULL_HANDLE;
}

void entry::vkGetDeviceQueue2(VkDevice handle, const VkDeviceQueueInfo2* info, VkQueue* out) {
  entry::vkGetDeviceQueue(handle, info->queueFamilyIndex, info->queueIndex, out);
}

VkResult entry::vkCreateDebugUtilsMessengerEXT(VkInstance handle, const VkDebugUtilsMessengerCreateInfoEXT*, const VkAllocationCallbacks*,
                                               VkDebugUtilsMessengerEXT* out) {
  Call call("vkCreateDebugUtilsMessengerEXT");
  const auto* instance = call.get<Instance>(handle);
  if (instance == nullptr) return VK_ERROR_OUT_OF_HOST_MEMORY;
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return failure;
  *out = handle_of<VkDebugUtilsMessengerEXT>(add<Messenger>(instance->id));
  return VK_SUCCESS;
}

void entry::vkDestroyDebugUtilsMessengerEXT(VkInstance, VkDebugUtilsMessengerEXT handle, const VkAllocationCallbacks*) {
  const Call call("vkDestroyDebugUtilsMessengerEXT");
  if (handle == VK_NULL_HANDLE) return;
  if (auto* messenger = call.get<Messenger>(handle)) remove(call.function(), *messenger);
}

void entry::vkSubmitDebugUtilsMessageEXT(VkInstance, VkDebugUtilsMessageSeverityFlagBitsEXT, VkDebugUtilsMessageTypeFlagsEXT,
                                         const VkDebugUtilsMessengerCallbackDataEXT*) {}

VkResult entry::vkSetDebugUtilsObjectNameEXT(VkDevice handle, const VkDebugUtilsObjectNameInfoEXT* info) {
  Call call("vkSetDebugUtilsObjectNameEXT", handle);
  if (state().objects.count(info->objectHandle) == 0) report_bad_handle(call.function(), "live object", info->objectHandle);
  return call.fail();
}

}  // namespace fake_vulkan
