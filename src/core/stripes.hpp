// Cutting a region of a texture into parts that go through a buffer of limited size.
#pragma once

#include <algorithm>

#include "geyser/texture.hpp"

namespace geyser::detail {

/// Calls `visit(stripe, offset, bytes)` for parts of the region that follow each other, each of whole slices or of whole rows of blocks of
/// one slice, until one gives an error, which it returns. A part has at most `limit` bytes where one row has no more; `layout` is the
/// region's, and `offset` says where the part's bytes lie among the region's.
template <class Visit>
[[nodiscard]] Result<void> for_each_stripe(TextureFormat format, const TextureRegion& region, const RegionLayout& layout,
                                           std::uint64_t limit, Visit&& visit) {
  const std::uint32_t block_height = format_info(format)->block_height;
  const std::uint64_t slice_bytes = std::uint64_t{layout.row_bytes} * layout.rows;
  const bool whole_slices = slice_bytes <= limit;
  const auto slices_at_once =
      static_cast<std::uint32_t>(whole_slices ? std::min<std::uint64_t>(layout.extent.depth, limit / slice_bytes) : 1);
  const auto rows_at_once = static_cast<std::uint32_t>(whole_slices ? layout.rows : std::max<std::uint64_t>(1, limit / layout.row_bytes));
  std::uint64_t done = 0;
  for (std::uint32_t z = 0; z < layout.extent.depth; z += slices_at_once) {
    for (std::uint32_t row = 0; row < layout.rows; row += rows_at_once) {
      const std::uint32_t slices = std::min(slices_at_once, layout.extent.depth - z);
      const std::uint32_t rows = std::min(rows_at_once, layout.rows - row);
      const std::uint32_t y = row * block_height;
      TextureRegion stripe = region;
      stripe.offset.y += y;
      stripe.offset.z += z;
      stripe.extent = Extent3D{layout.extent.width, std::min(rows * block_height, layout.extent.height - y), slices};
      const std::uint64_t bytes = std::uint64_t{layout.row_bytes} * rows * slices;
      if (Result<void> ok = visit(stripe, done, bytes); !ok) return ok;
      done += bytes;
    }
  }
  return {};
}

}  // namespace geyser::detail
