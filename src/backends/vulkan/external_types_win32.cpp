// What crosses on Windows: NT handles. Global (KMT) handles are not used: anybody who knows the number may open them.
#include <array>
#include <cstring>

#include "backends/vulkan/external_win32.hpp"

namespace geyser::vulkan {

namespace {

constexpr std::array<const char*, 7> wanted = {
    VK_KHR_EXTERNAL_MEMORY_WIN32_EXTENSION_NAME, VK_KHR_EXTERNAL_SEMAPHORE_WIN32_EXTENSION_NAME, VK_KHR_EXTERNAL_FENCE_WIN32_EXTENSION_NAME,
    VK_KHR_WIN32_KEYED_MUTEX_EXTENSION_NAME,     VK_KHR_IMAGE_FORMAT_LIST_EXTENSION_NAME,        VK_EXT_EXTERNAL_MEMORY_HOST_EXTENSION_NAME,
    VK_KHR_TIMELINE_SEMAPHORE_EXTENSION_NAME,
};

constexpr SemaphoreRung semaphores[] = {
    {SemaphoreKind::timeline, SemaphoreHandleType::opaque_win32, vk::ExternalSemaphoreHandleTypeFlagBits::eOpaqueWin32, false},
    {SemaphoreKind::timeline, SemaphoreHandleType::d3d12_fence, vk::ExternalSemaphoreHandleTypeFlagBits::eD3D12Fence, false},
    {SemaphoreKind::binary, SemaphoreHandleType::opaque_win32, vk::ExternalSemaphoreHandleTypeFlagBits::eOpaqueWin32, false},
};

constexpr FenceRung fences[] = {
    {FenceHandleType::opaque_win32, vk::ExternalFenceHandleTypeFlagBits::eOpaqueWin32, "opaque_win32", false},
};

template <class Function>
Function function(const Context& context, const char* name) {
  return reinterpret_cast<Function>(context.dispatch.vkGetDeviceProcAddr(static_cast<VkDevice>(context.device), name));
}

}  // namespace

std::span<const MemoryRung> memory_rungs() noexcept {
  using Bit = vk::ExternalMemoryHandleTypeFlagBits;
  static constexpr MemoryRung rungs[] = {
      {MemoryHandleType::opaque_win32, Bit::eOpaqueWin32, allocate_opaque, import_opaque, export_memory_win32},
      {MemoryHandleType::d3d12_resource, Bit::eD3D12Resource, allocate_d3d, import_d3d, export_memory_win32},
      {MemoryHandleType::d3d11_texture, Bit::eD3D11Texture, allocate_d3d, import_d3d, export_memory_win32},
  };
  return rungs;
}

std::span<const SemaphoreRung> semaphore_rungs() noexcept { return semaphores; }
std::span<const FenceRung> fence_rungs() noexcept { return fences; }
MemoryHandleType opaque_memory_type() noexcept { return MemoryHandleType::opaque_win32; }
std::string_view semaphore_extension() noexcept { return VK_KHR_EXTERNAL_SEMAPHORE_WIN32_EXTENSION_NAME; }
std::string_view fence_extension() noexcept { return VK_KHR_EXTERNAL_FENCE_WIN32_EXTENSION_NAME; }
std::span<const char* const> wanted_device_extensions() noexcept { return wanted; }
InstanceNeeds instance_needs() noexcept { return {}; }

std::string_view missing_for(const Features& features, MemoryHandleType) noexcept {
  return features.external_memory ? std::string_view() : VK_KHR_EXTERNAL_MEMORY_WIN32_EXTENSION_NAME;
}

void find_external_features(Context& context, std::span<const char* const> enabled) {
  auto& features = context.features;
  auto system = std::make_shared<SystemFunctions>();
  system->get_memory_handle = function<PFN_vkGetMemoryWin32HandleKHR>(context, "vkGetMemoryWin32HandleKHR");
  system->get_memory_handle_properties = function<PFN_vkGetMemoryWin32HandlePropertiesKHR>(context, "vkGetMemoryWin32HandlePropertiesKHR");
  system->get_semaphore_handle = function<PFN_vkGetSemaphoreWin32HandleKHR>(context, "vkGetSemaphoreWin32HandleKHR");
  system->import_semaphore_handle = function<PFN_vkImportSemaphoreWin32HandleKHR>(context, "vkImportSemaphoreWin32HandleKHR");
  system->get_fence_handle = function<PFN_vkGetFenceWin32HandleKHR>(context, "vkGetFenceWin32HandleKHR");
  system->import_fence_handle = function<PFN_vkImportFenceWin32HandleKHR>(context, "vkImportFenceWin32HandleKHR");
  // A driver that lists an extension and has no function for it is treated as one without.
  features.external_memory = lists(enabled, VK_KHR_EXTERNAL_MEMORY_WIN32_EXTENSION_NAME) && system->get_memory_handle != nullptr &&
                             system->get_memory_handle_properties != nullptr;
  features.external_semaphore = lists(enabled, VK_KHR_EXTERNAL_SEMAPHORE_WIN32_EXTENSION_NAME) && system->get_semaphore_handle != nullptr &&
                                system->import_semaphore_handle != nullptr;
  features.external_fence = lists(enabled, VK_KHR_EXTERNAL_FENCE_WIN32_EXTENSION_NAME) && system->get_fence_handle != nullptr &&
                            system->import_fence_handle != nullptr;
  features.keyed_mutex = features.external_memory && lists(enabled, VK_KHR_WIN32_KEYED_MUTEX_EXTENSION_NAME);
  context.system = std::move(system);
}

const void* chain_keyed_mutexes(SubmitArrays& arrays, const void* next) noexcept {
  if (arrays.keyed_memories.empty() && arrays.released_memories.empty()) return next;
  VkWin32KeyedMutexAcquireReleaseInfoKHR info{};
  info.sType = VK_STRUCTURE_TYPE_WIN32_KEYED_MUTEX_ACQUIRE_RELEASE_INFO_KHR;
  info.pNext = next;
  info.acquireCount = static_cast<std::uint32_t>(arrays.keyed_memories.size());
  info.pAcquireSyncs = arrays.keyed_memories.data();
  info.pAcquireKeys = arrays.acquire_keys.data();
  info.pAcquireTimeouts = arrays.acquire_timeouts.data();
  info.releaseCount = static_cast<std::uint32_t>(arrays.released_memories.size());
  info.pReleaseSyncs = arrays.released_memories.data();
  info.pReleaseKeys = arrays.release_keys.data();
  static_assert(sizeof(info) <= sizeof(arrays.system_info));
  std::memcpy(arrays.system_info.data(), &info, sizeof(info));
  return arrays.system_info.data();
}

}  // namespace geyser::vulkan
