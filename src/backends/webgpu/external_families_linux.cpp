// What Dawn takes on Linux: memory and semaphores of Vulkan.
#include "backends/webgpu/external_linux.hpp"

namespace geyser::webgpu {
namespace {

constexpr MemoryFamily memory[] = {
    {.type = MemoryHandleType::opaque_fd,
     .feature = {WGPUFeatureName_SharedTextureMemoryOpaqueFD, "SharedTextureMemoryOpaqueFD"},
     .check = check_opaque_fd,
     .import = import_opaque_fd,
     .why_not = why_not_opaque_fd},
    {.type = MemoryHandleType::dma_buf,
     .feature = {WGPUFeatureName_SharedTextureMemoryDmaBuf, "SharedTextureMemoryDmaBuf"},
     .check = check_dma_buf,
     .import = import_dma_buf,
     .why_not = why_not_dma_buf},
};

constexpr FenceFamily fences[] = {
    {.feature = {WGPUFeatureName_SharedFenceVkSemaphoreOpaqueFD, "SharedFenceVkSemaphoreOpaqueFD"},
     .native = WGPUSharedFenceType_VkSemaphoreOpaqueFD,
     .kind = SemaphoreKind::binary,
     .type = SemaphoreHandleType::opaque_fd,
     .copies = false,
     .import = import_semaphore_fd,
     .export_handle = export_semaphore_fd},
    {.feature = {WGPUFeatureName_SharedFenceSyncFD, "SharedFenceSyncFD"},
     .native = WGPUSharedFenceType_SyncFD,
     .kind = SemaphoreKind::binary,
     .type = SemaphoreHandleType::sync_fd,
     .copies = true,
     .import = import_sync_fd,
     .export_handle = export_sync_fd},
};

}  // namespace

const char* dawn_library_name() noexcept { return "libwebgpu_dawn.so"; }
WGPUBackendType dawn_backend() noexcept { return WGPUBackendType_Vulkan; }
std::string_view partner_name() noexcept { return "Vulkan"; }

AdapterWish::AdapterWish(const DeviceIdentity&) noexcept {}
WGPUChainedStruct* AdapterWish::chain() noexcept { return nullptr; }

std::span<const MemoryFamily> memory_families() noexcept { return memory; }
std::span<const FenceFamily> fence_families() noexcept { return fences; }

}  // namespace geyser::webgpu
