// Linear images over opaque_fd: where the rows lie travels in the handle, and an importer whose driver lays them elsewhere refuses.
#include "fake_vulkan/fixture.hpp"
#include "fake_vulkan/world.hpp"
#include "support/check.hpp"

namespace fake_vulkan {
namespace {

using geyser::Errc;
using geyser::MemoryHandleType;
using geyser::TextureFormat;
using geyser::test::fails;
using geyser::test::ok;
using Linear = Fixture;

constexpr geyser::CreateOptions linear{.handle_type = {}, .modifiers = {}, .linear = true};

TEST_F(Linear, PixelsCrossBothWaysAndTheHandleSaysWhereRowsLie) {
  use({nvidia_like()});
  World world;
  open_managers(world);
  for (const auto format : {TextureFormat::rgba8_unorm, TextureFormat::r8_unorm, TextureFormat::rgba32_float, TextureFormat::nv12}) {
    SCOPED_TRACE(to_string(format));
    const auto what = descriptor(format, 50, 34);
    auto texture = must(world.producer().create_shareable_texture(what, linear));
    const auto bytes = content(what, 5);
    ASSERT_TRUE(ok(world.producer().upload(texture, {}, bytes)));
    auto handle = must(world.producer().export_texture(texture));
    EXPECT_TRUE(handle.info.linear_tiling);
    EXPECT_EQ(handle.info.type, MemoryHandleType::opaque_fd);
    EXPECT_EQ(handle.info.memory_plane_count, format == TextureFormat::nv12 ? 2U : 1U);
    EXPECT_EQ(handle.info.memory_planes[0].offset, 0U);
    // The fake driver's rows begin at multiples of 64 bytes.
    const auto row = must(geyser::region_layout(what, {})).row_bytes;
    EXPECT_EQ(handle.info.memory_planes[0].row_pitch, (row + 63) / 64 * 64);
    if (format == TextureFormat::nv12) {
      EXPECT_GE(handle.info.memory_planes[1].offset, handle.info.memory_planes[0].row_pitch * 34);
    }
    auto imported = must(world.consumer().import_texture(std::move(handle)));
    EXPECT_EQ(must(geyser::vulkan::native(imported)).tiling, VK_IMAGE_TILING_LINEAR);
    std::vector<std::byte> back(bytes.size());
    ASSERT_TRUE(ok(world.consumer().read_back(imported, {}, back)));
    EXPECT_EQ(back, bytes);
    const auto answer = content(what, 6);
    ASSERT_TRUE(ok(world.consumer().upload(imported, {}, answer)));
    ASSERT_TRUE(ok(world.producer().read_back(texture, {}, back)));
    EXPECT_EQ(back, answer);
  }
}

TEST_F(Linear, PlanesThatTheDriverLaysElsewhereAreRefused) {
  use({nvidia_like()});
  World world;
  open_managers(world);
  auto texture = must(world.producer().create_shareable_texture(descriptor(), linear));
  using Forge = void (*)(geyser::TextureHandleInfo&);
  constexpr std::pair<const char*, Forge> spoils[] = {
      {"row pitch of", [](geyser::TextureHandleInfo& i) { i.memory_planes[0].row_pitch += 64; }},
      {"row pitch of", [](geyser::TextureHandleInfo& i) { i.memory_planes[0].row_pitch = 0; }},
      {"at offset 256", [](geyser::TextureHandleInfo& i) { i.memory_planes[0].offset = 256; }},
      {"memory_plane_count is 2",
       [](geyser::TextureHandleInfo& i) {
         i.memory_plane_count = 2;
         i.memory_planes[1] = i.memory_planes[0];
       }},
  };
  for (const auto& [says, spoil] : spoils) {
    auto handle = must(world.producer().export_texture(texture));
    spoil(handle.info);
    const auto before = calls("vkAllocateMemory");
    EXPECT_TRUE(fails(world.consumer().import_texture(std::move(handle)), Errc::protocol_error, says));
    EXPECT_EQ(calls("vkAllocateMemory"), before) << "the driver has seen a handle that contradicts itself";
    EXPECT_EQ(handle.handle_count(), 1U);
  }
}

// Memory of an API that knows no memory types of Vulkan: the first device-local one that the image may be in.
TEST_F(Linear, AnyMemoryTypeIsADeviceLocalOneAndMayBeLargerThanTheImage) {
  use({nvidia_like()});
  World world;
  open_managers(world);
  auto texture = must(world.producer().create_shareable_texture(descriptor(), linear));
  const auto bytes = content(descriptor(), 9);
  ASSERT_TRUE(ok(world.producer().upload(texture, {}, bytes)));
  auto handle = must(world.producer().export_texture(texture));
  handle.info.memory_type_index = geyser::any_memory_type;
  auto imported = must(world.consumer().import_texture(std::move(handle)));
  std::vector<std::byte> back(bytes.size());
  ASSERT_TRUE(ok(world.consumer().read_back(imported, {}, back)));
  EXPECT_EQ(back, bytes);

  // Another API's memory with rows of its own: nobody lies, and it cannot be read all the same.
  auto wider = must(world.producer().export_texture(texture));
  wider.info.memory_type_index = geyser::any_memory_type;
  wider.info.memory_planes[0].row_pitch = 256;
  EXPECT_TRUE(fails(world.consumer().import_texture(std::move(wider)), Errc::unsupported_handle, "row pitch of 256"));

  auto smaller = must(world.producer().export_texture(texture));
  smaller.info.memory_type_index = geyser::any_memory_type;
  smaller.info.dedicated = false;
  smaller.info.required_size = 1;
  smaller.info.allocation_size = 2048;  // of 4096 that the image needs
  smaller.info.memory_planes[0] = {0, 128, 0};
  EXPECT_TRUE(fails(world.consumer().import_texture(std::move(smaller)), Errc::protocol_error, "this image needs"));

  auto tiled = must(world.producer().create_shareable_texture(descriptor()));
  auto other = must(world.producer().export_texture(tiled));
  other.info.memory_type_index = geyser::any_memory_type;
  EXPECT_TRUE(fails(world.consumer().import_texture(std::move(other)), Errc::protocol_error, "only linear images"));
}

TEST_F(Linear, WhatTheDeviceLacksIsRefusedByName) {
  use({mesa_like(), bare()});
  World world;
  open_managers(world, 0, 1);
  const auto images = calls("vkCreateImage");
  auto cube = descriptor(TextureFormat::rgba8_unorm, 32, 32);
  cube.dimension = geyser::TextureDimension::cube;
  cube.array_layers = 6;
  EXPECT_TRUE(fails(world.producer().create_shareable_texture(cube, linear), Errc::unsupported_format, "linear tiling"));
  auto mips = descriptor();
  mips.mip_levels = 2;
  EXPECT_TRUE(fails(world.producer().create_shareable_texture(mips, linear), Errc::limit_exceeded, "mip_levels is 2"));
  auto options = linear;
  options.handle_type = MemoryHandleType::dma_buf;
  EXPECT_TRUE(fails(world.producer().create_shareable_texture(descriptor(), options), Errc::unsupported_handle, "DRM_FORMAT_MOD_LINEAR"));
  EXPECT_EQ(calls("vkCreateImage"), images);
  EXPECT_TRUE(
      fails(world.consumer().create_shareable_texture(descriptor(), linear), Errc::unsupported_handle, "VK_KHR_external_memory_fd"));
}

}  // namespace
}  // namespace fake_vulkan
