// Timelines of the device and of the host (emulated).
#include <thread>

#include "backends/metal/metal_api.hpp"
#include "fixture.hpp"

namespace fake_metal {
namespace {

using namespace std::chrono_literals;
using geyser::SemaphoreHandleType;
using geyser::SemaphoreKind;

class Sync : public Fixture {
 protected:
  void SetUp() override {
    Fixture::SetUp();
    auto made = open_manager();
    ASSERT_TRUE(ok(made));
    manager_.emplace(*std::move(made));
  }
  void TearDown() override {
    manager_.reset();
    Fixture::TearDown();
  }
  std::optional<TextureShareManager> manager_;
};

TEST_F(Sync, capabilities_say_what_stays_in_the_process) {
  const auto& all = manager_->capabilities();
  ASSERT_EQ(all.memory.size(), 2U);
  EXPECT_FALSE(all.memory[0].in_process_only);
  EXPECT_TRUE(all.memory[1].in_process_only);
  ASSERT_EQ(all.semaphores.size(), 2U);
  EXPECT_EQ(all.semaphores[0].type, SemaphoreHandleType::metal_shared_event);
  EXPECT_TRUE(all.semaphores[0].in_process_only);
  EXPECT_FALSE(all.semaphores[1].in_process_only);
}

TEST_F(Sync, an_event_counts_for_every_side_that_has_it) {
  auto event = geyser::metal::create_shared_event(*manager_, 5);
  ASSERT_TRUE(ok(event));
  auto other = open_manager();
  ASSERT_TRUE(ok(other));
  auto handle = manager_->export_semaphore(*event);
  ASSERT_TRUE(ok(handle));
  EXPECT_EQ(handle->type, SemaphoreHandleType::metal_shared_event);
  auto twin = other->import_semaphore(*std::move(handle));
  ASSERT_TRUE(ok(twin));
  EXPECT_EQ(*twin->value(), 5U);
  ASSERT_TRUE(ok(twin->signal(7)));
  EXPECT_EQ(*event->value(), 7U);
  EXPECT_TRUE(ok(event->wait(7, 0ns)));
  EXPECT_TRUE(fails(event->signal(7), Errc::invalid_argument)) << "timelines rise";
  EXPECT_EQ(*geyser::metal::native_event(*event), *geyser::metal::native_event(*twin));
}

TEST_F(Sync, an_event_goes_the_way_of_xpc) {
  auto event = geyser::metal::create_shared_event(*manager_, 1);
  ASSERT_TRUE(ok(event));
  auto handle = geyser::metal::export_event(*event);
  ASSERT_TRUE(ok(handle));
  auto twin = geyser::metal::import_event(*manager_, handle->get());
  ASSERT_TRUE(ok(twin));
  handle->reset();
  ASSERT_TRUE(ok(event->signal(2)));
  EXPECT_TRUE(ok(twin->wait(2, 1s)));
  EXPECT_TRUE(fails(geyser::metal::import_event(*manager_, nullptr), Errc::invalid_argument));
  EXPECT_TRUE(fails(geyser::metal::import_event(*manager_, device()), Errc::protocol_error));
}

TEST_F(Sync, a_wait_wakes_for_host_and_gpu_and_ends_in_time) {
  for (const bool by_gpu : {false, true}) {
    auto event = geyser::metal::create_shared_event(*manager_);
    ASSERT_TRUE(ok(event));
    EXPECT_TRUE(fails(event->wait(1, 5ms), Errc::timed_out));
    geyser::Result<void> waited = geyser::Error(Errc::internal, "not yet");
    std::thread waiter([&] { waited = event->wait(1, 10s); });
    std::this_thread::sleep_for(10ms);
    const auto before = std::chrono::steady_clock::now();
    if (by_gpu) {
      auto texture = manager_->create_shareable_texture(plain());
      ASSERT_TRUE(ok(texture));
      ASSERT_TRUE(ok(manager_->attach_semaphore(*texture, *event)));
      ASSERT_TRUE(ok(manager_->signal_texture_ready(*texture)));
    } else {
      ASSERT_TRUE(ok(event->signal(1)));
    }
    waiter.join();
    EXPECT_TRUE(ok(waited));
    EXPECT_LT(std::chrono::steady_clock::now() - before, 2s);
  }
}

TEST_F(Sync, short_waits_do_not_pile_up_notifications) {
  auto event = geyser::metal::create_shared_event(*manager_);
  ASSERT_TRUE(ok(event));
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(fails(event->wait(1, 100us), Errc::timed_out));
  EXPECT_EQ(calls("notifyListener:atValue:block:"), 1U);
  ASSERT_TRUE(ok(event->signal(1)));
  EXPECT_TRUE(drain());
  EXPECT_TRUE(fails(event->wait(2, 100us), Errc::timed_out));
  EXPECT_EQ(calls("notifyListener:atValue:block:"), 2U);
}

TEST_F(Sync, a_notification_may_come_after_the_semaphore) {
  void* native = nullptr;
  {
    auto event = geyser::metal::create_shared_event(*manager_);
    ASSERT_TRUE(ok(event));
    native = geyser::metal::api::retain(*geyser::metal::native_event(*event));
    EXPECT_TRUE(fails(event->wait(1, 1ms), Errc::timed_out));
  }
  set_event(native, 1);
  EXPECT_TRUE(drain());
  geyser::metal::api::release(native);
}

TEST_F(Sync, copies_wait_for_their_points_and_signal_theirs) {
  for (const auto format : {TextureFormat::rgba8_unorm, TextureFormat::r32_uint}) {  // a surface, a private texture
    for (const auto kind : {SemaphoreKind::timeline, SemaphoreKind::host_timeline}) {
      auto texture = manager_->create_shareable_texture(plain(format));
      ASSERT_TRUE(ok(texture));
      auto semaphore = manager_->create_shared_semaphore({.kind = kind, .initial_value = 0, .label = {}});
      ASSERT_TRUE(ok(semaphore));
      const SyncPoint first{*semaphore, 1};
      geyser::AccessInfo info;
      info.wait_for = std::span(&first, 1);
      info.signal = SyncPoint{*semaphore, 2};
      const auto bytes = content_of(plain(format));
      geyser::Result<void> done = geyser::Error(Errc::internal, "not yet");
      std::thread writer([&] { done = manager_->upload(*texture, {}, bytes, info); });
      std::this_thread::sleep_for(20ms);
      EXPECT_EQ(*semaphore->value(), 0U);
      ASSERT_TRUE(ok(semaphore->signal(1)));
      writer.join();
      ASSERT_TRUE(ok(done));
      EXPECT_TRUE(ok(semaphore->wait(2, 1s)));
      EXPECT_TRUE(holds(*manager_, *texture, {}, bytes));
    }
  }
}

TEST_F(Sync, signal_texture_ready_follows_what_was_committed_before) {
  Owned queue(new_queue(device()));
  auto manager = geyser::metal::create_manager({.device = device(), .queue = queue.get()});
  ASSERT_TRUE(ok(manager));
  for (const auto kind : {SemaphoreKind::timeline, SemaphoreKind::host_timeline}) {
    auto texture = manager->create_shareable_texture(plain(TextureFormat::r32_uint));
    ASSERT_TRUE(ok(texture));
    auto semaphore = manager->create_shared_semaphore({.kind = kind, .initial_value = 0, .label = {}});
    ASSERT_TRUE(ok(semaphore));
    ASSERT_TRUE(ok(manager->attach_semaphore(*texture, *semaphore)));
    hold_gpu(true);
    Owned commands(new_command_buffer(queue.get()));
    encode_fill(commands.get(), geyser::metal::native(*texture)->texture, 0x1234);
    commit(commands.get());
    auto point = manager->signal_texture_ready(*texture);
    ASSERT_TRUE(ok(point));
    EXPECT_TRUE(fails(semaphore->wait(point->value, 20ms), Errc::timed_out));
    hold_gpu(false);
    ASSERT_TRUE(ok(semaphore->wait(point->value, 5s)));
    std::vector<std::byte> wanted(67 * 29 * 4, std::byte{0});
    for (std::size_t i = 0; i < wanted.size(); i += 4) wanted[i] = std::byte{0x34}, wanted[i + 1] = std::byte{0x12};
    EXPECT_TRUE(holds(*manager, *texture, {}, wanted));
  }
}

TEST_F(Sync, a_lost_device_is_said_by_everything) {
  auto texture = manager_->create_shareable_texture(plain(TextureFormat::r32_uint));
  auto event = geyser::metal::create_shared_event(*manager_);
  ASSERT_TRUE(ok(texture));
  ASSERT_TRUE(ok(event));
  const auto bytes = content_of(plain(TextureFormat::r32_uint));
  ASSERT_TRUE(ok(manager_->upload(*texture, {}, bytes)));
  // Errors that leave the device alone.
  for (const auto& [code, errc] : {std::pair{8, Errc::out_of_memory}, std::pair{2, Errc::timed_out}, std::pair{3, Errc::internal}}) {
    fail_command_buffer(code);
    auto failed = manager_->upload(*texture, {}, bytes);
    ASSERT_TRUE(fails(failed, errc)) << code;
    EXPECT_EQ(failed.error().domain(), geyser::ErrorDomain::metal);
    EXPECT_EQ(failed.error().native_code(), code);
    EXPECT_TRUE(holds(*manager_, *texture, {}, bytes)) << "after error " << code;
  }
  std::thread waiter([&] { EXPECT_TRUE(fails(event->wait(1, 10s), Errc::device_lost)); });
  std::this_thread::sleep_for(5ms);
  fail_command_buffer(11);
  EXPECT_TRUE(fails(manager_->upload(*texture, {}, bytes), Errc::device_lost));
  waiter.join();
  EXPECT_TRUE(fails(manager_->create_shareable_texture(plain()), Errc::device_lost));
  EXPECT_TRUE(fails(event->value(), Errc::device_lost));
  EXPECT_TRUE(fails(geyser::metal::create_shared_event(*manager_), Errc::device_lost));
  std::vector<std::byte> found(bytes.size());
  EXPECT_TRUE(fails(manager_->read_back(*texture, {}, found), Errc::device_lost));
}

}  // namespace
}  // namespace fake_metal
