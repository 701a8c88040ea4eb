// Rows of a mapped host texture, which may have gaps, and the same rows without gaps, as upload() and read_back() want them.
#pragma once

#include <cstring>

#include "geyser/host.hpp"

namespace geyser::detail {

/// The region's bytes where they lie, when its rows have no gaps; empty otherwise.
[[nodiscard]] inline std::span<std::byte> gapless(const host::MappedRegion& region) noexcept {
  const RegionLayout& layout = region.layout;
  const bool rows = region.row_pitch == layout.row_bytes;
  const bool slices = layout.extent.depth == 1 || region.slice_pitch == std::uint64_t{layout.row_bytes} * layout.rows;
  if (!rows || !slices) return {};
  return {region.data, static_cast<std::size_t>(layout.total_bytes)};
}

/// Calls `copy(mapped row, packed row, bytes)` for every row; `packed` has layout.total_bytes bytes.
template <class Byte, class Copy>
void for_each_row(const host::MappedRegion& region, Byte* packed, Copy&& copy) {
  const RegionLayout& layout = region.layout;
  for (std::uint32_t slice = 0; slice < layout.extent.depth; ++slice) {
    for (std::uint32_t row = 0; row < layout.rows; ++row) {
      copy(region.data + slice * region.slice_pitch + row * region.row_pitch, packed, layout.row_bytes);
      packed += layout.row_bytes;
    }
  }
}

}  // namespace geyser::detail
