#include "backends/host/texture.hpp"

#include <cstring>

#include "backends/host/manager.hpp"
#include "core/host_layout.hpp"

namespace geyser::host {
namespace {

/// Copies a region between the mapping and bytes without gaps.
template <class Copy>
void for_each_row(const MappedRegion& region, Copy&& copy) {
  std::uint64_t tight = 0;
  for (std::uint32_t z = 0; z < region.layout.extent.depth; ++z) {
    for (std::uint32_t row = 0; row < region.layout.rows; ++row) {
      copy(region.data + z * region.slice_pitch + row * region.row_pitch, tight, region.layout.row_bytes);
      tight += region.layout.row_bytes;
    }
  }
}

}  // namespace

Result<MappedRegion> Texture::map(const TextureRegion& region) const {
  auto wanted = region_layout(descriptor(), region);
  if (!wanted) return std::move(wanted).error();
  auto at = detail::host_place(descriptor(), region.mip_level, region.array_layer, region.plane);
  if (!at) return std::move(at).error();
  const FormatInfo& format = *format_info(descriptor().format);
  MappedRegion mapped;
  mapped.row_pitch = at->layout.row_bytes;
  mapped.slice_pitch = std::uint64_t{at->layout.row_bytes} * at->layout.rows;
  mapped.layout = *wanted;
  const std::uint64_t block = region.offset.x / format.block_width;
  mapped.data = memory_.bytes().data() + at->offset + region.offset.z * mapped.slice_pitch +
                region.offset.y / format.block_height * mapped.row_pitch + block * format.planes[region.plane].block_bytes;
  return mapped;
}

Result<std::shared_ptr<detail::TextureContents>> Manager::allocate(const TextureDescriptor& descriptor, const CreateOptions&) {
  auto bytes = detail::host_bytes(descriptor);
  if (!bytes) return std::move(bytes).error();
  auto memory = platform::SharedMemory::create(*bytes, "geyser-texture");
  if (!memory) return std::move(memory).error();
  detail::TextureContents::Init init{.descriptor = descriptor,
                                     .handle_type = MemoryHandleType::shared_memory,
                                     .imported = false,
                                     .allocated_bytes = memory->bytes().size(),
                                     .required_bytes = *bytes};
  return std::shared_ptr<detail::TextureContents>(std::make_shared<Texture>(shared_from_this(), std::move(init), *std::move(memory)));
}

Result<void> Manager::copy_in(detail::TextureContents& texture, const TextureRegion& region, const RegionLayout&,
                              std::span<const std::byte> bytes, geyser::Access& access) {
  if (auto ok = access.wait(default_gpu_timeout); !ok) return ok;
  auto mapped = static_cast<Texture&>(texture).map(region);
  if (!mapped) return std::move(mapped).error();
  for_each_row(*mapped, [&](std::byte* row, std::uint64_t tight, std::uint32_t size) { std::memcpy(row, bytes.data() + tight, size); });
  return access.signal() ? access.signal()->semaphore.signal(access.signal()->value) : Result<void>();
}

Result<void> Manager::copy_out(detail::TextureContents& texture, const TextureRegion& region, const RegionLayout&,
                               std::span<std::byte> bytes, geyser::Access& access) {
  if (auto ok = access.wait(default_gpu_timeout); !ok) return ok;
  auto mapped = static_cast<Texture&>(texture).map(region);
  if (!mapped) return std::move(mapped).error();
  for_each_row(*mapped, [&](std::byte* row, std::uint64_t tight, std::uint32_t size) { std::memcpy(bytes.data() + tight, row, size); });
  return access.signal() ? access.signal()->semaphore.signal(access.signal()->value) : Result<void>();
}

}  // namespace geyser::host
