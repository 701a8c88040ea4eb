// Textures in and out within one process (emulated).
#include "fixture.hpp"

namespace fake_metal {
namespace {

using geyser::metal::native;

class Textures : public Fixture {};

TEST_F(Textures, adopting_says_what_it_wants) {
  EXPECT_TRUE(fails(geyser::metal::create_manager({}), Errc::invalid_argument));
  DeviceConfig other;
  other.registry_id = 5;
  start({DeviceConfig{}, other});
  Owned queue(new_queue(device(1)));
  EXPECT_TRUE(fails(geyser::metal::create_manager({.device = device(0), .queue = queue.get()}), Errc::invalid_argument));
  EXPECT_TRUE(ok(geyser::metal::create_manager({.device = device(1), .queue = queue.get()})));
  auto devices = geyser::metal::enumerate_devices();
  ASSERT_TRUE(ok(devices));
  ASSERT_EQ(devices->size(), 2U);
  EXPECT_NE((*devices)[0].identity.device_uuid, (*devices)[1].identity.device_uuid);
  EXPECT_TRUE((*devices)[0].identity.driver_uuid.is_nil());
  EXPECT_TRUE(fails(geyser::metal::Device::create(77), Errc::not_found));
  auto own = geyser::metal::Device::create(5);
  ASSERT_TRUE(ok(own));
  EXPECT_EQ(own->device(), device(1));
  auto manager = own->create_manager();
  ASSERT_TRUE(ok(manager));
  EXPECT_EQ(manager->identity().device_uuid, (*devices)[1].identity.device_uuid);
}

TEST_F(Textures, native_access_shows_what_the_texture_is_made_of) {
  auto manager = open_manager();
  ASSERT_TRUE(ok(manager));
  auto planar = manager->create_shareable_texture(plain(TextureFormat::nv12, 64, 32));
  ASSERT_TRUE(ok(planar));
  EXPECT_EQ(planar->handle_type(), MemoryHandleType::io_surface);
  auto luma = native(*planar);
  auto chroma = native(*planar, 1);
  ASSERT_TRUE(ok(luma));
  ASSERT_TRUE(ok(chroma));
  EXPECT_EQ(luma->pixel_format, 10U);    // R8Unorm
  EXPECT_EQ(chroma->pixel_format, 30U);  // RG8Unorm
  EXPECT_EQ(luma->surface, chroma->surface);
  EXPECT_NE(luma->texture, chroma->texture);
  EXPECT_EQ(luma->storage_mode, 0U);  // shared: one memory
  EXPECT_TRUE(fails(native(*planar, 2), Errc::invalid_argument));
  auto array = manager->create_shareable_texture(geyser::test::descriptor_of(TextureFormat::rgba8_unorm, geyser::test::Kind::d2_array));
  ASSERT_TRUE(ok(array));
  EXPECT_EQ(array->handle_type(), MemoryHandleType::metal_texture);
  auto deep = native(*array);
  ASSERT_TRUE(ok(deep));
  EXPECT_EQ(deep->surface, nullptr);
  EXPECT_EQ(deep->storage_mode, 2U);  // private
}

TEST_F(Textures, two_memories_make_managed_surfaces) {
  DeviceConfig config;
  config.unified_memory = false;
  start({config});
  auto manager = open_manager();
  ASSERT_TRUE(ok(manager));
  auto texture = manager->create_shareable_texture(plain());
  ASSERT_TRUE(ok(texture));
  EXPECT_EQ(native(*texture)->storage_mode, 1U);
  const auto bytes = content_of(plain());
  ASSERT_TRUE(ok(manager->upload(*texture, {}, bytes)));
  EXPECT_TRUE(holds(*manager, *texture, {}, bytes));
}

TEST_F(Textures, linear_is_a_surface) {
  auto manager = open_manager();
  ASSERT_TRUE(ok(manager));
  auto texture = manager->create_shareable_texture(plain(), {.linear = true});
  ASSERT_TRUE(ok(texture));
  auto handle = manager->export_texture(*texture);
  ASSERT_TRUE(ok(handle));
  EXPECT_TRUE(handle->info.linear_tiling);
  EXPECT_EQ(handle->info.memory_plane_count, 1U);
  EXPECT_GE(handle->info.memory_planes[0].row_pitch, 67U * 4);
  EXPECT_TRUE(fails(manager->create_shareable_texture(plain(), {.handle_type = MemoryHandleType::metal_texture, .linear = true}),
                    Errc::unsupported_handle));
}

TEST_F(Textures, a_handle_may_outlive_texture_and_manager) {
  const auto bytes = content_of(plain(TextureFormat::r32_uint));
  std::optional<geyser::TextureHandle> handle;
  {
    auto manager = open_manager();
    ASSERT_TRUE(ok(manager));
    auto texture = manager->create_shareable_texture(plain(TextureFormat::r32_uint));
    ASSERT_TRUE(ok(texture));
    ASSERT_TRUE(ok(manager->upload(*texture, {}, bytes)));
    auto made = manager->export_texture(*texture);
    ASSERT_TRUE(ok(made));
    EXPECT_EQ(made->info.type, MemoryHandleType::metal_texture);
    handle = *std::move(made);
  }
  EXPECT_EQ(geyser::detail::process_object_count(), 1U);
  auto manager = open_manager();
  ASSERT_TRUE(ok(manager));
  auto texture = manager->import_texture(*std::move(handle));
  ASSERT_TRUE(ok(texture));
  EXPECT_EQ(geyser::detail::process_object_count(), 0U);
  EXPECT_TRUE(holds(*manager, *texture, {}, bytes));
}

TEST_F(Textures, tokens_are_counted_and_dropped_handles_leave_nothing) {
  auto manager = open_manager();
  ASSERT_TRUE(ok(manager));
  auto texture = manager->create_shareable_texture(plain(TextureFormat::r32_uint));
  ASSERT_TRUE(ok(texture));
  auto first = manager->export_texture(*texture);
  auto second = manager->export_texture(*texture);
  ASSERT_TRUE(ok(first));
  ASSERT_TRUE(ok(second));
  EXPECT_EQ(geyser::detail::process_object_count(), 1U) << "one texture is one entry, whatever the number of handles";
  manager->release_texture_handle(*std::move(first));
  EXPECT_EQ(geyser::detail::process_object_count(), 1U);
  manager->release_texture_handle(*std::move(second));
  EXPECT_EQ(geyser::detail::process_object_count(), 0U);
}

TEST_F(Textures, what_is_no_surface_and_no_token_is_refused_and_left_alone) {
  auto manager = open_manager();
  ASSERT_TRUE(ok(manager));
  for (const auto format : {TextureFormat::rgba8_unorm, TextureFormat::r32_uint}) {
    auto texture = manager->create_shareable_texture(plain(format));
    ASSERT_TRUE(ok(texture));
    auto handle = manager->export_texture(*texture);
    ASSERT_TRUE(ok(handle));
    auto wrong = manager->create_shared_semaphore({.kind = geyser::SemaphoreKind::host_timeline, .initial_value = 0, .label = {}});
    ASSERT_TRUE(ok(wrong));
    auto page = manager->export_semaphore(*wrong);
    ASSERT_TRUE(ok(page));
    handle->handles[0] = std::move(page->handle);
    const auto before = handle->handles[0].borrow();
    EXPECT_TRUE(fails(manager->import_texture(*std::move(handle)), Errc::protocol_error));
    EXPECT_EQ(handle->handles[0].borrow(), before) << "a refused handle stays the caller's";
  }
}

TEST_F(Textures, a_token_of_an_event_is_no_texture) {
  auto manager = open_manager();
  ASSERT_TRUE(ok(manager));
  auto texture = manager->create_shareable_texture(plain(TextureFormat::r32_uint));
  ASSERT_TRUE(ok(texture));
  auto handle = manager->export_texture(*texture);
  ASSERT_TRUE(ok(handle));
  auto event = geyser::metal::create_shared_event(*manager);
  ASSERT_TRUE(ok(event));
  auto token = manager->export_semaphore(*event);
  ASSERT_TRUE(ok(token));
  handle->handles[0].swap(token->handle);
  auto refused = manager->import_texture(*std::move(handle));
  ASSERT_TRUE(fails(refused, Errc::protocol_error));
  EXPECT_NE(refused.error().message().find("another kind"), std::string::npos);
  EXPECT_TRUE(fails(manager->import_semaphore(*std::move(token)), Errc::protocol_error));
}

TEST_F(Textures, lies_about_a_surface_are_refused) {
  auto manager = open_manager();
  ASSERT_TRUE(ok(manager));
  auto texture = manager->create_shareable_texture(plain());
  ASSERT_TRUE(ok(texture));
  using Info = geyser::TextureHandleInfo;
  const std::vector<std::function<void(Info&)>> lies{[](Info& i) { i.allocation_size += 4096; },
                                                     [](Info& i) { i.descriptor.extent.width = 66; },
                                                     [](Info& i) { i.descriptor.extent.height = 200; },
                                                     [](Info& i) { i.descriptor.format = TextureFormat::bgra8_unorm; },
                                                     [](Info& i) { i.descriptor.format = TextureFormat::rgba16_float; },
                                                     [](Info& i) { i.memory_planes[0].row_pitch += 64; },
                                                     [](Info& i) { i.memory_planes[0].offset = 64; },
                                                     [](Info& i) { i.memory_plane_count = 0; }};
  for (std::size_t n = 0; n < lies.size(); ++n) {
    auto handle = manager->export_texture(*texture);
    ASSERT_TRUE(ok(handle));
    lies[n](handle->info);
    EXPECT_TRUE(fails(manager->import_texture(*std::move(handle)), Errc::protocol_error)) << "lie " << n;
    EXPECT_TRUE(handle->handles[0]) << "lie " << n;
  }
  auto handle = manager->export_texture(*texture);
  ASSERT_TRUE(ok(handle));
  handle->info.descriptor.format = TextureFormat::r32_uint;
  EXPECT_TRUE(fails(manager->import_texture(*std::move(handle)), Errc::unsupported_format)) << "IOSurface has no such format";
}

TEST_F(Textures, lies_about_a_shared_texture_are_refused) {
  auto manager = open_manager();
  ASSERT_TRUE(ok(manager));
  auto descriptor = geyser::test::descriptor_of(TextureFormat::rgba8_unorm, geyser::test::Kind::d2_array_mips);
  auto texture = manager->create_shareable_texture(descriptor);
  ASSERT_TRUE(ok(texture));
  const std::vector<std::function<void(TextureDescriptor&)>> lies{
      [](TextureDescriptor& d) { d.extent.width += 1; },
      [](TextureDescriptor& d) { d.mip_levels = 1; },
      [](TextureDescriptor& d) { d.array_layers = 4; },
      [](TextureDescriptor& d) { d.format = TextureFormat::rgba8_uint; },
      [](TextureDescriptor& d) { d.usage = d.usage | TextureUsage::storage_binding; },
      [](TextureDescriptor& d) {
        d.dimension = geyser::TextureDimension::cube_array, d.extent = {13, 13, 1}, d.array_layers = 6, d.mip_levels = 1;
      }};
  for (std::size_t n = 0; n < lies.size(); ++n) {
    auto handle = manager->export_texture(*texture);
    ASSERT_TRUE(ok(handle));
    lies[n](handle->info.descriptor);
    EXPECT_TRUE(fails(manager->import_texture(*std::move(handle)), Errc::protocol_error)) << "lie " << n;
  }
}

TEST_F(Textures, another_gpu_takes_surfaces_and_no_shared_textures) {
  DeviceConfig other;
  other.registry_id = 99;
  start({DeviceConfig{}, other});
  auto one = open_manager(0);
  auto two = open_manager(1);
  ASSERT_TRUE(ok(one));
  ASSERT_TRUE(ok(two));
  auto surface = one->create_shareable_texture(plain());
  ASSERT_TRUE(ok(surface));
  const auto bytes = content_of(plain());
  ASSERT_TRUE(ok(one->upload(*surface, {}, bytes)));
  auto there = two->import_texture(*one->export_texture(*surface));
  ASSERT_TRUE(ok(there));
  EXPECT_TRUE(holds(*two, *there, {}, bytes));
  auto hidden = one->create_shareable_texture(plain(TextureFormat::r32_uint));
  ASSERT_TRUE(ok(hidden));
  EXPECT_TRUE(fails(two->import_texture(*one->export_texture(*hidden)), Errc::device_mismatch));
}

TEST_F(Textures, a_shared_handle_goes_the_way_of_xpc) {
  auto manager = open_manager();
  ASSERT_TRUE(ok(manager));
  const auto descriptor = geyser::test::descriptor_of(TextureFormat::bc7_rgba_unorm, geyser::test::Kind::d2_mips);
  auto texture = manager->create_shareable_texture(descriptor);
  ASSERT_TRUE(ok(texture));
  const auto bytes = content_of(descriptor);
  ASSERT_TRUE(ok(manager->upload(*texture, {}, bytes)));
  auto exported = geyser::metal::export_shared_texture(*texture);
  ASSERT_TRUE(ok(exported));
  EXPECT_TRUE(exported->info.initialized);
  auto second = open_manager();
  ASSERT_TRUE(ok(second));
  auto taken = geyser::metal::import_shared_texture(*second, exported->handle.get(), exported->info);
  ASSERT_TRUE(ok(taken));
  EXPECT_TRUE(holds(*second, *taken, {}, bytes));
  auto lying = exported->info;
  lying.descriptor.mip_levels = 1;
  EXPECT_TRUE(fails(geyser::metal::import_shared_texture(*second, exported->handle.get(), lying), Errc::protocol_error));
  EXPECT_TRUE(fails(geyser::metal::import_shared_texture(*second, nullptr, exported->info), Errc::invalid_argument));
  EXPECT_TRUE(fails(geyser::metal::import_shared_texture(*second, device(), exported->info), Errc::protocol_error));
  auto surface = manager->create_shareable_texture(plain());
  ASSERT_TRUE(ok(surface));
  EXPECT_TRUE(fails(geyser::metal::export_shared_texture(*surface), Errc::unsupported_handle));
}

TEST_F(Textures, a_surface_from_elsewhere_is_wrapped) {
  auto manager = open_manager();
  ASSERT_TRUE(ok(manager));
  constexpr std::uint32_t bgra = 0x42475241;
  for (const std::uint32_t code : {bgra, 0U}) {  // MoltenVK's surfaces say no pixel format
    Owned surface(new_surface(32, 16, code, 4));
    auto texture = geyser::metal::import_surface(*manager, surface.get(), plain(TextureFormat::bgra8_unorm, 32, 16), false);
    ASSERT_TRUE(ok(texture));
    std::vector<std::byte> bytes(32 * 16 * 4);
    EXPECT_TRUE(fails(manager->read_back(*texture, {}, bytes), Errc::not_initialized));
    const auto content = content_of(texture->descriptor());
    ASSERT_TRUE(ok(manager->upload(*texture, {}, content)));
    auto again = geyser::metal::import_surface(*manager, surface.get(), plain(TextureFormat::bgra8_unorm, 32, 16), true);
    ASSERT_TRUE(ok(again));
    EXPECT_TRUE(holds(*manager, *again, {}, content));
  }
  Owned surface(new_surface(32, 16, bgra, 4));
  EXPECT_TRUE(
      fails(geyser::metal::import_surface(*manager, surface.get(), plain(TextureFormat::rgba8_unorm, 32, 16), true), Errc::protocol_error));
  EXPECT_TRUE(fails(geyser::metal::import_surface(*manager, nullptr, plain(), true), Errc::invalid_argument));
  EXPECT_TRUE(fails(geyser::metal::import_surface(*manager, device(), plain(), true), Errc::invalid_argument));
}

TEST_F(Textures, doors_refuse_what_is_not_metals) {
  auto host = geyser::host::create_manager();
  ASSERT_TRUE(ok(host));
  auto texture = host->create_shareable_texture(plain());
  ASSERT_TRUE(ok(texture));
  EXPECT_TRUE(fails(native(*texture), Errc::device_mismatch));
  EXPECT_TRUE(fails(geyser::metal::export_shared_texture(*texture), Errc::device_mismatch));
  EXPECT_TRUE(fails(geyser::metal::create_shared_event(*host), Errc::device_mismatch));
  EXPECT_TRUE(fails(geyser::metal::import_event(*host, device()), Errc::device_mismatch));
  auto semaphore = host->create_shared_semaphore({});
  ASSERT_TRUE(ok(semaphore));
  EXPECT_TRUE(fails(geyser::metal::native_event(*semaphore), Errc::device_mismatch));
  EXPECT_TRUE(fails(geyser::metal::export_event({}), Errc::invalid_argument));
}

}  // namespace
}  // namespace fake_metal
