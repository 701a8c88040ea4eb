// Shared memory of the host backend, used by the device where it lies: the pages are pinned and mapped, nothing is copied.
#include "backends/cuda/texture.hpp"
#include "core/byte_count.hpp"
#include "core/message.hpp"

namespace geyser::cuda {
namespace {

using detail::text;

constexpr std::uint64_t subresource_alignment = 256;  // bytes; the host backend's

/// Walks planes, in them levels, up to (plane, mip_level); with both beyond the end, over the whole texture.
Result<HostPlace> walk(const TextureDescriptor& descriptor, std::uint32_t plane, std::uint32_t mip_level) {
  HostPlace at;
  for (std::uint32_t p = 0; p < format_info(descriptor.format)->plane_count; ++p) {
    for (std::uint32_t mip = 0; mip < descriptor.mip_levels; ++mip) {
      auto layout = region_layout(descriptor, {.mip_level = mip, .plane = p});
      if (!layout) return std::move(layout).error();
      at.layout = *layout;
      if (p == plane && mip == mip_level) return at;
      const auto layer = detail::ceil_div(layout->total_bytes, subresource_alignment) * subresource_alignment;
      const auto layers = detail::checked_mul(layer, descriptor.array_layers);
      const auto next = layers ? detail::checked_add(at.offset, *layers) : std::nullopt;
      if (!next) return Error(Errc::limit_exceeded, "The texture needs more bytes than 64 bits can count.");
      at.offset = *next;
    }
  }
  return at;
}

Result<void> check(const TextureHandleInfo& info) {
  auto end = walk(info.descriptor, UINT32_MAX, UINT32_MAX);
  if (!end) return std::move(end).error();
  if (info.required_size != end->offset) {
    return contradiction("required_size", text(info.required_size), text("this texture lies in ", end->offset, " bytes of shared memory"));
  }
  for (std::uint32_t plane = 0; plane < info.memory_plane_count; ++plane) {
    auto at = host_place(info.descriptor, 0, 0, plane);
    if (!at) return std::move(at).error();
    const MemoryPlane& given = info.memory_planes[plane];
    if (given.offset != at->offset || given.row_pitch != at->layout.row_bytes) {
      return Error(Errc::protocol_error,
                   text("memory_planes[", plane, "] is at offset ", given.offset, " with row pitch ", given.row_pitch,
                        "; this library lays the plane at ", at->offset, " with row pitch ", at->layout.row_bytes, "."));
    }
  }
  return {};
}

}  // namespace

Result<HostPlace> host_place(const TextureDescriptor& descriptor, std::uint32_t mip_level, std::uint32_t array_layer, std::uint32_t plane) {
  auto at = walk(descriptor, plane, mip_level);
  if (at) at->offset += detail::ceil_div(at->layout.total_bytes, subresource_alignment) * subresource_alignment * array_layer;
  return at;
}

Result<std::shared_ptr<Texture>> import_shared_memory(const Maker& maker, TextureHandle& handle) {
  const TextureHandleInfo& info = handle.info;
  Context& context = *maker.context;
  if (auto ok = check(info); !ok) return std::move(ok).error();
  const Current current(context);
  if (!current) return current.error();
  // Through a duplicate: the caller keeps the handle when the driver refuses the pages.
  auto copy = handle.handles[0].duplicate();
  if (!copy) return std::move(copy).error();
  auto pages = platform::SharedMemory::open(*copy, info.required_size);
  unsigned flags = api::host_register_portable | api::host_register_device_map;
  if (!pages && context.features.read_only_host_register) {
    auto second = handle.handles[0].duplicate();
    if (!second) return std::move(second).error();
    auto read_only = platform::SharedMemory::open_read_only(*second, info.required_size);
    if (read_only) {
      pages = std::move(read_only);
      flags |= api::host_register_read_only;
    }
  }
  if (!pages) return std::move(pages).error();
  Memory memory(maker.context);
  memory.pages.emplace(*std::move(pages));
  const auto bytes = memory.pages->bytes();
  if (const auto status = context.cu().host_register(bytes.data(), bytes.size(), flags); status != api::Status::success) {
    return context.error(status, "cuMemHostRegister");
  }
  memory.registered = true;
  memory.read_only = (flags & api::host_register_read_only) != 0;
  api::DevicePointer base = 0;
  if (const auto status = context.cu().host_pointer(&base, bytes.data(), 0); status != api::Status::success) {
    return context.error(status, "cuMemHostGetDevicePointer");
  }
  auto texture = std::make_shared<Texture>(maker.backend,
                                           detail::TextureContents::Init{.descriptor = info.descriptor,
                                                                         .handle_type = MemoryHandleType::shared_memory,
                                                                         .imported = true,
                                                                         .allocated_bytes = info.allocation_size,
                                                                         .required_bytes = info.required_size},
                                           std::move(memory));
  texture->base = base;
  handle.handles[0].reset();
  return texture;
}

}  // namespace geyser::cuda
