// Devices that the caller made, with less than the library would like: asked for, never assumed.
#include <array>

#include "fixture.hpp"

namespace geyser::test {
namespace {

TEST_P(OnVulkan, TimelineFeatureOffIsAnUnsupportedFeature) {
  vulkan::AdoptInfo info = exporter_side().device().adopt_info();
  info.timeline_semaphore_enabled = false;
  auto manager = vulkan::create_manager(info);
  ASSERT_TRUE(ok(manager));
  EXPECT_TRUE(fails(manager->create_shared_semaphore({.kind = SemaphoreKind::timeline, .initial_value = 0, .label = {}}),
                    Errc::unsupported_feature, "timeline"));
  for (const auto& offered : manager->capabilities().semaphores) {
    if (offered.kind != SemaphoreKind::timeline) continue;
    EXPECT_FALSE(offered.can_export);
    EXPECT_FALSE(offered.why_not.empty());
  }
  expect_working(*manager);
}

// Peers loaded function pointers blindly and called them.
TEST_P(OnVulkan, WithoutExtensionsNothingIsExportedAndNothingCrashes) {
  vulkan::AdoptInfo info = exporter_side().device().adopt_info();
  info.enabled_device_extensions = {};
  auto manager = vulkan::create_manager(info);
  ASSERT_TRUE(ok(manager));
  for (const auto& each : manager->capabilities().memory) EXPECT_FALSE(each.can_export || each.can_import) << to_string(each.type);
  auto made = manager->create_shareable_texture(texture());
  ASSERT_FALSE(made.has_value());
  EXPECT_TRUE(made.error().code() == Errc::unsupported_handle || made.error().code() == Errc::unsupported_format)
      << made.error().describe();
  EXPECT_NE(made.error().describe().find("VK_KHR_external_memory_"), std::string::npos) << made.error().describe();
  auto support = manager->format_support(texture());
  ASSERT_TRUE(ok(support));
  for (const auto& s : *support) {
    EXPECT_FALSE(s.can_export || s.can_import) << to_string(s.type);
    EXPECT_FALSE(s.why_not.empty()) << to_string(s.type);
  }
  auto made_elsewhere = exporter().create_shareable_texture(texture());
  ASSERT_TRUE(ok(made_elsewhere));
  auto handle = exporter().export_texture(*made_elsewhere);
  ASSERT_TRUE(ok(handle));
  EXPECT_TRUE(fails(manager->import_texture(std::move(*handle)), Errc::unsupported_handle));
  EXPECT_EQ(handle->handle_count(), 1U);
}

// Peers asked for Vulkan 1.0 and used 1.1.
TEST_P(OnVulkan, Vulkan10IsRefused) {
  vulkan::AdoptInfo info = exporter_side().device().adopt_info();
  info.api_version = VK_API_VERSION_1_0;
  EXPECT_TRUE(fails(vulkan::create_manager(info), Errc::unsupported_feature, "1.1"));
}

TEST_P(OnVulkan, NullHandlesAreRefusedByName) {
  const vulkan::AdoptInfo good = exporter_side().device().adopt_info();
  vulkan::AdoptInfo info = good;
  info.device = VK_NULL_HANDLE;
  EXPECT_TRUE(fails(vulkan::create_manager(info), Errc::invalid_argument, "device"));
  info = good;
  info.queue = VK_NULL_HANDLE;
  EXPECT_TRUE(fails(vulkan::create_manager(info), Errc::invalid_argument, "queue"));
  info = good;
  info.get_instance_proc_addr = nullptr;
  EXPECT_TRUE(fails(vulkan::create_manager(info), Errc::invalid_argument, "get_instance_proc_addr"));
}

class CountingLock final : public vulkan::QueueLock {
 public:
  void lock() noexcept override {
    held_ = true;
    ++taken;
  }
  void unlock() noexcept override {
    released_unheld = released_unheld || !held_;
    held_ = false;
  }
  int taken = 0;
  bool released_unheld = false;
  [[nodiscard]] bool held() const noexcept { return held_; }

 private:
  bool held_ = false;
};

TEST_P(OnVulkan, CallersQueueLockIsTakenAroundTheQueue) {
  CountingLock lock;
  vulkan::AdoptInfo info = exporter_side().device().adopt_info();
  info.queue_lock = &lock;
  {
    auto manager = vulkan::create_manager(info);
    ASSERT_TRUE(ok(manager));
    expect_working(*manager);
  }
  EXPECT_GE(lock.taken, 2) << "an upload and a read-back";
  EXPECT_FALSE(lock.released_unheld);
  EXPECT_FALSE(lock.held());
}

// The caller's device survives managers: nothing that was given is destroyed.
TEST_P(OnVulkan, AdoptedDeviceIsNeverDestroyed) {
  for (int i = 0; i < 3; ++i) {
    auto manager = vulkan::create_manager(exporter_side().device().adopt_info());
    ASSERT_TRUE(ok(manager));
    expect_working(*manager);
  }
  expect_working(exporter());
}

TEST_P(OnVulkan, DeviceSelectionIsExplicit) {
  vulkan::DeviceOptions options;
  options.selector.uuid = entry().identity.device_uuid;
  options.selector.index = entry().index;
  auto device = vulkan::Device::create(options);
  ASSERT_TRUE(ok(device));
  EXPECT_EQ(device->summary().identity.device_uuid, entry().identity.device_uuid);
  options = {};
  options.selector.name = "a device that nobody has";
  EXPECT_TRUE(fails(vulkan::Device::create(options), Errc::not_found));
  options = {};
  options.selector.index = 4000;
  EXPECT_TRUE(fails(vulkan::Device::create(options), Errc::not_found));
}

}  // namespace
}  // namespace geyser::test
