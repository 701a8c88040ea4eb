// Linear textures: content both ways, what the handle says about rows, and what is refused. The host backend's textures are always linear.
#include "fixture.hpp"
#include "geyser/vulkan.hpp"

namespace geyser::test {
namespace {

constexpr CreateOptions linear{.handle_type = {}, .modifiers = {}, .linear = true};

TEST_P(OnDevice, LinearTexturesCarryContentBothWaysAndSayWhereRowsLie) {
  int shared = 0;
  for (const auto format : {TextureFormat::rgba8_unorm, TextureFormat::bgra8_unorm, TextureFormat::r8_unorm, TextureFormat::rg16_float,
                            TextureFormat::rgba32_float}) {
    SCOPED_TRACE(to_string(format));
    auto descriptor = texture(format, 61, 43);  // rows that end nowhere near a round number
    descriptor.usage = TextureUsage::texture_binding;
    auto made = exporter().create_shareable_texture(descriptor, linear);
    if (!made) {
      EXPECT_TRUE(fails(made, Errc::unsupported_format, "linear tiling"));
      continue;
    }
    ++shared;
    const auto bytes = content(descriptor, 11);
    ASSERT_TRUE(ok(exporter().upload(*made, {}, bytes)));
    auto handle = exporter().export_texture(*made);
    ASSERT_TRUE(ok(handle));
    EXPECT_TRUE(handle->info.linear_tiling);
    EXPECT_EQ(handle->info.memory_plane_count, 1U);
    EXPECT_GE(handle->info.memory_planes[0].row_pitch, region_layout(descriptor, {})->row_bytes);
    auto twin = importer().import_texture(std::move(*handle));
    ASSERT_TRUE(ok(twin));
    expect_content(importer(), *twin, bytes);
    const auto answer = content(descriptor, 12);
    ASSERT_TRUE(ok(importer().upload(*twin, {}, answer)));
    expect_content(exporter(), *made, answer);
  }
  // SwiftShader and lavapipe have linear images of all of these; a device without any would make this test empty.
  EXPECT_GT(shared, 0) << "this device shares no linear texture at all";
}

TEST_P(OnDevice, ASpoiltRowPitchIsRefused) {
  auto descriptor = texture();
  descriptor.usage = TextureUsage::texture_binding;
  auto made = exporter().create_shareable_texture(descriptor, linear);
  ASSERT_TRUE(ok(made));
  for (const bool pitch : {true, false}) {
    auto handle = exporter().export_texture(*made);
    ASSERT_TRUE(ok(handle));
    (pitch ? handle->info.memory_planes[0].row_pitch : handle->info.memory_planes[0].offset) += 4;
    const std::size_t before = open_descriptors();
    EXPECT_TRUE(fails(importer().import_texture(std::move(*handle)), Errc::protocol_error, "row pitch"));
    EXPECT_EQ(handle->handle_count(), 1U);
    EXPECT_EQ(open_descriptors(), before);
  }
  expect_working(importer());
}

TEST_P(OnVulkan, LinearTexturesThatTheDeviceLacksAreRefusedByName) {
  TextureDescriptor descriptor = texture(TextureFormat::bc7_rgba_unorm, 64, 64);
  auto made = exporter().create_shareable_texture(descriptor, linear);
  if (!made) {
    EXPECT_TRUE(fails(made, Errc::unsupported_format, "linear tiling"));
  }
  auto ordinary = exporter().create_shareable_texture(texture());
  ASSERT_TRUE(ok(ordinary));
  EXPECT_EQ(vulkan::native(*ordinary)->tiling, VK_IMAGE_TILING_OPTIMAL) << "nobody asked for linear tiling";
  auto options = linear;
  options.handle_type = MemoryHandleType::dma_buf;
  EXPECT_FALSE(exporter().create_shareable_texture(texture(), options).has_value());
}

}  // namespace
}  // namespace geyser::test
