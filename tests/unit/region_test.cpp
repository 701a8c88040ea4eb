// region_layout() and content_bytes().
#include "check.hpp"

namespace geyser {
namespace {

using unit::fails;
using unit::ok;
using unit::plain;
using D = TextureDimension;
using F = TextureFormat;

constexpr Errc invalid = Errc::invalid_argument;

[[nodiscard]] TextureDescriptor sized(F format, std::uint32_t width, std::uint32_t height) {
  TextureDescriptor d = plain();
  d.format = format;
  d.extent = {width, height, 1};
  return d;
}

struct Expected {
  Extent3D extent;
  std::uint32_t row_bytes;
  std::uint32_t rows;
  std::uint64_t total;
};
void expect_layout(const TextureDescriptor& d, const TextureRegion& region, const Expected& expected) {
  auto layout = region_layout(d, region);
  ASSERT_TRUE(ok(layout));
  EXPECT_EQ(layout->extent, expected.extent);
  EXPECT_EQ(layout->row_bytes, expected.row_bytes);
  EXPECT_EQ(layout->rows, expected.rows);
  EXPECT_EQ(layout->total_bytes, expected.total);
}

TEST(RegionLayout, whole_texture) {
  expect_layout(sized(F::rgba8_unorm, 1920, 1080), {}, {{1920, 1080, 1}, 7680, 1080, 8'294'400});
  expect_layout(sized(F::rgba32_float, 3, 5), {}, {{3, 5, 1}, 48, 5, 240});
  expect_layout(sized(F::r8_unorm, 1, 1), {}, {{1, 1, 1}, 1, 1, 1});
}

TEST(RegionLayout, compressed_blocks_round_up) {
  expect_layout(sized(F::bc1_rgba_unorm, 5, 9), {}, {{5, 9, 1}, 16, 3, 48});
  expect_layout(sized(F::astc_12x10_unorm, 13, 10), {}, {{13, 10, 1}, 32, 1, 32});
  expect_layout(sized(F::bc7_rgba_unorm, 1, 1), {}, {{1, 1, 1}, 16, 1, 16});
}

TEST(RegionLayout, planes_of_planar_formats) {
  const TextureDescriptor nv12 = sized(F::nv12, 64, 48);
  expect_layout(nv12, {.plane = 0}, {{64, 48, 1}, 64, 48, 3072});
  expect_layout(nv12, {.plane = 1}, {{32, 24, 1}, 64, 24, 1536});
  const TextureDescriptor p010 = sized(F::p010, 64, 48);
  expect_layout(p010, {.plane = 0}, {{64, 48, 1}, 128, 48, 6144});
  expect_layout(p010, {.plane = 1}, {{32, 24, 1}, 128, 24, 3072});
  const TextureDescriptor i420 = sized(F::i420, 64, 48);
  expect_layout(i420, {.plane = 1}, {{32, 24, 1}, 32, 24, 768});
  expect_layout(i420, {.plane = 2}, {{32, 24, 1}, 32, 24, 768});
}

TEST(RegionLayout, aspects_of_depth_and_stencil) {
  const TextureDescriptor d24 = sized(F::depth24plus_stencil8, 10, 4);
  expect_layout(d24, {.plane = 0}, {{10, 4, 1}, 40, 4, 160});
  expect_layout(d24, {.plane = 1}, {{10, 4, 1}, 10, 4, 40});
  const TextureDescriptor d32 = sized(F::depth32_float_stencil8, 10, 4);
  expect_layout(d32, {.plane = 0}, {{10, 4, 1}, 40, 4, 160});
  expect_layout(d32, {.plane = 1}, {{10, 4, 1}, 10, 4, 40});
}

TEST(RegionLayout, levels_layers_and_slices) {
  TextureDescriptor d = sized(F::rgba8_unorm, 13, 7);
  d.dimension = D::d2_array;
  d.array_layers = 4;
  d.mip_levels = 4;
  expect_layout(d, {.mip_level = 1, .array_layer = 3}, {{6, 3, 1}, 24, 3, 72});
  expect_layout(d, {.mip_level = 3}, {{1, 1, 1}, 4, 1, 4});
  d = sized(F::rg8_unorm, 8, 8);
  d.dimension = D::d3;
  d.extent.depth = 6;
  d.mip_levels = 2;
  expect_layout(d, {}, {{8, 8, 6}, 16, 8, 768});
  expect_layout(d, {.mip_level = 1}, {{4, 4, 3}, 8, 4, 96});
  expect_layout(d, {.offset = {0, 0, 4}}, {{8, 8, 2}, 16, 8, 256});
  expect_layout(d, {.offset = {2, 3, 1}, .extent = Extent3D{4, 2, 3}}, {{4, 2, 3}, 8, 2, 48});
}

TEST(RegionLayout, offset_without_extent_reaches_the_end) {
  expect_layout(sized(F::r8_unorm, 10, 10), {.offset = {3, 9, 0}}, {{7, 1, 1}, 7, 1, 7});
  expect_layout(sized(F::bc1_rgba_unorm, 10, 10), {.offset = {8, 4, 0}}, {{2, 6, 1}, 8, 2, 16});
}

TEST(RegionLayout, indices_out_of_range) {
  TextureDescriptor d = sized(F::rgba8_unorm, 8, 8);
  d.dimension = D::d2_array;
  d.array_layers = 3;
  d.mip_levels = 2;
  EXPECT_TRUE(ok(region_layout(d, {.mip_level = 1, .array_layer = 2})));
  EXPECT_TRUE(fails(region_layout(d, {.mip_level = 2}), invalid, {"region.mip_level", "is 2", "0 to 1"}));
  EXPECT_TRUE(fails(region_layout(d, {.array_layer = 3}), invalid, {"region.array_layer", "is 3", "0 to 2"}));
  EXPECT_TRUE(fails(region_layout(d, {.plane = 1}), invalid, {"region.plane", "is 1", "0 to 0"}));
  EXPECT_TRUE(fails(region_layout(sized(F::nv12, 8, 8), {.plane = 2}), invalid, {"region.plane", "is 2", "0 to 1"}));
  EXPECT_TRUE(fails(region_layout(sized(F::depth24plus_stencil8, 8, 8), {.plane = 2}), invalid, {"region.plane", "is 2", "0 to 1"}));
  EXPECT_TRUE(fails(region_layout(sized(F::i420, 8, 8), {.plane = 3}), invalid, {"region.plane", "is 3", "0 to 2"}));
}

TEST(RegionLayout, offsets_out_of_range) {
  const TextureDescriptor d = sized(F::rgba8_unorm, 8, 4);
  EXPECT_TRUE(ok(region_layout(d, {.offset = {7, 3, 0}})));
  EXPECT_TRUE(fails(region_layout(d, {.offset = {8, 0, 0}}), invalid, {"region.offset.x", "is 8", "0 to 7"}));
  EXPECT_TRUE(fails(region_layout(d, {.offset = {0, 4, 0}}), invalid, {"region.offset.y", "is 4", "0 to 3"}));
  EXPECT_TRUE(fails(region_layout(d, {.offset = {0, 0, 1}}), invalid, {"region.offset.z", "is 1", "0 to 0"}));
}

TEST(RegionLayout, extents_out_of_range) {
  const TextureDescriptor d = sized(F::rgba8_unorm, 8, 4);
  EXPECT_TRUE(ok(region_layout(d, {.offset = {2, 1, 0}, .extent = Extent3D{6, 3, 1}})));
  EXPECT_TRUE(
      fails(region_layout(d, {.offset = {2, 1, 0}, .extent = Extent3D{7, 3, 1}}), invalid, {"region.extent.width", "is 7", "1 to 6"}));
  EXPECT_TRUE(
      fails(region_layout(d, {.offset = {2, 1, 0}, .extent = Extent3D{6, 4, 1}}), invalid, {"region.extent.height", "is 4", "1 to 3"}));
  EXPECT_TRUE(fails(region_layout(d, {.extent = Extent3D{8, 4, 2}}), invalid, {"region.extent.depth", "is 2", "1 to 1"}));
  EXPECT_TRUE(fails(region_layout(d, {.extent = Extent3D{0, 4, 1}}), invalid, {"region.extent.width", "is 0", "1 to 8"}));
  EXPECT_TRUE(fails(region_layout(d, {.extent = Extent3D{8, 0, 1}}), invalid, {"region.extent.height", "is 0", "1 to 4"}));
  EXPECT_TRUE(fails(region_layout(d, {.extent = Extent3D{8, 4, 0}}), invalid, {"region.extent.depth", "is 0", "1 to 1"}));
  // offset + extent beyond 32 bits must not wrap into range
  EXPECT_TRUE(fails(region_layout(d, {.offset = {2, 0, 0}, .extent = Extent3D{0xFFFF'FFFF, 1, 1}}), invalid,
                    {"region.extent.width", "4294967295"}));
}

TEST(RegionLayout, compressed_regions_start_on_blocks_and_end_on_them_or_at_the_edge) {
  const TextureDescriptor d = sized(F::astc_6x5_unorm, 20, 12);
  expect_layout(d, {.offset = {6, 5, 0}, .extent = Extent3D{12, 5, 1}}, {{12, 5, 1}, 32, 1, 32});
  expect_layout(d, {.offset = {12, 10, 0}, .extent = Extent3D{8, 2, 1}}, {{8, 2, 1}, 32, 1, 32});
  EXPECT_TRUE(fails(region_layout(d, {.offset = {5, 0, 0}}), invalid, {"region.offset.x", "is 5", "block", "6"}));
  EXPECT_TRUE(fails(region_layout(d, {.offset = {0, 6, 0}}), invalid, {"region.offset.y", "is 6", "block", "5"}));
  EXPECT_TRUE(
      fails(region_layout(d, {.offset = {6, 0, 0}, .extent = Extent3D{7, 5, 1}}), invalid, {"region.extent.width", "is 7", "6", "14"}));
  EXPECT_TRUE(
      fails(region_layout(d, {.offset = {0, 5, 0}, .extent = Extent3D{6, 6, 1}}), invalid, {"region.extent.height", "is 6", "5", "7"}));
}

TEST(RegionLayout, slices_of_compressed_textures_are_no_blocks) {
  TextureDescriptor d = sized(F::bc7_rgba_unorm, 8, 8);
  d.dimension = D::d3;
  d.extent.depth = 6;
  expect_layout(d, {.offset = {0, 0, 1}, .extent = Extent3D{8, 4, 3}}, {{8, 4, 3}, 32, 1, 96});
}

TEST(RegionLayout, regions_are_counted_in_texels_of_the_plane) {
  const TextureDescriptor d = sized(F::nv12, 64, 48);
  expect_layout(d, {.plane = 1, .offset = {31, 23, 0}}, {{1, 1, 1}, 2, 1, 2});
  EXPECT_TRUE(fails(region_layout(d, {.plane = 1, .offset = {32, 0, 0}}), invalid, {"region.offset.x", "is 32", "0 to 31"}));
}

TEST(RegionLayout, checks_the_descriptor_first) {
  EXPECT_TRUE(fails(region_layout(sized(F::undefined, 8, 8), {}), invalid, {"format"}));
  EXPECT_TRUE(fails(content_bytes(sized(F::rgba8_unorm, 0, 8)), invalid, {"extent.width"}));
}

TEST(ContentBytes, known_sums) {
  EXPECT_EQ(*content_bytes(sized(F::rgba8_unorm, 1920, 1080)), 8'294'400U);
  EXPECT_EQ(*content_bytes(sized(F::nv12, 1920, 1080)), 3'110'400U);
  EXPECT_EQ(*content_bytes(sized(F::i420, 1920, 1080)), 3'110'400U);
  EXPECT_EQ(*content_bytes(sized(F::p010, 1920, 1080)), 6'220'800U);
  EXPECT_EQ(*content_bytes(sized(F::depth24plus_stencil8, 16, 16)), 16U * 16U * 5U);
  TextureDescriptor cube = sized(F::bc1_rgba_unorm, 8, 8);
  cube.dimension = D::cube;
  cube.array_layers = 6;
  cube.mip_levels = 4;  // 4, 1, 1 and 1 blocks
  EXPECT_EQ(*content_bytes(cube), 6U * 7U * 8U);
}

/// A random descriptor that obeys the rules, small enough to walk.
[[nodiscard]] TextureDescriptor random_descriptor(std::mt19937_64& random) {
  TextureDescriptor d;
  d.format = static_cast<F>(unit::between(random, 1, format_count));
  const FormatKind kind = format_info(d.format)->kind;
  d.dimension = static_cast<D>(unit::between(random, 0, 4));
  const bool no_3d = kind != FormatKind::color && kind != FormatKind::bc && kind != FormatKind::astc;
  if (kind == FormatKind::planar || (d.dimension == D::d3 && no_3d)) d.dimension = D::d2;
  d.extent = {unit::between(random, 1, 300), unit::between(random, 1, 300), 1};
  if (kind == FormatKind::planar) d.extent = {d.extent.width * 2, d.extent.height * 2, 1};
  switch (d.dimension) {
    case D::d2:
      break;
    case D::d2_array:
      d.array_layers = unit::between(random, 1, 9);
      break;
    case D::cube:
      d.array_layers = 6;
      break;
    case D::cube_array:
      d.array_layers = 6 * unit::between(random, 1, 3);
      break;
    case D::d3:
      d.extent.depth = unit::between(random, 1, 20);
      break;
  }
  if (d.dimension == D::cube || d.dimension == D::cube_array) d.extent.height = d.extent.width;
  d.mip_levels = kind == FormatKind::planar ? 1 : unit::between(random, 1, full_mip_chain(d));
  return d;
}

TEST(ContentBytes, is_the_sum_of_all_whole_regions) {
  auto random = unit::random_source();
  for (int i = 0; i < 3'000; ++i) {
    const TextureDescriptor d = random_descriptor(random);
    SCOPED_TRACE(describe(d));
    ASSERT_TRUE(ok(validate(d)));
    std::uint64_t sum = 0;
    for (std::uint32_t plane = 0; plane < format_info(d.format)->plane_count; ++plane) {
      for (std::uint32_t layer = 0; layer < d.array_layers; ++layer) {
        for (std::uint32_t mip = 0; mip < d.mip_levels; ++mip) {
          auto layout = region_layout(d, {.mip_level = mip, .array_layer = layer, .plane = plane});
          ASSERT_TRUE(ok(layout));
          EXPECT_EQ(layout->total_bytes, std::uint64_t{layout->row_bytes} * layout->rows * layout->extent.depth);
          sum += layout->total_bytes;
        }
      }
    }
    EXPECT_EQ(*content_bytes(d), sum);
  }
}

TEST(RegionLayout, pieces_add_up_to_the_whole) {
  auto random = unit::random_source();
  for (int i = 0; i < 3'000; ++i) {
    const TextureDescriptor d = random_descriptor(random);
    const FormatInfo& info = *format_info(d.format);
    TextureRegion whole{.mip_level = unit::between(random, 0, d.mip_levels - 1), .plane = unit::between(random, 0, info.plane_count - 1U)};
    SCOPED_TRACE(describe(d));
    auto all = region_layout(d, whole);
    ASSERT_TRUE(ok(all));
    // Cut at a block boundary, by columns and by rows.
    const std::uint32_t columns = (all->extent.width + info.block_width - 1) / info.block_width;
    const std::uint32_t cut = unit::between(random, 0, columns - 1) * info.block_width;
    if (cut == 0) continue;
    TextureRegion left = whole;
    left.extent = Extent3D{cut, all->extent.height, all->extent.depth};
    TextureRegion right = whole;
    right.offset.x = cut;
    auto left_layout = region_layout(d, left);
    auto right_layout = region_layout(d, right);
    ASSERT_TRUE(ok(left_layout));
    ASSERT_TRUE(ok(right_layout));
    EXPECT_EQ(left_layout->total_bytes + right_layout->total_bytes, all->total_bytes);
    EXPECT_EQ(left_layout->row_bytes + right_layout->row_bytes, all->row_bytes);
  }
}

TEST(RegionLayout, is_what_block_arithmetic_says) {
  auto random = unit::random_source();
  for (int i = 0; i < 3'000; ++i) {
    const TextureDescriptor d = random_descriptor(random);
    const FormatInfo& info = *format_info(d.format);
    const std::uint32_t mip = unit::between(random, 0, d.mip_levels - 1);
    const std::uint32_t p = unit::between(random, 0, info.plane_count - 1U);
    // Counted one block after the other, as a slow but obvious model.
    const Extent3D level = mip_extent(d, mip);
    std::uint32_t blocks_x = 0;
    for (std::uint32_t x = 0; x < level.width; x += info.block_width * info.planes[p].subsample_x) ++blocks_x;
    std::uint32_t blocks_y = 0;
    for (std::uint32_t y = 0; y < level.height; y += info.block_height * info.planes[p].subsample_y) ++blocks_y;
    auto layout = region_layout(d, {.mip_level = mip, .plane = p});
    ASSERT_TRUE(ok(layout)) << describe(d);
    EXPECT_EQ(layout->row_bytes, blocks_x * info.planes[p].block_bytes) << describe(d);
    EXPECT_EQ(layout->rows, blocks_y) << describe(d);
    EXPECT_EQ(layout->extent.depth, level.depth) << describe(d);
  }
}

}  // namespace
}  // namespace geyser
