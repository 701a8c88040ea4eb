// What a texture is: dimension, extent, format, usage, colour; and how its bytes are counted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "geyser/format.hpp"
#include "geyser/result.hpp"

namespace geyser {

/// Width, height and depth of mip level 0, in texels.
struct Extent3D {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t depth = 1;
  friend constexpr bool operator==(const Extent3D&, const Extent3D&) = default;
};
/// A position in texels.
struct Offset3D {
  std::uint32_t x = 0;
  std::uint32_t y = 0;
  std::uint32_t z = 0;
  friend constexpr bool operator==(const Offset3D&, const Offset3D&) = default;
};

enum class TextureDimension : std::uint8_t { d2, d2_array, cube, cube_array, d3 };

/// What the texture may be used for; a bit set. Copies both ways are always possible: the library itself needs them.
enum class TextureUsage : std::uint32_t {
  none = 0,
  copy_src = 1,
  copy_dst = 2,
  texture_binding = 4,
  storage_binding = 8,
  render_attachment = 16,  ///< colour attachment, or depth/stencil attachment for depth and stencil formats
};
[[nodiscard]] constexpr TextureUsage operator|(TextureUsage a, TextureUsage b) noexcept {
  return static_cast<TextureUsage>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b));
}
[[nodiscard]] constexpr TextureUsage operator&(TextureUsage a, TextureUsage b) noexcept {
  return static_cast<TextureUsage>(static_cast<std::uint32_t>(a) & static_cast<std::uint32_t>(b));
}
/// True when every bit of `wanted` is in `set`.
[[nodiscard]] constexpr bool has(TextureUsage set, TextureUsage wanted) noexcept { return (set & wanted) == wanted; }
inline constexpr TextureUsage all_texture_usage = TextureUsage::copy_src | TextureUsage::copy_dst | TextureUsage::texture_binding |
                                                  TextureUsage::storage_binding | TextureUsage::render_attachment;

/// Code points of ITU-T H.273, so that they pass through codecs and compositors unchanged.
enum class ColorPrimaries : std::uint8_t { bt709 = 1, unspecified = 2, bt601_625 = 5, bt601_525 = 6, bt2020 = 9, display_p3 = 12 };
enum class TransferFunction : std::uint8_t { bt709 = 1, unspecified = 2, linear = 8, srgb = 13, bt2020_10 = 14, pq = 16, hlg = 18 };
enum class ColorRange : std::uint8_t { full, limited };
enum class AlphaMode : std::uint8_t { premultiplied, straight, ignored };

/// How the numbers in the texture are meant. It travels with the texture; the library never converts.
struct ColorInfo {
  ColorPrimaries primaries = ColorPrimaries::bt709;
  TransferFunction transfer = TransferFunction::srgb;
  ColorRange range = ColorRange::full;
  AlphaMode alpha = AlphaMode::premultiplied;
  friend constexpr bool operator==(const ColorInfo&, const ColorInfo&) = default;
};

/// Everything two sides must agree on. Zero-initialised fields other than extent and format are good defaults.
struct TextureDescriptor {
  TextureDimension dimension = TextureDimension::d2;
  Extent3D extent{};  ///< texels of mip level 0; depth is 1 unless d3
  std::uint32_t mip_levels = 1;
  std::uint32_t array_layers = 1;  ///< d2, d3: 1; cube: 6; cube_array: a multiple of 6
  TextureFormat format = TextureFormat::undefined;
  TextureUsage usage = TextureUsage::copy_src | TextureUsage::copy_dst | TextureUsage::texture_binding;
  ColorInfo color{};
  std::string label{};  ///< for people and debuggers; at most max_label_bytes bytes of UTF-8
  friend bool operator==(const TextureDescriptor&, const TextureDescriptor&) = default;
};
inline constexpr std::size_t max_label_bytes = 255;

/// The layout an image is in when one side hands it to the other, with the meaning that Vulkan and GL_EXT_semaphore give it.
/// Backends of APIs without layouts use `general`.
enum class TextureLayout : std::uint8_t {
  undefined,
  general,
  color_attachment,
  depth_stencil_attachment,
  depth_stencil_read_only,
  shader_read_only,
  transfer_src,
  transfer_dst,
};

/// One mip level, one layer, one plane; the whole of it unless `extent` says less.
struct TextureRegion {
  std::uint32_t mip_level = 0;
  std::uint32_t array_layer = 0;     ///< layer, or cube face + 6 x cube
  std::uint32_t plane = 0;           ///< plane of a planar format; of depth + stencil: 0 = depth, 1 = stencil
  Offset3D offset{};                 ///< texels of the plane; a multiple of the block size
  std::optional<Extent3D> extent{};  ///< texels of the plane; empty: to the end of the level
};

/// Size and step of a region's bytes when rows follow each other without gaps.
struct RegionLayout {
  Extent3D extent;                ///< texels of the plane
  std::uint32_t row_bytes = 0;    ///< bytes in a row of blocks
  std::uint32_t rows = 0;         ///< rows of blocks in a slice
  std::uint64_t total_bytes = 0;  ///< row_bytes x rows x extent.depth
};

/// Name as written in this header. Ownership: static storage. Threading: any thread. Errors: none.
[[nodiscard]] GEYSER_API std::string_view to_string(TextureDimension dimension) noexcept;
/// Names of the bits, joined by '|'. Threading: any thread. Errors: none.
[[nodiscard]] GEYSER_API std::string to_string(TextureUsage usage);
/// Name as written in this header. Ownership: static storage. Threading: any thread. Errors: none.
[[nodiscard]] GEYSER_API std::string_view to_string(TextureLayout layout) noexcept;
/// "1920x1080 rgba8_unorm d2, 1 mip level, 1 layer". Threading: any thread. Errors: none.
[[nodiscard]] GEYSER_API std::string describe(const TextureDescriptor& descriptor);

/// Mip levels of a full chain for that extent and dimension. Threading: any thread. Errors: none (0 for an empty extent).
[[nodiscard]] GEYSER_API std::uint32_t full_mip_chain(const TextureDescriptor& descriptor) noexcept;
/// Extent of a mip level in texels of the whole texture (not of a subsampled plane). Valid usage: any (clamped to 1). Errors: none.
[[nodiscard]] GEYSER_API Extent3D mip_extent(const TextureDescriptor& descriptor, std::uint32_t mip_level) noexcept;
/// Checks a descriptor against the rules that hold on every device.
/// Threading: any thread. Valid usage: any (checked). Errors: invalid_argument, unsupported_format, limit_exceeded (beyond 64 bits).
[[nodiscard]] GEYSER_API Result<void> validate(const TextureDescriptor& descriptor);
/// Byte layout of a region, rows without gaps.
/// Threading: any thread. Valid usage: a valid descriptor (checked). Errors: invalid_argument naming the field that is out of range. Units:
/// bytes.
[[nodiscard]] GEYSER_API Result<RegionLayout> region_layout(const TextureDescriptor& descriptor, const TextureRegion& region);
/// Bytes of all levels, layers and planes, rows without gaps. Threading: any thread. Errors: as validate(). Units: bytes.
[[nodiscard]] GEYSER_API Result<std::uint64_t> content_bytes(const TextureDescriptor& descriptor);

}  // namespace geyser
