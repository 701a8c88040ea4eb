// What travels with a texture: initialized, layout, who may touch it now.
#include "fixture.hpp"
#include "support/log_capture.hpp"

namespace geyser::test {
namespace {

// Peers started every import at UNDEFINED, whose first transition may discard what the exporter wrote.
TEST_P(OnDevice, ContentSurvivesImport) {
  const auto bytes = content(texture(), 1);
  auto made = exporter().create_shareable_texture(texture());
  ASSERT_TRUE(ok(made));
  ASSERT_TRUE(ok(exporter().upload(*made, {}, bytes)));
  auto handle = exporter().export_texture(*made);
  ASSERT_TRUE(ok(handle));
  EXPECT_TRUE(handle->info.initialized);
  EXPECT_NE(handle->info.layout, TextureLayout::undefined);
  auto twin = importer().import_texture(std::move(*handle));
  ASSERT_TRUE(ok(twin));
  EXPECT_TRUE(twin->state().initialized);
  expect_content(importer(), *twin, bytes);
  expect_content(importer(), *twin, bytes);
  expect_content(exporter(), *made, bytes);
}

TEST_P(OnDevice, PartialWriteByTheImporterKeepsTheRest) {
  const TextureDescriptor descriptor = texture();
  auto bytes = content(descriptor, 2);
  auto made = exporter().create_shareable_texture(descriptor);
  ASSERT_TRUE(ok(made));
  ASSERT_TRUE(ok(exporter().upload(*made, {}, bytes)));
  auto handle = exporter().export_texture(*made);
  ASSERT_TRUE(ok(handle));
  auto twin = importer().import_texture(std::move(*handle));
  ASSERT_TRUE(ok(twin));
  TextureRegion part;
  part.offset = {5, 3, 0};
  part.extent = Extent3D{7, 11, 1};
  const auto fresh_part = content(descriptor, 3, part);
  ASSERT_TRUE(ok(importer().upload(*twin, part, fresh_part)));
  paste(*format_info(descriptor.format), part, *region_layout(descriptor, {}), *region_layout(descriptor, part), fresh_part, bytes);
  AccessInfo info;
  info.state = twin->state();
  info.state->points.clear();
  expect_content(exporter(), *made, bytes, info);
}

TEST_P(OnDevice, NeverWrittenIsNotInitialized) {
  auto made = exporter().create_shareable_texture(texture());
  ASSERT_TRUE(ok(made));
  std::vector<std::byte> bytes(content(texture(), 1).size());
  EXPECT_TRUE(fails(exporter().read_back(*made, {}, bytes), Errc::not_initialized));
  EXPECT_TRUE(fails(made->begin_read(), Errc::not_initialized));
  auto handle = exporter().export_texture(*made);
  ASSERT_TRUE(ok(handle));
  EXPECT_FALSE(handle->info.initialized);
  auto twin = importer().import_texture(std::move(*handle));
  ASSERT_TRUE(ok(twin));
  EXPECT_TRUE(fails(twin->begin_read(), Errc::not_initialized));
  EXPECT_TRUE(ok(importer().upload(*twin, {}, bytes))) << "a failed read leaves the texture usable";
}

TEST_P(OnDevice, AccessesExcludeEachOther) {
  auto made = exporter().create_shareable_texture(texture());
  ASSERT_TRUE(ok(made));
  const auto bytes = content(texture(), 4);
  auto write = made->begin_write();
  ASSERT_TRUE(ok(write));
  EXPECT_TRUE(fails(made->begin_write(), Errc::access_conflict));
  AccessInfo written;
  written.state = TextureState{.initialized = true, .layout = TextureLayout::general, .points = {}};
  EXPECT_TRUE(fails(made->begin_read(written), Errc::access_conflict));
  EXPECT_TRUE(fails(exporter().upload(*made, {}, bytes), Errc::access_conflict));
  EXPECT_FALSE(made->state().initialized) << "a refused access changes nothing";
  ASSERT_TRUE(ok(std::move(*write).end()));
  ASSERT_TRUE(ok(exporter().upload(*made, {}, bytes)));
  auto first = made->begin_read();
  auto second = made->begin_read();
  ASSERT_TRUE(ok(first));
  ASSERT_TRUE(ok(second));
  EXPECT_TRUE(fails(made->begin_write(), Errc::access_conflict));
  ASSERT_TRUE(ok(std::move(*first).end()));
  EXPECT_TRUE(fails(made->begin_write(), Errc::access_conflict));
  ASSERT_TRUE(ok(std::move(*second).end()));
  auto last = made->begin_write();
  ASSERT_TRUE(ok(last));
  EXPECT_TRUE(ok(std::move(*last).end()));
}

TEST_P(OnDevice, AbandonedWriteIsNotContent) {
  expect_logged_errors();
  auto made = exporter().create_shareable_texture(texture());
  ASSERT_TRUE(ok(made));
  ASSERT_TRUE(ok(exporter().upload(*made, {}, content(texture(), 5))));
  const std::size_t mark = log_mark();
  {
    auto access = made->begin_write();
    ASSERT_TRUE(ok(access));
  }
  EXPECT_FALSE(lines_since(mark, LogLevel::error).empty()) << "an access that was never ended is a defect of the caller and is logged";
  EXPECT_TRUE(fails(made->begin_read(), Errc::not_initialized));
  EXPECT_TRUE(ok(exporter().upload(*made, {}, content(texture(), 6)))) << "and it does not lock the texture for ever";
}

TEST_P(OnDevice, LayoutsAreNeverGuessed) {
  auto made = exporter().create_shareable_texture(texture());
  ASSERT_TRUE(ok(made));
  AccessInfo lost;
  lost.state = TextureState{.initialized = true, .layout = TextureLayout::undefined, .points = {}};
  EXPECT_TRUE(fails(made->begin_write(lost), Errc::invalid_argument, "undefined"));
  auto access = made->begin_write();
  ASSERT_TRUE(ok(access));
  EXPECT_TRUE(fails(std::move(*access).end(TextureLayout::undefined), Errc::invalid_argument));
  EXPECT_TRUE(ok(std::move(*access).end())) << "the refused end() leaves the access open";
}

TEST_P(OnDevice, WrongByteCountsAndRegionsChangeNothing) {
  auto made = exporter().create_shareable_texture(texture());
  ASSERT_TRUE(ok(made));
  const auto bytes = content(texture(), 7);
  ASSERT_TRUE(ok(exporter().upload(*made, {}, bytes)));
  std::vector<std::byte> less(bytes.begin(), bytes.end() - 1);
  EXPECT_TRUE(fails(exporter().upload(*made, {}, less), Errc::invalid_argument, std::to_string(bytes.size())));
  TextureRegion outside;
  outside.mip_level = 1;
  EXPECT_TRUE(fails(exporter().upload(*made, outside, bytes), Errc::invalid_argument));
  outside = {};
  outside.offset.x = 0xffffffffU;
  outside.extent = Extent3D{2, 1, 1};
  EXPECT_TRUE(fails(exporter().upload(*made, outside, std::span(bytes).first(8)), Errc::invalid_argument));
  expect_content(exporter(), *made, bytes);
}

TEST_P(OnDevice, InvalidDescriptorsLeaveNothingBehind) {
  const std::size_t before = open_descriptors();
  std::vector<TextureDescriptor> bad;
  bad.push_back(texture(TextureFormat::rgba8_unorm, 0, 4));
  bad.push_back(texture(TextureFormat::undefined));
  bad.push_back(texture(static_cast<TextureFormat>(60000)));
  bad.push_back(texture());
  bad.back().mip_levels = 40;
  bad.push_back(texture());
  bad.back().dimension = TextureDimension::cube;
  bad.push_back(texture());
  bad.back().array_layers = 2;
  bad.push_back(texture(TextureFormat::rgba32_float, 0xffffffffU, 0xffffffffU));
  for (const auto& descriptor : bad) EXPECT_FALSE(exporter().create_shareable_texture(descriptor).has_value()) << describe(descriptor);
  EXPECT_EQ(open_descriptors(), before);
  expect_working(exporter());
}

// Larger than any machine: a clean refusal, not a crash in the driver.
TEST_P(OnDevice, TextureBeyondTheMachineIsRefused) {
  TextureDescriptor huge = texture(TextureFormat::rgba32_float, 16384, 16384);
  huge.dimension = TextureDimension::d2_array;
  huge.array_layers = 2048;  // 8 TiB
  auto made = exporter().create_shareable_texture(huge);
  ASSERT_FALSE(made.has_value());
  EXPECT_TRUE(made.error().code() == Errc::limit_exceeded || made.error().code() == Errc::out_of_memory) << made.error().describe();
  expect_working(exporter());
}

}  // namespace
}  // namespace geyser::test
