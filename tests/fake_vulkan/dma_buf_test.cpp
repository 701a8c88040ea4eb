// dma-buf with DRM format modifiers, which no driver at hand offers: negotiation, pixels across different devices, and lies about planes.
#include "fake_vulkan/fixture.hpp"
#include "fake_vulkan/world.hpp"
#include "support/check.hpp"

namespace fake_vulkan {
namespace {

using geyser::Errc;
using geyser::MemoryHandleType;
using geyser::ModifierSupport;
using geyser::TextureFormat;
using geyser::test::fails;
using geyser::test::ok;
using DmaBuf = Fixture;

constexpr std::uint64_t tiled_with_metadata = 0x0200000000000001U;
constexpr std::uint64_t tiled = 0x0200000000000002U;
constexpr std::uint64_t linear = 0;

std::vector<ModifierSupport> modifiers_of(geyser::TextureShareManager& manager, const geyser::TextureDescriptor& of) {
  for (const auto& each : must(manager.format_support(of))) {
    if (each.type == MemoryHandleType::dma_buf) return each.modifiers;
  }
  return {};
}

/// Two different devices, of which the second has other modifiers in another order.
void use_two() {
  DeviceConfig other = mesa_like(0x41);
  other.name = "Fake Mesa of another vendor";
  other.modifiers = {{linear, 1, {}}, {0x0100000000000009U, 1, {}}, {tiled, 1, {}}};
  Config config;
  config.devices = {mesa_like(), other};
  reset(config);
}

TEST_F(DmaBuf, PixelsCrossBetweenDifferentDevicesBothWays) {
  use_two();
  World world;
  open_managers(world, 0, 1);
  for (const auto format : {TextureFormat::rgba8_unorm, TextureFormat::bgra8_srgb, TextureFormat::rgb10a2_unorm, TextureFormat::r8_unorm,
                            TextureFormat::nv12}) {
    SCOPED_TRACE(to_string(format));
    const auto what = descriptor(format, 50, 34);
    const auto common = geyser::common_modifiers(modifiers_of(world.producer(), what), modifiers_of(world.consumer(), what));
    ASSERT_FALSE(common.empty());
    geyser::CreateOptions options;
    options.handle_type = MemoryHandleType::dma_buf;
    options.modifiers = common;
    auto texture = must(world.producer().create_shareable_texture(what, options));
    const auto bytes = content(what, 5);
    ASSERT_TRUE(ok(world.producer().upload(texture, {}, bytes)));
    auto handle = must(world.producer().export_texture(texture));
    EXPECT_EQ(handle.info.drm_modifier, tiled);
    EXPECT_EQ(handle.info.memory_plane_count, format == TextureFormat::nv12 ? 2U : 1U);
    auto imported = must(world.consumer().import_texture(std::move(handle)));
    std::vector<std::byte> back(bytes.size());
    ASSERT_TRUE(ok(world.consumer().read_back(imported, {}, back)));
    EXPECT_EQ(back, bytes);
    const auto answer = content(what, 6);
    ASSERT_TRUE(ok(world.consumer().upload(imported, {}, answer)));
    ASSERT_TRUE(ok(world.producer().read_back(texture, {}, back)));
    EXPECT_EQ(back, answer);
  }
}

TEST_F(DmaBuf, ModifiersWithAuxiliaryPlanesTravelWithAllPlanes) {
  use({mesa_like()});
  World world;
  open_managers(world);
  const ModifierSupport wanted[] = {{tiled_with_metadata, 2}};
  geyser::CreateOptions options;
  options.handle_type = MemoryHandleType::dma_buf;
  options.modifiers = wanted;
  auto texture = must(world.producer().create_shareable_texture(descriptor(), options));
  const auto bytes = content(descriptor(), 7);
  ASSERT_TRUE(ok(world.producer().upload(texture, {}, bytes)));
  auto handle = must(world.producer().export_texture(texture));
  EXPECT_EQ(handle.info.memory_plane_count, 2U);
  EXPECT_GT(handle.info.memory_planes[1].offset, 0U);
  auto imported = must(world.consumer().import_texture(std::move(handle)));
  std::vector<std::byte> back(bytes.size());
  ASSERT_TRUE(ok(world.consumer().read_back(imported, {}, back)));
  EXPECT_EQ(back, bytes);
}

TEST_F(DmaBuf, WithoutACommonModifierTheErrorNamesWhatThereIs) {
  DeviceConfig other = mesa_like(0x41);
  other.modifiers = {{0x0300000000000005U, 1, {}}};
  use({mesa_like(), other});
  World world;
  open_managers(world, 0, 1);
  const auto theirs = modifiers_of(world.consumer(), descriptor());
  EXPECT_TRUE(geyser::common_modifiers(modifiers_of(world.producer(), descriptor()), theirs).empty());
  geyser::CreateOptions options;
  options.handle_type = MemoryHandleType::dma_buf;
  options.modifiers = theirs;
  const auto before = calls("vkCreateImage");
  EXPECT_TRUE(fails(world.producer().create_shareable_texture(descriptor(), options), Errc::unsupported_format, "modifier"));
  EXPECT_EQ(calls("vkCreateImage"), before);
  // An importer that does not know the exporter's modifier says so too, and leaves the handle alone.
  options.modifiers = {};
  auto texture = must(world.producer().create_shareable_texture(descriptor(), options));
  auto handle = must(world.producer().export_texture(texture));
  EXPECT_TRUE(fails(world.consumer().import_texture(std::move(handle)), Errc::unsupported_format, "drm_modifier"));
  EXPECT_TRUE(handle.handles[0]);
}

TEST_F(DmaBuf, LiesAboutPlanesAreCleanErrors) {
  use({mesa_like()});
  World world;
  open_managers(world);
  geyser::CreateOptions options;
  options.handle_type = MemoryHandleType::dma_buf;
  auto texture = must(world.producer().create_shareable_texture(descriptor(), options));
  using Forge = void (*)(geyser::TextureHandle&);
  constexpr std::pair<const char*, Forge> all[] = {
      {"one plane less", [](geyser::TextureHandle& h) { h.info.memory_plane_count -= 1; }},
      {"one plane more", [](geyser::TextureHandle& h) { h.info.memory_plane_count += 1; }},
      {"no planes", [](geyser::TextureHandle& h) { h.info.memory_plane_count = 0; }},
      {"offset behind the end", [](geyser::TextureHandle& h) { h.info.memory_planes[1].offset = h.info.allocation_size * 2; }},
      {"offset huge", [](geyser::TextureHandle& h) { h.info.memory_planes[0].offset = ~std::uint64_t{0} - 64; }},
      {"pitch too small", [](geyser::TextureHandle& h) { h.info.memory_planes[0].row_pitch = 4; }},
      {"pitch 0", [](geyser::TextureHandle& h) { h.info.memory_planes[0].row_pitch = 0; }},
      {"pitch too large", [](geyser::TextureHandle& h) { h.info.memory_planes[0].row_pitch *= 1000; }},
      {"pitch huge", [](geyser::TextureHandle& h) { h.info.memory_planes[0].row_pitch = ~std::uint64_t{0} / 2; }},
      {"a second descriptor", [](geyser::TextureHandle& h) { h.info.memory_planes[1].handle_index = 1; }},
      {"another modifier", [](geyser::TextureHandle& h) { h.info.drm_modifier = 0x1234; }},
      {"allocation_size smaller", [](geyser::TextureHandle& h) { h.info.allocation_size = 16; }},
      {"mip levels", [](geyser::TextureHandle& h) { h.info.descriptor.mip_levels = 2; }},
  };
  for (const auto& [name, forge] : all) {
    SCOPED_TRACE(name);
    auto handle = must(world.producer().export_texture(texture));
    forge(handle);
    const auto live = live_objects();
    auto imported = world.consumer().import_texture(std::move(handle));
    ASSERT_FALSE(imported);
    EXPECT_NE(imported.error().code(), Errc::internal) << imported.error().describe();
    EXPECT_TRUE(handle.handles[0]);
    EXPECT_EQ(live_objects(), live);
    EXPECT_EQ(violations(), std::vector<std::string>());
  }
}

TEST_F(DmaBuf, WhatADmaBufCannotCarryIsRefusedWithTheReason) {
  use({mesa_like()});
  World world;
  open_managers(world);
  geyser::CreateOptions options;
  options.handle_type = MemoryHandleType::dma_buf;
  auto cube = descriptor(TextureFormat::rgba8_unorm, 16, 16);
  cube.dimension = geyser::TextureDimension::cube;
  cube.array_layers = 6;
  EXPECT_TRUE(fails(world.producer().create_shareable_texture(cube, options), Errc::unsupported_format, "d2"));
  EXPECT_TRUE(
      fails(world.producer().create_shareable_texture(descriptor(TextureFormat::depth32_float), options), Errc::unsupported_format));
  auto mips = descriptor();
  mips.mip_levels = 2;
  EXPECT_FALSE(world.producer().create_shareable_texture(mips, options));
}

}  // namespace
}  // namespace fake_vulkan
