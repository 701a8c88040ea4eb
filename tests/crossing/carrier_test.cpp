// Each way between two devices, alone: content bit for bit, and what it refuses.
#include "crossing/carrier.hpp"

#include <gtest/gtest.h>

#include "core/backend.hpp"
#include "core/regions.hpp"
#include "support/check.hpp"
#include "support/content.hpp"
#include "support/log_capture.hpp"
#include "tests/crossing/pairs.hpp"

namespace geyser::test {
namespace {

using detail::Carrier;
using detail::CarrierWay;

using Pair = std::pair<std::string, std::string>;

TextureDescriptor of(TextureFormat format, Extent3D extent, std::uint32_t levels = 1, std::uint32_t layers = 1) {
  TextureDescriptor descriptor;
  descriptor.format = format;
  descriptor.extent = extent;
  descriptor.mip_levels = levels;
  if (layers > 1) descriptor.dimension = TextureDimension::d2_array;
  descriptor.array_layers = layers;
  return descriptor;
}

std::vector<TextureRegion> all_of(const TextureDescriptor& descriptor) {
  std::vector<TextureRegion> regions;
  EXPECT_TRUE(ok(detail::for_each_region(descriptor, [&](const TextureRegion& region) -> Result<void> {
    regions.push_back(region);
    return {};
  })));
  return regions;
}

class CarrierTest : public ::testing::TestWithParam<std::tuple<Pair, int>> {
 protected:
  void SetUp() override {
    const auto& [pair, way] = GetParam();
    auto from = capabilities_of(*find_device(pair.first));
    auto to = capabilities_of(*find_device(pair.second));
    ASSERT_TRUE(ok(from));
    ASSERT_TRUE(ok(to));
    from_ = from->identity;
    to_ = to->identity;
    way_ = detail::carrier_ways()[static_cast<std::size_t>(way)];
    mark_ = log_mark();
  }
  void TearDown() override {
    for (const auto& line : lines_since(mark_, LogLevel::error)) ADD_FAILURE() << "logged: " << line.text;
  }
  /// Null where this way is not for these two.
  std::unique_ptr<Carrier> open(const TextureDescriptor& descriptor) {
    auto carrier = way_.open(from_, to_, descriptor);
    if (carrier) return *std::move(carrier);
    EXPECT_TRUE(carrier.error().code() == Errc::unsupported_feature || carrier.error().code() == Errc::unsupported_format)
        << carrier.error().describe();
    EXPECT_FALSE(carrier.error().message().empty());
    return nullptr;
  }

  struct Plane {
    TextureRegion region;
    std::vector<std::byte> bytes;
  };
  static std::vector<Plane> fill(const TextureShareManager& manager, SharedTexture& texture, Random& random) {
    std::vector<Plane> planes;
    for (const TextureRegion& region : all_of(texture.descriptor())) {
      const auto layout = region_layout(texture.descriptor(), region);
      planes.push_back({region, random_content(random, *format_info(texture.descriptor().format), region.plane, layout->total_bytes)});
      EXPECT_TRUE(ok(const_cast<TextureShareManager&>(manager).upload(texture, region, planes.back().bytes)));
    }
    return planes;
  }
  static void carry(Carrier& carrier, SharedTexture& from, SharedTexture& to, const std::vector<TextureRegion>& regions) {
    auto read = from.begin_read();
    ASSERT_TRUE(ok(read));
    auto write = to.begin_write();
    ASSERT_TRUE(ok(write));
    ASSERT_TRUE(ok(carrier.carry({&from, &*read}, {&to, &*write}, regions)));
    EXPECT_TRUE(ok((*std::move(read)).end()));
    EXPECT_TRUE(ok((*std::move(write)).end()));
  }

  DeviceIdentity from_;
  DeviceIdentity to_;
  CarrierWay way_{};
  std::size_t mark_ = 0;
};

TEST_P(CarrierTest, EveryBitCrosses) {
  Random random(seed_for("EveryBitCrosses"));
  int crossed = 0;
  for (const auto& descriptor : {of(TextureFormat::rgba8_unorm, {37, 21, 1}), of(TextureFormat::rgba16_float, {16, 16, 1}, 5, 3),
                                 of(TextureFormat::r8_unorm, {1, 1, 1}), of(TextureFormat::bc1_rgba_unorm, {20, 12, 1}),
                                 of(TextureFormat::depth32_float, {8, 8, 1}), of(TextureFormat::rg32_uint, {640, 3, 1}),
                                 of(TextureFormat::rgba8_unorm, {1531, 2503, 1})}) {  // more than one stripe, the last of them smaller
    SCOPED_TRACE(describe(descriptor));
    auto carrier = open(descriptor);
    if (!carrier) continue;
    EXPECT_EQ(carrier->transport(), way_.transport);
    EXPECT_TRUE(ok(check_same_device(carrier->source().identity(), from_)));
    EXPECT_TRUE(ok(check_same_device(carrier->target().identity(), to_)));
    auto from = const_cast<TextureShareManager&>(carrier->source()).create_shareable_texture(descriptor);
    auto to = const_cast<TextureShareManager&>(carrier->target()).create_shareable_texture(descriptor);
    if (!from || !to) continue;  // one of the devices has no such format
    const auto planes = fill(carrier->source(), *from, random);
    fill(carrier->target(), *to, random);
    for (int time = 0; time < 3; ++time) carry(*carrier, *from, *to, all_of(descriptor));
    for (const auto& plane : planes) {
      std::vector<std::byte> found(plane.bytes.size());
      ASSERT_TRUE(ok(const_cast<TextureShareManager&>(carrier->target()).read_back(*to, plane.region, found)));
      EXPECT_TRUE(same_content(*format_info(descriptor.format), plane.region.plane, plane.bytes, found));
    }
    ++crossed;
  }
  if (crossed == 0) GTEST_SKIP() << to_string(way_.transport) << " is not for these two devices";
}

// As in a stream: a ring on both sides, frames behind each other without a wait, each with points of the semaphores of its side.
TEST_P(CarrierTest, FramesFollowEachOther) {
  constexpr std::uint32_t ring = 3;
  const auto descriptor = of(TextureFormat::rgba8_unorm, {1024, 1500, 1});
  auto carrier = open(descriptor);
  if (!carrier) GTEST_SKIP() << to_string(way_.transport) << " is not for these two devices";
  auto& source = const_cast<TextureShareManager&>(carrier->source());
  auto& target = const_cast<TextureShareManager&>(carrier->target());
  Random random(seed_for("FramesFollowEachOther"));
  std::vector<SharedTexture> from, to;
  std::vector<std::vector<Plane>> planes;
  for (std::uint32_t i = 0; i < ring; ++i) {
    auto out = source.create_shareable_texture(descriptor);
    auto in = target.create_shareable_texture(descriptor);
    ASSERT_TRUE(ok(out));
    ASSERT_TRUE(ok(in));
    planes.push_back(fill(source, *out, random));
    fill(target, *in, random);
    from.push_back(*std::move(out));
    to.push_back(*std::move(in));
  }
  for (const auto kind : {SemaphoreKind::timeline, SemaphoreKind::host_timeline}) {
    SCOPED_TRACE(to_string(kind));
    auto released = source.create_shared_semaphore({.kind = kind});
    auto written = target.create_shared_semaphore({.kind = kind});
    if (kind == SemaphoreKind::timeline && (!released || !written)) continue;  // software has none that leave the process
    ASSERT_TRUE(ok(released));
    ASSERT_TRUE(ok(written));
    for (std::uint64_t frame = 1; frame <= 8; ++frame) {
      const std::size_t slot = frame % ring;
      auto read = from[slot].begin_read({.signal = SyncPoint{*released, frame}});
      auto write = to[slot].begin_write({.signal = SyncPoint{*written, frame}});
      ASSERT_TRUE(ok(read));
      ASSERT_TRUE(ok(write));
      const auto regions = all_of(descriptor);
      ASSERT_TRUE(ok(carrier->carry({&from[slot], &*read}, {&to[slot], &*write}, regions)));
      // Of whom no signal was asked, everything is done.
      if (!detail::Private::signal_taken(*read)) {
        ASSERT_TRUE(ok(released->signal(frame)));
      }
      if (!detail::Private::signal_taken(*write)) {
        ASSERT_TRUE(ok(written->signal(frame)));
      }
      EXPECT_TRUE(ok((*std::move(read)).end()));
      EXPECT_TRUE(ok((*std::move(write)).end()));
    }
    ASSERT_TRUE(ok(written->wait(8, std::chrono::seconds(10))));
    ASSERT_TRUE(ok(released->wait(8, std::chrono::seconds(10))));
    for (std::uint32_t i = 0; i < ring; ++i) {
      for (const auto& plane : planes[i]) {
        std::vector<std::byte> found(plane.bytes.size());
        ASSERT_TRUE(ok(target.read_back(to[i], plane.region, found)));
        EXPECT_TRUE(same_content(*format_info(descriptor.format), plane.region.plane, plane.bytes, found)) << "texture " << i;
        fill(target, to[i], random);
      }
    }
  }
}

// What was there beside the rectangle stays.
TEST_P(CarrierTest, OnlyTheRegionsCross) {
  const auto descriptor = of(TextureFormat::r32_uint, {64, 32, 1});
  auto carrier = open(descriptor);
  if (!carrier) GTEST_SKIP() << to_string(way_.transport) << " is not for these two devices";
  auto from = const_cast<TextureShareManager&>(carrier->source()).create_shareable_texture(descriptor);
  auto to = const_cast<TextureShareManager&>(carrier->target()).create_shareable_texture(descriptor);
  ASSERT_TRUE(ok(from));
  ASSERT_TRUE(ok(to));
  std::vector<std::uint32_t> fresh(64 * 32), old(64 * 32), found(64 * 32);
  for (std::uint32_t i = 0; i < fresh.size(); ++i) {
    fresh[i] = 0x10000000U + i;
    old[i] = 0x20000000U + i;
  }
  ASSERT_TRUE(ok(const_cast<TextureShareManager&>(carrier->source()).upload(*from, {}, std::as_bytes(std::span(fresh)))));
  ASSERT_TRUE(ok(const_cast<TextureShareManager&>(carrier->target()).upload(*to, {}, std::as_bytes(std::span(old)))));
  TextureRegion first;
  first.offset = {5, 7, 0};
  first.extent = Extent3D{11, 3, 1};
  TextureRegion second;
  second.offset = {63, 31, 0};
  carry(*carrier, *from, *to, {first, second});
  carry(*carrier, *from, *to, {});
  ASSERT_TRUE(ok(const_cast<TextureShareManager&>(carrier->target()).read_back(*to, {}, std::as_writable_bytes(std::span(found)))));
  for (std::uint32_t y = 0; y < 32; ++y) {
    for (std::uint32_t x = 0; x < 64; ++x) {
      const bool inside = (x >= 5 && x < 16 && y >= 7 && y < 10) || (x == 63 && y == 31);
      ASSERT_EQ(found[y * 64 + x], inside ? fresh[y * 64 + x] : old[y * 64 + x]) << x << "," << y;
    }
  }
}

TEST_P(CarrierTest, ADeviceThatIsNotHereIsNamed) {
  DeviceIdentity nobody = to_;
  nobody.device_uuid.bytes.fill(0xAB);
  nobody.name = "Nobody's GPU";
  const auto descriptor = of(TextureFormat::rgba8_unorm, {8, 8, 1});
  for (const bool first : {true, false}) {
    auto carrier = way_.open(first ? nobody : from_, first ? to_ : nobody, descriptor);
    ASSERT_FALSE(carrier.has_value());
    EXPECT_TRUE(carrier.error().code() == Errc::not_found || carrier.error().code() == Errc::unsupported_feature)
        << carrier.error().describe();
  }
}

std::string case_name(const ::testing::TestParamInfo<std::tuple<Pair, int>>& info) {
  const auto& [pair, way] = info.param;
  return std::string(to_string(detail::carrier_ways()[static_cast<std::size_t>(way)].transport)) + "_" + pair_name(pair);
}
INSTANTIATE_TEST_SUITE_P(Ways, CarrierTest, ::testing::Combine(::testing::ValuesIn(device_pairs()), ::testing::Range(0, 3)), case_name);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CarrierTest);

/// Devices that can copy to and from host memory by themselves are rare among software: the way through it is tried from each to itself
/// too.
std::vector<Pair> each_with_itself() {
  std::vector<Pair> pairs;
  for (const auto& device : devices()) {
    if (device.vulkan) pairs.emplace_back(device.key, device.key);
  }
  return pairs;
}
INSTANTIATE_TEST_SUITE_P(Alone, CarrierTest, ::testing::Combine(::testing::ValuesIn(each_with_itself()), ::testing::Range(1, 3)),
                         case_name);

}  // namespace
}  // namespace geyser::test
