// The GL column against Khronos's own header.
#include "check.hpp"

#if __has_include(<GL/glcorearb.h>) && __has_include(<GL/glext.h>)
#include <GL/glcorearb.h>
#include <GL/glext.h>

#include <map>

namespace geyser {
namespace {

using F = TextureFormat;

const std::map<F, std::uint32_t>& expected() {
  static const std::map<F, std::uint32_t> map = {
      {F::r8_unorm, GL_R8},
      {F::r8_snorm, GL_R8_SNORM},
      {F::r8_uint, GL_R8UI},
      {F::r8_sint, GL_R8I},
      {F::rg8_unorm, GL_RG8},
      {F::rg8_snorm, GL_RG8_SNORM},
      {F::rg8_uint, GL_RG8UI},
      {F::rg8_sint, GL_RG8I},
      {F::rgba8_unorm, GL_RGBA8},
      {F::rgba8_srgb, GL_SRGB8_ALPHA8},
      {F::rgba8_snorm, GL_RGBA8_SNORM},
      {F::rgba8_uint, GL_RGBA8UI},
      {F::rgba8_sint, GL_RGBA8I},
#if defined(GL_BGRA8_EXT)
      {F::bgra8_unorm, GL_BGRA8_EXT},
#endif
      {F::r16_unorm, GL_R16},
      {F::r16_snorm, GL_R16_SNORM},
      {F::r16_uint, GL_R16UI},
      {F::r16_sint, GL_R16I},
      {F::r16_float, GL_R16F},
      {F::rg16_unorm, GL_RG16},
      {F::rg16_snorm, GL_RG16_SNORM},
      {F::rg16_uint, GL_RG16UI},
      {F::rg16_sint, GL_RG16I},
      {F::rg16_float, GL_RG16F},
      {F::rgba16_unorm, GL_RGBA16},
      {F::rgba16_snorm, GL_RGBA16_SNORM},
      {F::rgba16_uint, GL_RGBA16UI},
      {F::rgba16_sint, GL_RGBA16I},
      {F::rgba16_float, GL_RGBA16F},
      {F::r32_uint, GL_R32UI},
      {F::r32_sint, GL_R32I},
      {F::r32_float, GL_R32F},
      {F::rg32_uint, GL_RG32UI},
      {F::rg32_sint, GL_RG32I},
      {F::rg32_float, GL_RG32F},
      {F::rgba32_uint, GL_RGBA32UI},
      {F::rgba32_sint, GL_RGBA32I},
      {F::rgba32_float, GL_RGBA32F},
      {F::rgb10a2_unorm, GL_RGB10_A2},
      {F::rgb10a2_uint, GL_RGB10_A2UI},
      {F::rg11b10_float, GL_R11F_G11F_B10F},
      {F::rgb9e5_float, GL_RGB9_E5},
      {F::stencil8, GL_STENCIL_INDEX8},
      {F::depth16_unorm, GL_DEPTH_COMPONENT16},
      {F::depth24plus, GL_DEPTH_COMPONENT24},
      {F::depth24plus_stencil8, GL_DEPTH24_STENCIL8},
      {F::depth32_float, GL_DEPTH_COMPONENT32F},
      {F::depth32_float_stencil8, GL_DEPTH32F_STENCIL8},
      {F::bc1_rgba_unorm, GL_COMPRESSED_RGBA_S3TC_DXT1_EXT},
      {F::bc1_rgba_srgb, GL_COMPRESSED_SRGB_ALPHA_S3TC_DXT1_EXT},
      {F::bc2_rgba_unorm, GL_COMPRESSED_RGBA_S3TC_DXT3_EXT},
      {F::bc2_rgba_srgb, GL_COMPRESSED_SRGB_ALPHA_S3TC_DXT3_EXT},
      {F::bc3_rgba_unorm, GL_COMPRESSED_RGBA_S3TC_DXT5_EXT},
      {F::bc3_rgba_srgb, GL_COMPRESSED_SRGB_ALPHA_S3TC_DXT5_EXT},
      {F::bc4_r_unorm, GL_COMPRESSED_RED_RGTC1},
      {F::bc4_r_snorm, GL_COMPRESSED_SIGNED_RED_RGTC1},
      {F::bc5_rg_unorm, GL_COMPRESSED_RG_RGTC2},
      {F::bc5_rg_snorm, GL_COMPRESSED_SIGNED_RG_RGTC2},
      {F::bc6h_rgb_ufloat, GL_COMPRESSED_RGB_BPTC_UNSIGNED_FLOAT},
      {F::bc6h_rgb_float, GL_COMPRESSED_RGB_BPTC_SIGNED_FLOAT},
      {F::bc7_rgba_unorm, GL_COMPRESSED_RGBA_BPTC_UNORM},
      {F::bc7_rgba_srgb, GL_COMPRESSED_SRGB_ALPHA_BPTC_UNORM},
      {F::etc2_rgb8_unorm, GL_COMPRESSED_RGB8_ETC2},
      {F::etc2_rgb8_srgb, GL_COMPRESSED_SRGB8_ETC2},
      {F::etc2_rgb8a1_unorm, GL_COMPRESSED_RGB8_PUNCHTHROUGH_ALPHA1_ETC2},
      {F::etc2_rgb8a1_srgb, GL_COMPRESSED_SRGB8_PUNCHTHROUGH_ALPHA1_ETC2},
      {F::etc2_rgba8_unorm, GL_COMPRESSED_RGBA8_ETC2_EAC},
      {F::etc2_rgba8_srgb, GL_COMPRESSED_SRGB8_ALPHA8_ETC2_EAC},
      {F::eac_r11_unorm, GL_COMPRESSED_R11_EAC},
      {F::eac_r11_snorm, GL_COMPRESSED_SIGNED_R11_EAC},
      {F::eac_rg11_unorm, GL_COMPRESSED_RG11_EAC},
      {F::eac_rg11_snorm, GL_COMPRESSED_SIGNED_RG11_EAC},
#define GEYSER_ASTC(block)                                                \
  {F::astc_##block##_unorm, GL_COMPRESSED_RGBA_ASTC_##block##_KHR}, {     \
    F::astc_##block##_srgb, GL_COMPRESSED_SRGB8_ALPHA8_ASTC_##block##_KHR \
  }
      GEYSER_ASTC(4x4),
      GEYSER_ASTC(5x4),
      GEYSER_ASTC(5x5),
      GEYSER_ASTC(6x5),
      GEYSER_ASTC(6x6),
      GEYSER_ASTC(8x5),
      GEYSER_ASTC(8x6),
      GEYSER_ASTC(8x8),
      GEYSER_ASTC(10x5),
      GEYSER_ASTC(10x6),
      GEYSER_ASTC(10x8),
      GEYSER_ASTC(10x10),
      GEYSER_ASTC(12x10),
      GEYSER_ASTC(12x12),
#undef GEYSER_ASTC
  };
  return map;
}

TEST(FormatGl, internal_formats_are_the_headers) {
  for (const FormatInfo& row : all_formats()) {
#if !defined(GL_BGRA8_EXT)
    if (row.format == F::bgra8_unorm) continue;  // this system's header is older than the number
#endif
    const auto wanted = expected().find(row.format);
    EXPECT_EQ(row.gl_internal, wanted == expected().end() ? 0U : wanted->second) << row.name;
  }
}

TEST(FormatGl, formats_without_a_number_are_those_that_gl_lacks) {
  for (const FormatInfo& row : all_formats()) {
    const bool lacks = row.kind == FormatKind::planar || row.format == F::bgra8_srgb;
    EXPECT_EQ(row.gl_internal == 0, lacks) << row.name;
  }
}

}  // namespace
}  // namespace geyser

#else
TEST(FormatGl, internal_formats_are_the_headers) { GTEST_SKIP() << "GL/glcorearb.h and GL/glext.h are not installed (Debian: libgl-dev)"; }
#endif
