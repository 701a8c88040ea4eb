// The families of Linux, one file each: external_opaque_fd.cpp, external_dmabuf.cpp, external_fence_fd.cpp.
#pragma once

#include "backends/webgpu/external.hpp"

namespace geyser::webgpu {

// As MemoryFamily says.
[[nodiscard]] Result<void> check_opaque_fd(const TextureHandle& handle);
[[nodiscard]] Result<WGPUSharedTextureMemory> import_opaque_fd(const Entered& entered, const TextureHandle& handle);
[[nodiscard]] std::string why_not_opaque_fd(const TextureDescriptor& descriptor);
[[nodiscard]] Result<void> check_dma_buf(const TextureHandle& handle);
[[nodiscard]] Result<WGPUSharedTextureMemory> import_dma_buf(const Entered& entered, const TextureHandle& handle);
[[nodiscard]] std::string why_not_dma_buf(const TextureDescriptor& descriptor);

// As FenceFamily says.
[[nodiscard]] WGPUSharedFence import_semaphore_fd(const Entered& entered, const OsHandle& handle);
[[nodiscard]] Result<OsHandle> export_semaphore_fd(const Entered& entered, WGPUSharedFence fence);
[[nodiscard]] WGPUSharedFence import_sync_fd(const Entered& entered, const OsHandle& handle);
[[nodiscard]] Result<OsHandle> export_sync_fd(const Entered& entered, WGPUSharedFence fence);

}  // namespace geyser::webgpu
