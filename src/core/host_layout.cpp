#include "core/host_layout.hpp"

#include "core/byte_count.hpp"
#include "core/message.hpp"

namespace geyser::detail {
namespace {

constexpr std::uint64_t subresource_alignment = 256;  // bytes; what GPU copies like, should a device import the memory

constexpr std::uint64_t align_up(std::uint64_t value) { return ceil_div(value, subresource_alignment) * subresource_alignment; }

/// Walks the planes and levels up to (plane, mip_level); with both beyond the end, over the whole texture.
Result<HostPlace> walk(const TextureDescriptor& descriptor, std::uint32_t plane, std::uint32_t mip_level) {
  const std::uint32_t planes = format_info(descriptor.format)->plane_count;
  HostPlace at;
  for (std::uint32_t p = 0; p < planes; ++p) {
    for (std::uint32_t mip = 0; mip < descriptor.mip_levels; ++mip) {
      auto layout = region_layout(descriptor, {.mip_level = mip, .plane = p});
      if (!layout) return std::move(layout).error();
      at.layout = *layout;
      if (p == plane && mip == mip_level) return at;
      // validate() made sure that the content fits into 64 bits with room to spare; only the gaps are new here.
      const auto layers = checked_mul(align_up(layout->total_bytes), descriptor.array_layers);
      const auto next = layers ? checked_add(at.offset, *layers) : std::nullopt;
      if (!next) return Error(Errc::limit_exceeded, "The texture needs more bytes than 64 bits can count.");
      at.offset = *next;
    }
  }
  return at;
}

}  // namespace

Result<HostPlace> host_place(const TextureDescriptor& descriptor, std::uint32_t mip_level, std::uint32_t array_layer, std::uint32_t plane) {
  auto at = walk(descriptor, plane, mip_level);
  if (at) at->offset += align_up(at->layout.total_bytes) * array_layer;
  return at;
}

Result<std::uint64_t> host_bytes(const TextureDescriptor& descriptor) {
  return walk(descriptor, UINT32_MAX, UINT32_MAX).transform([](HostPlace&& end) { return end.offset; });
}

Result<void> check_host_layout(const TextureHandleInfo& info) {
  auto bytes = host_bytes(info.descriptor);
  if (!bytes) return std::move(bytes).error();
  if (info.required_size != *bytes) {
    return Error(Errc::protocol_error,
                 text("required_size is ", info.required_size, ", but this texture lies in ", *bytes, " bytes of shared memory."));
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

}  // namespace geyser::detail
