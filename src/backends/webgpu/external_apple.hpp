// The families of Apple's systems, one file each: external_io_surface.cpp, external_fence_metal.cpp.
#pragma once

#include "backends/webgpu/external.hpp"

namespace geyser::webgpu {

// As MemoryFamily says.
[[nodiscard]] Result<void> check_io_surface(const TextureHandle& handle);
[[nodiscard]] Result<WGPUSharedTextureMemory> import_io_surface(const Entered& entered, const TextureHandle& handle);
[[nodiscard]] std::string why_not_io_surface(const TextureDescriptor& descriptor);

// As FenceFamily says.
[[nodiscard]] WGPUSharedFence import_shared_event(const Entered& entered, const OsHandle& handle);
[[nodiscard]] Result<OsHandle> export_shared_event(const Entered& entered, WGPUSharedFence fence);

}  // namespace geyser::webgpu
