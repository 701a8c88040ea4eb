// Byte counts of planes and levels. Untrusted extents go through here, so every product is checked.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "geyser/texture.hpp"
#include "platform/internal_api.hpp"

namespace geyser::detail {

[[nodiscard]] constexpr std::uint64_t ceil_div(std::uint64_t value, std::uint64_t step) noexcept { return (value + step - 1) / step; }

/// a x b, or nothing beyond 64 bits.
[[nodiscard]] constexpr std::optional<std::uint64_t> checked_mul(std::uint64_t a, std::uint64_t b) noexcept {
  if (a != 0 && b > std::numeric_limits<std::uint64_t>::max() / a) return std::nullopt;
  return a * b;
}
/// a + b, or nothing beyond 64 bits.
[[nodiscard]] constexpr std::optional<std::uint64_t> checked_add(std::uint64_t a, std::uint64_t b) noexcept {
  if (b > std::numeric_limits<std::uint64_t>::max() - a) return std::nullopt;
  return a + b;
}

/// The part of `level` that one plane covers. A chroma plane of an odd level covers the last texel too.
[[nodiscard]] constexpr Extent3D plane_extent(const FormatPlane& plane, const Extent3D& level) noexcept {
  return {static_cast<std::uint32_t>(ceil_div(level.width, plane.subsample_x)),
          static_cast<std::uint32_t>(ceil_div(level.height, plane.subsample_y)), level.depth};
}
/// Bytes in a row of blocks; fits 64 bits for any width.
[[nodiscard]] constexpr std::uint64_t row_bytes(const FormatInfo& info, const FormatPlane& plane, std::uint32_t width) noexcept {
  return ceil_div(width, info.block_width) * plane.block_bytes;
}
[[nodiscard]] constexpr std::uint32_t block_rows(const FormatInfo& info, std::uint32_t height) noexcept {
  return static_cast<std::uint32_t>(ceil_div(height, info.block_height));
}
/// Bytes of `extent` texels of a plane, rows without gaps; nothing beyond 64 bits.
[[nodiscard]] constexpr std::optional<std::uint64_t> plane_bytes(const FormatInfo& info, const FormatPlane& plane,
                                                                 const Extent3D& extent) noexcept {
  const auto slice = checked_mul(row_bytes(info, plane, extent.width), block_rows(info, extent.height));
  return slice ? checked_mul(*slice, extent.depth) : std::nullopt;
}

/// Bytes of all levels, layers and planes; nothing beyond 64 bits. The format is known, the dimension, extent and mip count are in range.
[[nodiscard]] GEYSER_INTERNAL_API std::optional<std::uint64_t> total_bytes(const TextureDescriptor& descriptor) noexcept;

}  // namespace geyser::detail
