// The DRM columns against the kernel's own header, which writes a little-endian word from its highest bits: memory order reversed.
#include "check.hpp"

#if __has_include(<drm_fourcc.h>)
#include <drm_fourcc.h>

#include <map>

namespace geyser {
namespace {

using F = TextureFormat;

// Kernels before 6.17 have no names for these; the letters are theirs.
#ifndef DRM_FORMAT_R16F
#define DRM_FORMAT_R16F fourcc_code('R', ' ', ' ', 'H')
#define DRM_FORMAT_GR1616F fourcc_code('G', 'R', ' ', 'H')
#define DRM_FORMAT_R32F fourcc_code('R', ' ', ' ', 'F')
#define DRM_FORMAT_GR3232F fourcc_code('G', 'R', ' ', 'F')
#define DRM_FORMAT_ABGR32323232F fourcc_code('A', 'B', '8', 'F')
#endif

struct Codes {
  std::uint32_t with_alpha = 0;
  std::uint32_t opaque = 0;
};
const std::map<F, Codes>& expected() {
  static const std::map<F, Codes> map = {
      {F::r8_unorm, {DRM_FORMAT_R8, 0}},
      {F::rg8_unorm, {DRM_FORMAT_GR88, 0}},
      {F::rgba8_unorm, {DRM_FORMAT_ABGR8888, DRM_FORMAT_XBGR8888}},
      {F::rgba8_srgb, {DRM_FORMAT_ABGR8888, DRM_FORMAT_XBGR8888}},
      {F::bgra8_unorm, {DRM_FORMAT_ARGB8888, DRM_FORMAT_XRGB8888}},
      {F::bgra8_srgb, {DRM_FORMAT_ARGB8888, DRM_FORMAT_XRGB8888}},
      {F::r16_unorm, {DRM_FORMAT_R16, 0}},
      {F::rg16_unorm, {DRM_FORMAT_GR1616, 0}},
      {F::rgba16_unorm, {DRM_FORMAT_ABGR16161616, DRM_FORMAT_XBGR16161616}},
      {F::r16_float, {DRM_FORMAT_R16F, 0}},
      {F::rg16_float, {DRM_FORMAT_GR1616F, 0}},
      {F::rgba16_float, {DRM_FORMAT_ABGR16161616F, DRM_FORMAT_XBGR16161616F}},
      {F::r32_float, {DRM_FORMAT_R32F, 0}},
      {F::rg32_float, {DRM_FORMAT_GR3232F, 0}},
      {F::rgba32_float, {DRM_FORMAT_ABGR32323232F, 0}},
      {F::rgb10a2_unorm, {DRM_FORMAT_ABGR2101010, DRM_FORMAT_XBGR2101010}},
      {F::nv12, {DRM_FORMAT_NV12, 0}},
      {F::p010, {DRM_FORMAT_P010, 0}},
      {F::i420, {DRM_FORMAT_YUV420, 0}},
  };
  return map;
}

TEST(FormatDrm, fourccs_are_the_kernels) {
  for (const FormatInfo& row : all_formats()) {
    const auto found = expected().find(row.format);
    const Codes wanted = found == expected().end() ? Codes{} : found->second;
    EXPECT_EQ(row.drm, wanted.with_alpha) << row.name;
    EXPECT_EQ(row.drm_opaque, wanted.opaque) << row.name;
  }
}

}  // namespace
}  // namespace geyser

#else
TEST(FormatDrm, fourccs_are_the_kernels) { GTEST_SKIP() << "drm_fourcc.h is not installed (Debian: libdrm-dev)"; }
#endif
