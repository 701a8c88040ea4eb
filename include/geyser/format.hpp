// Texture formats: one enum, one table, one row per format.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "geyser/export.hpp"

namespace geyser {

// clang-format off: one family a line

/// Names are WebGPU's with an underscore between channels and type; where WebGPU has none, Vulkan's order applies:
/// the first channel is in the lowest bits (packed formats) or the lowest address (array formats).
/// The numeric values are part of the ABI and of the wire protocol: new formats go at the end.
enum class TextureFormat : std::uint16_t {
  undefined = 0,
  // 8 bits a channel
  r8_unorm, r8_snorm, r8_uint, r8_sint,
  rg8_unorm, rg8_snorm, rg8_uint, rg8_sint,
  rgba8_unorm, rgba8_srgb, rgba8_snorm, rgba8_uint, rgba8_sint,
  bgra8_unorm, bgra8_srgb,
  // 16 bits a channel
  r16_unorm, r16_snorm, r16_uint, r16_sint, r16_float,
  rg16_unorm, rg16_snorm, rg16_uint, rg16_sint, rg16_float,
  rgba16_unorm, rgba16_snorm, rgba16_uint, rgba16_sint, rgba16_float,
  // 32 bits a channel
  r32_uint, r32_sint, r32_float,
  rg32_uint, rg32_sint, rg32_float,
  rgba32_uint, rgba32_sint, rgba32_float,
  // packed
  rgb10a2_unorm, rgb10a2_uint, rg11b10_float, rgb9e5_float,
  // depth and stencil
  stencil8, depth16_unorm, depth24plus, depth24plus_stencil8, depth32_float, depth32_float_stencil8,
  // BC
  bc1_rgba_unorm, bc1_rgba_srgb, bc2_rgba_unorm, bc2_rgba_srgb, bc3_rgba_unorm, bc3_rgba_srgb,
  bc4_r_unorm, bc4_r_snorm, bc5_rg_unorm, bc5_rg_snorm, bc6h_rgb_ufloat, bc6h_rgb_float, bc7_rgba_unorm, bc7_rgba_srgb,
  // ETC2 and EAC
  etc2_rgb8_unorm, etc2_rgb8_srgb, etc2_rgb8a1_unorm, etc2_rgb8a1_srgb, etc2_rgba8_unorm, etc2_rgba8_srgb,
  eac_r11_unorm, eac_r11_snorm, eac_rg11_unorm, eac_rg11_snorm,
  // ASTC LDR
  astc_4x4_unorm, astc_4x4_srgb, astc_5x4_unorm, astc_5x4_srgb, astc_5x5_unorm, astc_5x5_srgb, astc_6x5_unorm, astc_6x5_srgb,
  astc_6x6_unorm, astc_6x6_srgb, astc_8x5_unorm, astc_8x5_srgb, astc_8x6_unorm, astc_8x6_srgb, astc_8x8_unorm, astc_8x8_srgb,
  astc_10x5_unorm, astc_10x5_srgb, astc_10x6_unorm, astc_10x6_srgb, astc_10x8_unorm, astc_10x8_srgb, astc_10x10_unorm, astc_10x10_srgb,
  astc_12x10_unorm, astc_12x10_srgb, astc_12x12_unorm, astc_12x12_srgb,
  // planar Y'CbCr 4:2:0
  nv12, p010, i420,
};

// clang-format on

enum class FormatKind : std::uint8_t { color, depth, stencil, depth_stencil, bc, etc2, astc, planar };
enum class NumericType : std::uint8_t { unorm, snorm, uint, sint, sfloat, ufloat };

/// One plane (or aspect) as copies see it: texels of `block_bytes` each covering block_width x block_height texels of the plane,
/// which is the texture divided by the subsampling.
struct FormatPlane {
  std::uint8_t block_bytes = 0;
  std::uint8_t subsample_x = 1;
  std::uint8_t subsample_y = 1;
  friend constexpr bool operator==(const FormatPlane&, const FormatPlane&) = default;
};

/// One row of the table. Columns of other APIs hold that API's number, 0 or an empty string where it has no such format.
struct FormatInfo {
  TextureFormat format = TextureFormat::undefined;
  std::string_view name;  ///< "rgba8_unorm"
  FormatKind kind = FormatKind::color;
  NumericType type = NumericType::unorm;               ///< of the first channel or plane
  std::uint8_t channels = 0;                           ///< colour channels; depth and stencil count one each
  std::uint8_t block_width = 1;                        ///< texels
  std::uint8_t block_height = 1;                       ///< texels
  std::uint8_t plane_count = 1;                        ///< planes of a planar format; 2 for depth + stencil (aspects); else 1
  std::array<FormatPlane, 3> planes{};                 ///< the first plane_count count
  bool srgb = false;                                   ///< colour channels carry the sRGB transfer function
  TextureFormat srgb_twin = TextureFormat::undefined;  ///< the same bits with / without the sRGB transfer function
  std::uint32_t vulkan = 0;                            ///< VkFormat
  std::uint32_t dxgi = 0;                              ///< DXGI_FORMAT
  std::uint32_t metal = 0;                             ///< MTLPixelFormat
  std::uint32_t gl_internal = 0;                       ///< sized internal format
  std::uint32_t drm = 0;                               ///< DRM fourcc with alpha
  std::uint32_t drm_opaque = 0;                        ///< DRM fourcc whose alpha is ignored
  std::string_view webgpu;                             ///< GPUTextureFormat string
  std::uint32_t cuda_array = 0;                        ///< CUarray_format; `channels` is the channel count
};

/// Number of formats, `undefined` not counted.
inline constexpr std::size_t format_count = static_cast<std::size_t>(TextureFormat::i420);

/// The row of `format`, or null for `undefined` and for numbers that are no format (as may come from another process).
/// Ownership: static storage. Threading: any thread. Valid usage: any value (checked). Errors: null.
[[nodiscard]] GEYSER_API const FormatInfo* format_info(TextureFormat format) noexcept;
/// All rows, in the order of the enum. Ownership: static storage. Threading: any thread. Errors: none.
[[nodiscard]] GEYSER_API std::span<const FormatInfo> all_formats() noexcept;
/// The format of that name ("rgba8_unorm"; WebGPU's "rgba8unorm" too). Threading: any thread. Errors: nullopt when there is none.
[[nodiscard]] GEYSER_API std::optional<TextureFormat> format_from_name(std::string_view name) noexcept;
/// Name of `format`, "undefined" or "unknown". Ownership: static storage. Threading: any thread. Errors: none.
[[nodiscard]] GEYSER_API std::string_view to_string(TextureFormat format) noexcept;

}  // namespace geyser
