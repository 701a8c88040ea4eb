// IOSurfaces, which travel as Mach ports. Type-checked, never run.
#include <IOSurface/IOSurfaceRef.h>
#include <mach/mach.h>

#include "backends/webgpu/external_apple.hpp"
#include "core/message.hpp"

namespace geyser::webgpu {

using detail::text;

std::string why_not_io_surface(const TextureDescriptor& descriptor) {
  const FormatInfo& format = *format_info(descriptor.format);
  return format.kind == FormatKind::color ? std::string() : text("an IOSurface that Dawn takes carries colour formats, not ", format.name);
}

Result<void> check_io_surface(const TextureHandle& handle) {
  if (handle.info.memory_plane_count <= 1) return {};
  return Error(Errc::unsupported_format,
               text("The IOSurface has ", handle.info.memory_plane_count, " planes; Dawn's textures of this library have one."));
}

Result<WGPUSharedTextureMemory> import_io_surface(const Entered& entered, const TextureHandle& handle) {
  IOSurfaceRef surface = ::IOSurfaceLookupFromMachPort(static_cast<mach_port_t>(handle.handles[0].borrow()));
  if (surface == nullptr) {
    return Error(Errc::protocol_error, "The OS handle is no IOSurface's port; pass the handle that export_texture() made.");
  }
  WGPUSharedTextureMemoryIOSurfaceDescriptor memory{};
  memory.chain.sType = WGPUSType_SharedTextureMemoryIOSurfaceDescriptor;
  memory.ioSurface = surface;
  // Older webgpu.h files have no such field.
  const auto set_storage = [&](auto& each) {
    if constexpr (requires { each.allowStorageBinding; }) {
      each.allowStorageBinding = static_cast<WGPUBool>(has(handle.info.descriptor.usage, TextureUsage::storage_binding));
    }
  };
  set_storage(memory);
  WGPUSharedTextureMemoryDescriptor descriptor{};
  descriptor.nextInChain = &memory.chain;
  descriptor.label = view_of(handle.info.descriptor.label);
  const WGPUSharedTextureMemory made = entered.wgpu().DeviceImportSharedTextureMemory(entered.context().device, &descriptor);
  ::CFRelease(surface);  // Dawn has a reference of its own
  return made;
}

}  // namespace geyser::webgpu
