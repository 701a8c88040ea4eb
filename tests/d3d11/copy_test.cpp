// upload() and read_back() of every format and kind. Emulated: what Direct3D forbids ends the program.
#include "d3d11/fixture.hpp"

namespace {

using namespace d3d11_test;

class Copy : public Fixture {};

TEST_F(Copy, EveryFormatAndKind) {
  auto made = manager();
  ASSERT_TRUE(ok(made));
  std::size_t copied = 0;
  std::size_t formats = 0;
  for (const auto& row : geyser::all_formats()) {
    std::size_t kinds = 0;
    for (const auto kind : geyser::test::all_kinds) {
      const TextureDescriptor descriptor = fitting(row.format, kind);
      if (!geyser::validate(descriptor)) continue;
      SCOPED_TRACE(describe(descriptor));
      auto texture = make_local(*made, descriptor);
      if (!texture) {
        const Errc code = texture.error().code();
        EXPECT_EQ(code, Errc::unsupported_format) << texture.error().describe();
        continue;
      }
      ASSERT_NO_FATAL_FAILURE(check_copies(*made, *texture));
      ++kinds;
    }
    copied += kinds;
    formats += kinds != 0 ? 1 : 0;
    EXPECT_EQ(kinds != 0, row.dxgi != 0) << row.name;
  }
  // All formats of the table that DXGI has; none may get lost unnoticed.
  const auto with_number =
      static_cast<std::size_t>(std::ranges::count_if(geyser::all_formats(), [](const auto& row) { return row.dxgi != 0; }));
  EXPECT_EQ(formats, with_number);
  EXPECT_GE(copied, 550U);
  RecordProperty("textures", static_cast<int>(copied));
}

TEST_F(Copy, RefusesWhatDirect3DRefuses) {
  auto made = manager();
  ASSERT_TRUE(ok(made));
  EXPECT_TRUE(
      fails(made->create_shareable_texture(plain(TextureFormat::etc2_rgb8_unorm, 64, 32)), Errc::unsupported_format, "DXGI has no format"));
  EXPECT_TRUE(
      fails(made->create_shareable_texture(plain(TextureFormat::bc7_rgba_unorm, 66, 32)), Errc::unsupported_format, "multiples of 4"));
  EXPECT_TRUE(fails(made->create_shareable_texture(plain(TextureFormat::rgba8_unorm, 16385, 4)), Errc::limit_exceeded, "16384"));
  TextureDescriptor srgb = plain(TextureFormat::rgba8_srgb);
  srgb.usage = srgb.usage | geyser::TextureUsage::storage_binding;
  EXPECT_TRUE(fails(made->create_shareable_texture(srgb), Errc::unsupported_format, "storage_binding"));
  EXPECT_TRUE(fails(made->create_shareable_texture(plain(), {.linear = true}), Errc::unsupported_feature, "CreateOptions::linear"));
  EXPECT_TRUE(fails(made->create_shareable_texture(plain(), {.handle_type = geyser::MemoryHandleType::d3d12_resource}),
                    Errc::unsupported_handle, "makes none"));
}

TEST_F(Copy, KeepsStagingTexturesForTheNext) {
  auto made = manager();
  ASSERT_TRUE(ok(made));
  auto texture = make_local(*made, plain());
  ASSERT_TRUE(ok(texture));
  const auto bytes = content_of(plain());
  ASSERT_TRUE(ok(made->upload(*texture, {}, bytes)));
  ASSERT_TRUE(holds(*made, *texture, {}, bytes));
  const auto made_so_far = fake_d3d11::calls("ID3D11Device::CreateTexture2D");
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(holds(*made, *texture, {}, bytes));
  EXPECT_EQ(fake_d3d11::calls("ID3D11Device::CreateTexture2D"), made_so_far);
}

TEST_F(Copy, AnyThreadAtOnce) {
  auto made = manager();
  ASSERT_TRUE(ok(made));
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const auto descriptor = plain(TextureFormat::rgba8_unorm, 20U + static_cast<unsigned>(t), 10);
      auto texture = make_local(*made, descriptor);
      if (!texture) return;
      geyser::test::Random own(static_cast<std::uint64_t>(t));
      for (int i = 0; i < 20; ++i) {
        const auto layout = geyser::region_layout(descriptor, {});
        const auto bytes = geyser::test::random_content(own, *geyser::format_info(descriptor.format), 0, layout->total_bytes);
        if (made->upload(*texture, {}, bytes) && holds(*made, *texture, {}, bytes)) ++right;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(right.load(), 80);
}

}  // namespace
