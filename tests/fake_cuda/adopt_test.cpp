// Devices, contexts, and drivers that are not there.
#include <thread>

#include "backends/cuda/dispatch.hpp"
#include "partner.hpp"

namespace fake_cuda {
namespace {

using Adopt = PartnerFixture;

UuidBytes uuid(std::uint8_t byte) {
  UuidBytes bytes;
  bytes.fill(byte);
  return bytes;
}

Config two_devices() {
  Config config;
  config.devices = {DeviceConfig{}, DeviceConfig{}};
  config.devices[1].name = "Second";
  config.devices[1].uuid = uuid(0x22);
  config.devices[1].pci_bus = 0x17;
  config.version = 12040;
  return config;
}

TEST_F(Adopt, devices_are_listed_with_what_names_them) {
  use(two_devices());
  const auto devices = geyser::cuda::enumerate_devices();
  ASSERT_TRUE(ok(devices));
  ASSERT_EQ(devices->size(), 2U);
  EXPECT_EQ((*devices)[1].ordinal, 1);
  EXPECT_EQ((*devices)[1].identity.name, "Second");
  EXPECT_EQ((*devices)[1].identity.device_uuid, geyser::Uuid{uuid(0x22)});
  EXPECT_TRUE((*devices)[1].identity.driver_uuid.is_nil());
  EXPECT_EQ((*devices)[1].identity.driver, "CUDA 12.4");
  EXPECT_EQ(geyser::to_string((*devices)[1].identity.pci.value()), "0000:17:00.0");
}

TEST_F(Adopt, without_a_driver_the_error_says_what_to_install) {
  geyser::cuda::use_driver_library("libgeyser-has-no-such-driver.so.1");
  const auto manager = geyser::cuda::create_manager();
  const auto devices = geyser::cuda::enumerate_devices();
  geyser::cuda::use_driver_library("libcuda.so.1");
  EXPECT_TRUE(fails(manager, Errc::not_found, "libcuda1"));
  EXPECT_TRUE(fails(devices, Errc::not_found, "libgeyser-has-no-such-driver.so.1"));
}

TEST_F(Adopt, a_library_that_is_no_driver_is_refused) {
  geyser::cuda::use_driver_library("libc.so.6");
  const auto manager = geyser::cuda::create_manager();
  geyser::cuda::use_driver_library("libcuda.so.1");
  EXPECT_TRUE(fails(manager, Errc::unsupported_feature, "cuInit"));
}

TEST_F(Adopt, the_device_is_chosen_by_uuid) {
  use(two_devices());
  auto manager = geyser::cuda::create_manager({.device = geyser::Uuid{uuid(0x22)}});
  ASSERT_TRUE(ok(manager));
  EXPECT_EQ(manager->identity().name, "Second");
  EXPECT_EQ(manager->backend_name(), "cuda");
  auto first = geyser::cuda::create_manager();
  ASSERT_TRUE(ok(first));
  EXPECT_EQ(first->identity().name, "Fake CUDA GPU");
  const auto none = geyser::cuda::create_manager({.device = geyser::Uuid{uuid(0x33)}});
  EXPECT_TRUE(fails(none, Errc::not_found, "33333333-3333-3333-3333-333333333333"));
  EXPECT_TRUE(fails(none, Errc::not_found, "Second"));
}

TEST_F(Adopt, a_context_decides_and_must_match) {
  use(two_devices());
  void* const context = create_context(1);
  {
    auto manager = geyser::cuda::create_manager({.context = static_cast<CUctx_st*>(context)});
    ASSERT_TRUE(ok(manager));
    EXPECT_EQ(manager->identity().name, "Second");
    EXPECT_EQ(calls("cuDevicePrimaryCtxRetain"), 0U);
    EXPECT_TRUE(fails(geyser::cuda::create_manager({.context = static_cast<CUctx_st*>(context), .device = geyser::Uuid{uuid(0x11)}}),
                      Errc::device_mismatch, "AdoptInfo::device is 11111111"));
    auto texture = manager->create_shareable_texture(plain());
    ASSERT_TRUE(ok(texture));
    const auto bytes = content_of(texture->descriptor());
    ASSERT_TRUE(ok(manager->upload(*texture, {}, bytes)));
    // From another thread, where nothing was ever current.
    std::thread([&] { EXPECT_TRUE(holds(*manager, *texture, {}, bytes)); }).join();
  }
  destroy_context(context);
}

TEST_F(Adopt, the_current_context_is_used_unless_another_device_is_asked_for) {
  use(two_devices());
  void* const context = create_context(1);
  geyser::cuda::use_driver_library("libcuda.so.1");
  const auto driver = geyser::cuda::open_driver();
  ASSERT_TRUE(ok(driver));
  ASSERT_EQ((*driver)->cu.context_push(static_cast<CUctx_st*>(context)), geyser::cuda::api::Status::success);
  {
    auto manager = geyser::cuda::create_manager();
    ASSERT_TRUE(ok(manager));
    EXPECT_EQ(manager->identity().name, "Second");
    auto other = geyser::cuda::create_manager({.device = geyser::Uuid{uuid(0x11)}});
    ASSERT_TRUE(ok(other));
    EXPECT_EQ(other->identity().name, "Fake CUDA GPU");
    EXPECT_EQ(calls("cuDevicePrimaryCtxRetain"), 1U);
    CUctx_st* current = nullptr;
    static_cast<void>((*driver)->cu.context_current(&current));
    EXPECT_EQ(current, context) << "what was current must be so again";
  }
  CUctx_st* popped = nullptr;
  static_cast<void>((*driver)->cu.context_pop(&popped));
  destroy_context(context);
}

TEST_F(Adopt, no_context_and_dead_contexts_are_refused) {
  void* const context = create_context(0);
  destroy_context(context);
  EXPECT_TRUE(
      fails(geyser::cuda::create_manager({.context = static_cast<CUctx_st*>(context)}), Errc::invalid_argument, "AdoptInfo::context"));
  int other = 0;
  EXPECT_TRUE(fails(geyser::cuda::create_manager({.context = reinterpret_cast<CUctx_st*>(&other)}), Errc::invalid_argument));
}

TEST_F(Adopt, a_context_that_dies_first_is_a_lost_device_and_no_crash) {
  void* const context = create_context(0);
  auto manager = geyser::cuda::create_manager({.context = static_cast<CUctx_st*>(context)});
  ASSERT_TRUE(ok(manager));
  auto texture = manager->create_shareable_texture(plain());
  ASSERT_TRUE(ok(texture));
  const auto bytes = content_of(texture->descriptor());
  ASSERT_TRUE(ok(manager->upload(*texture, {}, bytes)));
  auto shared = geyser::host::create_manager();
  ASSERT_TRUE(ok(shared));
  auto pages = shared->create_shareable_texture(plain());
  ASSERT_TRUE(ok(pages));
  auto handle = shared->export_texture(*pages);
  ASSERT_TRUE(ok(handle));
  auto imported = manager->import_texture(*std::move(handle));
  ASSERT_TRUE(ok(imported));
  destroy_context(context);
  EXPECT_TRUE(fails(manager->upload(*texture, {}, bytes), Errc::device_lost, "CUDA_ERROR_CONTEXT_IS_DESTROYED"));
  EXPECT_EQ(manager->upload(*texture, {}, bytes).error().domain(), geyser::ErrorDomain::cuda);
  EXPECT_EQ(manager->upload(*texture, {}, bytes).error().native_code(), 709);
  EXPECT_TRUE(fails(manager->export_texture(*texture), Errc::device_lost));
  EXPECT_TRUE(fails(manager->create_shareable_texture(plain()), Errc::device_lost));
}

TEST_F(Adopt, objects_that_outlive_the_driver_go_quietly) {
  auto both = std::make_unique<Partners>(Partners::open());
  auto tiled = both->cuda.create_shareable_texture(plain());
  ASSERT_TRUE(ok(tiled));
  auto linear = both->cuda.create_shareable_texture(plain(), {.linear = true});
  ASSERT_TRUE(ok(linear));
  auto semaphore = both->cuda.create_shared_semaphore();
  ASSERT_TRUE(ok(semaphore));
  const auto mark = geyser::test::log_mark();
  shut_down();
  const std::vector<std::byte> bytes = content_of(linear->descriptor());
  EXPECT_TRUE(fails(both->cuda.upload(*linear, {}, bytes), Errc::device_lost));
  {
    const auto gone = std::move(tiled);
    const auto too = std::move(linear);
  }
  *semaphore = {};
  both.reset();
  EXPECT_TRUE(geyser::test::lines_since(mark, geyser::LogLevel::warning).empty());
  reset();
}

TEST_F(Adopt, a_partner_must_be_on_the_same_device) {
  use(Config{}, fake_vulkan::nvidia_like(0x77));
  geyser::vulkan::DeviceOptions options;
  options.get_instance_proc_addr = fake_vulkan::get_instance_proc_addr();
  auto device = geyser::vulkan::Device::create(options);
  ASSERT_TRUE(ok(device));
  auto vulkan = device->create_manager();
  ASSERT_TRUE(ok(vulkan));
  EXPECT_TRUE(fails(geyser::cuda::create_manager({.partner = &*vulkan}), Errc::device_mismatch, "partner"));
  auto moved = std::move(*vulkan);
  EXPECT_TRUE(fails(geyser::cuda::create_manager({.partner = &*vulkan}), Errc::invalid_argument, "moved from"));
}

TEST_F(Adopt, managers_go_in_any_order) {
  std::optional<SharedTexture> texture;
  std::vector<std::byte> bytes;
  {
    auto manager = geyser::cuda::create_manager();
    ASSERT_TRUE(ok(manager));
    auto made = manager->create_shareable_texture(plain());
    ASSERT_TRUE(ok(made));
    bytes = content_of(made->descriptor());
    ASSERT_TRUE(ok(manager->upload(*made, {}, bytes)));
    texture = *std::move(made);
  }
  EXPECT_EQ(live_objects().at("primary reference"), 1U) << "the texture keeps the context";
  EXPECT_TRUE(ok(geyser::cuda::linear_memory(*texture)));
}

}  // namespace
}  // namespace fake_cuda
