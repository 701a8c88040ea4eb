// Bytes of every format and kind that both APIs have, in both directions.
#include "opengl/fixture.hpp"

namespace geyser::test {
namespace {

std::string label(TextureFormat format, Kind kind) { return std::string(to_string(format)) + "_" + std::string(to_string(kind)); }

/// Counts what was shared, so that a run that refuses everything does not pass.
struct Tally {
  int shared = 0;
  int refused = 0;
};

void exchange_formats(TextureShareManager& vulkan, TextureShareManager& opengl, Tally& tally) {
  for (const FormatInfo& format : all_formats()) {
    for (const Kind kind : all_kinds) {
      const TextureDescriptor descriptor = descriptor_of(format.format, kind);
      if (!validate(descriptor)) continue;
      SCOPED_TRACE(label(format.format, kind));
      auto theirs = vulkan.format_support(descriptor);
      ASSERT_TRUE(ok(theirs));
      if (!theirs->front().can_export) continue;
      auto mine = opengl.format_support(descriptor);
      ASSERT_TRUE(ok(mine));
      if (!mine->front().can_import) {
        EXPECT_FALSE(mine->front().why_not.empty());
        ++tally.refused;
        auto texture = vulkan.create_shareable_texture(descriptor);
        ASSERT_TRUE(ok(texture));
        auto handle = vulkan.export_texture(*texture);
        ASSERT_TRUE(ok(handle));
        EXPECT_TRUE(fails(opengl.import_texture(*std::move(handle)), Errc::unsupported_format));
        EXPECT_TRUE(handle->handles[0]) << "a failed import keeps the handle";
        continue;
      }
      auto pair = share(vulkan, opengl, descriptor);
      ASSERT_TRUE(ok(pair));
      exchange_everything(vulkan, pair->vulkan, opengl, pair->opengl, seed_for(label(format.format, kind)));
      ++tally.shared;
      if (::testing::Test::HasFatalFailure()) return;
    }
  }
}

TEST_F(OpenGlTest, EveryFormatAndKind) {
  Tally tally;
  exchange_formats(vulkan(), opengl(), tally);
  EXPECT_GE(tally.shared, 300);
  std::cout << tally.shared << " shared, " << tally.refused << " refused by name\n";
}

/// Rows one after the other, made by Vulkan and, through the partner, by OpenGL.
TEST_F(OpenGlTest, LinearTexturesToo) {
  for (const auto format : {TextureFormat::rgba8_unorm, TextureFormat::r16_float, TextureFormat::rgba32_float}) {
    const auto descriptor = descriptor_of(format, Kind::d2);
    SCOPED_TRACE(to_string(format));
    auto theirs = vulkan().create_shareable_texture(descriptor, {.linear = true});
    if (!theirs && theirs.error().code() == Errc::unsupported_format) GTEST_SKIP() << theirs.error().describe();
    ASSERT_TRUE(ok(theirs));
    auto handle = vulkan().export_texture(*theirs);
    ASSERT_TRUE(ok(handle));
    ASSERT_TRUE(handle->info.linear_tiling);
    auto mine = opengl().import_texture(*std::move(handle));
    if (!mine && shared_device()->key != "lavapipe") {
      EXPECT_TRUE(fails(mine, Errc::unsupported_format, "no linear tiling"));
      GTEST_SKIP() << mine.error().describe();
    }
    ASSERT_TRUE(ok(mine));
    exchange_everything(vulkan(), *theirs, opengl(), *mine, seed_for("linear"));
    auto own = opengl().create_shareable_texture(descriptor, {.linear = true});
    ASSERT_TRUE(ok(own));
    auto back = opengl().export_texture(*own);
    ASSERT_TRUE(ok(back));
    EXPECT_TRUE(back->info.linear_tiling);
    auto view = vulkan().import_texture(*std::move(back));
    ASSERT_TRUE(ok(view));
    exchange_everything(opengl(), *own, vulkan(), *view, seed_for("linear too"));
  }
}

TEST_F(OpenGlEsTest, EveryFormatAndKind) {
  Tally tally;
  exchange_formats(vulkan(), opengl(), tally);
  EXPECT_GE(tally.shared, 200);
  std::cout << tally.shared << " shared, " << tally.refused << " refused by name\n";
}

}  // namespace
}  // namespace geyser::test
