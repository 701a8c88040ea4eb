#include "core/byte_count.hpp"
#include "core/guard.hpp"
#include "core/message.hpp"
#include "geyser/texture.hpp"

namespace geyser {
namespace detail {

std::optional<std::uint64_t> total_bytes(const TextureDescriptor& descriptor) noexcept {
  const FormatInfo& info = *format_info(descriptor.format);
  std::uint64_t layer = 0;
  for (std::uint32_t mip = 0; mip < descriptor.mip_levels; ++mip) {
    const Extent3D level = mip_extent(descriptor, mip);
    for (std::size_t p = 0; p < info.plane_count; ++p) {
      const auto bytes = plane_bytes(info, info.planes[p], plane_extent(info.planes[p], level));
      const auto sum = bytes ? checked_add(layer, *bytes) : std::nullopt;
      if (!sum) return std::nullopt;
      layer = *sum;
    }
  }
  return checked_mul(layer, descriptor.array_layers);
}

}  // namespace detail

namespace {

using detail::text;

/// One side of a region: where it starts, how long it is, and what bounds it. All in texels of the plane.
struct Side {
  std::string_view axis;    // "x"
  std::string_view length;  // "width"
  std::uint32_t offset;
  std::optional<std::uint32_t> extent;  // empty: to the end
  std::uint32_t level;
  std::uint32_t block;
};

/// The length of the side in texels. Regions start on a block, and end on one or at the end of the level.
[[nodiscard]] Result<std::uint32_t> check_side(const Side& s) {
  const auto invalid = [](const auto&... parts) { return Error(Errc::invalid_argument, text(parts..., ".")); };
  if (s.offset >= s.level) {
    return invalid("region.offset.", s.axis, " is ", s.offset, "; allowed are 0 to ", s.level - 1, ", the ", s.length,
                   " of this plane and level is ", s.level);
  }
  if (s.offset % s.block != 0) {
    return invalid("region.offset.", s.axis, " is ", s.offset, "; allowed are multiples of the block's ", s.length, " ", s.block);
  }
  const std::uint32_t rest = s.level - s.offset;
  if (!s.extent) return rest;
  if (*s.extent == 0 || *s.extent > rest) {
    return invalid("region.extent.", s.length, " is ", *s.extent, " at offset ", s.offset, "; allowed are 1 to ", rest, ", the ", s.length,
                   " of this plane and level is ", s.level);
  }
  if (*s.extent != rest && *s.extent % s.block != 0) {
    return invalid("region.extent.", s.length, " is ", *s.extent, " at offset ", s.offset, "; allowed are multiples of the block's ",
                   s.length, " ", s.block, ", or ", rest, " to reach the end");
  }
  return *s.extent;
}

[[nodiscard]] Result<void> check_index(std::string_view field, std::uint32_t value, std::uint32_t count, std::string_view of) {
  if (value < count) return {};
  return Error(Errc::invalid_argument,
               text("region.", field, " is ", value, "; allowed are 0 to ", count - 1, ", the texture has ", count, " ", of, "."));
}

}  // namespace

Result<RegionLayout> region_layout(const TextureDescriptor& descriptor, const TextureRegion& region) {
  return detail::guard([&]() -> Result<RegionLayout> {
    if (auto valid = validate(descriptor); !valid) return std::move(valid.error());
    const FormatInfo& info = *format_info(descriptor.format);
    if (auto mip = check_index("mip_level", region.mip_level, descriptor.mip_levels, "mip level(s)"); !mip) return std::move(mip.error());
    if (auto layer = check_index("array_layer", region.array_layer, descriptor.array_layers, "layer(s)"); !layer) {
      return std::move(layer.error());
    }
    if (auto plane = check_index("plane", region.plane, info.plane_count, "plane(s)"); !plane) return std::move(plane.error());

    const FormatPlane& plane = info.planes[region.plane];
    const Extent3D level = detail::plane_extent(plane, mip_extent(descriptor, region.mip_level));
    const auto wanted = [&region](std::uint32_t Extent3D::* side) {
      return region.extent ? std::optional((*region.extent).*side) : std::nullopt;
    };
    auto width = check_side({"x", "width", region.offset.x, wanted(&Extent3D::width), level.width, info.block_width});
    if (!width) return std::move(width.error());
    auto height = check_side({"y", "height", region.offset.y, wanted(&Extent3D::height), level.height, info.block_height});
    if (!height) return std::move(height.error());
    auto depth = check_side({"z", "depth", region.offset.z, wanted(&Extent3D::depth), level.depth, 1});
    if (!depth) return std::move(depth.error());

    // validate() bounds a row of level 0 to 32 bits and the whole texture to 64, and a region is no larger than either.
    RegionLayout layout;
    layout.extent = {*width, *height, *depth};
    layout.row_bytes = static_cast<std::uint32_t>(detail::row_bytes(info, plane, *width));
    layout.rows = detail::block_rows(info, *height);
    layout.total_bytes = std::uint64_t{layout.row_bytes} * layout.rows * layout.extent.depth;
    return layout;
  });
}

Result<std::uint64_t> content_bytes(const TextureDescriptor& descriptor) {
  return detail::guard([&]() -> Result<std::uint64_t> {
    if (auto valid = validate(descriptor); !valid) return std::move(valid.error());
    return *detail::total_bytes(descriptor);
  });
}

}  // namespace geyser
