// Shared resources of Direct3D 12 as NT handles. Compiled, never run.
#include "backends/webgpu/external_win32.hpp"
#include "core/message.hpp"

namespace geyser::webgpu {

using detail::text;

std::string why_not_dxgi(const TextureDescriptor& descriptor) {
  const FormatInfo& format = *format_info(descriptor.format);
  // Dawn wants resources for simultaneous access, which Direct3D 12 has for colours alone.
  return format.kind == FormatKind::color || format.kind == FormatKind::bc ? std::string()
                                                                           : text("Direct3D 12 hands over no ", format.name, " to Dawn");
}

Result<void> check_dxgi(const TextureHandle& handle) {
  if (handle.info.linear_tiling) {
    return Error(Errc::unsupported_format, "The handle says linear_tiling, and Dawn imports textures in the device's own order only.");
  }
  return {};
}

Result<WGPUSharedTextureMemory> import_dxgi(const Entered& entered, const TextureHandle& handle) {
  WGPUSharedTextureMemoryDXGISharedHandleDescriptor memory{};
  memory.chain.sType = WGPUSType_SharedTextureMemoryDXGISharedHandleDescriptor;
  memory.handle = reinterpret_cast<void*>(handle.handles[0].borrow());
  memory.useKeyedMutex = 0U;
  WGPUSharedTextureMemoryDescriptor descriptor{};
  descriptor.nextInChain = &memory.chain;
  descriptor.label = view_of(handle.info.descriptor.label);
  return entered.wgpu().DeviceImportSharedTextureMemory(entered.context().device, &descriptor);
}

}  // namespace geyser::webgpu
