// What a physical device says about itself.
#include <algorithm>
#include <cstring>

#include "entry_points.hpp"
#include "state.hpp"

namespace fake_vulkan {
namespace {

template <std::size_t size>
void copy_text(char (&to)[size], const std::string& from) {
  std::memset(to, 0, size);
  std::memcpy(to, from.data(), std::min(from.size(), size - 1));
}

DeviceConfig with_uuid(std::string name, std::uint8_t byte) {
  DeviceConfig config;
  config.name = std::move(name);
  config.device_uuid = uuid(byte);
  config.driver_uuid = uuid(static_cast<std::uint8_t>(byte + 1));
  return config;
}

void fill(VkPhysicalDeviceProperties& out, const DeviceConfig& config) {
  out = {};
  out.apiVersion = config.api_version;
  out.driverVersion = VK_MAKE_API_VERSION(0, 1, 2, 3);
  out.vendorID = config.vendor_id;
  out.deviceID = 0x2335;
  out.deviceType = config.type;
  copy_text(out.deviceName, config.name);
  out.limits.maxImageDimension1D = config.max_image_dimension_2d;
  out.limits.maxImageDimension2D = config.max_image_dimension_2d;
  out.limits.maxImageDimensionCube = config.max_image_dimension_2d;
  out.limits.maxImageDimension3D = config.max_image_dimension_3d;
  out.limits.maxImageArrayLayers = config.max_image_array_layers;
  out.limits.maxMemoryAllocationCount = 4096;
  out.limits.nonCoherentAtomSize = 64;
  out.limits.minMemoryMapAlignment = 64;
  out.limits.optimalBufferCopyOffsetAlignment = 1;
  out.limits.optimalBufferCopyRowPitchAlignment = 1;
  out.limits.bufferImageGranularity = 1;
}

void fill(VkPhysicalDeviceMemoryProperties& out, const DeviceConfig& config) {
  out = {};
  out.memoryTypeCount = static_cast<std::uint32_t>(config.memory_types.size());
  for (std::uint32_t i = 0; i < out.memoryTypeCount; ++i) {
    out.memoryTypes[i] = {config.memory_types[i].flags, config.memory_types[i].heap};
    out.memoryHeapCount = std::max(out.memoryHeapCount, config.memory_types[i].heap + 1);
  }
  for (std::uint32_t i = 0; i < out.memoryHeapCount; ++i) {
    out.memoryHeaps[i] = {config.heap_size, i == 0 ? VkMemoryHeapFlags{VK_MEMORY_HEAP_DEVICE_LOCAL_BIT} : 0};
  }
}

VkQueueFamilyProperties family(const DeviceConfig& config) { return {config.queue_flags, 1, 64, {1, 1, 1}}; }

template <class Features>
void set_timeline(void* chain, VkStructureType type, const DeviceConfig& config) {
  if (auto* features = find<Features>(chain, type)) features->timelineSemaphore = config.timeline ? VK_TRUE : VK_FALSE;
}

VkExternalMemoryProperties buffer_external(const DeviceConfig& config, VkExternalMemoryHandleTypeFlags type) {
  if (type == VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT && config.opaque_fd_memory != 0) return {config.opaque_fd_memory, type, type};
  if (type == VK_EXTERNAL_MEMORY_HANDLE_TYPE_HOST_ALLOCATION_BIT_EXT && config.host_memory)
    return {VK_EXTERNAL_MEMORY_FEATURE_IMPORTABLE_BIT, 0, type};
  return {};
}

}  // namespace

DeviceConfig nvidia_like(std::uint8_t uuid_byte) {
  DeviceConfig config = with_uuid("Fake NVIDIA", uuid_byte);
  config.foreign_import = VK_ERROR_OUT_OF_DEVICE_MEMORY;
  return config;
}

DeviceConfig mesa_like(std::uint8_t uuid_byte) {
  DeviceConfig config = with_uuid("Fake Mesa", uuid_byte);
  config.vendor_id = 0x1002;
  config.dma_buf_memory = memory_both;
  config.modifiers = {{0x0200000000000001U, 2, {}}, {0x0200000000000002U, 1, {}}, {0, 1, {}}};
  config.unsupported_formats = {VK_FORMAT_X8_D24_UNORM_PACK32, VK_FORMAT_D24_UNORM_S8_UINT};
  return config;
}

DeviceConfig lavapipe_like(std::uint8_t uuid_byte) {
  DeviceConfig config = with_uuid("Fake lavapipe", uuid_byte);
  config.type = VK_PHYSICAL_DEVICE_TYPE_CPU;
  config.pci.reset();
  config.opaque_fd_timeline = config.opaque_fd_binary = config.sync_fd_binary = 0;
  config.opaque_fd_fence = config.sync_fd_fence = 0;
  return config;
}

DeviceConfig swiftshader_like(std::uint8_t uuid_byte) {
  DeviceConfig config = lavapipe_like(uuid_byte);
  config.name = "Fake SwiftShader";
  config.opaque_fd_binary = semaphore_both;
  return config;
}

DeviceConfig bare(std::uint8_t uuid_byte) {
  DeviceConfig config = lavapipe_like(uuid_byte);
  config.name = "Fake bare";
  config.opaque_fd_memory = 0;
  config.host_memory = false;
  return config;
}

std::vector<std::string> device_extensions(const DeviceConfig& config) {
  std::vector<std::string> all = {"VK_KHR_external_memory",   "VK_KHR_dedicated_allocation", "VK_KHR_get_memory_requirements2",
                                  "VK_KHR_image_format_list", "VK_EXT_queue_family_foreign", "VK_KHR_swapchain"};
  const auto add_if = [&all](bool condition, const char* name) {
    if (condition) all.emplace_back(name);
  };
  add_if(config.opaque_fd_memory != 0 || config.dma_buf_memory != 0, "VK_KHR_external_memory_fd");
  add_if(config.dma_buf_memory != 0, "VK_EXT_external_memory_dma_buf");
  add_if(!config.modifiers.empty(), "VK_EXT_image_drm_format_modifier");
  add_if(config.host_memory, "VK_EXT_external_memory_host");
  add_if(config.timeline, "VK_KHR_timeline_semaphore");
  add_if((config.opaque_fd_timeline | config.opaque_fd_binary | config.sync_fd_binary) != 0, "VK_KHR_external_semaphore_fd");
  add_if((config.opaque_fd_timeline | config.opaque_fd_binary | config.sync_fd_binary) != 0, "VK_KHR_external_semaphore");
  add_if((config.opaque_fd_fence | config.sync_fd_fence) != 0, "VK_KHR_external_fence_fd");
  add_if((config.opaque_fd_fence | config.sync_fd_fence) != 0, "VK_KHR_external_fence");
  add_if(config.pci.has_value(), "VK_EXT_pci_bus_info");
  add_if(config.api_version < VK_API_VERSION_1_2, "VK_KHR_driver_properties");
  std::erase_if(all, [&config](const std::string& name) { return config.hidden_extensions.count(name) != 0; });
  return all;
}

void entry::vkGetPhysicalDeviceProperties(VkPhysicalDevice handle, VkPhysicalDeviceProperties* out) {
  const Call call("vkGetPhysicalDeviceProperties");
  if (const auto* physical = call.get<PhysicalDevice>(handle)) fill(*out, *physical->config);
}

void entry::vkGetPhysicalDeviceProperties2(VkPhysicalDevice handle, VkPhysicalDeviceProperties2* out) {
  const Call call("vkGetPhysicalDeviceProperties2");
  const auto* physical = call.get<PhysicalDevice>(handle);
  if (physical == nullptr) return;
  const DeviceConfig& config = *physical->config;
  fill(out->properties, config);
  const auto identify = [&config](auto* ids) {
    if (ids == nullptr) return;
    std::copy(config.device_uuid.begin(), config.device_uuid.end(), ids->deviceUUID);
    std::copy(config.driver_uuid.begin(), config.driver_uuid.end(), ids->driverUUID);
    ids->deviceLUIDValid = config.luid ? VK_TRUE : VK_FALSE;
    if (config.luid) std::copy(config.luid->begin(), config.luid->end(), ids->deviceLUID);
    ids->deviceNodeMask = 1;
  };
  identify(find<VkPhysicalDeviceIDProperties>(out->pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ID_PROPERTIES));
  identify(find<VkPhysicalDeviceVulkan11Properties>(out->pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_PROPERTIES));
  const auto drive = [&config](auto* driver) {
    if (driver == nullptr) return;
    copy_text(driver->driverName, config.driver_name);
    copy_text(driver->driverInfo, "1.2.3");
  };
  drive(find<VkPhysicalDeviceDriverProperties>(out->pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES));
  drive(find<VkPhysicalDeviceVulkan12Properties>(out->pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_PROPERTIES));
  if (auto* pci = find<VkPhysicalDevicePCIBusInfoPropertiesEXT>(out->pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PCI_BUS_INFO_PROPERTIES_EXT);
      pci != nullptr && config.pci) {
    pci->pciDomain = config.pci->domain;
    pci->pciBus = config.pci->bus;
    pci->pciDevice = config.pci->device;
    pci->pciFunction = config.pci->function;
  }
  if (auto* host = find<VkPhysicalDeviceExternalMemoryHostPropertiesEXT>(
          out->pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_MEMORY_HOST_PROPERTIES_EXT)) {
    host->minImportedHostPointerAlignment = config.host_pointer_alignment;
  }
  if (auto* limits = find<VkPhysicalDeviceMaintenance3Properties>(out->pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES)) {
    limits->maxMemoryAllocationSize = config.heap_size;
    limits->maxPerSetDescriptors = 1024;
  }
  if (auto* timeline =
          find<VkPhysicalDeviceTimelineSemaphoreProperties>(out->pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TIMELINE_SEMAPHORE_PROPERTIES)) {
    timeline->maxTimelineSemaphoreValueDifference = UINT64_MAX;
  }
}

void entry::vkGetPhysicalDeviceFeatures(VkPhysicalDevice handle, VkPhysicalDeviceFeatures* out) {
  const Call call("vkGetPhysicalDeviceFeatures");
  if (call.get<PhysicalDevice>(handle) == nullptr) return;
  *out = {};
  out->textureCompressionBC = VK_TRUE;
  out->textureCompressionETC2 = VK_TRUE;
  out->textureCompressionASTC_LDR = VK_TRUE;
  out->imageCubeArray = VK_TRUE;
  out->shaderStorageImageExtendedFormats = VK_TRUE;
  out->shaderStorageImageReadWithoutFormat = VK_TRUE;
  out->shaderStorageImageWriteWithoutFormat = VK_TRUE;
}

void entry::vkGetPhysicalDeviceFeatures2(VkPhysicalDevice handle, VkPhysicalDeviceFeatures2* out) {
  entry::vkGetPhysicalDeviceFeatures(handle, &out->features);
  const Call call("vkGetPhysicalDeviceFeatures2");
  const auto* physical = call.get<PhysicalDevice>(handle);
  if (physical == nullptr) return;
  set_timeline<VkPhysicalDeviceTimelineSemaphoreFeatures>(out->pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TIMELINE_SEMAPHORE_FEATURES,
                                                          *physical->config);
  set_timeline<VkPhysicalDeviceVulkan12Features>(out->pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES, *physical->config);
  if (auto* ycbcr = find<VkPhysicalDeviceSamplerYcbcrConversionFeatures>(
          out->pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SAMPLER_YCBCR_CONVERSION_FEATURES)) {
    ycbcr->samplerYcbcrConversion = VK_TRUE;
  }
  if (auto* core = find<VkPhysicalDeviceVulkan11Features>(out->pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES)) {
    core->samplerYcbcrConversion = VK_TRUE;
  }
}

void entry::vkGetPhysicalDeviceMemoryProperties(VkPhysicalDevice handle, VkPhysicalDeviceMemoryProperties* out) {
  const Call call("vkGetPhysicalDeviceMemoryProperties");
  if (const auto* physical = call.get<PhysicalDevice>(handle)) fill(*out, *physical->config);
}

void entry::vkGetPhysicalDeviceMemoryProperties2(VkPhysicalDevice handle, VkPhysicalDeviceMemoryProperties2* out) {
  entry::vkGetPhysicalDeviceMemoryProperties(handle, &out->memoryProperties);
}

void entry::vkGetPhysicalDeviceQueueFamilyProperties(VkPhysicalDevice handle, std::uint32_t* count, VkQueueFamilyProperties* out) {
  const Call call("vkGetPhysicalDeviceQueueFamilyProperties");
  const auto* physical = call.get<PhysicalDevice>(handle);
  if (physical == nullptr) return;
  (void)enumerate(std::vector<VkQueueFamilyProperties>{family(*physical->config)}, count, out);
}

void entry::vkGetPhysicalDeviceQueueFamilyProperties2(VkPhysicalDevice handle, std::uint32_t* count, VkQueueFamilyProperties2* out) {
  const Call call("vkGetPhysicalDeviceQueueFamilyProperties2");
  const auto* physical = call.get<PhysicalDevice>(handle);
  if (physical == nullptr) return;
  if (out != nullptr && *count > 0) out[0].queueFamilyProperties = family(*physical->config);
  if (out == nullptr || *count > 0) *count = 1;
}

void entry::vkGetPhysicalDeviceExternalBufferProperties(VkPhysicalDevice handle, const VkPhysicalDeviceExternalBufferInfo* info,
                                                        VkExternalBufferProperties* out) {
  const Call call("vkGetPhysicalDeviceExternalBufferProperties");
  if (const auto* physical = call.get<PhysicalDevice>(handle))
    out->externalMemoryProperties = buffer_external(*physical->config, info->handleType);
}

void entry::vkGetPhysicalDeviceExternalSemaphoreProperties(VkPhysicalDevice handle, const VkPhysicalDeviceExternalSemaphoreInfo* info,
                                                           VkExternalSemaphoreProperties* out) {
  const Call call("vkGetPhysicalDeviceExternalSemaphoreProperties");
  const auto* physical = call.get<PhysicalDevice>(handle);
  if (physical == nullptr) return;
  const DeviceConfig& config = *physical->config;
  const auto* type = find<VkSemaphoreTypeCreateInfo>(info->pNext, VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO);
  const bool timeline = type != nullptr && type->semaphoreType == VK_SEMAPHORE_TYPE_TIMELINE;
  VkExternalSemaphoreFeatureFlags features = 0;
  if (info->handleType == VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT)
    features = timeline ? config.opaque_fd_timeline : config.opaque_fd_binary;
  if (info->handleType == VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT && !timeline) features = config.sync_fd_binary;
  VkExternalSemaphoreHandleTypeFlags compatible = features != 0 ? static_cast<VkExternalSemaphoreHandleTypeFlags>(info->handleType) : 0;
  if (features != 0 && !timeline && config.opaque_and_sync_together && config.opaque_fd_binary != 0 && config.sync_fd_binary != 0) {
    compatible = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT | VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT;
  }
  out->externalSemaphoreFeatures = features;
  out->compatibleHandleTypes = compatible;
  out->exportFromImportedHandleTypes = compatible;
}

void entry::vkGetPhysicalDeviceExternalFenceProperties(VkPhysicalDevice handle, const VkPhysicalDeviceExternalFenceInfo* info,
                                                       VkExternalFenceProperties* out) {
  const Call call("vkGetPhysicalDeviceExternalFenceProperties");
  const auto* physical = call.get<PhysicalDevice>(handle);
  if (physical == nullptr) return;
  VkExternalFenceFeatureFlags features = 0;
  if (info->handleType == VK_EXTERNAL_FENCE_HANDLE_TYPE_OPAQUE_FD_BIT) features = physical->config->opaque_fd_fence;
  if (info->handleType == VK_EXTERNAL_FENCE_HANDLE_TYPE_SYNC_FD_BIT) features = physical->config->sync_fd_fence;
  const VkExternalFenceHandleTypeFlags compatible = features != 0 ? VkExternalFenceHandleTypeFlags{info->handleType} : 0;
  out->externalFenceFeatures = features;
  out->compatibleHandleTypes = compatible;
  out->exportFromImportedHandleTypes = compatible;
}

}  // namespace fake_vulkan
