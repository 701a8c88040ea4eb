// Adopting and making devices, and what they say they can do. Emulated.
#include <cstring>

#include "d3d11/fixture.hpp"

namespace {

using namespace d3d11_test;
using geyser::MemoryHandleType;
using geyser::SemaphoreHandleType;
using geyser::SemaphoreKind;

class Adopt : public Fixture {};

TEST_F(Adopt, TellsNameLuidAndNoUuid) {
  auto made = manager();
  ASSERT_TRUE(ok(made));
  EXPECT_EQ(made->backend_name(), "d3d11");
  const auto& identity = made->identity();
  EXPECT_EQ(identity.name, "Fake adapter 0");
  EXPECT_EQ(identity.driver, "Direct3D driver 31.0.15.3623");
  EXPECT_TRUE(identity.device_uuid.is_nil());
  EXPECT_TRUE(identity.driver_uuid.is_nil());
  const std::uint64_t luid = fake_d3d11::Config{}.luid;
  ASSERT_TRUE(identity.luid.has_value());
  EXPECT_EQ(std::memcmp(identity.luid->data(), &luid, sizeof luid), 0);
}

TEST_F(Adopt, SharesTexturesAndFences) {
  auto made = manager();
  ASSERT_TRUE(ok(made));
  const auto& can = made->capabilities();
  EXPECT_TRUE(can.exports(MemoryHandleType::d3d11_texture));
  EXPECT_TRUE(can.imports(MemoryHandleType::d3d11_texture));
  EXPECT_FALSE(can.exports(MemoryHandleType::d3d12_resource));
  EXPECT_TRUE(can.imports(MemoryHandleType::d3d12_resource));
  EXPECT_TRUE(can.exports(SemaphoreKind::timeline, SemaphoreHandleType::d3d12_fence));
  EXPECT_TRUE(can.imports(SemaphoreKind::timeline, SemaphoreHandleType::d3d12_fence));
  EXPECT_TRUE(can.exports(SemaphoreKind::host_timeline, SemaphoreHandleType::host_page));
  for (const auto& each : can.memory) EXPECT_EQ(each.why_not.empty(), each.can_export && each.can_import) << to_string(each.type);
  for (const auto& each : can.semaphores) EXPECT_EQ(each.why_not.empty(), each.can_export && each.can_import) << to_string(each.type);
  EXPECT_TRUE(fails(made->create_shared_semaphore({.kind = SemaphoreKind::binary, .initial_value = 0, .label = {}}),
                    Errc::unsupported_feature, "no binary semaphores"));
}

TEST_F(Adopt, RefusesByName) {
  EXPECT_TRUE(fails(geyser::d3d11::create_manager({}), Errc::invalid_argument, "AdoptInfo::device is null"));

  ID3D11Device* device = fake_d3d11::create_device(0, D3D11_CREATE_DEVICE_SINGLETHREADED);
  EXPECT_TRUE(fails(geyser::d3d11::create_manager({.device = device}), Errc::invalid_argument, "D3D11_CREATE_DEVICE_SINGLETHREADED"));
  fake_d3d11::release(device);

  fake_d3d11::reset({.feature_level = 0x9300});
  EXPECT_TRUE(fails(manager(), Errc::unsupported_feature, "feature level 0x9300"));
  fake_d3d11::reset({.multithread = false});
  EXPECT_TRUE(fails(manager(), Errc::unsupported_feature, "ID3D11Multithread"));
}

TEST_F(Adopt, SaysWhichCallRefusesSharing) {
  fake_d3d11::reset({.sharing = false});
  {
    auto made = manager();
    ASSERT_TRUE(ok(made));
    const auto& can = made->capabilities();
    EXPECT_FALSE(can.exports(MemoryHandleType::d3d11_texture));
    EXPECT_NE(can.memory[0].why_not.find("IDXGIResource1 fails with E_NOINTERFACE (0x80004002)"), std::string::npos)
        << can.memory[0].why_not;
    EXPECT_TRUE(fails(made->create_shareable_texture(plain()), Errc::unsupported_feature, "E_NOINTERFACE"));
    EXPECT_TRUE(fails(made->create_shareable_texture(plain(), {.handle_type = MemoryHandleType::d3d11_texture}), Errc::unsupported_handle,
                      "IDXGIResource1"));
  }
  for (const char* call : {"IDXGIResource1::CreateSharedHandle", "ID3D11Device1::OpenSharedResource1"}) {
    fake_d3d11::reset();
    fake_d3d11::fail_function(call, 1, E_NOTIMPL, true);
    auto made = manager();
    ASSERT_TRUE(ok(made));
    const std::string& why = made->capabilities().memory[0].why_not;
    EXPECT_NE(why.find(std::string(call) + " fails with E_NOTIMPL"), std::string::npos) << why;
  }
}

TEST_F(Adopt, WithoutFencesHasHostTimelinesAndKeyedMutexes) {
  fake_d3d11::reset({.fences = false});
  auto made = manager();
  ASSERT_TRUE(ok(made));
  EXPECT_NE(made->capabilities().semaphores[0].why_not.find("ID3D11Device5"), std::string::npos);
  auto semaphore = made->create_shared_semaphore();
  ASSERT_TRUE(ok(semaphore));
  EXPECT_EQ(semaphore->kind(), SemaphoreKind::host_timeline);
  EXPECT_TRUE(fails(made->create_shared_semaphore({.kind = SemaphoreKind::timeline, .initial_value = 0, .label = {}}),
                    Errc::unsupported_feature, "ID3D11Device5"));
  auto texture = made->create_shareable_texture(plain());
  ASSERT_TRUE(ok(texture));
  EXPECT_TRUE(geyser::d3d11::native(*texture)->keyed_mutex);
  const auto bytes = content_of(plain());
  EXPECT_TRUE(ok(made->upload(*texture, {}, bytes)));
  EXPECT_TRUE(holds(*made, *texture, {}, bytes));
  auto never = manager(KeyedMutexUse::never);
  ASSERT_TRUE(ok(never));
  auto bare = never->create_shareable_texture(plain());
  ASSERT_TRUE(ok(bare));
  EXPECT_FALSE(geyser::d3d11::native(*bare)->keyed_mutex);
}

TEST_F(Adopt, FallsBackToKeyedMutexes) {
  fake_d3d11::reset({.plain_sharing = false});  // Windows 8
  auto made = manager();
  ASSERT_TRUE(ok(made));
  EXPECT_TRUE(made->capabilities().exports(MemoryHandleType::d3d11_texture));
  auto texture = made->create_shareable_texture(plain());
  ASSERT_TRUE(ok(texture));
  EXPECT_TRUE(geyser::d3d11::native(*texture)->keyed_mutex);
  EXPECT_TRUE(fails(geyser::d3d11::create_texture(*made, plain(), {.keyed_mutex = false}), Errc::unsupported_feature, "keyed mutex"));
}

TEST_F(Adopt, MakesDevicesByLuidIndexAndWarp) {
  const auto points = fake_d3d11::entry_points();
  auto all = geyser::d3d11::enumerate_devices(points);
  ASSERT_TRUE(ok(all));
  ASSERT_EQ(all->size(), 2U);
  EXPECT_FALSE((*all)[0].software);
  EXPECT_TRUE((*all)[1].software);
  for (const auto& each : *all) {
    auto by_luid = geyser::d3d11::Device::create({.luid = each.identity.luid, .entry_points = points});
    ASSERT_TRUE(ok(by_luid));
    EXPECT_EQ(by_luid->identity().luid, each.identity.luid);
    auto by_index = geyser::d3d11::Device::create({.index = each.index, .entry_points = points});
    ASSERT_TRUE(ok(by_index));
    EXPECT_EQ(by_index->identity().luid, each.identity.luid);
    EXPECT_TRUE(ok(by_index->create_manager()));
  }
  auto warp = geyser::d3d11::Device::create({.warp = true, .entry_points = points});
  ASSERT_TRUE(ok(warp));
  EXPECT_EQ(warp->identity().name, "Fake adapter 1");
  EXPECT_TRUE(fails(geyser::d3d11::Device::create({.index = 7, .entry_points = points}), Errc::not_found, "index 7"));
  const std::array<std::uint8_t, 8> nobody{9, 9, 9};
  EXPECT_TRUE(fails(geyser::d3d11::Device::create({.luid = nobody, .entry_points = points}), Errc::not_found, "Fake adapter 0"));
  EXPECT_TRUE(fails(geyser::d3d11::Device::create({.index = 0, .warp = true, .entry_points = points}), Errc::invalid_argument, "warp"));
  fake_d3d11::fail_function("D3D11CreateDevice", 1, DXGI_ERROR_SDK_COMPONENT_MISSING, true);
  EXPECT_TRUE(fails(geyser::d3d11::Device::create({.debug = true, .entry_points = points}), Errc::unsupported_feature, "SDK layers"));
}

TEST_F(Adopt, ComparesLuids) {
  auto here = manager();
  auto elsewhere = manager(KeyedMutexUse::when_needed, 1);
  ASSERT_TRUE(ok(here));
  ASSERT_TRUE(ok(elsewhere));
  auto texture = here->create_shareable_texture(plain());
  ASSERT_TRUE(ok(texture));
  auto handle = here->export_texture(*texture);
  ASSERT_TRUE(ok(handle));
  const auto opened = fake_d3d11::calls("ID3D11Device1::OpenSharedResource1");
  EXPECT_TRUE(fails(elsewhere->import_texture(*std::move(handle)), Errc::device_mismatch, "LUID"));
  EXPECT_EQ(fake_d3d11::calls("ID3D11Device1::OpenSharedResource1"), opened);
  EXPECT_EQ(handle->handle_count(), 1U);
}

}  // namespace
