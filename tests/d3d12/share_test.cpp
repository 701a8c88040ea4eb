// Textures from one device to another of the same adapter (emulated).
#include "d3d12/emulated.hpp"

#include "backends/d3d12/formats.hpp"

namespace d3d12_test {
namespace {

class share : public Emulated {};

/// Writes with one manager and compares what the other one reads, level by level.
std::string across(TextureShareManager& writer, SharedTexture& from, TextureShareManager& reader, SharedTexture& to, unsigned seed) {
  const auto& descriptor = from.descriptor();
  const auto& format = *geyser::format_info(descriptor.format);
  for (std::uint32_t level = 0; level < descriptor.mip_levels; ++level) {
    for (std::uint32_t layer = 0; layer < descriptor.array_layers; ++layer) {
      for (std::uint32_t plane = 0; plane < format.plane_count; ++plane) {
        TextureRegion region;
        region.mip_level = level;
        region.array_layer = layer;
        region.plane = plane;
        const auto layout = *geyser::region_layout(descriptor, region);
        auto sent = random_bytes(layout.total_bytes, seed++);
        if (auto ok = writer.upload(from, region, sent); !ok) return describe(descriptor) + ": " + ok.error().describe();
        std::vector<std::byte> found(sent.size(), std::byte{0x5A});
        const geyser::TextureState state{.initialized = true, .layout = geyser::TextureLayout::general, .points = {}};
        if (auto ok = reader.read_back(to, region, found, {.state = state}); !ok)
          return describe(descriptor) + ": " + ok.error().describe();
        if (sent != found) return describe(descriptor) + ": the other side reads something else";
      }
    }
  }
  return {};
}

TEST_F(share, every_format_and_shape_crosses_both_ways) {
  Side a;
  Side b;
  int crossed = 0;
  unsigned seed = 100;
  for (auto descriptor : shapes()) {
    auto answer = take(a->format_support(descriptor), "format_support");
    ASSERT_TRUE(answer);
    if (!(*answer)[0].can_export) {
      EXPECT_EQ(geyser::format_info(descriptor.format)->dxgi, 0U) << describe(descriptor) << ": " << (*answer)[0].why_not;
      const auto why = refusal(a->create_shareable_texture(descriptor));
      EXPECT_TRUE(why.starts_with("unsupported_format: ")) << why;
      EXPECT_NE(why.find("has no DXGI_FORMAT"), std::string::npos) << why;
      continue;
    }
    auto texture = take(a->create_shareable_texture(descriptor), "creating");
    ASSERT_TRUE(texture);
    EXPECT_TRUE(round_trip(*a, *texture, ++seed).empty());
    auto handle = take(a->export_texture(*texture), "exporting");
    ASSERT_TRUE(handle);
    EXPECT_EQ(handle->info.type, MemoryHandleType::d3d12_resource);
    EXPECT_EQ(handle->info.native_format, static_cast<std::uint32_t>(geyser::d3d12::resource_desc(descriptor).Format));
    auto view = take(b->import_texture(std::move(*handle)), "importing");
    ASSERT_TRUE(view);
    EXPECT_EQ(handle->handle_count(), 0U);
    EXPECT_EQ(view->allocated_bytes(), texture->allocated_bytes());
    const auto there = across(*a, *texture, *b, *view, ++seed);
    EXPECT_TRUE(there.empty()) << there;
    const auto back = across(*b, *view, *a, *texture, ++seed);
    EXPECT_TRUE(back.empty()) << back;
    ++crossed;
  }
  EXPECT_GE(crossed, 110);
}

TEST_F(share, parts_of_levels_depth_and_stencil_among_them) {
  Side a;
  for (const auto format :
       {TextureFormat::rgba8_unorm, TextureFormat::bc3_rgba_unorm, TextureFormat::depth16_unorm, TextureFormat::depth24plus_stencil8,
        TextureFormat::depth32_float_stencil8, TextureFormat::nv12, TextureFormat::p010, TextureFormat::rgba32_float}) {
    auto texture = take(a->create_shareable_texture(plain(format)), "creating");
    ASSERT_TRUE(texture);
    const auto wrong = part_round_trip(*a, *texture, 7);
    EXPECT_TRUE(wrong.empty()) << wrong;
  }
  auto volume = plain(TextureFormat::rg16_float, 24, 20);
  volume.dimension = TextureDimension::d3;
  volume.extent.depth = 6;
  auto texture = take(a->create_shareable_texture(volume), "creating");
  ASSERT_TRUE(texture);
  const auto wrong = part_round_trip(*a, *texture, 8);
  EXPECT_TRUE(wrong.empty()) << wrong;
}

TEST_F(share, copies_larger_than_the_staging_memory_go_in_pieces) {
  Side a;
  auto context = (*geyser::d3d12::d3d12_manager(*a))->context();
  // 4 KiB hold a few rows only, so that slices, rows and blocks are all cut.
  auto small = geyser::detail::Private::make(std::make_shared<geyser::d3d12::Manager>(context, 4096));
  std::vector<TextureDescriptor> all{plain(TextureFormat::rgba16_float, 61, 33), plain(TextureFormat::bc1_rgba_unorm, 64, 60),
                                     plain(TextureFormat::nv12, 62, 34), plain(TextureFormat::depth32_float_stencil8, 61, 33)};
  auto volume = plain(TextureFormat::r32_float, 30, 14);
  volume.dimension = TextureDimension::d3;
  volume.extent.depth = 7;
  all.push_back(volume);
  unsigned seed = 40;
  for (const auto& descriptor : all) {
    auto texture = take(small.create_shareable_texture(descriptor), "creating");
    ASSERT_TRUE(texture);
    const auto wrong = round_trip(small, *texture, ++seed);
    EXPECT_TRUE(wrong.empty()) << wrong;
    const auto part = part_round_trip(small, *texture, ++seed);
    EXPECT_TRUE(part.empty()) << part;
  }
}

TEST_F(share, works_on_compute_and_copy_queues) {
  for (const auto type : {D3D12_COMMAND_LIST_TYPE_COMPUTE, D3D12_COMMAND_LIST_TYPE_COPY}) {
    Side a({}, type);
    auto texture = take(a->create_shareable_texture(plain()), "creating");
    ASSERT_TRUE(texture);
    const auto wrong = round_trip(*a, *texture, 3);
    EXPECT_TRUE(wrong.empty()) << wrong;
  }
}

TEST_F(share, a_texture_outlives_what_it_came_from) {
  std::optional<SharedTexture> view;
  const auto sent = random_bytes(60 * 36 * 4, 11);
  Side b;
  {
    Side a;
    auto texture = take(a->create_shareable_texture(plain()), "creating");
    ASSERT_TRUE(texture && a->upload(*texture, {}, sent));
    auto handle = take(a->export_texture(*texture), "exporting");
    texture.reset();
    a.manager.reset();
    view.emplace(*take(b->import_texture(std::move(*handle)), "importing"));
  }
  std::vector<std::byte> found(sent.size());
  ASSERT_TRUE(b->read_back(*view, {}, found));
  EXPECT_EQ(found, sent);
  b.manager.reset();  // the texture keeps the device
}

TEST_F(share, another_adapter_is_refused_before_the_driver_sees_the_handle) {
  Side a;
  Side other({.luid = {0x4712, 0x0815}});
  auto texture = take(a->create_shareable_texture(plain()), "creating");
  auto handle = take(a->export_texture(*texture), "exporting");
  const auto number = handle->handles[0].borrow();
  const auto why = refusal(other->import_texture(std::move(*handle)));
  EXPECT_TRUE(why.starts_with("device_mismatch: ")) << why;
  EXPECT_EQ(handle->handles[0].borrow(), number);
}

TEST_F(share, a_device_that_cannot_share_says_so) {
  Side a({.shares = false});
  EXPECT_EQ(a->capabilities().memory.at(0).why_not, "ID3D12Device::CreateSharedHandle answers E_NOTIMPL (0x80004001)");
  EXPECT_TRUE(refusal(a->create_shareable_texture(plain())).starts_with("unsupported_feature: "));
  EXPECT_TRUE(refusal(a->create_shared_semaphore({.kind = SemaphoreKind::timeline})).starts_with("unsupported_feature: "));
  EXPECT_TRUE(a->create_shared_semaphore());  // a host timeline is left
}

TEST_F(share, block_compressed_sizes_follow_the_device) {
  const auto odd = plain(TextureFormat::bc1_rgba_unorm, 61, 34);
  Side strict;
  const auto why = refusal(strict->create_shareable_texture(odd));
  EXPECT_NE(why.find("no multiple of the 4x4 blocks"), std::string::npos) << why;
  Side loose({.unaligned_blocks = true});
  auto texture = take(loose->create_shareable_texture(odd), "creating");
  ASSERT_TRUE(texture);
  const auto wrong = round_trip(*loose, *texture, 5);
  EXPECT_TRUE(wrong.empty()) << wrong;
}

TEST_F(share, a_queue_of_another_device_is_refused) {
  Side a;
  Side b;
  const auto why = refusal(geyser::d3d12::create_manager({.device = a.device.get(), .queue = b.queue.get()}));
  EXPECT_TRUE(why.starts_with("invalid_argument: AdoptInfo::queue belongs to another device")) << why;
}

TEST_F(share, imported_textures_are_not_exported_again) {
  Side a;
  Side b;
  auto texture = take(a->create_shareable_texture(plain()), "creating");
  auto handle = take(a->export_texture(*texture), "exporting");
  auto view = take(b->import_texture(std::move(*handle)), "importing");
  EXPECT_TRUE(refusal(b->export_texture(*view)).starts_with("unsupported_handle: "));
}

}  // namespace
}  // namespace d3d12_test
