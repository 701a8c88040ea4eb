// The DXGI column against Microsoft's own header.
#include "check.hpp"

#if __has_include(<directx/dxgiformat.h>)
#include <directx/dxgiformat.h>

#include <map>

namespace geyser {
namespace {

using F = TextureFormat;

const std::map<F, DXGI_FORMAT>& expected() {
  static const std::map<F, DXGI_FORMAT> map = {
#define GEYSER_FOUR(name, NAME)                                                                 \
  {F::name##_unorm, DXGI_FORMAT_##NAME##_UNORM}, {F::name##_snorm, DXGI_FORMAT_##NAME##_SNORM}, \
      {F::name##_uint, DXGI_FORMAT_##NAME##_UINT}, {                                            \
    F::name##_sint, DXGI_FORMAT_##NAME##_SINT                                                   \
  }
#define GEYSER_THREE(name, NAME) \
  {F::name##_uint, DXGI_FORMAT_##NAME##_UINT}, {F::name##_sint, DXGI_FORMAT_##NAME##_SINT}, { F::name##_float, DXGI_FORMAT_##NAME##_FLOAT }
      GEYSER_FOUR(r8, R8),
      GEYSER_FOUR(rg8, R8G8),
      GEYSER_FOUR(rgba8, R8G8B8A8),
      {F::rgba8_srgb, DXGI_FORMAT_R8G8B8A8_UNORM_SRGB},
      {F::bgra8_unorm, DXGI_FORMAT_B8G8R8A8_UNORM},
      {F::bgra8_srgb, DXGI_FORMAT_B8G8R8A8_UNORM_SRGB},
      GEYSER_FOUR(r16, R16),
      {F::r16_float, DXGI_FORMAT_R16_FLOAT},
      GEYSER_FOUR(rg16, R16G16),
      {F::rg16_float, DXGI_FORMAT_R16G16_FLOAT},
      GEYSER_FOUR(rgba16, R16G16B16A16),
      {F::rgba16_float, DXGI_FORMAT_R16G16B16A16_FLOAT},
      GEYSER_THREE(r32, R32),
      GEYSER_THREE(rg32, R32G32),
      GEYSER_THREE(rgba32, R32G32B32A32),
#undef GEYSER_FOUR
#undef GEYSER_THREE
      {F::rgb10a2_unorm, DXGI_FORMAT_R10G10B10A2_UNORM},
      {F::rgb10a2_uint, DXGI_FORMAT_R10G10B10A2_UINT},
      {F::rg11b10_float, DXGI_FORMAT_R11G11B10_FLOAT},
      {F::rgb9e5_float, DXGI_FORMAT_R9G9B9E5_SHAREDEXP},
      {F::depth16_unorm, DXGI_FORMAT_D16_UNORM},
      {F::depth24plus_stencil8, DXGI_FORMAT_D24_UNORM_S8_UINT},
      {F::depth32_float, DXGI_FORMAT_D32_FLOAT},
      {F::depth32_float_stencil8, DXGI_FORMAT_D32_FLOAT_S8X24_UINT},
      {F::bc1_rgba_unorm, DXGI_FORMAT_BC1_UNORM},
      {F::bc1_rgba_srgb, DXGI_FORMAT_BC1_UNORM_SRGB},
      {F::bc2_rgba_unorm, DXGI_FORMAT_BC2_UNORM},
      {F::bc2_rgba_srgb, DXGI_FORMAT_BC2_UNORM_SRGB},
      {F::bc3_rgba_unorm, DXGI_FORMAT_BC3_UNORM},
      {F::bc3_rgba_srgb, DXGI_FORMAT_BC3_UNORM_SRGB},
      {F::bc4_r_unorm, DXGI_FORMAT_BC4_UNORM},
      {F::bc4_r_snorm, DXGI_FORMAT_BC4_SNORM},
      {F::bc5_rg_unorm, DXGI_FORMAT_BC5_UNORM},
      {F::bc5_rg_snorm, DXGI_FORMAT_BC5_SNORM},
      {F::bc6h_rgb_ufloat, DXGI_FORMAT_BC6H_UF16},
      {F::bc6h_rgb_float, DXGI_FORMAT_BC6H_SF16},
      {F::bc7_rgba_unorm, DXGI_FORMAT_BC7_UNORM},
      {F::bc7_rgba_srgb, DXGI_FORMAT_BC7_UNORM_SRGB},
      {F::nv12, DXGI_FORMAT_NV12},
      {F::p010, DXGI_FORMAT_P010},
  };
  return map;
}

TEST(FormatDxgi, numbers_are_the_headers) {
  for (const FormatInfo& row : all_formats()) {
    const auto wanted = expected().find(row.format);
    EXPECT_EQ(row.dxgi, wanted == expected().end() ? 0U : static_cast<std::uint32_t>(wanted->second)) << row.name;
  }
}

TEST(FormatDxgi, formats_without_a_number_are_those_that_direct3d_lacks) {
  for (const FormatInfo& row : all_formats()) {
    const bool lacks = row.kind == FormatKind::etc2 || row.kind == FormatKind::astc || row.format == F::stencil8 ||
                       row.format == F::depth24plus || row.format == F::i420;
    EXPECT_EQ(row.dxgi == 0, lacks) << row.name;
  }
}

}  // namespace
}  // namespace geyser

#else
TEST(FormatDxgi, numbers_are_the_headers) { GTEST_SKIP() << "directx/dxgiformat.h is not installed (Debian: directx-headers-dev)"; }
#endif
