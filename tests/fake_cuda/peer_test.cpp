// Copies from one device to another: content, and what is refused.
#include <array>

#include "core/backend.hpp"
#include "gpus.hpp"

namespace fake_cuda {
namespace {

using namespace std::chrono_literals;
using geyser::cuda::PeerLink;

constexpr std::array formats{TextureFormat::rgba8_unorm,  TextureFormat::r8_unorm,       TextureFormat::rgba16_float,
                             TextureFormat::rgba32_float, TextureFormat::bc1_rgba_unorm, TextureFormat::bc7_rgba_unorm};

/// Every kind and format, from device `a` to the other one.
void whole_textures(Gpu& a, Gpu& b) {
  auto link = PeerLink::open(a.cuda, b.cuda);
  ASSERT_TRUE(ok(link));
  std::size_t passed = 0;
  for (const auto format : formats) {
    for (const auto kind : geyser::test::all_kinds) {
      SCOPED_TRACE(std::string(geyser::format_info(format)->name) + " " + std::string(to_string(kind)));
      const auto descriptor = geyser::test::descriptor_of(format, kind);
      if (!geyser::validate(descriptor)) continue;
      auto from = a.cuda.create_shareable_texture(descriptor);
      if (!from && from.error().code() == Errc::unsupported_format) continue;
      ASSERT_TRUE(ok(from));
      auto to = b.cuda.create_shareable_texture(descriptor);
      ASSERT_TRUE(ok(to));
      const auto regions = geyser::test::all_subresources(descriptor);
      std::vector<std::vector<std::byte>> contents;
      for (const auto& region : regions) {
        contents.push_back(content_of(descriptor, region));
        ASSERT_TRUE(ok(a.cuda.upload(*from, region, contents.back())));
      }
      ASSERT_TRUE(ok(copy(**link, *from, *to, regions)));
      for (std::size_t i = 0; i < regions.size(); ++i) ASSERT_TRUE(holds(b.cuda, *to, regions[i], contents[i]));
      ++passed;
    }
  }
  EXPECT_GT(passed, 50U);
}

TEST_F(Peers, whole_textures_arrive_both_ways) {
  auto a = open(0);
  auto b = open(1);
  whole_textures(a, b);
  whole_textures(b, a);
}

TEST_F(Peers, arrays_and_plain_rows_meet) {
  auto a = open(0);
  auto b = open(1);
  auto link = PeerLink::open(a.cuda, b.cuda);
  ASSERT_TRUE(ok(link));
  for (const auto format : formats) {
    SCOPED_TRACE(geyser::format_info(format)->name);
    for (const bool from_linear : {false, true}) {
      for (const bool to_linear : {false, true}) {
        const auto descriptor = plain(format, 64, 40);
        auto from = a.cuda.create_shareable_texture(descriptor, {.linear = from_linear});
        ASSERT_TRUE(ok(from));
        auto to = b.cuda.create_shareable_texture(descriptor, {.linear = to_linear});
        ASSERT_TRUE(ok(to));
        ASSERT_EQ(*geyser::cuda::is_linear(*from), from_linear);
        ASSERT_EQ(*geyser::cuda::is_linear(*to), to_linear);
        const auto bytes = content_of(descriptor);
        auto model = content_of(descriptor);
        ASSERT_TRUE(ok(a.cuda.upload(*from, {}, bytes)));
        ASSERT_TRUE(ok(b.cuda.upload(*to, {}, model)));
        // A part first: the rest of the target stays. Then whole rows, then everything.
        const auto whole = *geyser::region_layout(descriptor, {});
        const auto& info = *geyser::format_info(format);
        for (const TextureRegion region : {TextureRegion{.offset = {8, 4, 0}, .extent = geyser::Extent3D{12, 8, 1}},
                                           TextureRegion{.offset = {0, 16, 0}, .extent = geyser::Extent3D{64, 12, 1}}, TextureRegion{}}) {
          ASSERT_TRUE(ok(copy(**link, *from, *to, {&region, 1})));
          const auto part = *geyser::region_layout(descriptor, region);
          geyser::test::paste(info, region, whole, part, geyser::test::cut(info, region, whole, part, bytes), model);
          ASSERT_TRUE(holds(b.cuda, *to, {}, model));
        }
        ASSERT_TRUE(holds(a.cuda, *from, {}, bytes)) << "the source has changed";
      }
    }
  }
}

TEST_F(Peers, parts_of_layers_levels_and_slices_go_where_they_belong) {
  auto a = open(0);
  auto b = open(1);
  auto link = PeerLink::open(a.cuda, b.cuda);
  ASSERT_TRUE(ok(link));
  for (const bool d3 : {false, true}) {
    for (const auto format : {TextureFormat::rgba8_unorm, TextureFormat::bc1_rgba_unorm}) {
      if (d3 && format == TextureFormat::bc1_rgba_unorm) continue;
      auto descriptor = plain(format, 64, 48);
      descriptor.dimension = d3 ? geyser::TextureDimension::d3 : geyser::TextureDimension::d2_array;
      if (d3) descriptor.extent.depth = 8;
      if (!d3) descriptor.array_layers = 4;
      descriptor.mip_levels = 2;
      auto from = a.cuda.create_shareable_texture(descriptor);
      auto to = b.cuda.create_shareable_texture(descriptor);
      ASSERT_TRUE(ok(from));
      ASSERT_TRUE(ok(to));
      const TextureRegion whole_region{.mip_level = 1, .array_layer = d3 ? 0U : 2U};
      const TextureRegion region{.mip_level = 1,
                                 .array_layer = whole_region.array_layer,
                                 .offset = {8, 4, d3 ? 1U : 0U},
                                 .extent = geyser::Extent3D{12, 8, d3 ? 2U : 1U}};
      const auto bytes = content_of(descriptor, whole_region);
      auto model = content_of(descriptor, whole_region);
      ASSERT_TRUE(ok(a.cuda.upload(*from, whole_region, bytes)));
      ASSERT_TRUE(ok(b.cuda.upload(*to, whole_region, model)));
      ASSERT_TRUE(ok(copy(**link, *from, *to, {&region, 1})));
      const auto whole = *geyser::region_layout(descriptor, whole_region);
      const auto part = *geyser::region_layout(descriptor, region);
      const auto& info = *geyser::format_info(format);
      geyser::test::paste(info, region, whole, part, geyser::test::cut(info, region, whole, part, bytes), model);
      ASSERT_TRUE(holds(b.cuda, *to, whole_region, model));
    }
  }
}

TEST_F(Peers, what_cannot_be_copied_is_refused_before_anything_happens) {
  auto a = open(0);
  auto b = open(1);
  auto link = PeerLink::open(a.cuda, b.cuda);
  ASSERT_TRUE(ok(link));
  auto from = a.cuda.create_shareable_texture(plain());
  auto other = b.cuda.create_shareable_texture(plain(TextureFormat::rgba8_unorm, 64, 64));
  auto to = b.cuda.create_shareable_texture(plain());
  ASSERT_TRUE(ok(from) && ok(other) && ok(to));
  ASSERT_TRUE(ok(a.cuda.upload(*from, {}, content_of(plain()))));
  const TextureRegion whole;
  EXPECT_TRUE(fails(copy(**link, *from, *other, {&whole, 1}), Errc::invalid_argument, "one size and format"));
  const TextureRegion beyond{.mip_level = 1};
  EXPECT_TRUE(fails(copy(**link, *from, *to, {&beyond, 1}), Errc::invalid_argument, "mip_level"));
  auto back = PeerLink::open(b.cuda, a.cuda);
  ASSERT_TRUE(ok(back));
  EXPECT_TRUE(fails(copy(**back, *from, *to, {&whole, 1}), Errc::device_mismatch, "another manager"));
  EXPECT_TRUE(fails(PeerLink::open(a.cuda, a.cuda), Errc::invalid_argument, "two devices"));
  EXPECT_TRUE(fails(PeerLink::open(a.cuda, b.vulkan), Errc::device_mismatch, "vulkan"));
  EXPECT_EQ(calls("cuMemcpy3DPeerAsync"), 0U);
}

TEST_F(Peers, devices_that_do_not_reach_each_other_are_refused) {
  Config config;
  config.peer_access = false;
  use_two(config);
  auto a = geyser::cuda::create_private_manager(uuid(0));
  auto b = geyser::cuda::create_private_manager(uuid(1));
  ASSERT_TRUE(ok(a) && ok(b));
  EXPECT_TRUE(fails(PeerLink::open(*a, *b), Errc::unsupported_feature, "has no peer access to"));
}

TEST_F(Peers, contexts_are_of_their_own_and_go_with_their_last_user) {
  {
    auto manager = geyser::cuda::create_private_manager(uuid(1));
    ASSERT_TRUE(ok(manager));
    auto texture = manager->create_shareable_texture(plain());
    ASSERT_TRUE(ok(texture));
    EXPECT_EQ(live_objects().at("context"), 1U);
    EXPECT_EQ(live_objects().count("primary reference"), 0U);
    auto gone = *std::move(manager);
    {
      auto last = std::move(gone);
    }
    EXPECT_EQ(live_objects().at("context"), 1U) << "the texture still needs it";
    EXPECT_EQ(texture->descriptor().extent.width, 67U);
  }
  EXPECT_TRUE(live_objects().empty());
  EXPECT_TRUE(fails(geyser::cuda::create_private_manager(geyser::Uuid{}), Errc::not_found, "22222222-"));
}

}  // namespace
}  // namespace fake_cuda
