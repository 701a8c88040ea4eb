// Tiled textures: the fake Vulkan driver's memory in CUDA's arrays, both ways.
#include "partner.hpp"

#include <set>

namespace fake_cuda {
namespace {

using Tiled = PartnerFixture;
using geyser::TextureUsage;

/// Whether CUDA has an array for the format, by the table's own reading of it.
bool has_array(const geyser::FormatInfo& format) { return format.cuda_array != 0 && format.plane_count == 1; }

TEST_F(Tiled, content_of_every_kind_and_format_comes_through_both_ways) {
  auto both = Partners::open();
  std::size_t passed = 0;
  std::size_t refused = 0;
  for (const auto& format : geyser::all_formats()) {
    for (const auto kind : geyser::test::all_kinds) {
      SCOPED_TRACE(std::string(format.name) + " " + std::string(to_string(kind)));
      const auto descriptor = geyser::test::descriptor_of(format.format, kind);
      if (!geyser::validate(descriptor)) continue;
      auto texture = both.vulkan.create_shareable_texture(descriptor);
      if (!texture) continue;  // the fake Vulkan driver does not have it
      auto handle = both.vulkan.export_texture(*texture);
      ASSERT_TRUE(ok(handle));
      auto imported = both.cuda.import_texture(*std::move(handle));
      if (!has_array(format)) {
        ASSERT_TRUE(fails(imported, Errc::unsupported_format, format.name));
        EXPECT_TRUE(handle->handles[0]) << "a refused import must leave the handle with its owner";
        ++refused;
        continue;
      }
      const bool cube_mips = kind == geyser::test::Kind::cube_mips || kind == geyser::test::Kind::cube_array_mips;
      if (cube_mips && format.kind == geyser::FormatKind::bc) {
        ASSERT_TRUE(fails(imported, Errc::unsupported_format, "block-compressed cubes"));
        continue;
      }
      if (kind == geyser::test::Kind::d2_storage && format.kind == geyser::FormatKind::bc) continue;
      ASSERT_TRUE(ok(imported));
      for (const auto& region : geyser::test::all_subresources(descriptor)) {
        const auto there = content_of(descriptor, region);
        ASSERT_TRUE(ok(both.vulkan.upload(*texture, region, there)));
        ASSERT_TRUE(holds(both.cuda, *imported, region, there, {.state = texture->state()}));
        const auto back = content_of(descriptor, region);
        ASSERT_TRUE(ok(both.cuda.upload(*imported, region, back)));
        ASSERT_TRUE(holds(both.vulkan, *texture, region, back));
      }
      ++passed;
    }
  }
  EXPECT_GT(passed, 400U);
  EXPECT_GT(refused, 100U);
}

TEST_F(Tiled, regions_of_arrays_go_where_they_belong) {
  auto both = Partners::open();
  for (const auto format : {TextureFormat::rgba8_unorm, TextureFormat::r8_unorm, TextureFormat::rgba32_float, TextureFormat::bc1_rgba_unorm,
                            TextureFormat::bc7_rgba_unorm}) {
    for (const auto dimension : {geyser::TextureDimension::d2_array, geyser::TextureDimension::d3}) {
      auto descriptor = plain(format, 32, 24);
      descriptor.dimension = dimension;
      const bool d3 = dimension == geyser::TextureDimension::d3;
      if (d3 && geyser::format_info(format)->kind == geyser::FormatKind::bc) continue;
      if (d3) descriptor.extent.depth = 7;
      if (!d3) descriptor.array_layers = 4;
      auto texture = both.cuda.create_shareable_texture(descriptor);
      ASSERT_TRUE(ok(texture));
      const TextureRegion whole_region{.array_layer = d3 ? 0U : 2U};
      const auto& info = *geyser::format_info(format);
      auto model = content_of(descriptor, whole_region);
      ASSERT_TRUE(ok(both.cuda.upload(*texture, whole_region, model)));
      const auto whole = *geyser::region_layout(descriptor, whole_region);
      const TextureRegion region{
          .array_layer = whole_region.array_layer, .offset = {8, 4, d3 ? 3U : 0U}, .extent = geyser::Extent3D{12, 8, d3 ? 2U : 1U}};
      const auto part = *geyser::region_layout(descriptor, region);
      const auto bytes = content_of(descriptor, region);
      ASSERT_TRUE(ok(both.cuda.upload(*texture, region, bytes)));
      geyser::test::paste(info, region, whole, part, bytes, model);
      ASSERT_TRUE(holds(both.cuda, *texture, whole_region, model));
      ASSERT_TRUE(holds(both.cuda, *texture, region, bytes));
    }
  }
}

TEST_F(Tiled, cuda_allocates_through_its_partner_and_exports_again) {
  auto both = Partners::open();
  auto descriptor = plain();
  descriptor.mip_levels = 3;
  auto texture = both.cuda.create_shareable_texture(descriptor);
  ASSERT_TRUE(ok(texture));
  EXPECT_FALSE(texture->imported());
  EXPECT_FALSE(*geyser::cuda::is_linear(*texture));
  const auto bytes = content_of(descriptor);
  ASSERT_TRUE(ok(both.cuda.upload(*texture, {}, bytes)));
  for (int i = 0; i < 2; ++i) {
    auto handle = both.cuda.export_texture(*texture);
    ASSERT_TRUE(ok(handle));
    EXPECT_TRUE(handle->info.initialized);
    auto imported = both.vulkan.import_texture(*std::move(handle));
    ASSERT_TRUE(ok(imported));
    EXPECT_TRUE(holds(both.vulkan, *imported, {}, bytes));
  }
}

TEST_F(Tiled, linear_is_cudas_own_even_with_a_partner) {
  auto both = Partners::open();
  auto texture = both.cuda.create_shareable_texture(plain(), {.linear = true});
  ASSERT_TRUE(ok(texture));
  EXPECT_TRUE(*geyser::cuda::is_linear(*texture));
  EXPECT_EQ(calls("cuMemCreate"), 1U);
  auto cube = geyser::test::descriptor_of(TextureFormat::rgba8_unorm, geyser::test::Kind::cube);
  EXPECT_TRUE(fails(both.cuda.create_shareable_texture(cube, {.linear = true}), Errc::unsupported_format, "it is cube"));
}

TEST_F(Tiled, rows_of_own_memory_lie_as_the_partners_do) {
  auto both = Partners::open();
  const auto before = fake_vulkan::calls("vkCreateImage");
  for (const auto height : {29U, 30U, 31U}) {
    auto texture = both.cuda.create_shareable_texture(plain(TextureFormat::rgba16_float, 67, height), {.linear = true});
    ASSERT_TRUE(ok(texture));
    EXPECT_EQ(geyser::cuda::linear_memory(*texture)->row_pitch, 576U);  // 67 x 8 bytes, on multiples of 64: the fake Vulkan driver's
    const auto handle = both.cuda.export_texture(*texture);
    ASSERT_TRUE(ok(handle));
    EXPECT_EQ(handle->info.memory_planes[0], (geyser::MemoryPlane{.offset = 0, .row_pitch = 576, .handle_index = 0}));
    EXPECT_EQ(handle->info.memory_type_index, geyser::any_memory_type);
  }
  EXPECT_EQ(fake_vulkan::calls("vkCreateImage"), before + 1) << "the partner is asked once";
  // Another width, and the partner cannot answer for want of memory: the caller hears it rather than getting some pitch.
  fake_vulkan::fail_function("vkCreateImage", 1, VK_ERROR_OUT_OF_HOST_MEMORY);
  const auto other = plain(TextureFormat::rgba16_float, 3, 3);
  EXPECT_TRUE(fails(both.cuda.create_shareable_texture(other, {.linear = true}), Errc::out_of_memory, "row pitch"));
  auto texture = both.cuda.create_shareable_texture(other, {.linear = true});
  ASSERT_TRUE(ok(texture));
  EXPECT_EQ(geyser::cuda::linear_memory(*texture)->row_pitch, 64U);
}

TEST_F(Tiled, compressed_cubes_with_mip_levels_are_refused_by_name) {
  auto both = Partners::open();
  for (const auto kind : {geyser::test::Kind::cube_mips, geyser::test::Kind::cube_array_mips}) {
    const auto descriptor = geyser::test::descriptor_of(TextureFormat::bc1_rgba_unorm, kind);
    ASSERT_TRUE(ok(geyser::validate(descriptor)));
    constexpr const char* why = "CUDA places the layers of block-compressed cubes with mip levels elsewhere";
    const auto support = both.cuda.format_support(descriptor);
    ASSERT_TRUE(ok(support));
    EXPECT_FALSE((*support)[0].can_import);
    EXPECT_FALSE((*support)[0].can_export);
    EXPECT_NE((*support)[0].why_not.find(why), std::string::npos) << (*support)[0].why_not;
    EXPECT_TRUE(fails(both.cuda.create_shareable_texture(descriptor), Errc::unsupported_format, why));
    auto texture = both.vulkan.create_shareable_texture(descriptor);
    ASSERT_TRUE(ok(texture));
    auto handle = both.vulkan.export_texture(*texture);
    ASSERT_TRUE(ok(handle));
    EXPECT_TRUE(fails(both.cuda.import_texture(*std::move(handle)), Errc::unsupported_format, why));
    EXPECT_TRUE(handle->handles[0]) << "a refused import must leave the handle with its owner";
  }
  EXPECT_EQ(calls("cuImportExternalMemory"), 0U);
  auto array = geyser::test::descriptor_of(TextureFormat::bc1_rgba_unorm, geyser::test::Kind::d2_array);
  array.mip_levels = 2;
  EXPECT_TRUE(ok(both.cuda.create_shareable_texture(array)));
}

TEST_F(Tiled, arrays_say_what_a_kernel_sees) {
  auto both = Partners::open();
  auto descriptor = plain(TextureFormat::bgra8_unorm);
  descriptor.usage = TextureUsage::texture_binding | TextureUsage::storage_binding | TextureUsage::render_attachment;
  auto texture = both.cuda.create_shareable_texture(descriptor);
  ASSERT_TRUE(ok(texture));
  const auto native = geyser::cuda::native(*texture);
  ASSERT_TRUE(ok(native));
  EXPECT_NE(native->mipmapped, nullptr);
  EXPECT_EQ(native->format, 1U);  // CU_AD_FORMAT_UNSIGNED_INT8
  EXPECT_EQ(native->channels, 4U);
  EXPECT_EQ(native->flags, 0x22U);  // CUDA_ARRAY3D_SURFACE_LDST | CUDA_ARRAY3D_COLOR_ATTACHMENT
  EXPECT_TRUE(fails(geyser::cuda::linear_memory(*texture), Errc::invalid_state, "tiled"));
  auto depth = both.cuda.create_shareable_texture(plain(TextureFormat::depth32_float));
  ASSERT_TRUE(ok(depth));
  EXPECT_EQ(geyser::cuda::native(*depth)->flags, 0x10U);  // CUDA_ARRAY3D_DEPTH_TEXTURE
  auto cubes = both.cuda.create_shareable_texture(geyser::test::descriptor_of(TextureFormat::r16_float, geyser::test::Kind::cube_array));
  ASSERT_TRUE(ok(cubes));
  EXPECT_EQ(geyser::cuda::native(*cubes)->flags, 0x05U);  // CUDA_ARRAY3D_LAYERED | CUDA_ARRAY3D_CUBEMAP
}

TEST_F(Tiled, surfaces_and_texture_objects_are_made_once) {
  auto both = Partners::open();
  auto descriptor = plain(TextureFormat::rgba8_unorm);
  descriptor.mip_levels = 2;
  descriptor.usage = TextureUsage::texture_binding | TextureUsage::storage_binding;
  auto texture = both.cuda.create_shareable_texture(descriptor);
  ASSERT_TRUE(ok(texture));
  const auto surface = geyser::cuda::surface(*texture, 1);
  ASSERT_TRUE(ok(surface));
  EXPECT_EQ(*geyser::cuda::surface(*texture, 1), *surface);
  EXPECT_NE(*geyser::cuda::surface(*texture, 0), *surface);
  EXPECT_TRUE(fails(geyser::cuda::surface(*texture, 2), Errc::invalid_argument, "mip_level is 2"));
  EXPECT_EQ(*geyser::cuda::array(*texture, 1), *geyser::cuda::array(*texture, 1));

  const geyser::cuda::Sampling smooth{.linear_filter = true, .normalized_coordinates = true, .read_as_float = true, .clamp = false};
  const auto object = geyser::cuda::texture_object(*texture, smooth);
  ASSERT_TRUE(ok(object));
  EXPECT_EQ(*geyser::cuda::texture_object(*texture, smooth), *object);
  const auto made = texture_object(*object);
  EXPECT_EQ(made.flags, 0x02U);  // normalised
  EXPECT_EQ(made.filter, 1);
  EXPECT_EQ(made.address, 0);
  EXPECT_EQ(made.max_level, 1.0F);
  const geyser::cuda::Sampling integers{.normalized_coordinates = true};
  EXPECT_EQ(texture_object(*geyser::cuda::texture_object(*texture, integers)).flags, 0x03U);  // read as integer, normalised

  EXPECT_TRUE(fails(geyser::cuda::texture_object(*texture, {.clamp = false}), Errc::invalid_argument, "repeats"));
  EXPECT_TRUE(fails(geyser::cuda::texture_object(*texture, {.linear_filter = true, .normalized_coordinates = true}), Errc::invalid_argument,
                    "read_as_float"));
  EXPECT_TRUE(fails(geyser::cuda::texture_object(*texture), Errc::invalid_argument, "normalized_coordinates"));

  auto srgb = both.cuda.create_shareable_texture(plain(TextureFormat::rgba8_srgb));
  ASSERT_TRUE(ok(srgb));
  EXPECT_EQ(texture_object(*geyser::cuda::texture_object(*srgb, {.read_as_float = true})).flags, 0x10U);  // sRGB
  EXPECT_EQ(texture_object(*geyser::cuda::texture_object(*srgb)).flags, 0x01U);

  auto read_only = both.cuda.create_shareable_texture(plain());
  ASSERT_TRUE(ok(read_only));
  EXPECT_TRUE(fails(geyser::cuda::surface(*read_only), Errc::invalid_argument, "storage_binding"));
  auto blocks = both.cuda.create_shareable_texture(plain(TextureFormat::bc7_rgba_unorm, 16, 16));
  ASSERT_TRUE(ok(blocks));
  EXPECT_TRUE(fails(geyser::cuda::surface(*blocks), Errc::unsupported_format, "block-compressed"));
}

TEST_F(Tiled, drivers_without_compressed_arrays_refuse_them_by_name) {
  Config config;
  config.devices[0].block_compressed = false;
  config.devices[0].packed_10_bits = false;
  use(config);
  auto both = Partners::open();
  EXPECT_TRUE(fails(both.cuda.create_shareable_texture(plain(TextureFormat::bc3_rgba_unorm, 16, 16)), Errc::unsupported_format,
                    "makes no arrays of bc3_rgba_unorm"));
  const auto support = both.cuda.format_support(plain(TextureFormat::rgb10a2_unorm));
  ASSERT_TRUE(ok(support));
  EXPECT_FALSE((*support)[0].can_import);
  EXPECT_NE((*support)[0].why_not.find("rgb10a2_unorm"), std::string::npos);
}

TEST_F(Tiled, what_is_imported_but_not_exported_says_why) {
  const auto alone = geyser::cuda::create_manager();
  ASSERT_TRUE(ok(alone));
  auto descriptor = plain();
  descriptor.mip_levels = 2;
  const auto support = alone->format_support(descriptor);
  ASSERT_TRUE(ok(support));
  EXPECT_TRUE((*support)[0].can_import);
  EXPECT_FALSE((*support)[0].can_export);
  EXPECT_EQ((*support)[0].why_not,
            "CUDA alone allocates d2 textures with one level, one layer and one plane, but it has 2 mip levels, not 1");
  auto own = alone->format_support(plain());
  ASSERT_TRUE(ok(own));
  EXPECT_TRUE((*own)[0].can_export);
  EXPECT_EQ((*own)[0].why_not, "");
}

TEST_F(Tiled, what_the_partner_has_not_is_imported_only_and_says_why) {
  auto vulkan = fake_vulkan::nvidia_like();
  vulkan.unsupported_formats = {VK_FORMAT_R8G8B8A8_UNORM};
  use(Config{}, vulkan);
  auto both = Partners::open();
  const auto theirs = both.vulkan.format_support(plain());
  const auto ours = both.cuda.format_support(plain());
  ASSERT_TRUE(ok(theirs));
  ASSERT_TRUE(ok(ours));
  EXPECT_TRUE((*ours)[0].can_import);
  EXPECT_FALSE((*ours)[0].can_export);
  ASSERT_FALSE((*theirs)[0].why_not.empty());
  EXPECT_EQ((*ours)[0].why_not, "the partner (vulkan) does not export it: " + (*theirs)[0].why_not);
  const auto other = both.cuda.format_support(plain(TextureFormat::r8_unorm));
  ASSERT_TRUE(ok(other));
  EXPECT_TRUE((*other)[0].can_export);
  EXPECT_EQ((*other)[0].why_not, "");
}

TEST_F(Tiled, limits_are_named) {
  Config config;
  config.devices[0].max_2d = 64;
  use(config);
  auto both = Partners::open();
  EXPECT_TRUE(fails(both.cuda.create_shareable_texture(plain(TextureFormat::r8_unorm, 65, 64)), Errc::limit_exceeded, "64x64x1"));
  auto texture = both.vulkan.create_shareable_texture(plain(TextureFormat::r8_unorm, 65, 64));
  ASSERT_TRUE(ok(texture));
  auto handle = both.vulkan.export_texture(*texture);
  ASSERT_TRUE(ok(handle));
  EXPECT_TRUE(fails(both.cuda.import_texture(*std::move(handle)), Errc::limit_exceeded, "64x64x1"));
}

TEST_F(Tiled, without_own_memory_the_partner_allocates_linear_too) {
  Config config;
  config.devices[0].virtual_memory = false;
  use(config);
  auto both = Partners::open();
  auto texture = both.cuda.create_shareable_texture(plain(TextureFormat::rgba8_unorm, 64, 16), {.linear = true});
  ASSERT_TRUE(ok(texture));
  EXPECT_TRUE(*geyser::cuda::is_linear(*texture));
  const auto bytes = content_of(texture->descriptor());
  ASSERT_TRUE(ok(both.cuda.upload(*texture, {}, bytes)));
  auto handle = both.cuda.export_texture(*texture);
  ASSERT_TRUE(ok(handle));
  auto imported = both.vulkan.import_texture(*std::move(handle));
  ASSERT_TRUE(ok(imported));
  EXPECT_TRUE(holds(both.vulkan, *imported, {}, bytes));
  auto alone = geyser::cuda::create_manager();
  ASSERT_TRUE(ok(alone));
  EXPECT_TRUE(fails(alone->create_shareable_texture(plain()), Errc::unsupported_feature, "partner"));
  EXPECT_FALSE(alone->capabilities().exports(geyser::MemoryHandleType::opaque_fd));
}

}  // namespace
}  // namespace fake_cuda
