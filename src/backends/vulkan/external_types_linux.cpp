// What crosses on Linux: file descriptors.
#include <array>

#include "backends/vulkan/external_fd.hpp"

namespace geyser::vulkan {

namespace {

constexpr std::array<const char*, 9> wanted = {
    VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME,      VK_KHR_EXTERNAL_SEMAPHORE_FD_EXTENSION_NAME,
    VK_KHR_EXTERNAL_FENCE_FD_EXTENSION_NAME,       VK_KHR_IMAGE_FORMAT_LIST_EXTENSION_NAME,
    VK_EXT_EXTERNAL_MEMORY_DMA_BUF_EXTENSION_NAME, VK_EXT_IMAGE_DRM_FORMAT_MODIFIER_EXTENSION_NAME,
    VK_EXT_QUEUE_FAMILY_FOREIGN_EXTENSION_NAME,    VK_EXT_EXTERNAL_MEMORY_HOST_EXTENSION_NAME,
    VK_KHR_TIMELINE_SEMAPHORE_EXTENSION_NAME,
};

constexpr SemaphoreRung semaphores[] = {
    {SemaphoreKind::timeline, SemaphoreHandleType::opaque_fd, vk::ExternalSemaphoreHandleTypeFlagBits::eOpaqueFd, false},
    {SemaphoreKind::binary, SemaphoreHandleType::opaque_fd, vk::ExternalSemaphoreHandleTypeFlagBits::eOpaqueFd, false},
    {SemaphoreKind::binary, SemaphoreHandleType::sync_fd, vk::ExternalSemaphoreHandleTypeFlagBits::eSyncFd, true},
};

constexpr FenceRung fences[] = {
    {FenceHandleType::opaque_fd, vk::ExternalFenceHandleTypeFlagBits::eOpaqueFd, "opaque_fd", false},
    {FenceHandleType::sync_fd, vk::ExternalFenceHandleTypeFlagBits::eSyncFd, "sync_fd", true},
};

}  // namespace

std::span<const MemoryRung> memory_rungs() noexcept {
  static constexpr MemoryRung rungs[] = {
      {MemoryHandleType::opaque_fd, vk::ExternalMemoryHandleTypeFlagBits::eOpaqueFd, allocate_opaque, import_opaque, export_memory_fd},
      {MemoryHandleType::dma_buf, vk::ExternalMemoryHandleTypeFlagBits::eDmaBufEXT, allocate_dma_buf, import_dma_buf, export_memory_fd},
  };
  return rungs;
}

std::span<const SemaphoreRung> semaphore_rungs() noexcept { return semaphores; }
std::span<const FenceRung> fence_rungs() noexcept { return fences; }
MemoryHandleType opaque_memory_type() noexcept { return MemoryHandleType::opaque_fd; }
std::string_view semaphore_extension() noexcept { return VK_KHR_EXTERNAL_SEMAPHORE_FD_EXTENSION_NAME; }
std::string_view fence_extension() noexcept { return VK_KHR_EXTERNAL_FENCE_FD_EXTENSION_NAME; }
std::span<const char* const> wanted_device_extensions() noexcept { return wanted; }
InstanceNeeds instance_needs() noexcept { return {}; }

std::string_view missing_for(const Features& features, MemoryHandleType type) noexcept {
  if (!features.external_memory) return VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME;
  if (type == MemoryHandleType::dma_buf) {
    if (!features.external_memory_dma_buf) return VK_EXT_EXTERNAL_MEMORY_DMA_BUF_EXTENSION_NAME;
    if (!features.image_drm_format_modifier) return VK_EXT_IMAGE_DRM_FORMAT_MODIFIER_EXTENSION_NAME;
  }
  return {};
}

void find_external_features(Context& context, std::span<const char* const> enabled) {
  const auto& dispatch = context.dispatch;
  auto& features = context.features;
  // A driver that lists an extension and has no function for it is treated as one without.
  features.external_memory = lists(enabled, VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME) && dispatch.vkGetMemoryFdKHR != nullptr;
  features.external_semaphore = lists(enabled, VK_KHR_EXTERNAL_SEMAPHORE_FD_EXTENSION_NAME) && dispatch.vkGetSemaphoreFdKHR != nullptr &&
                                dispatch.vkImportSemaphoreFdKHR != nullptr;
  features.external_fence = lists(enabled, VK_KHR_EXTERNAL_FENCE_FD_EXTENSION_NAME) && dispatch.vkGetFenceFdKHR != nullptr &&
                            dispatch.vkImportFenceFdKHR != nullptr;
  features.external_memory_dma_buf = lists(enabled, VK_EXT_EXTERNAL_MEMORY_DMA_BUF_EXTENSION_NAME) && features.external_memory &&
                                     dispatch.vkGetMemoryFdPropertiesKHR != nullptr;
  features.image_drm_format_modifier =
      lists(enabled, VK_EXT_IMAGE_DRM_FORMAT_MODIFIER_EXTENSION_NAME) && dispatch.vkGetImageDrmFormatModifierPropertiesEXT != nullptr;
  features.queue_family_foreign = lists(enabled, VK_EXT_QUEUE_FAMILY_FOREIGN_EXTENSION_NAME);
}

// Who may use a file descriptor is decided by whom it is sent to.
Result<std::shared_ptr<const void>> memory_export_info(MemoryHandleType) { return std::shared_ptr<const void>(); }
Result<std::shared_ptr<const void>> semaphore_export_info(SemaphoreTypes) { return std::shared_ptr<const void>(); }
Result<std::shared_ptr<const void>> fence_export_info() { return std::shared_ptr<const void>(); }

const void* chain_keyed_mutexes(SubmitArrays&, const void* next) noexcept { return next; }

}  // namespace geyser::vulkan
