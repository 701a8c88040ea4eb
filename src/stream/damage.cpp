#include "stream/damage.hpp"

#include <algorithm>

#include "core/byte_count.hpp"
#include "core/regions.hpp"

namespace geyser::detail {
namespace {

/// The smallest rectangle that holds both; an empty one holds nothing.
Rect around(const Rect& a, const Rect& b) noexcept {
  if (a.width == 0 || a.height == 0) return b;
  if (b.width == 0 || b.height == 0) return a;
  Rect both{.x = std::min(a.x, b.x), .y = std::min(a.y, b.y)};
  both.width = std::max(a.x + a.width, b.x + b.width) - both.x;
  both.height = std::max(a.y + a.height, b.y + b.height) - both.y;
  return both;
}

/// One side of a rectangle of the texture, as a plane that is `subsample` times coarser has it, on its blocks.
struct Side {
  std::uint32_t offset;
  std::uint32_t extent;
};
Side on_plane(std::uint32_t offset, std::uint32_t extent, std::uint32_t subsample, std::uint32_t block, std::uint32_t length) noexcept {
  const std::uint32_t begin = offset / subsample / block * block;
  const std::uint32_t end = (offset + extent + subsample - 1) / subsample;
  return {begin, std::min((end + block - 1) / block * block, length) - begin};
}

}  // namespace

void DamageHistory::add(std::uint64_t number, const std::optional<Rect>& damage) noexcept {
  steps_[count_ % length] = {number, damage};
  ++count_;
}

std::optional<Rect> DamageHistory::since(std::uint64_t older) const noexcept {
  Rect all;
  for (std::size_t back = 1; back <= std::min(count_, length); ++back) {
    const Step& step = steps_[(count_ - back) % length];
    if (step.number == older) return all;
    if (step.number < older || !step.damage) return std::nullopt;
    all = around(all, *step.damage);
  }
  return std::nullopt;
}

std::vector<TextureRegion> regions_of(const TextureDescriptor& texture, const std::optional<Rect>& changed) {
  std::vector<TextureRegion> regions;
  const bool flat = texture.mip_levels == 1 && texture.array_layers == 1 && texture.extent.depth == 1;
  const FormatInfo& format = *format_info(texture.format);
  static_cast<void>(for_each_region(texture, [&](TextureRegion region) -> Result<void> {
    if (changed && flat) {
      const Extent3D& whole = texture.extent;
      const bool inside = changed->x <= whole.width && changed->width <= whole.width - changed->x && changed->y <= whole.height &&
                          changed->height <= whole.height - changed->y;
      if (inside && (changed->width == 0 || changed->height == 0)) return {};
      if (inside) {
        const FormatPlane& plane = format.planes[region.plane];
        const Extent3D size = plane_extent(plane, whole);
        const Side x = on_plane(changed->x, changed->width, plane.subsample_x, format.block_width, size.width);
        const Side y = on_plane(changed->y, changed->height, plane.subsample_y, format.block_height, size.height);
        region.offset = {x.offset, y.offset, 0};
        region.extent = Extent3D{x.extent, y.extent, 1};
      }
    }
    regions.push_back(region);
    return {};
  }));
  return regions;
}

}  // namespace geyser::detail
