// Textures from one device to another. Emulated.
#include "d3d11/fixture.hpp"

namespace {

using namespace d3d11_test;
using geyser::MemoryHandleType;

class Share : public Fixture {};

TEST_F(Share, EveryFormatBothWays) {
  auto exporter = manager();
  auto importer = manager();
  ASSERT_TRUE(ok(exporter));
  ASSERT_TRUE(ok(importer));
  std::size_t shared = 0;
  std::size_t refused = 0;
  for (const auto& row : geyser::all_formats()) {
    for (const auto kind : geyser::test::all_kinds) {
      const TextureDescriptor descriptor = fitting(row.format, kind);
      if (!geyser::validate(descriptor)) continue;
      SCOPED_TRACE(describe(descriptor));
      const auto support = exporter->format_support(descriptor);
      ASSERT_TRUE(ok(support));
      ASSERT_EQ(support->size(), exporter->capabilities().memory.size());
      const auto& own = support->front();
      auto texture = exporter->create_shareable_texture(descriptor);
      ASSERT_EQ(texture.has_value(), own.can_export) << own.why_not;
      EXPECT_EQ(own.why_not.empty(), own.can_export && own.can_import);
      if (!texture) {
        EXPECT_TRUE(fails(texture, Errc::unsupported_format));
        ++refused;
        continue;
      }
      const Picture first = picture_of(descriptor);
      ASSERT_TRUE(put(*exporter, *texture, first));
      auto handle = exporter->export_texture(*texture);
      ASSERT_TRUE(ok(handle));
      auto view = importer->import_texture(*std::move(handle));
      ASSERT_TRUE(ok(view));
      EXPECT_EQ(handle->handle_count(), 0U);
      EXPECT_TRUE(view->imported());
      ASSERT_TRUE(shows(*importer, *view, first));
      const Picture second = picture_of(descriptor);
      ASSERT_TRUE(put(*importer, *view, second));
      ASSERT_TRUE(shows(*exporter, *texture, second));
      ++shared;
    }
  }
  EXPECT_GE(shared, 280U);
  EXPECT_GE(refused, 200U);
  RecordProperty("shared", static_cast<int>(shared));
}

TEST_F(Share, NamesWhatDirect3D11DoesNotShare) {
  auto made = manager();
  ASSERT_TRUE(ok(made));
  TextureDescriptor mips = plain(TextureFormat::rgba8_unorm, 64, 64);
  mips.mip_levels = 3;
  EXPECT_TRUE(fails(made->create_shareable_texture(mips), Errc::unsupported_format, "one mip level, not 3"));
  TextureDescriptor volume = plain(TextureFormat::rgba8_unorm, 16, 16);
  volume.dimension = geyser::TextureDimension::d3;
  volume.extent.depth = 4;
  EXPECT_TRUE(fails(made->create_shareable_texture(volume), Errc::unsupported_format, "2D textures only"));
}

TEST_F(Share, OpensDirect3D12Handles) {
  auto made = manager();
  ASSERT_TRUE(ok(made));
  auto texture = made->create_shareable_texture(plain());
  ASSERT_TRUE(ok(texture));
  const auto bytes = content_of(plain());
  ASSERT_TRUE(ok(made->upload(*texture, {}, bytes)));
  auto handle = made->export_texture(*texture);
  ASSERT_TRUE(ok(handle));
  handle->info.type = MemoryHandleType::d3d12_resource;  // OpenSharedResource1 takes both
  auto view = made->import_texture(*std::move(handle));
  ASSERT_TRUE(ok(view));
  EXPECT_EQ(view->handle_type(), MemoryHandleType::d3d12_resource);
  EXPECT_TRUE(holds(*made, *view, {}, bytes));
}

TEST_F(Share, NativeTextureIsTheOneThatIsCopied) {
  auto made = manager();
  ASSERT_TRUE(ok(made));
  auto texture = made->create_shareable_texture(plain(TextureFormat::depth24plus_stencil8, 32, 16));
  ASSERT_TRUE(ok(texture));
  const auto native = geyser::d3d11::native(*texture);
  ASSERT_TRUE(ok(native));
  ASSERT_NE(native->texture_2d, nullptr);
  EXPECT_EQ(native->texture_3d, nullptr);
  EXPECT_EQ(native->format, static_cast<std::uint32_t>(DXGI_FORMAT_R24G8_TYPELESS));
  EXPECT_EQ(native->view_format, static_cast<std::uint32_t>(DXGI_FORMAT_R24_UNORM_X8_TYPELESS));
  EXPECT_EQ(native->attachment_format, static_cast<std::uint32_t>(DXGI_FORMAT_D24_UNORM_S8_UINT));
  D3D11_TEXTURE2D_DESC desc{};
  native->texture_2d->GetDesc(&desc);
  EXPECT_EQ(desc.Width, 32U);
  EXPECT_EQ(desc.MiscFlags, UINT{D3D11_RESOURCE_MISC_SHARED | D3D11_RESOURCE_MISC_SHARED_NTHANDLE});
}

TEST_F(Share, RefusesHandlesThatLie) {
  auto made = manager();
  ASSERT_TRUE(ok(made));
  TextureDescriptor honest = plain(TextureFormat::rgba8_unorm, 64, 32);
  honest.dimension = geyser::TextureDimension::d2_array;
  honest.array_layers = 6;
  auto texture = made->create_shareable_texture(honest);
  ASSERT_TRUE(ok(texture));
  struct Lie {
    const char* field;
    Errc code;
    void (*tell)(geyser::TextureHandleInfo&);
  };
  const Lie lies[] = {
      {"extent.width", Errc::protocol_error, [](auto& info) { info.descriptor.extent.width = 60; }},
      {"extent.height", Errc::protocol_error, [](auto& info) { info.descriptor.extent.height = 28; }},
      {"mip_levels", Errc::protocol_error, [](auto& info) { info.descriptor.mip_levels = 2; }},
      {"array_layers", Errc::protocol_error, [](auto& info) { info.descriptor.array_layers = 5; }},
      {"descriptor.format", Errc::protocol_error, [](auto& info) { info.descriptor.format = TextureFormat::rgba8_uint; }},
      {"descriptor.usage", Errc::protocol_error,
       [](auto& info) { info.descriptor.usage = info.descriptor.usage | geyser::TextureUsage::storage_binding; }},
      {"dimension is d3", Errc::protocol_error,
       [](auto& info) {
         info.descriptor.dimension = geyser::TextureDimension::d3;
         info.descriptor.array_layers = 1;
         info.descriptor.extent.depth = 6;
       }},
      {"is a cube", Errc::protocol_error,
       [](auto& info) {
         info.descriptor.dimension = geyser::TextureDimension::cube;
         info.descriptor.extent = {32, 32, 1};
       }},
      {"linear_tiling", Errc::protocol_error, [](auto& info) { info.linear_tiling = true; }},
  };
  for (const auto& lie : lies) {
    auto handle = made->export_texture(*texture);
    ASSERT_TRUE(ok(handle));
    lie.tell(handle->info);
    // A cube of another size differs in two ways; either is right.
    const bool size_first = std::string_view(lie.field) == "is a cube";
    auto view = made->import_texture(*std::move(handle));
    EXPECT_TRUE(fails(view, lie.code, size_first ? std::string_view("descriptor") : std::string_view(lie.field))) << lie.field;
    EXPECT_EQ(handle->handle_count(), 1U) << lie.field;
  }
  // An array of six is no cube, with the same size.
  TextureDescriptor square = honest;
  square.extent = {32, 32, 1};
  auto squares = made->create_shareable_texture(square);
  ASSERT_TRUE(ok(squares));
  auto handle = made->export_texture(*squares);
  ASSERT_TRUE(ok(handle));
  handle->info.descriptor.dimension = geyser::TextureDimension::cube;
  EXPECT_TRUE(fails(made->import_texture(*std::move(handle)), Errc::protocol_error, "is none"));
}

TEST_F(Share, RefusesHandlesOfOtherObjects) {
  auto made = manager();
  ASSERT_TRUE(ok(made));
  auto texture = made->create_shareable_texture(plain());
  auto fence = made->create_shared_semaphore();
  ASSERT_TRUE(ok(texture));
  ASSERT_TRUE(ok(fence));
  const auto wrong = [](int which, TextureShareManager& m, const geyser::SharedSemaphore& semaphore) {
    if (which == 0) return geyser::platform::owned(::CreateEventW(nullptr, FALSE, FALSE, nullptr));
    if (which == 1) return geyser::platform::owned(::CreateFileMappingW(INVALID_HANDLE_VALUE, nullptr, PAGE_READWRITE, 0, 65536, nullptr));
    return std::move(m.export_semaphore(semaphore)->handle);
  };
  for (int which = 0; which < 3; ++which) {
    auto handle = made->export_texture(*texture);
    ASSERT_TRUE(ok(handle));
    handle->handles[0] = wrong(which, *made, *fence);
    EXPECT_TRUE(fails(made->import_texture(*std::move(handle)), Errc::protocol_error, "no shared texture")) << which;
    EXPECT_EQ(handle->handle_count(), 1U);
  }
  for (int which = 0; which < 2; ++which) {
    auto handle = made->export_semaphore(*fence);
    ASSERT_TRUE(ok(handle));
    handle->handle = wrong(which, *made, *fence);
    EXPECT_TRUE(fails(made->import_semaphore(*std::move(handle)), Errc::protocol_error, "no fence")) << which;
    EXPECT_TRUE(handle->handle);
  }
}

TEST_F(Share, ImportedTexturesAreNotExportedAgain) {
  auto made = manager();
  ASSERT_TRUE(ok(made));
  auto texture = made->create_shareable_texture(plain());
  auto view = made->import_texture(*made->export_texture(*texture));
  ASSERT_TRUE(ok(view));
  EXPECT_TRUE(fails(made->export_texture(*view), Errc::unsupported_handle, "was imported"));
}

TEST_F(Share, ReadySemaphoreTravelsAlong) {
  auto exporter = manager();
  auto importer = manager();
  ASSERT_TRUE(ok(exporter));
  ASSERT_TRUE(ok(importer));
  auto texture = exporter->create_shareable_texture(plain());
  auto ready = exporter->create_shared_semaphore();
  ASSERT_TRUE(ok(texture));
  ASSERT_TRUE(ok(ready));
  ASSERT_TRUE(ok(exporter->attach_semaphore(*texture, *ready)));
  auto handle = exporter->export_texture(*texture);
  ASSERT_TRUE(ok(handle));
  auto view = importer->import_texture(*std::move(handle));
  ASSERT_TRUE(ok(view));
  EXPECT_TRUE(fails(importer->wait_for_texture(*view, 20ms), Errc::timed_out, "did not signal value 1"));
  const auto bytes = content_of(plain());
  ASSERT_TRUE(ok(exporter->upload(*texture, {}, bytes)));
  ASSERT_TRUE(ok(exporter->signal_texture_ready(*texture)));
  auto reached = importer->wait_for_texture(*view, 2s);
  ASSERT_TRUE(ok(reached));
  EXPECT_EQ(*reached, 1U);
  EXPECT_TRUE(holds(*importer, *view, {}, bytes));
}

}  // namespace
