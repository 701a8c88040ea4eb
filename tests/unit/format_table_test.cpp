// The table against itself and against the enum: nothing here knows another API.
#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "check.hpp"

namespace geyser {
namespace {

using F = TextureFormat;

/// The enumerator's own spelling, from the compiler: "... TextureFormat::r8_unorm ...".
template <F format>
[[nodiscard]] std::string_view spelled() {
  const std::string_view function = __PRETTY_FUNCTION__;
  constexpr std::string_view scope = "TextureFormat::";
  const std::size_t begin = function.rfind(scope) + scope.size();
  return function.substr(begin, function.find_first_of("];", begin) - begin);
}

template <std::size_t... i>
[[nodiscard]] std::array<std::string_view, sizeof...(i)> all_spellings(std::index_sequence<i...>) {
  return {spelled<static_cast<F>(i + 1)>()...};
}

TEST(FormatTable, has_more_than_a_hundred_rows) {
  EXPECT_GT(all_formats().size(), 100U);
  EXPECT_EQ(all_formats().size(), format_count);
}

TEST(FormatTable, names_are_the_enumerators) {
  const auto spellings = all_spellings(std::make_index_sequence<format_count>());
  for (std::size_t i = 0; i < format_count; ++i) EXPECT_EQ(all_formats()[i].name, spellings[i]);
}

TEST(FormatTable, row_is_found_by_its_enum) {
  for (const FormatInfo& row : all_formats()) {
    ASSERT_NE(format_info(row.format), nullptr);
    EXPECT_EQ(format_info(row.format), &row);
    EXPECT_EQ(to_string(row.format), row.name);
  }
}

TEST(FormatTable, numbers_that_are_no_format_have_no_row) {
  EXPECT_EQ(format_info(F::undefined), nullptr);
  EXPECT_EQ(to_string(F::undefined), "undefined");
  for (const unsigned number : {static_cast<unsigned>(format_count) + 1U, 1000U, 0x7FFFU, 0xFFFFU}) {
    EXPECT_EQ(format_info(static_cast<F>(number)), nullptr) << number;
    EXPECT_EQ(to_string(static_cast<F>(number)), "unknown") << number;
  }
}

TEST(FormatTable, every_kind_has_its_rows) {
  std::map<FormatKind, int> rows;
  for (const FormatInfo& row : all_formats()) ++rows[row.kind];
  EXPECT_GE(rows[FormatKind::color], 43);
  EXPECT_EQ(rows[FormatKind::depth], 3);
  EXPECT_EQ(rows[FormatKind::stencil], 1);
  EXPECT_EQ(rows[FormatKind::depth_stencil], 2);
  EXPECT_EQ(rows[FormatKind::bc], 14);
  EXPECT_EQ(rows[FormatKind::etc2], 10);
  EXPECT_EQ(rows[FormatKind::astc], 28);
  EXPECT_EQ(rows[FormatKind::planar], 3);
}

TEST(FormatTable, planes_beyond_plane_count_are_empty_and_those_within_are_not) {
  for (const FormatInfo& row : all_formats()) {
    SCOPED_TRACE(row.name);
    ASSERT_GE(row.plane_count, 1);
    ASSERT_LE(row.plane_count, row.planes.size());
    for (std::size_t p = 0; p < row.planes.size(); ++p) {
      if (p >= row.plane_count) {
        EXPECT_EQ(row.planes[p], FormatPlane{});
        continue;
      }
      EXPECT_GT(row.planes[p].block_bytes, 0);
      EXPECT_GE(row.planes[p].subsample_x, 1);
      EXPECT_GE(row.planes[p].subsample_y, 1);
    }
    EXPECT_EQ(row.planes[0].subsample_x, 1);
    EXPECT_EQ(row.planes[0].subsample_y, 1);
    EXPECT_GE(row.channels, 1);
    EXPECT_LE(row.channels, 4);
  }
}

TEST(FormatTable, only_compressed_formats_have_blocks) {
  for (const FormatInfo& row : all_formats()) {
    SCOPED_TRACE(row.name);
    const bool compressed = row.kind == FormatKind::bc || row.kind == FormatKind::etc2 || row.kind == FormatKind::astc;
    EXPECT_EQ(row.block_width > 1, compressed);
    EXPECT_EQ(row.block_height > 1, compressed);
    if (compressed) {
      EXPECT_TRUE(row.planes[0].block_bytes == 8 || row.planes[0].block_bytes == 16);
    }
  }
}

TEST(FormatTable, srgb_twins_are_symmetric) {
  int twins = 0;
  for (const FormatInfo& row : all_formats()) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(row.srgb, row.name.ends_with("_srgb"));
    if (row.srgb_twin == F::undefined) {
      EXPECT_FALSE(row.srgb);
      continue;
    }
    ++twins;
    const FormatInfo& twin = *format_info(row.srgb_twin);
    EXPECT_EQ(twin.srgb_twin, row.format);
    EXPECT_NE(twin.srgb, row.srgb);
    EXPECT_EQ(twin.kind, row.kind);
    EXPECT_EQ(twin.channels, row.channels);
    EXPECT_EQ(twin.planes, row.planes);
    EXPECT_EQ(twin.block_width, row.block_width);
    EXPECT_EQ(twin.block_height, row.block_height);
    EXPECT_EQ(twin.type, NumericType::unorm);
    const std::string_view linear = row.srgb ? twin.name : row.name;
    const std::string_view srgb = row.srgb ? row.name : twin.name;
    EXPECT_EQ(std::string(linear.substr(0, linear.rfind('_'))) + "_srgb", srgb);
  }
  EXPECT_EQ(twins, 2 * (2 + 4 + 3 + 14));  // rgba8 bgra8, BC 1 2 3 7, ETC2, ASTC
}

/// No number of another API stands in two rows. Two columns name bits in memory without a transfer function, so sRGB twins share them
/// there.
struct Column {
  std::string_view api;
  std::uint32_t FormatInfo::* number;
  bool shared_by_twins;
};

TEST(FormatTable, no_two_rows_share_a_native_format) {
  constexpr Column columns[] = {{"Vulkan", &FormatInfo::vulkan, false}, {"DXGI", &FormatInfo::dxgi, false},
                                {"Metal", &FormatInfo::metal, false},   {"GL", &FormatInfo::gl_internal, false},
                                {"DRM", &FormatInfo::drm, true},        {"DRM opaque", &FormatInfo::drm_opaque, true}};
  for (const Column& column : columns) {
    std::map<std::uint32_t, F> seen;
    for (const FormatInfo& row : all_formats()) {
      const std::uint32_t number = row.*column.number;
      if (number == 0) continue;
      const auto [first, is_new] = seen.emplace(number, row.format);
      if (is_new) continue;
      EXPECT_TRUE(column.shared_by_twins && first->second == row.srgb_twin)
          << column.api << " " << number << " stands for " << to_string(first->second) << " and " << row.name;
    }
  }
}

TEST(FormatTable, an_opaque_fourcc_needs_one_with_alpha_and_four_channels) {
  for (const FormatInfo& row : all_formats()) {
    SCOPED_TRACE(row.name);
    if (row.drm_opaque == 0) continue;
    EXPECT_NE(row.drm, 0U);
    EXPECT_NE(row.drm, row.drm_opaque);
    EXPECT_EQ(row.channels, 4);
  }
}

TEST(FormatNames, round_trip) {
  for (const FormatInfo& row : all_formats()) {
    EXPECT_EQ(format_from_name(row.name), row.format) << row.name;
    if (!row.webgpu.empty()) {
      EXPECT_EQ(format_from_name(row.webgpu), row.format) << row.webgpu;
    }
  }
}

TEST(FormatNames, are_unique_in_both_spellings) {
  std::set<std::string_view> seen;
  for (const FormatInfo& row : all_formats()) {
    EXPECT_TRUE(seen.insert(row.name).second) << row.name;
    if (row.webgpu != row.name && !row.webgpu.empty()) {
      EXPECT_TRUE(seen.insert(row.webgpu).second) << row.webgpu;
    }
  }
}

TEST(FormatNames, what_is_no_name_gives_nothing) {
  for (const std::string_view name : {"", " ", "undefined", "unknown", "RGBA8_UNORM", "rgba8_unorm ", "rgba8_unor", "rgba8-unorm", "nv"}) {
    EXPECT_EQ(format_from_name(name), std::nullopt) << '"' << name << '"';
  }
}

/// The rule that the names follow: WebGPU's with an underscore between channels and type, and `_srgb` short for `unorm-srgb`.
[[nodiscard]] std::string webgpu_by_rule(const FormatInfo& row) {
  std::string name(row.name);
  const bool srgb = name.ends_with("_srgb");
  if (srgb) name.replace(name.size() - 5, 5, "_unorm");
  switch (row.kind) {
    case FormatKind::color:
      name.erase(name.find('_'), 1);
      if (row.type == NumericType::ufloat) name.replace(name.find("float"), 5, "ufloat");
      break;
    case FormatKind::depth:
    case FormatKind::stencil:
    case FormatKind::depth_stencil:
      if (const auto stencil = name.find("_stencil8"); stencil != std::string::npos) name[stencil] = '-';
      std::erase(name, '_');
      break;
    case FormatKind::bc:
    case FormatKind::astc:
      for (char& c : name) c = c == '_' ? '-' : c;
      break;
    case FormatKind::etc2:
      name[name.find('_')] = '-';
      std::erase(name, '_');
      break;
    case FormatKind::planar:
      return {};  // Y'CbCr is no GPUTextureFormat
  }
  return srgb ? name + "-srgb" : name;
}

TEST(FormatNames, webgpu_column_follows_webgpus_grammar) {
  for (const FormatInfo& row : all_formats()) EXPECT_EQ(row.webgpu, webgpu_by_rule(row)) << row.name;
}

TEST(FormatNames, webgpu_spellings_that_people_know) {
  constexpr std::pair<std::string_view, F> known[] = {
      {"rgba8unorm-srgb", F::rgba8_srgb},        {"bgra8unorm", F::bgra8_unorm},
      {"rg11b10ufloat", F::rg11b10_float},       {"rgb9e5ufloat", F::rgb9e5_float},
      {"rgb10a2unorm", F::rgb10a2_unorm},        {"depth24plus-stencil8", F::depth24plus_stencil8},
      {"depth32float", F::depth32_float},        {"bc6h-rgb-ufloat", F::bc6h_rgb_ufloat},
      {"bc7-rgba-unorm-srgb", F::bc7_rgba_srgb}, {"etc2-rgb8a1unorm-srgb", F::etc2_rgb8a1_srgb},
      {"eac-rg11snorm", F::eac_rg11_snorm},      {"astc-12x10-unorm-srgb", F::astc_12x10_srgb},
      {"bc4-r-snorm", F::bc4_r_snorm},           {"rgba16float", F::rgba16_float}};
  for (const auto& [name, format] : known) EXPECT_EQ(format_from_name(name), format) << name;
}

}  // namespace
}  // namespace geyser
