// The device that this system has. Under Wine it shares nothing: refusals by name, and copies of local textures. On Windows the same tests
// share, which nobody has seen yet.
#include "d3d11/common.hpp"
#include "d3d11/local.hpp"
#include "geyser/host.hpp"

namespace {

using namespace d3d11_test;
using geyser::MemoryHandleType;
using geyser::SemaphoreKind;

/// WARP on Windows; Wine answers with the device that it has.
geyser::Result<geyser::d3d11::Device> device() { return geyser::d3d11::Device::create({.warp = true}); }

/// Wine's OpenGL has no 3D textures of compressed blocks, and reads zeros back without a word.
bool loses_blocks_in_3d(const TextureDescriptor& descriptor) {
  using Version = const char*(__cdecl*)();
  static const bool wine = geyser::platform::system_function<Version>(L"ntdll.dll", "wine_get_version") != nullptr;
  return wine && descriptor.dimension == geyser::TextureDimension::d3 &&
         geyser::format_info(descriptor.format)->kind == geyser::FormatKind::bc;
}

class System : public testing::Test {
 protected:
  void SetUp() override {
    auto made = device();
    if (!made) GTEST_SKIP() << "this system has no Direct3D 11 device: " << made.error().describe();
    device_.emplace(*std::move(made));
    auto manager = device_->create_manager();
    ASSERT_TRUE(ok(manager));
    manager_.emplace(*std::move(manager));
  }
  std::optional<geyser::d3d11::Device> device_;
  std::optional<TextureShareManager> manager_;
};

TEST_F(System, IsEnumeratedWithItsLuid) {
  auto all = geyser::d3d11::enumerate_devices();
  ASSERT_TRUE(ok(all));
  ASSERT_FALSE(all->empty());
  for (const auto& each : *all) {
    ASSERT_TRUE(each.identity.luid.has_value());
    EXPECT_FALSE(each.identity.name.empty());
    EXPECT_TRUE(each.identity.device_uuid.is_nil());
    auto by_luid = geyser::d3d11::Device::create({.luid = each.identity.luid});
    ASSERT_TRUE(ok(by_luid));
    EXPECT_EQ(by_luid->identity().luid, each.identity.luid);
  }
  EXPECT_TRUE(fails(geyser::d3d11::Device::create({.index = 60}), Errc::not_found, "index 60"));
}

TEST_F(System, IsAdoptedFromItsDevice) {
  auto adopted = geyser::d3d11::create_manager({.device = device_->device()});
  ASSERT_TRUE(ok(adopted));
  EXPECT_EQ(adopted->backend_name(), "d3d11");
  EXPECT_EQ(adopted->identity().luid, device_->identity().luid);
}

TEST_F(System, SharesOrSaysWhichCallDoesNot) {
  const auto& can = manager_->capabilities();
  const auto& memory = can.memory[0];
  ASSERT_EQ(memory.type, MemoryHandleType::d3d11_texture);
  auto texture = manager_->create_shareable_texture(plain());
  if (memory.can_export) {
    ASSERT_TRUE(ok(texture));
    const auto bytes = content_of(plain());
    ASSERT_TRUE(ok(manager_->upload(*texture, {}, bytes)));
    auto second = device_->create_manager();
    ASSERT_TRUE(ok(second));
    auto view = second->import_texture(*manager_->export_texture(*texture));
    ASSERT_TRUE(ok(view));
    EXPECT_TRUE(holds(*second, *view, {}, bytes));
    return;
  }
  EXPECT_NE(memory.why_not.find("fails with"), std::string::npos) << memory.why_not;
  EXPECT_TRUE(fails(texture, Errc::unsupported_feature, memory.why_not));
  const auto support = manager_->format_support(plain());
  ASSERT_TRUE(ok(support));
  for (const auto& each : *support) {
    EXPECT_FALSE(each.can_export);
    EXPECT_FALSE(each.why_not.empty());
  }
  geyser::TextureHandle handle;
  handle.info.type = MemoryHandleType::d3d11_texture;
  handle.info.descriptor = plain();
  handle.info.exporter = manager_->identity();
  handle.info.allocation_size = handle.info.required_size = 1 << 20;
  handle.handles[0] = geyser::platform::owned(::CreateEventW(nullptr, FALSE, FALSE, nullptr));
  EXPECT_TRUE(fails(manager_->import_texture(std::move(handle)), Errc::unsupported_handle, "fails with"));
  EXPECT_EQ(handle.handle_count(), 1U);
}

TEST_F(System, HasFencesOrSaysWhichCallDoesNot) {
  auto semaphore = manager_->create_shared_semaphore({.kind = SemaphoreKind::timeline, .initial_value = 0, .label = {}});
  if (manager_->capabilities().semaphores[0].can_export) {
    ASSERT_TRUE(ok(semaphore));
    ASSERT_TRUE(ok(semaphore->signal(3)));
    EXPECT_TRUE(ok(semaphore->wait(3, 1s)));
    return;
  }
  EXPECT_TRUE(fails(semaphore, Errc::unsupported_feature, "shared fences) fails with"));
  auto host = manager_->create_shared_semaphore();
  ASSERT_TRUE(ok(host));
  EXPECT_EQ(host->kind(), SemaphoreKind::host_timeline);
}

TEST_F(System, CopiesEveryFormatItHas) {
  std::size_t copied = 0;
  std::size_t formats = 0;
  for (const auto& row : geyser::all_formats()) {
    bool any = false;
    for (const auto kind : geyser::test::all_kinds) {
      const TextureDescriptor descriptor = fitting(row.format, kind);
      if (!geyser::validate(descriptor) || loses_blocks_in_3d(descriptor)) continue;
      SCOPED_TRACE(describe(descriptor));
      auto texture = make_local(*manager_, descriptor);
      if (!texture) {
        EXPECT_TRUE(fails(texture, Errc::unsupported_format));
        continue;
      }
      ASSERT_NO_FATAL_FAILURE(check_copies(*manager_, *texture));
      ++copied;
      any = true;
    }
    formats += any ? 1 : 0;
  }
  EXPECT_GE(formats, 50U);
  EXPECT_GE(copied, 400U);
  RecordProperty("textures", static_cast<int>(copied));
  RecordProperty("formats", static_cast<int>(formats));
}

TEST_F(System, SignalsHostTimelinesBehindItsCommands) {
  auto texture = make_local(*manager_, plain());
  auto host = manager_->create_shared_semaphore({.kind = SemaphoreKind::host_timeline, .initial_value = 0, .label = {}});
  ASSERT_TRUE(ok(texture));
  ASSERT_TRUE(ok(host));
  auto access = texture->begin_write({.signal = geyser::SyncPoint{*host, 1}});
  ASSERT_TRUE(ok(access));
  ASSERT_TRUE(ok(geyser::d3d11::acquire(*access)));
  const auto bytes = content_of(plain());
  const auto native = geyser::d3d11::native(*texture);
  device_->context()->UpdateSubresource(native->resource, 0, nullptr, bytes.data(), 67 * 4, 67 * 4 * 29);
  ASSERT_TRUE(ok(geyser::d3d11::release(*access)));
  EXPECT_EQ(*host->value(), 1U);
  ASSERT_TRUE(ok(std::move(*access).end()));
  EXPECT_TRUE(holds(*manager_, *texture, {}, bytes));
  // The same semaphore in the host backend.
  auto other = geyser::host::create_manager();
  auto imported = other->import_semaphore(*manager_->export_semaphore(*host));
  ASSERT_TRUE(ok(imported));
  EXPECT_EQ(*imported->value(), 1U);
}

}  // namespace
