// Devices of the caller: used, locked as asked, and never destroyed.
#include <atomic>
#include <mutex>
#include <thread>

#include "fake_vulkan/fixture.hpp"
#include "fake_vulkan/world.hpp"
#include "support/check.hpp"

namespace fake_vulkan {
namespace {

using geyser::Errc;
using geyser::test::fails;
using geyser::test::ok;
using Adopt = Fixture;

class OwnedLock final : public geyser::vulkan::QueueLock {
 public:
  void lock() noexcept override {
    mutex_.lock();
    owner_.store(std::this_thread::get_id());
  }
  void unlock() noexcept override {
    owner_.store(std::thread::id());
    mutex_.unlock();
  }
  [[nodiscard]] bool mine() const { return owner_.load() == std::this_thread::get_id(); }

 private:
  std::mutex mutex_;
  std::atomic<std::thread::id> owner_;
};

/// One of everything that touches the queue.
void use_queue(geyser::TextureShareManager& manager, std::uint8_t seed) {
  auto texture = must(manager.create_shareable_texture(descriptor()));
  const auto bytes = content(texture.descriptor(), seed);
  ASSERT_TRUE(ok(manager.upload(texture, {}, bytes)));
  std::vector<std::byte> back(bytes.size());
  ASSERT_TRUE(ok(manager.read_back(texture, {}, back)));
  EXPECT_EQ(back, bytes);
  for (const auto kind : {geyser::SemaphoreKind::timeline, geyser::SemaphoreKind::binary}) {
    geyser::SemaphoreDescriptor wanted;
    wanted.kind = kind;
    const auto semaphore = must(manager.create_shared_semaphore(wanted));
    ASSERT_TRUE(ok(manager.attach_semaphore(texture, semaphore)));
    const auto point = must(manager.signal_texture_ready(texture));
    ASSERT_TRUE(ok(semaphore.wait(point.value, std::chrono::seconds(5))));
  }
}

TEST_F(Adopt, NothingThatWasGivenIsDestroyed) {
  World world;
  open_raw(world);
  {
    auto manager = must(geyser::vulkan::create_manager(adoption_of(world)->info));
    use_queue(manager, 1);
  }
  EXPECT_EQ(live_objects(), (LiveObjects{{"VkDevice", 1}, {"VkInstance", 1}}));
  EXPECT_EQ(calls("vkDestroyDevice"), 0U);
  EXPECT_EQ(calls("vkDestroyInstance"), 0U);
}

TEST_F(Adopt, TheCallersLockIsHeldDuringEveryUseOfTheQueue) {
  World world;
  open_raw(world);
  OwnedLock lock;
  std::atomic<int> locked{0};
  std::atomic<int> unlocked{0};
  const auto adoption = adoption_of(world);
  adoption->info.queue_lock = &lock;
  set_queue_hook([&](const char*) { ++(lock.mine() ? locked : unlocked); });
  {
    auto manager = must(geyser::vulkan::create_manager(adoption->info));
    use_queue(manager, 2);
    // The caller uses the queue meanwhile, as the lock allows.
    std::thread caller([&] {
      for (int i = 0; i < 20; ++i) {
        lock.lock();
        EXPECT_EQ(world.raw_device->submit({}), VK_SUCCESS);
        lock.unlock();
      }
    });
    use_queue(manager, 3);
    caller.join();
  }
  set_queue_hook(nullptr);
  EXPECT_EQ(unlocked, 0);
  EXPECT_GT(locked, 20);
}

TEST_F(Adopt, OneQueueServesManyThreadsWithoutALockOfTheCaller) {
  World world;
  open_raw(world);
  auto manager = must(geyser::vulkan::create_manager(adoption_of(world)->info));
  std::vector<std::thread> threads;
  for (std::uint8_t i = 0; i < 4; ++i) threads.emplace_back([&manager, i] { use_queue(manager, i); });
  for (auto& thread : threads) thread.join();
}

TEST_F(Adopt, NullHandlesAreRefusedByName) {
  World world;
  open_raw(world);
  const auto whole = adoption_of(world);
  const auto refused = [&](auto member, const char* name) {
    auto info = whole->info;
    info.*member = {};
    EXPECT_TRUE(fails(geyser::vulkan::create_manager(info), Errc::invalid_argument, name));
  };
  using Info = geyser::vulkan::AdoptInfo;
  refused(&Info::instance, "instance");
  refused(&Info::physical_device, "physical_device");
  refused(&Info::device, "device");
  refused(&Info::queue, "queue");
  refused(&Info::get_instance_proc_addr, "get_instance_proc_addr");
  auto info = whole->info;
  info.queue_family_index = 5;
  EXPECT_TRUE(fails(geyser::vulkan::create_manager(info), Errc::invalid_argument, "queue_family_index"));
  info = whole->info;
  info.api_version = VK_API_VERSION_1_0;
  EXPECT_TRUE(fails(geyser::vulkan::create_manager(info), Errc::unsupported_feature, "1.1"));
}

TEST_F(Adopt, Vulkan11WithTheExtensionForTimelines) {
  DeviceConfig old = nvidia_like();
  old.api_version = VK_API_VERSION_1_1;
  use({old});
  World world;
  open_raw(world, 0, VK_API_VERSION_1_1);
  auto manager = must(geyser::vulkan::create_manager(adoption_of(world)->info));
  EXPECT_TRUE(manager.capabilities().exports(geyser::SemaphoreKind::timeline, geyser::SemaphoreHandleType::opaque_fd));
  use_queue(manager, 4);
  // And a device of the library's own.
  World own;
  open_managers(own);
  use_queue(own.producer(), 5);
}

TEST_F(Adopt, WhatWasNotEnabledIsNotUsed) {
  World world;
  world.raw_instance = std::make_unique<RawInstance>();
  RawDeviceOptions options;
  options.extensions.emplace();
  options.timeline = false;
  world.raw_device = std::make_unique<RawDevice>(*world.raw_instance, options);
  auto manager = must(geyser::vulkan::create_manager(adoption_of(world)->info));
  for (const auto& each : manager.capabilities().memory) {
    EXPECT_FALSE(each.can_export || each.can_import) << to_string(each.type);
    EXPECT_FALSE(each.why_not.empty()) << to_string(each.type);
  }
  for (const auto& each : manager.capabilities().semaphores) {
    EXPECT_FALSE(each.can_export) << to_string(each.kind);
    EXPECT_FALSE(each.why_not.empty()) << to_string(each.kind);
  }
  const auto before = calls("vkCreateImage");
  auto texture = manager.create_shareable_texture(descriptor());
  ASSERT_FALSE(texture);
  EXPECT_NE(texture.error().describe().find("VK_KHR_external_memory_fd"), std::string::npos) << texture.error().describe();
  EXPECT_EQ(calls("vkCreateImage"), before);
  EXPECT_TRUE(fails(manager.create_shared_semaphore(), Errc::unsupported_feature));
  EXPECT_EQ(geyser::vulkan::host_memory_alignment(manager), 0U);
}

TEST_F(Adopt, ALoaderBelow11IsRefused) {
  Config config;
  config.instance_version = VK_API_VERSION_1_0;
  reset(config);
  EXPECT_TRUE(fails(geyser::vulkan::Device::create(options_for(0)), Errc::unsupported_feature, "1.1"));
  config.instance_version = VK_API_VERSION_1_3;
  config.devices[0].api_version = VK_API_VERSION_1_0;
  reset(config);
  EXPECT_TRUE(fails(geyser::vulkan::Device::create(options_for(0)), Errc::unsupported_feature, "1.1"));
}

TEST_F(Adopt, DevicesAreSelectedByWhatNamesThem) {
  DeviceConfig first = lavapipe_like(1);
  DeviceConfig second = nvidia_like(2);
  second.pci = PciConfig{0, 0x17, 0, 0};
  DeviceConfig third = nvidia_like(3);
  third.name = "Fake NVIDIA the third";
  use({first, second, third});
  const auto chosen = [](auto&& change) {
    auto options = options_for(0);
    options.selector = {};
    change(options.selector);
    return must(geyser::vulkan::Device::create(options)).summary().index;
  };
  using Selector = geyser::vulkan::DeviceSelector;
  EXPECT_EQ(chosen([](Selector&) {}), 1U);  // discrete before software
  EXPECT_EQ(chosen([](Selector& s) { s.name = "THIRD"; }), 2U);
  EXPECT_EQ(chosen([](Selector& s) { s.pci = geyser::PciAddress{0, 0x17, 0, 0}; }), 1U);
  EXPECT_EQ(chosen([](Selector& s) {
              s.uuid.emplace();
              s.uuid->bytes.fill(1);
            }),
            0U);
  auto options = options_for(7);
  EXPECT_TRUE(fails(geyser::vulkan::Device::create(options), Errc::not_found, "Fake NVIDIA the third"));
}

TEST_F(Adopt, OfSeveralDevicesThatMatchTheBestAndThenTheFirstIsTaken) {
  DeviceConfig software = lavapipe_like(1);
  DeviceConfig first = nvidia_like(2);
  DeviceConfig other_driver = nvidia_like(2);  // a second driver for the same device
  other_driver.driver_uuid = uuid(0x44);
  DeviceConfig twin = nvidia_like(3);  // a second card with the same name
  twin.luid = {1, 2, 3, 4, 5, 6, 7, 8};
  use({software, first, other_driver, twin});
  using Selector = geyser::vulkan::DeviceSelector;
  const auto create = [](const Selector& selector) {
    auto options = options_for(0);
    options.selector = selector;
    return geyser::vulkan::Device::create(options);
  };
  const auto chosen = [&](const Selector& selector) { return must(create(selector)).summary().index; };
  const auto id = [](std::uint8_t byte) {
    geyser::Uuid made;
    made.bytes.fill(byte);
    return made;
  };
  EXPECT_EQ(chosen({.name = "fake"}), 1U);  // all four: the first discrete one
  EXPECT_EQ(chosen({.name = "fake nvidia"}), 1U);
  EXPECT_EQ(chosen({.uuid = id(2)}), 1U);
  EXPECT_EQ(chosen({.uuid = id(2), .driver_uuid = id(0x44)}), 2U);
  EXPECT_EQ(chosen({.uuid = id(3)}), 3U);
  EXPECT_EQ(chosen({.luid = {{1, 2, 3, 4, 5, 6, 7, 8}}}), 3U);
  // Every field counts, and the refusal tells the two drivers apart.
  EXPECT_TRUE(fails(create({.uuid = id(3), .driver_uuid = id(0x44)}), Errc::not_found, "driver_uuid 44444444-"));
  EXPECT_TRUE(fails(create({.uuid = id(2), .luid = {{1, 2, 3, 4, 5, 6, 7, 8}}}), Errc::not_found, "luid 0102030405060708"));
}

}  // namespace
}  // namespace fake_vulkan
