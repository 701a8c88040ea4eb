#include "win32_driver/chain.hpp"

#include <algorithm>
#include <cstring>

#include "win32_driver/state.hpp"

namespace win32_driver {

namespace {

// What programs of this project put into chains that the driver has to change.
std::size_t size_of(VkStructureType type) noexcept {
  switch (type) {
    case VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2:
      return sizeof(VkPhysicalDeviceFeatures2);
    case VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SAMPLER_YCBCR_CONVERSION_FEATURES:
      return sizeof(VkPhysicalDeviceSamplerYcbcrConversionFeatures);
    case VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TIMELINE_SEMAPHORE_FEATURES:
      return sizeof(VkPhysicalDeviceTimelineSemaphoreFeatures);
    case VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES:
      return sizeof(VkPhysicalDeviceVulkan11Features);
    case VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES:
      return sizeof(VkPhysicalDeviceVulkan12Features);
    case VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_FEATURES:
      return sizeof(VkPhysicalDeviceVulkan13Features);
    case VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO:
      return sizeof(VkExternalMemoryImageCreateInfo);
    case VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO:
      return sizeof(VkExternalMemoryBufferCreateInfo);
    case VK_STRUCTURE_TYPE_IMAGE_FORMAT_LIST_CREATE_INFO:
      return sizeof(VkImageFormatListCreateInfo);
    case VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_IMAGE_FORMAT_INFO:
      return sizeof(VkPhysicalDeviceExternalImageFormatInfo);
    case VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO:
      return sizeof(VkExportMemoryAllocateInfo);
    case VK_STRUCTURE_TYPE_EXPORT_MEMORY_WIN32_HANDLE_INFO_KHR:
      return sizeof(VkExportMemoryWin32HandleInfoKHR);
    case VK_STRUCTURE_TYPE_IMPORT_MEMORY_WIN32_HANDLE_INFO_KHR:
      return sizeof(VkImportMemoryWin32HandleInfoKHR);
    case VK_STRUCTURE_TYPE_MEMORY_DEDICATED_ALLOCATE_INFO:
      return sizeof(VkMemoryDedicatedAllocateInfo);
    case VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_FLAGS_INFO:
      return sizeof(VkMemoryAllocateFlagsInfo);
    case VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO:
      return sizeof(VkSemaphoreTypeCreateInfo);
    case VK_STRUCTURE_TYPE_EXPORT_SEMAPHORE_CREATE_INFO:
      return sizeof(VkExportSemaphoreCreateInfo);
    case VK_STRUCTURE_TYPE_EXPORT_SEMAPHORE_WIN32_HANDLE_INFO_KHR:
      return sizeof(VkExportSemaphoreWin32HandleInfoKHR);
    case VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO:
      return sizeof(VkTimelineSemaphoreSubmitInfo);
    default:
      return 0;
  }
}

}  // namespace

const void* find_in(const void* chain, VkStructureType type) noexcept {
  for (auto* each = static_cast<const VkBaseInStructure*>(chain); each != nullptr; each = each->pNext) {
    if (each->sType == type) return each;
  }
  return nullptr;
}

Chain::Chain(const void* from, std::initializer_list<VkStructureType> without) {
  for (auto* each = static_cast<const VkBaseInStructure*>(from); each != nullptr; each = each->pNext) {
    if (std::find(without.begin(), without.end(), each->sType) != without.end()) continue;
    const auto bytes = size_of(each->sType);
    if (bytes == 0) {
      complain("a pNext chain has a structure of type " + std::to_string(each->sType) + ", which this driver does not know");
      continue;
    }
    add(each, bytes, false);
  }
}

void* Chain::add(const void* structure, std::size_t bytes, bool in_front) {
  auto& room = rooms_.emplace_back((bytes + 7) / 8);
  std::memcpy(room.data(), structure, bytes);
  auto* copy = reinterpret_cast<VkBaseOutStructure*>(room.data());
  if (in_front) {
    head_ = copy;
    if (last_ == nullptr) last_ = copy;
    return copy;
  }
  copy->pNext = nullptr;
  if (last_ == nullptr) {
    head_ = copy;
  } else {
    last_->pNext = copy;
  }
  last_ = copy;
  return copy;
}

}  // namespace win32_driver
