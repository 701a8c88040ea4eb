#include "stream/damage.hpp"

#include <gtest/gtest.h>

namespace geyser::test {
namespace {

using detail::DamageHistory;
using detail::regions_of;

TEST(DamageHistory, NothingIsKnownOfFramesThatWereNotSeen) {
  DamageHistory history;
  EXPECT_FALSE(history.since(1).has_value());
  history.add(5, Rect{1, 2, 3, 4});
  EXPECT_FALSE(history.since(4).has_value());
  EXPECT_EQ(history.since(5), (Rect{}));  // it is the newest
}

TEST(DamageHistory, SumsUpTheRectanglesSince) {
  DamageHistory history;
  history.add(1, std::nullopt);
  history.add(2, Rect{10, 10, 5, 5});
  history.add(3, Rect{20, 4, 1, 2});
  history.add(4, Rect{});  // nothing changed
  EXPECT_EQ(history.since(4), (Rect{}));
  EXPECT_EQ(history.since(3), (Rect{}));
  EXPECT_EQ(history.since(2), (Rect{20, 4, 1, 2}));
  EXPECT_EQ(history.since(1), (Rect{10, 4, 11, 11}));
}

TEST(DamageHistory, AFrameThatMayHaveChangedAllOfItEndsIt) {
  DamageHistory history;
  history.add(1, Rect{0, 0, 1, 1});
  history.add(2, std::nullopt);
  history.add(3, Rect{0, 0, 1, 1});
  EXPECT_TRUE(history.since(2).has_value());
  EXPECT_FALSE(history.since(1).has_value());
}

// A frame that the bridge skipped is no step: the one after it comes without a rectangle.
TEST(DamageHistory, ASkippedFrameIsNoFrameThatWasSeen) {
  DamageHistory history;
  history.add(1, Rect{});
  history.add(3, std::nullopt);
  history.add(4, Rect{0, 0, 2, 2});
  EXPECT_FALSE(history.since(2).has_value());
  EXPECT_FALSE(history.since(1).has_value());
  EXPECT_TRUE(history.since(3).has_value());
}

TEST(DamageHistory, ForgetsWhatIsLongAgo) {
  DamageHistory history;
  for (std::uint64_t number = 1; number <= 1000; ++number) history.add(number, Rect{0, 0, 1, 1});
  EXPECT_FALSE(history.since(100).has_value());
  EXPECT_TRUE(history.since(990).has_value());
  history.clear();
  EXPECT_FALSE(history.since(1000).has_value());
}

TextureDescriptor of(TextureFormat format, std::uint32_t width, std::uint32_t height) {
  TextureDescriptor descriptor;
  descriptor.format = format;
  descriptor.extent = {width, height, 1};
  return descriptor;
}

TEST(DamageRegions, WithoutARectangleEverythingCrosses) {
  auto descriptor = of(TextureFormat::rgba8_unorm, 64, 48);
  ASSERT_EQ(regions_of(descriptor, std::nullopt).size(), 1U);
  EXPECT_FALSE(regions_of(descriptor, std::nullopt)[0].extent.has_value());
  descriptor.array_layers = 3;
  EXPECT_EQ(regions_of(descriptor, Rect{0, 0, 1, 1}).size(), 3U);
  EXPECT_FALSE(regions_of(descriptor, Rect{0, 0, 1, 1})[0].extent.has_value());
}

TEST(DamageRegions, ARectangleIsOneRegion) {
  const auto regions = regions_of(of(TextureFormat::rgba8_unorm, 64, 48), Rect{3, 5, 7, 9});
  ASSERT_EQ(regions.size(), 1U);
  EXPECT_EQ(regions[0].offset, (Offset3D{3, 5, 0}));
  EXPECT_EQ(regions[0].extent, (Extent3D{7, 9, 1}));
  EXPECT_TRUE(regions_of(of(TextureFormat::rgba8_unorm, 64, 48), Rect{}).empty());
}

TEST(DamageRegions, OneThatReachesBeyondTheTextureIsNotBelieved) {
  for (const Rect wrong : {Rect{60, 0, 5, 1}, Rect{0, 0xFFFFFFFF, 1, 1}, Rect{0xFFFFFFFF, 0, 0xFFFFFFFF, 1}}) {
    const auto regions = regions_of(of(TextureFormat::rgba8_unorm, 64, 48), wrong);
    ASSERT_EQ(regions.size(), 1U);
    EXPECT_FALSE(regions[0].extent.has_value());
  }
}

// Every region is one that copies take, and holds the rectangle in every plane.
TEST(DamageRegions, GrowToWholeBlocksInEveryPlane) {
  for (const TextureFormat format : {TextureFormat::nv12, TextureFormat::i420, TextureFormat::bc1_rgba_unorm, TextureFormat::astc_8x5_unorm,
                                     TextureFormat::depth24plus_stencil8, TextureFormat::r8_unorm}) {
    const auto descriptor = of(format, 44, 30);  // no multiple of the blocks
    const FormatInfo& info = *format_info(format);
    for (std::uint32_t x = 0; x < 44; x += 3) {
      for (std::uint32_t y = 0; y < 30; y += 2) {
        const Rect rect{x, y, 44 - x > 9 ? 9 : 44 - x, 30 - y > 4 ? 4 : 30 - y};
        const auto regions = regions_of(descriptor, rect);
        ASSERT_EQ(regions.size(), info.plane_count);
        for (const auto& region : regions) {
          ASSERT_TRUE(region_layout(descriptor, region).has_value()) << to_string(format) << " " << x << "," << y;
          const FormatPlane& plane = info.planes[region.plane];
          EXPECT_LE(region.offset.x * plane.subsample_x, rect.x);
          EXPECT_LE(region.offset.y * plane.subsample_y, rect.y);
          EXPECT_GE((region.offset.x + region.extent->width) * plane.subsample_x, rect.x + rect.width);
          EXPECT_GE((region.offset.y + region.extent->height) * plane.subsample_y, rect.y + rect.height);
        }
      }
    }
  }
}

}  // namespace
}  // namespace geyser::test
