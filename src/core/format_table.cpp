// The one table of formats. Columns of other APIs are those APIs' numbers, so that the core needs none of their headers;
// tests/unit checks every one of them against the API's own header.
#include "core/format_table.hpp"

#include <cstddef>

namespace geyser::detail {
namespace {

using F = TextureFormat;
using K = FormatKind;
using T = NumericType;

/// CUarray_format. The normalised ones fix the channel count in their name; the block-compressed ones follow each other in BC order.
namespace cuda {
constexpr std::uint32_t uint8 = 0x01, uint16 = 0x02, uint32 = 0x03;
constexpr std::uint32_t sint8 = 0x08, sint16 = 0x09, sint32 = 0x0a;
constexpr std::uint32_t half = 0x10, float32 = 0x20;
constexpr std::uint32_t unorm_101010_2 = 0x50, p010 = 0x9f, nv12 = 0xb0;
constexpr std::uint32_t unorm8x1 = 0xc0, unorm8x2 = 0xc1, unorm8x4 = 0xc2, unorm16x1 = 0xc3, unorm16x2 = 0xc4, unorm16x4 = 0xc5;
constexpr std::uint32_t snorm8x1 = 0xc6, snorm8x2 = 0xc7, snorm8x4 = 0xc8, snorm16x1 = 0xc9, snorm16x2 = 0xca, snorm16x4 = 0xcb;
}  // namespace cuda

/// VkFormat, DXGI_FORMAT, MTLPixelFormat, GL sized internal format, CUarray_format; 0 where there is none.
struct Native {
  std::uint32_t vulkan, dxgi, metal, gl, cuda;
};

using Name = std::string_view;

/// One plane of blocks: all that is not depth + stencil or planar.
consteval FormatInfo make(F format, Name name, Name webgpu, K kind, T type, std::uint8_t channels, std::uint8_t bytes, Native native) {
  return {.format = format,
          .name = name,
          .kind = kind,
          .type = type,
          .channels = channels,
          .planes = {FormatPlane{.block_bytes = bytes}},
          .srgb = name.ends_with("_srgb"),
          .vulkan = native.vulkan,
          .dxgi = native.dxgi,
          .metal = native.metal,
          .gl_internal = native.gl,
          .webgpu = webgpu,
          .cuda_array = native.cuda};
}
consteval FormatInfo color(F format, Name name, Name webgpu, T type, std::uint8_t channels, std::uint8_t bytes, Native native) {
  return make(format, name, webgpu, K::color, type, channels, bytes, native);
}
consteval FormatInfo packed(F format, Name name, Name webgpu, T type, std::uint8_t channels, Native native) {
  return make(format, name, webgpu, K::color, type, channels, 4, native);
}
/// Depth alone or stencil alone. `bytes` is what a copy moves: 24 bits of depth travel in 4 bytes.
consteval FormatInfo single(F format, Name name, Name webgpu, K kind, T type, std::uint8_t bytes, Native native) {
  return make(format, name, webgpu, kind, type, 1, bytes, native);
}
/// Plane 0 is depth, plane 1 is stencil: copies take one aspect at a time.
consteval FormatInfo depth_stencil(F format, Name name, Name webgpu, T type, std::uint8_t depth_bytes, Native native) {
  FormatInfo row = make(format, name, webgpu, K::depth_stencil, type, 2, depth_bytes, native);
  row.plane_count = 2;
  row.planes[1] = {.block_bytes = 1};
  return row;
}
consteval FormatInfo blocks(FormatInfo row, std::uint8_t width, std::uint8_t height) {
  row.block_width = width;
  row.block_height = height;
  return row;
}
consteval FormatInfo bc(F format, Name name, Name webgpu, T type, std::uint8_t channels, std::uint8_t bytes, Native native) {
  return blocks(make(format, name, webgpu, K::bc, type, channels, bytes, native), 4, 4);
}
consteval FormatInfo etc2(F format, Name name, Name webgpu, T type, std::uint8_t channels, std::uint8_t bytes, std::uint32_t vulkan,
                          std::uint32_t metal, std::uint32_t gl) {
  return blocks(make(format, name, webgpu, K::etc2, type, channels, bytes, {vulkan, 0, metal, gl, 0}), 4, 4);
}
consteval FormatInfo astc(F format, Name name, Name webgpu, std::uint8_t width, std::uint8_t height, std::uint32_t vulkan,
                          std::uint32_t metal, std::uint32_t gl) {
  return blocks(make(format, name, webgpu, K::astc, T::unorm, 4, 16, {vulkan, 0, metal, gl, 0}), width, height);
}
/// Full-resolution luma, then chroma at half resolution both ways: interleaved in one plane, or in two of its own.
consteval FormatInfo planar(F format, Name name, std::uint8_t sample_bytes, std::uint8_t plane_count, Native native) {
  FormatInfo row = make(format, name, {}, K::planar, T::unorm, 3, sample_bytes, native);
  row.plane_count = plane_count;
  const auto chroma_bytes = static_cast<std::uint8_t>(plane_count == 2 ? 2 * sample_bytes : sample_bytes);
  for (std::size_t p = 1; p < plane_count; ++p) row.planes[p] = {.block_bytes = chroma_bytes, .subsample_x = 2, .subsample_y = 2};
  return row;
}

consteval std::uint32_t fourcc(Name code) {
  std::uint32_t value = 0;
  for (std::size_t i = code.size(); i-- > 0;) value = value << 8U | static_cast<std::uint8_t>(code[i]);
  return value;
}
/// DRM names channels from the highest bits of a little-endian word, so what lies in memory as R, G, B, A is "ABGR".
/// The transfer function is no part of a fourcc: sRGB twins share it.
consteval FormatInfo drm(FormatInfo row, Name with_alpha, Name opaque = {}) {
  row.drm = fourcc(with_alpha);
  row.drm_opaque = fourcc(opaque);
  return row;
}

using Table = std::array<FormatInfo, format_count>;

/// Every sRGB row stands right behind its linear twin.
consteval Table link_srgb_twins(Table rows) {
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (!rows[i].srgb) continue;
    rows[i].srgb_twin = rows[i - 1].format;
    rows[i - 1].srgb_twin = rows[i].format;
  }
  return rows;
}

// Name, WebGPU name, type, channels, bytes of a texel or block, {Vulkan, DXGI, Metal, GL, CUDA}; etc2 and astc: Vulkan, Metal, GL.
// clang-format off: one row, one line
constexpr Table table = link_srgb_twins({{
    // 8 bits a channel
    drm(color(F::r8_unorm, "r8_unorm", "r8unorm", T::unorm, 1, 1, {9, 61, 10, 0x8229, cuda::unorm8x1}), "R8  "),
    color(F::r8_snorm, "r8_snorm", "r8snorm", T::snorm, 1, 1, {10, 63, 12, 0x8f94, cuda::snorm8x1}),
    color(F::r8_uint, "r8_uint", "r8uint", T::uint, 1, 1, {13, 62, 13, 0x8232, cuda::uint8}),
    color(F::r8_sint, "r8_sint", "r8sint", T::sint, 1, 1, {14, 64, 14, 0x8231, cuda::sint8}),
    drm(color(F::rg8_unorm, "rg8_unorm", "rg8unorm", T::unorm, 2, 2, {16, 49, 30, 0x822b, cuda::unorm8x2}), "GR88"),
    color(F::rg8_snorm, "rg8_snorm", "rg8snorm", T::snorm, 2, 2, {17, 51, 32, 0x8f95, cuda::snorm8x2}),
    color(F::rg8_uint, "rg8_uint", "rg8uint", T::uint, 2, 2, {20, 50, 33, 0x8238, cuda::uint8}),
    color(F::rg8_sint, "rg8_sint", "rg8sint", T::sint, 2, 2, {21, 52, 34, 0x8237, cuda::sint8}),
    drm(color(F::rgba8_unorm, "rgba8_unorm", "rgba8unorm", T::unorm, 4, 4, {37, 28, 70, 0x8058, cuda::unorm8x4}), "AB24", "XB24"),
    drm(color(F::rgba8_srgb, "rgba8_srgb", "rgba8unorm-srgb", T::unorm, 4, 4, {43, 29, 71, 0x8c43, cuda::unorm8x4}), "AB24", "XB24"),
    color(F::rgba8_snorm, "rgba8_snorm", "rgba8snorm", T::snorm, 4, 4, {38, 31, 72, 0x8f97, cuda::snorm8x4}),
    color(F::rgba8_uint, "rgba8_uint", "rgba8uint", T::uint, 4, 4, {41, 30, 73, 0x8d7c, cuda::uint8}),
    color(F::rgba8_sint, "rgba8_sint", "rgba8sint", T::sint, 4, 4, {42, 32, 74, 0x8d8e, cuda::sint8}),
    drm(color(F::bgra8_unorm, "bgra8_unorm", "bgra8unorm", T::unorm, 4, 4, {44, 87, 80, 0x93a1, cuda::unorm8x4}), "AR24", "XR24"),
    drm(color(F::bgra8_srgb, "bgra8_srgb", "bgra8unorm-srgb", T::unorm, 4, 4, {50, 91, 81, 0, cuda::unorm8x4}), "AR24", "XR24"),
    // 16 bits a channel
    drm(color(F::r16_unorm, "r16_unorm", "r16unorm", T::unorm, 1, 2, {70, 56, 20, 0x822a, cuda::unorm16x1}), "R16 "),
    color(F::r16_snorm, "r16_snorm", "r16snorm", T::snorm, 1, 2, {71, 58, 22, 0x8f98, cuda::snorm16x1}),
    color(F::r16_uint, "r16_uint", "r16uint", T::uint, 1, 2, {74, 57, 23, 0x8234, cuda::uint16}),
    color(F::r16_sint, "r16_sint", "r16sint", T::sint, 1, 2, {75, 59, 24, 0x8233, cuda::sint16}),
    drm(color(F::r16_float, "r16_float", "r16float", T::sfloat, 1, 2, {76, 54, 25, 0x822d, cuda::half}), "R  H"),
    drm(color(F::rg16_unorm, "rg16_unorm", "rg16unorm", T::unorm, 2, 4, {77, 35, 60, 0x822c, cuda::unorm16x2}), "GR32"),
    color(F::rg16_snorm, "rg16_snorm", "rg16snorm", T::snorm, 2, 4, {78, 37, 62, 0x8f99, cuda::snorm16x2}),
    color(F::rg16_uint, "rg16_uint", "rg16uint", T::uint, 2, 4, {81, 36, 63, 0x823a, cuda::uint16}),
    color(F::rg16_sint, "rg16_sint", "rg16sint", T::sint, 2, 4, {82, 38, 64, 0x8239, cuda::sint16}),
    drm(color(F::rg16_float, "rg16_float", "rg16float", T::sfloat, 2, 4, {83, 34, 65, 0x822f, cuda::half}), "GR H"),
    drm(color(F::rgba16_unorm, "rgba16_unorm", "rgba16unorm", T::unorm, 4, 8, {91, 11, 110, 0x805b, cuda::unorm16x4}), "AB48", "XB48"),
    color(F::rgba16_snorm, "rgba16_snorm", "rgba16snorm", T::snorm, 4, 8, {92, 13, 112, 0x8f9b, cuda::snorm16x4}),
    color(F::rgba16_uint, "rgba16_uint", "rgba16uint", T::uint, 4, 8, {95, 12, 113, 0x8d76, cuda::uint16}),
    color(F::rgba16_sint, "rgba16_sint", "rgba16sint", T::sint, 4, 8, {96, 14, 114, 0x8d88, cuda::sint16}),
    drm(color(F::rgba16_float, "rgba16_float", "rgba16float", T::sfloat, 4, 8, {97, 10, 115, 0x881a, cuda::half}), "AB4H", "XB4H"),
    // 32 bits a channel
    color(F::r32_uint, "r32_uint", "r32uint", T::uint, 1, 4, {98, 42, 53, 0x8236, cuda::uint32}),
    color(F::r32_sint, "r32_sint", "r32sint", T::sint, 1, 4, {99, 43, 54, 0x8235, cuda::sint32}),
    drm(color(F::r32_float, "r32_float", "r32float", T::sfloat, 1, 4, {100, 41, 55, 0x822e, cuda::float32}), "R  F"),
    color(F::rg32_uint, "rg32_uint", "rg32uint", T::uint, 2, 8, {101, 17, 103, 0x823c, cuda::uint32}),
    color(F::rg32_sint, "rg32_sint", "rg32sint", T::sint, 2, 8, {102, 18, 104, 0x823b, cuda::sint32}),
    drm(color(F::rg32_float, "rg32_float", "rg32float", T::sfloat, 2, 8, {103, 16, 105, 0x8230, cuda::float32}), "GR F"),
    color(F::rgba32_uint, "rgba32_uint", "rgba32uint", T::uint, 4, 16, {107, 3, 123, 0x8d70, cuda::uint32}),
    color(F::rgba32_sint, "rgba32_sint", "rgba32sint", T::sint, 4, 16, {108, 4, 124, 0x8d82, cuda::sint32}),
    drm(color(F::rgba32_float, "rgba32_float", "rgba32float", T::sfloat, 4, 16, {109, 2, 125, 0x8814, cuda::float32}), "AB8F"),
    // packed into 32 bits
    drm(packed(F::rgb10a2_unorm, "rgb10a2_unorm", "rgb10a2unorm", T::unorm, 4, {64, 24, 90, 0x8059, cuda::unorm_101010_2}), "AB30", "XB30"),
    packed(F::rgb10a2_uint, "rgb10a2_uint", "rgb10a2uint", T::uint, 4, {68, 25, 91, 0x906f, 0}),
    packed(F::rg11b10_float, "rg11b10_float", "rg11b10ufloat", T::ufloat, 3, {122, 26, 92, 0x8c3a, 0}),
    packed(F::rgb9e5_float, "rgb9e5_float", "rgb9e5ufloat", T::ufloat, 3, {123, 67, 93, 0x8c3d, 0}),
    // depth and stencil
    single(F::stencil8, "stencil8", "stencil8", K::stencil, T::uint, 1, {127, 0, 253, 0x8d48, 0}),
    single(F::depth16_unorm, "depth16_unorm", "depth16unorm", K::depth, T::unorm, 2, {124, 55, 250, 0x81a5, cuda::unorm16x1}),
    single(F::depth24plus, "depth24plus", "depth24plus", K::depth, T::unorm, 4, {125, 0, 0, 0x81a6, 0}),
    depth_stencil(F::depth24plus_stencil8, "depth24plus_stencil8", "depth24plus-stencil8", T::unorm, 4, {129, 45, 255, 0x88f0, 0}),
    single(F::depth32_float, "depth32_float", "depth32float", K::depth, T::sfloat, 4, {126, 40, 252, 0x8cac, cuda::float32}),
    depth_stencil(F::depth32_float_stencil8, "depth32_float_stencil8", "depth32float-stencil8", T::sfloat, 4, {130, 20, 260, 0x8cad, 0}),
    // BC
    bc(F::bc1_rgba_unorm, "bc1_rgba_unorm", "bc1-rgba-unorm", T::unorm, 4, 8, {133, 71, 130, 0x83f1, 0x91}),
    bc(F::bc1_rgba_srgb, "bc1_rgba_srgb", "bc1-rgba-unorm-srgb", T::unorm, 4, 8, {134, 72, 131, 0x8c4d, 0x92}),
    bc(F::bc2_rgba_unorm, "bc2_rgba_unorm", "bc2-rgba-unorm", T::unorm, 4, 16, {135, 74, 132, 0x83f2, 0x93}),
    bc(F::bc2_rgba_srgb, "bc2_rgba_srgb", "bc2-rgba-unorm-srgb", T::unorm, 4, 16, {136, 75, 133, 0x8c4e, 0x94}),
    bc(F::bc3_rgba_unorm, "bc3_rgba_unorm", "bc3-rgba-unorm", T::unorm, 4, 16, {137, 77, 134, 0x83f3, 0x95}),
    bc(F::bc3_rgba_srgb, "bc3_rgba_srgb", "bc3-rgba-unorm-srgb", T::unorm, 4, 16, {138, 78, 135, 0x8c4f, 0x96}),
    bc(F::bc4_r_unorm, "bc4_r_unorm", "bc4-r-unorm", T::unorm, 1, 8, {139, 80, 140, 0x8dbb, 0x97}),
    bc(F::bc4_r_snorm, "bc4_r_snorm", "bc4-r-snorm", T::snorm, 1, 8, {140, 81, 141, 0x8dbc, 0x98}),
    bc(F::bc5_rg_unorm, "bc5_rg_unorm", "bc5-rg-unorm", T::unorm, 2, 16, {141, 83, 142, 0x8dbd, 0x99}),
    bc(F::bc5_rg_snorm, "bc5_rg_snorm", "bc5-rg-snorm", T::snorm, 2, 16, {142, 84, 143, 0x8dbe, 0x9a}),
    bc(F::bc6h_rgb_ufloat, "bc6h_rgb_ufloat", "bc6h-rgb-ufloat", T::ufloat, 3, 16, {143, 95, 151, 0x8e8f, 0x9b}),
    bc(F::bc6h_rgb_float, "bc6h_rgb_float", "bc6h-rgb-float", T::sfloat, 3, 16, {144, 96, 150, 0x8e8e, 0x9c}),
    bc(F::bc7_rgba_unorm, "bc7_rgba_unorm", "bc7-rgba-unorm", T::unorm, 4, 16, {145, 98, 152, 0x8e8c, 0x9d}),
    bc(F::bc7_rgba_srgb, "bc7_rgba_srgb", "bc7-rgba-unorm-srgb", T::unorm, 4, 16, {146, 99, 153, 0x8e8d, 0x9e}),
    // ETC2 and EAC
    etc2(F::etc2_rgb8_unorm, "etc2_rgb8_unorm", "etc2-rgb8unorm", T::unorm, 3, 8, 147, 180, 0x9274),
    etc2(F::etc2_rgb8_srgb, "etc2_rgb8_srgb", "etc2-rgb8unorm-srgb", T::unorm, 3, 8, 148, 181, 0x9275),
    etc2(F::etc2_rgb8a1_unorm, "etc2_rgb8a1_unorm", "etc2-rgb8a1unorm", T::unorm, 4, 8, 149, 182, 0x9276),
    etc2(F::etc2_rgb8a1_srgb, "etc2_rgb8a1_srgb", "etc2-rgb8a1unorm-srgb", T::unorm, 4, 8, 150, 183, 0x9277),
    etc2(F::etc2_rgba8_unorm, "etc2_rgba8_unorm", "etc2-rgba8unorm", T::unorm, 4, 16, 151, 178, 0x9278),
    etc2(F::etc2_rgba8_srgb, "etc2_rgba8_srgb", "etc2-rgba8unorm-srgb", T::unorm, 4, 16, 152, 179, 0x9279),
    etc2(F::eac_r11_unorm, "eac_r11_unorm", "eac-r11unorm", T::unorm, 1, 8, 153, 170, 0x9270),
    etc2(F::eac_r11_snorm, "eac_r11_snorm", "eac-r11snorm", T::snorm, 1, 8, 154, 172, 0x9271),
    etc2(F::eac_rg11_unorm, "eac_rg11_unorm", "eac-rg11unorm", T::unorm, 2, 16, 155, 174, 0x9272),
    etc2(F::eac_rg11_snorm, "eac_rg11_snorm", "eac-rg11snorm", T::snorm, 2, 16, 156, 176, 0x9273),
    // ASTC LDR
    astc(F::astc_4x4_unorm, "astc_4x4_unorm", "astc-4x4-unorm", 4, 4, 157, 204, 0x93b0),
    astc(F::astc_4x4_srgb, "astc_4x4_srgb", "astc-4x4-unorm-srgb", 4, 4, 158, 186, 0x93d0),
    astc(F::astc_5x4_unorm, "astc_5x4_unorm", "astc-5x4-unorm", 5, 4, 159, 205, 0x93b1),
    astc(F::astc_5x4_srgb, "astc_5x4_srgb", "astc-5x4-unorm-srgb", 5, 4, 160, 187, 0x93d1),
    astc(F::astc_5x5_unorm, "astc_5x5_unorm", "astc-5x5-unorm", 5, 5, 161, 206, 0x93b2),
    astc(F::astc_5x5_srgb, "astc_5x5_srgb", "astc-5x5-unorm-srgb", 5, 5, 162, 188, 0x93d2),
    astc(F::astc_6x5_unorm, "astc_6x5_unorm", "astc-6x5-unorm", 6, 5, 163, 207, 0x93b3),
    astc(F::astc_6x5_srgb, "astc_6x5_srgb", "astc-6x5-unorm-srgb", 6, 5, 164, 189, 0x93d3),
    astc(F::astc_6x6_unorm, "astc_6x6_unorm", "astc-6x6-unorm", 6, 6, 165, 208, 0x93b4),
    astc(F::astc_6x6_srgb, "astc_6x6_srgb", "astc-6x6-unorm-srgb", 6, 6, 166, 190, 0x93d4),
    astc(F::astc_8x5_unorm, "astc_8x5_unorm", "astc-8x5-unorm", 8, 5, 167, 210, 0x93b5),
    astc(F::astc_8x5_srgb, "astc_8x5_srgb", "astc-8x5-unorm-srgb", 8, 5, 168, 192, 0x93d5),
    astc(F::astc_8x6_unorm, "astc_8x6_unorm", "astc-8x6-unorm", 8, 6, 169, 211, 0x93b6),
    astc(F::astc_8x6_srgb, "astc_8x6_srgb", "astc-8x6-unorm-srgb", 8, 6, 170, 193, 0x93d6),
    astc(F::astc_8x8_unorm, "astc_8x8_unorm", "astc-8x8-unorm", 8, 8, 171, 212, 0x93b7),
    astc(F::astc_8x8_srgb, "astc_8x8_srgb", "astc-8x8-unorm-srgb", 8, 8, 172, 194, 0x93d7),
    astc(F::astc_10x5_unorm, "astc_10x5_unorm", "astc-10x5-unorm", 10, 5, 173, 213, 0x93b8),
    astc(F::astc_10x5_srgb, "astc_10x5_srgb", "astc-10x5-unorm-srgb", 10, 5, 174, 195, 0x93d8),
    astc(F::astc_10x6_unorm, "astc_10x6_unorm", "astc-10x6-unorm", 10, 6, 175, 214, 0x93b9),
    astc(F::astc_10x6_srgb, "astc_10x6_srgb", "astc-10x6-unorm-srgb", 10, 6, 176, 196, 0x93d9),
    astc(F::astc_10x8_unorm, "astc_10x8_unorm", "astc-10x8-unorm", 10, 8, 177, 215, 0x93ba),
    astc(F::astc_10x8_srgb, "astc_10x8_srgb", "astc-10x8-unorm-srgb", 10, 8, 178, 197, 0x93da),
    astc(F::astc_10x10_unorm, "astc_10x10_unorm", "astc-10x10-unorm", 10, 10, 179, 216, 0x93bb),
    astc(F::astc_10x10_srgb, "astc_10x10_srgb", "astc-10x10-unorm-srgb", 10, 10, 180, 198, 0x93db),
    astc(F::astc_12x10_unorm, "astc_12x10_unorm", "astc-12x10-unorm", 12, 10, 181, 217, 0x93bc),
    astc(F::astc_12x10_srgb, "astc_12x10_srgb", "astc-12x10-unorm-srgb", 12, 10, 182, 199, 0x93dc),
    astc(F::astc_12x12_unorm, "astc_12x12_unorm", "astc-12x12-unorm", 12, 12, 183, 218, 0x93bd),
    astc(F::astc_12x12_srgb, "astc_12x12_srgb", "astc-12x12-unorm-srgb", 12, 12, 184, 200, 0x93dd),
    // planar Y'CbCr 4:2:0
    drm(planar(F::nv12, "nv12", 1, 2, {1000156003, 103, 0, 0, cuda::nv12}), "NV12"),
    drm(planar(F::p010, "p010", 2, 2, {1000156013, 104, 0, 0, cuda::p010}), "P010"),
    drm(planar(F::i420, "i420", 1, 3, {1000156002, 0, 0, 0, 0}), "YU12"),
}});
// clang-format on

/// Row i is the i-th format of the enum, so that a lookup is an index.
consteval bool in_order(const Table& rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (static_cast<std::size_t>(rows[i].format) != i + 1 || rows[i].name.empty()) return false;
  }
  return true;
}
static_assert(in_order(table), "the table must list every TextureFormat once, in the order of the enum");

/// A twin has the same bytes, and its own twin is the row itself.
consteval bool twins_agree(const Table& rows) {
  for (const FormatInfo& row : rows) {
    if (row.srgb_twin == F::undefined) {
      if (row.srgb) return false;
      continue;
    }
    const FormatInfo& twin = rows[static_cast<std::size_t>(row.srgb_twin) - 1];
    if (twin.srgb_twin != row.format || twin.srgb == row.srgb || twin.kind != row.kind || twin.planes != row.planes ||
        twin.channels != row.channels || twin.block_width != row.block_width || twin.block_height != row.block_height) {
      return false;
    }
  }
  return true;
}
static_assert(twins_agree(table), "sRGB twins must differ in the transfer function only");

}  // namespace

std::span<const FormatInfo, format_count> format_table() noexcept { return table; }

}  // namespace geyser::detail
