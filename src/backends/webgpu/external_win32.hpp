// The families of Windows, one file each: external_dxgi.cpp, external_fence_dxgi.cpp.
#pragma once

#include "backends/webgpu/external.hpp"

namespace geyser::webgpu {

// As MemoryFamily says.
[[nodiscard]] Result<void> check_dxgi(const TextureHandle& handle);
[[nodiscard]] Result<WGPUSharedTextureMemory> import_dxgi(const Entered& entered, const TextureHandle& handle);
[[nodiscard]] std::string why_not_dxgi(const TextureDescriptor& descriptor);

// As FenceFamily says.
[[nodiscard]] WGPUSharedFence import_dxgi_fence(const Entered& entered, const OsHandle& handle);
[[nodiscard]] Result<OsHandle> export_dxgi_fence(const Entered& entered, WGPUSharedFence fence);

}  // namespace geyser::webgpu
