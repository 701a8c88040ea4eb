// IOSurfaces in and out. Between processes they travel as Mach ports; never as the integers that any process could guess.
#include "backends/metal/texture.hpp"
#include "core/message.hpp"

namespace geyser::metal {
namespace {

using detail::text;

/// Bytes from the start of the surface to the end of its last row.
std::uint64_t required_bytes(const api::SurfaceShape& shape) noexcept {
  const api::SurfacePlane& last = shape.planes[shape.plane_count == 0 ? 0 : shape.plane_count - 1];
  return last.offset + last.bytes_per_row * last.height;
}

Error contradiction(std::string_view field, std::uint64_t given, std::uint64_t surface) {
  return Error(Errc::protocol_error, text(field, " is ", given, ", but the IOSurface says ", surface, "."));
}

/// The handle's numbers repeat what the system says of the surface: one that differs is none that export made.
Result<void> check_numbers(const TextureHandleInfo& info, const api::SurfaceShape& shape) {
  if (info.allocation_size != shape.allocation_size) {
    return contradiction("allocation_size", info.allocation_size, shape.allocation_size);
  }
  const std::uint32_t planes = shape.plane_count == 0 ? 1 : shape.plane_count;
  if (info.memory_plane_count != planes) return contradiction("memory_plane_count", info.memory_plane_count, planes);
  for (std::uint32_t i = 0; i < planes; ++i) {
    const MemoryPlane& said = info.memory_planes[i];
    if (said.offset != shape.planes[i].offset) return contradiction("memory_planes.offset", said.offset, shape.planes[i].offset);
    if (said.row_pitch != shape.planes[i].bytes_per_row) {
      return contradiction("memory_planes.row_pitch", said.row_pitch, shape.planes[i].bytes_per_row);
    }
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<Texture>> wrap_surface(const Maker& maker, const TextureDescriptor& descriptor,
                                              std::shared_ptr<api::Surface> surface) {
  const api::DeviceInfo& device = maker.context->info();
  if (auto ok = check_wanted(descriptor, device, MemoryHandleType::io_surface); !ok) return std::move(ok).error();
  const api::SurfaceShape shape = surface->shape();
  if (auto ok = check_surface(shape, descriptor); !ok) return std::move(ok).error();
  auto texture = std::make_shared<Texture>(maker.backend, maker.context,
                                           detail::TextureContents::Init{.descriptor = descriptor,
                                                                         .handle_type = MemoryHandleType::io_surface,
                                                                         .imported = maker.imported,
                                                                         .allocated_bytes = shape.allocation_size,
                                                                         .required_bytes = required_bytes(shape)});
  const std::uint32_t planes = shape.plane_count == 0 ? 1 : shape.plane_count;
  for (std::uint32_t i = 0; i < planes; ++i) {
    auto plane = maker.context->device().texture_from_surface(surface_texture_shape(descriptor, device, i), *surface, i);
    if (!plane) return std::move(plane).error();
    texture->planes[i] = *std::move(plane);
  }
  texture->surface = std::move(surface);
  texture->shape = shape;
  return texture;
}

Result<std::shared_ptr<Texture>> allocate_surface(const Maker& maker, const TextureDescriptor& descriptor) {
  if (auto ok = check_wanted(descriptor, maker.context->info(), MemoryHandleType::io_surface); !ok) return std::move(ok).error();
  auto shape = surface_shape(descriptor, maker.context->device());
  if (!shape) return std::move(shape).error();
  auto surface = maker.context->device().create_surface(*shape);
  if (!surface) return std::move(surface).error();
  return wrap_surface(maker, descriptor, *std::move(surface));
}

Result<TextureHandle> export_surface(const Texture& texture) {
  auto port = texture.surface->make_port();
  if (!port) return std::move(port).error();
  TextureHandle handle;
  TextureHandleInfo& info = handle.info;
  info.type = MemoryHandleType::io_surface;
  info.descriptor = texture.descriptor();
  info.exporter = texture.context->identity();
  info.allocation_size = texture.allocated_bytes();
  info.required_size = texture.required_bytes();
  info.memory_type_index = any_memory_type;
  info.dedicated = true;
  info.linear_tiling = true;
  info.native_format = format_info(texture.descriptor().format)->vulkan;
  info.memory_plane_count = texture.shape.plane_count == 0 ? 1 : texture.shape.plane_count;
  for (std::uint32_t i = 0; i < info.memory_plane_count; ++i) {
    info.memory_planes[i] = {
        .offset = texture.shape.planes[i].offset, .row_pitch = texture.shape.planes[i].bytes_per_row, .handle_index = 0};
  }
  handle.handles[0] = *std::move(port);
  return handle;
}

Result<std::shared_ptr<Texture>> import_surface(const Maker& maker, TextureHandle& handle) {
  auto surface = maker.context->device().surface_from_port(handle.handles[0]);
  if (!surface) return std::move(surface).error();
  if (auto ok = check_numbers(handle.info, (*surface)->shape()); !ok) return std::move(ok).error();
  auto texture = wrap_surface(maker, handle.info.descriptor, *std::move(surface));
  if (texture) handle.handles[0].reset();
  return texture;
}

}  // namespace geyser::metal
