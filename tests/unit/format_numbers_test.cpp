// Metal and CUDA: no header of Metal exists outside Apple's systems, so its column is checked against the order that its enum follows;
// CUDA's older numbers have a free header, its newer ones follow the order of NVIDIA's documentation.
#include <map>
#include <string>

#include "check.hpp"

#if __has_include(<ffnvcodec/dynlink_cuda.h>)
#include <ffnvcodec/dynlink_cuda.h>
#define GEYSER_HAS_CUDA_HEADER 1
#endif

namespace geyser {
namespace {

using F = TextureFormat;

[[nodiscard]] std::string family(const FormatInfo& row) { return std::string(row.name.substr(0, row.name.rfind('_'))); }

/// Within a family of channels and bits MTLPixelFormat counts unorm, unorm_sRGB, snorm, uint, sint, float.
TEST(FormatMetal, array_formats_count_by_type_within_a_family) {
  const std::map<std::string, std::uint32_t> first = {{"r8", 10},    {"r16", 20},   {"rg8", 30},   {"r32", 50},     {"rg16", 60},
                                                      {"rgba8", 70}, {"bgra8", 80}, {"rg32", 100}, {"rgba16", 110}, {"rgba32", 120}};
  int checked = 0;
  for (const FormatInfo& row : all_formats()) {
    const auto base = first.find(family(row));
    if (row.kind != FormatKind::color || base == first.end()) continue;
    std::uint32_t place = 0;
    switch (row.type) {
      case NumericType::unorm:
        place = row.srgb ? 1 : 0;
        break;
      case NumericType::snorm:
        place = 2;
        break;
      case NumericType::uint:
        place = 3;
        break;
      case NumericType::sint:
        place = 4;
        break;
      case NumericType::sfloat:
        place = 5;
        break;
      case NumericType::ufloat:
        FAIL() << row.name;
    }
    EXPECT_EQ(row.metal, base->second + place) << row.name;
    ++checked;
  }
  EXPECT_EQ(checked, 39);
}

TEST(FormatMetal, packed_and_depth_formats) {
  const std::map<F, std::uint32_t> wanted = {{F::rgb10a2_unorm, 90}, {F::rgb10a2_uint, 91},          {F::rg11b10_float, 92},
                                             {F::rgb9e5_float, 93},  {F::depth16_unorm, 250},        {F::depth32_float, 252},
                                             {F::stencil8, 253},     {F::depth24plus_stencil8, 255}, {F::depth32_float_stencil8, 260},
                                             {F::depth24plus, 0}};
  for (const auto& [format, number] : wanted) EXPECT_EQ(format_info(format)->metal, number) << to_string(format);
}

TEST(FormatMetal, block_formats_count_on_from_their_familys_first) {
  std::uint32_t astc = 186;  // MTLPixelFormatASTC_4x4_sRGB; the LDR formats lie 18 higher, and both skip one number behind 6x6
  for (const FormatInfo& row : all_formats()) {
    SCOPED_TRACE(row.name);
    const std::uint32_t srgb = row.srgb ? 1 : 0;
    if (row.kind == FormatKind::bc) {
      const int generation = row.name[2] - '0';
      const bool second = row.type == NumericType::snorm || row.type == NumericType::ufloat;
      const std::uint32_t first[] = {0, 130, 132, 134, 140, 142, 150, 152};
      EXPECT_EQ(row.metal, first[generation] + (second ? 1U : srgb));
    } else if (row.kind == FormatKind::etc2 && row.name.starts_with("eac")) {
      EXPECT_EQ(row.metal, 170U + (row.channels == 2 ? 4U : 0U) + (row.type == NumericType::snorm ? 2U : 0U));
    } else if (row.kind == FormatKind::etc2) {
      EXPECT_EQ(row.metal, (row.planes[0].block_bytes == 16 ? 178U : row.channels == 3 ? 180U : 182U) + srgb);
    } else if (row.kind == FormatKind::astc) {
      EXPECT_EQ(row.metal, row.srgb ? astc : astc + 18);
      if (row.srgb) astc += row.format == F::astc_6x6_srgb ? 2 : 1;
    }
  }
  EXPECT_EQ(astc, 201U);
}

TEST(FormatMetal, planar_formats_have_no_pixel_format_of_their_own) {
  for (const FormatInfo& row : all_formats())
    EXPECT_EQ(row.metal == 0, row.kind == FormatKind::planar || row.format == F::depth24plus) << row.name;
}

#ifdef GEYSER_HAS_CUDA_HEADER
[[nodiscard]] std::uint32_t cuda_by_type(NumericType type, int bits) {
  switch (type) {
    case NumericType::uint:
      return bits == 8 ? CU_AD_FORMAT_UNSIGNED_INT8 : bits == 16 ? CU_AD_FORMAT_UNSIGNED_INT16 : CU_AD_FORMAT_UNSIGNED_INT32;
    case NumericType::sint:
      return bits == 8 ? CU_AD_FORMAT_SIGNED_INT8 : bits == 16 ? CU_AD_FORMAT_SIGNED_INT16 : CU_AD_FORMAT_SIGNED_INT32;
    case NumericType::sfloat:
      return bits == 16 ? CU_AD_FORMAT_HALF : CU_AD_FORMAT_FLOAT;
    default:
      return 0;
  }
}
TEST(FormatCuda, integers_and_floats_are_the_headers) {
  int checked = 0;
  for (const FormatInfo& row : all_formats()) {
    if (row.kind != FormatKind::color || row.name.starts_with("rgb10") || cuda_by_type(row.type, 8) == 0) continue;
    EXPECT_EQ(row.cuda_array, cuda_by_type(row.type, row.planes[0].block_bytes * 8 / row.channels)) << row.name;
    ++checked;
  }
  EXPECT_EQ(checked, 3 * 2 + 3 * 3 + 3 * 3);  // 8 bits: uint and sint; 16 and 32 bits: float too
  EXPECT_EQ(format_info(F::depth32_float)->cuda_array, static_cast<std::uint32_t>(CU_AD_FORMAT_FLOAT));
}
#else
TEST(FormatCuda, integers_and_floats_are_the_headers) {
  GTEST_SKIP() << "ffnvcodec/dynlink_cuda.h is not installed (Debian: libffmpeg-nvenc-dev)";
}
#endif

TEST(FormatCuda, normalised_formats_count_channels_then_bits_then_sign) {
  int checked = 0;
  for (const FormatInfo& row : all_formats()) {
    if (row.kind != FormatKind::color || row.name.starts_with("rgb10")) continue;
    if (row.type != NumericType::unorm && row.type != NumericType::snorm) continue;
    const std::uint32_t channels = row.channels == 4 ? 2 : row.channels - 1U;
    const std::uint32_t bits = row.planes[0].block_bytes == row.channels ? 0 : 3;
    EXPECT_EQ(row.cuda_array, 0xc0U + channels + bits + (row.type == NumericType::snorm ? 6U : 0U))
        << row.name;  // CU_AD_FORMAT_UNORM_INT8X1
    ++checked;
  }
  EXPECT_EQ(checked, 6 * 2 + 3);
}

TEST(FormatCuda, block_formats_follow_each_other) {
  std::uint32_t next = 0x91;  // CU_AD_FORMAT_BC1_UNORM
  for (const FormatInfo& row : all_formats()) {
    if (row.kind == FormatKind::bc) {
      EXPECT_EQ(row.cuda_array, next++) << row.name;
    }
    if (row.kind == FormatKind::etc2 || row.kind == FormatKind::astc) {
      EXPECT_EQ(row.cuda_array, 0U) << row.name;
    }
  }
  EXPECT_EQ(next, 0x9fU);
}

TEST(FormatCuda, single_rows) {
  const std::map<F, std::uint32_t> wanted = {{F::nv12, 0xb0},
                                             {F::p010, 0x9f},
                                             {F::i420, 0},
                                             {F::rgb10a2_unorm, 0x50},
                                             {F::rgb10a2_uint, 0},
                                             {F::depth24plus_stencil8, 0},
                                             {F::depth16_unorm, format_info(F::r16_unorm)->cuda_array}};
  for (const auto& [format, number] : wanted) EXPECT_EQ(format_info(format)->cuda_array, number) << to_string(format);
}

}  // namespace
}  // namespace geyser
