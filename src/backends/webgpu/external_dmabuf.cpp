// dma-bufs with a DRM format modifier. Compiled, and run over tests/fake_webgpu; no driver here has them.
#include <array>

#include "backends/webgpu/external_linux.hpp"
#include "core/message.hpp"

namespace geyser::webgpu {
namespace {

using detail::text;

/// Dawn knows these by fourcc, and of the sRGB twins none.
bool known(const FormatInfo& format) noexcept {
  switch (format.format) {
    case TextureFormat::r8_unorm:
    case TextureFormat::rg8_unorm:
    case TextureFormat::rgba8_unorm:
    case TextureFormat::bgra8_unorm:
    case TextureFormat::rgb10a2_unorm:
    case TextureFormat::rgba16_float:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::string why_not_dma_buf(const TextureDescriptor& descriptor) {
  const FormatInfo& format = *format_info(descriptor.format);
  return known(format) ? std::string() : text("Dawn imports no dma_buf of ", format.name);
}

Result<void> check_dma_buf(const TextureHandle& handle) {
  const auto& info = handle.info;
  if (const std::string why = why_not_dma_buf(info.descriptor); !why.empty()) return Error(Errc::unsupported_format, why + ".");
  for (std::uint32_t i = 0; i < info.memory_plane_count; ++i) {
    const auto& plane = info.memory_planes[i];
    if (plane.row_pitch > UINT32_MAX) {
      return Error(Errc::protocol_error, text("TextureHandleInfo::memory_planes[", i, "].row_pitch is ", plane.row_pitch, "; at most ",
                                              UINT32_MAX, " is allowed."));
    }
  }
  return {};
}

Result<WGPUSharedTextureMemory> import_dma_buf(const Entered& entered, const TextureHandle& handle) {
  const auto& info = handle.info;
  std::array<WGPUSharedTextureMemoryDmaBufPlane, max_memory_planes> planes{};
  for (std::uint32_t i = 0; i < info.memory_plane_count; ++i) {
    const auto& plane = info.memory_planes[i];
    planes[i].fd = handle.handles[plane.handle_index].fd();
    planes[i].offset = plane.offset;
    planes[i].stride = static_cast<std::uint32_t>(plane.row_pitch);
  }
  WGPUSharedTextureMemoryDmaBufDescriptor memory{};
  memory.chain.sType = WGPUSType_SharedTextureMemoryDmaBufDescriptor;
  memory.size = {info.descriptor.extent.width, info.descriptor.extent.height, 1};
  memory.drmFormat = format_info(info.descriptor.format)->drm;
  memory.drmModifier = info.drm_modifier;
  memory.planeCount = info.memory_plane_count;
  memory.planes = planes.data();
  WGPUSharedTextureMemoryDescriptor descriptor{};
  descriptor.nextInChain = &memory.chain;
  descriptor.label = view_of(info.descriptor.label);
  return entered.wgpu().DeviceImportSharedTextureMemory(entered.context().device, &descriptor);
}

}  // namespace geyser::webgpu
