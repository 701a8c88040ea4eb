// Fences, host timelines, waits that end, and a device that goes (emulated).
#include <limits>
#include <thread>

#include "backends/d3d12/texture.hpp"
#include "d3d12/emulated.hpp"

namespace d3d12_test {
namespace {

using geyser::Access;
using geyser::SharedSemaphore;
using namespace std::chrono_literals;

class sync : public Emulated {};

std::optional<SharedSemaphore> import_from(TextureShareManager& from, const SharedSemaphore& semaphore, TextureShareManager& to) {
  auto handle = take(from.export_semaphore(semaphore), "exporting a semaphore");
  return take(to.import_semaphore(std::move(*handle)), "importing a semaphore");
}

TEST_F(sync, a_timeline_is_one_counter_on_both_sides) {
  Side a;
  Side b;
  auto mine = take(a->create_shared_semaphore({.kind = {}, .initial_value = 5}), "creating");
  ASSERT_TRUE(mine);
  EXPECT_EQ(mine->kind(), SemaphoreKind::timeline);
  auto theirs = import_from(*a, *mine, *b);
  ASSERT_TRUE(theirs);
  EXPECT_EQ(*theirs->value(), 5U);
  ASSERT_TRUE(theirs->signal(8));
  EXPECT_EQ(*mine->value(), 8U);
  EXPECT_TRUE(mine->wait(8, 0ns));
  std::thread later([&] {
    std::this_thread::sleep_for(30ms);
    EXPECT_TRUE(mine->signal(9));
  });
  EXPECT_TRUE(theirs->wait(9, 5s));
  later.join();
  EXPECT_TRUE(refusal(theirs->wait(10, 20ms)).starts_with("timed_out: The timeline semaphore is at 9 and did not reach 10"));
}

TEST_F(sync, waits_that_time_out_keep_one_event_for_a_value) {
  Side a;
  auto semaphore = take(a->create_shared_semaphore(), "creating");
  EXPECT_FALSE(semaphore->wait(1, 1ms));
  const auto before = open_handles();
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(semaphore->wait(1, 1ms));
  EXPECT_LE(open_handles(), before);
  ASSERT_TRUE(semaphore->signal(1));
  EXPECT_TRUE(semaphore->wait(1, 1s));
  EXPECT_FALSE(semaphore->wait(2, 1ms));  // destroyed while that one is pending
}

TEST_F(sync, the_ready_semaphore_travels_with_the_texture) {
  Side a;
  Side b;
  auto texture = take(a->create_shareable_texture(plain()), "creating");
  auto semaphore = take(a->create_shared_semaphore(), "a fence");
  ASSERT_TRUE(a->attach_semaphore(*texture, *semaphore));
  auto handle = take(a->export_texture(*texture), "exporting");
  auto view = take(b->import_texture(std::move(*handle)), "importing");
  ASSERT_TRUE(view);
  const auto sent = random_bytes(60 * 36 * 4, 3);
  ASSERT_TRUE(a->upload(*texture, {}, sent));
  ASSERT_TRUE(a->signal_texture_ready(*texture));
  const auto reached = b->wait_for_texture(*view, 5s);
  ASSERT_TRUE(reached) << reached.error().describe();
  std::vector<std::byte> found(sent.size());
  ASSERT_TRUE(b->read_back(*view, {}, found));
  EXPECT_EQ(found, sent);
}

TEST_F(sync, submit_waits_on_the_gpu_and_signals_behind_the_commands) {
  Side a;
  auto texture = take(a->create_shareable_texture(plain()), "creating");
  auto go = take(a->create_shared_semaphore(), "a fence");
  auto done = take(a->create_shared_semaphore(), "a fence");
  auto host = take(a->create_shared_semaphore({.kind = SemaphoreKind::host_timeline}), "a host timeline");
  const geyser::SyncPoint wait{*go, 1};
  auto access = take(texture->begin_write({.state = {}, .wait_for = {&wait, 1}, .signal = geyser::SyncPoint{*done, 1}}), "an access");
  Access* const accesses[] = {&*access};
  ASSERT_TRUE(geyser::d3d12::submit(*a, {}, accesses));
  EXPECT_FALSE(done->wait(1, 30ms));  // the queue waits
  ASSERT_TRUE(go->signal(1));
  EXPECT_TRUE(done->wait(1, 5s));
  ASSERT_TRUE(std::move(*access).end());
  // The same with a host timeline: waited for on the host, signalled when the queue gets there.
  ASSERT_TRUE(host->signal(1));
  const geyser::SyncPoint shared{*host, 1};
  auto second = take(texture->begin_read({.state = {}, .wait_for = {&shared, 1}, .signal = geyser::SyncPoint{*host, 2}}), "an access");
  Access* const again[] = {&*second};
  ASSERT_TRUE(geyser::d3d12::submit(*a, {}, again));
  EXPECT_TRUE(host->wait(2, 5s));
  ASSERT_TRUE(std::move(*second).end());
}

TEST_F(sync, a_fence_lives_until_the_queue_is_done_with_it) {
  Side a;
  auto texture = take(a->create_shareable_texture(plain()), "creating");
  auto gate = take(a->create_shared_semaphore(), "a fence");
  auto other = take(a->create_shared_semaphore(), "a fence");
  {
    const geyser::SyncPoint wait{*gate, 1};
    auto access = take(texture->begin_write({.state = {}, .wait_for = {&wait, 1}, .signal = {}}), "an access");
    Access* const accesses[] = {&*access};
    ASSERT_TRUE(geyser::d3d12::submit(*a, {}, accesses));
    ASSERT_TRUE(std::move(*access).end());
  }
  const auto native = *geyser::d3d12::native(*gate);
  const auto kept = fake_d3d12::Com<ID3D12Fence>::of(native);
  gate.reset();  // the queue still waits for it
  texture.reset();
  ASSERT_EQ(kept->Signal(1), S_OK);
  ASSERT_TRUE(other->signal(1));
  std::this_thread::sleep_for(50ms);
}

TEST_F(sync, a_queue_that_never_ends_holds_nobody_up_and_keeps_what_it_uses) {
  slack = 20;
  left_behind = 2;  // the fence that tells how far the queue is, and the device that it holds
  fake_d3d12::Com<ID3D12CommandQueue> queue;
  fake_d3d12::Com<ID3D12Fence> never;
  {
    Side a;
    queue = a.queue;
    auto gate = take(a->create_shared_semaphore(), "a fence");
    never = fake_d3d12::Com<ID3D12Fence>::of(*geyser::d3d12::native(*gate));
    ASSERT_EQ(queue->Wait(never.get(), 1), S_OK);
    gate.reset();
    const auto begin = std::chrono::steady_clock::now();
    a.manager.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  }
  ASSERT_EQ(never->Signal(1), S_OK);
  std::this_thread::sleep_for(50ms);
  // The manager left one reference each to the fence and the queue behind, and said so in the log.
  never->Release();
  queue->Release();
}

TEST_F(sync, a_lost_device_is_named_with_its_reason) {
  Side a;
  auto texture = take(a->create_shareable_texture(plain()), "creating");
  auto semaphore = take(a->create_shared_semaphore(), "a fence");
  std::thread later([&] {
    std::this_thread::sleep_for(30ms);
    fake_d3d12::remove_device(a.device.get(), DXGI_ERROR_DEVICE_HUNG);
  });
  const auto begin = std::chrono::steady_clock::now();
  const auto waited = refusal(semaphore->wait(1, 10s));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  later.join();
  EXPECT_TRUE(waited.starts_with("device_lost: ")) << waited;
  EXPECT_NE(waited.find("GetDeviceRemovedReason answers DXGI_ERROR_DEVICE_HUNG"), std::string::npos) << waited;
  EXPECT_NE(waited.find("did not end in time"), std::string::npos) << waited;
  EXPECT_TRUE(refusal(semaphore->value()).starts_with("device_lost: "));
  const auto bytes = random_bytes(60 * 36 * 4, 1);
  EXPECT_TRUE(refusal(a->upload(*texture, {}, bytes)).starts_with("device_lost: "));
  EXPECT_TRUE(refusal(a->create_shareable_texture(plain())).starts_with("device_lost: "));
  EXPECT_TRUE(refusal(a->export_texture(*texture)).starts_with("device_lost: "));
}

TEST_F(sync, the_highest_value_from_a_peer_is_not_a_lost_device) {
  Side a;
  Side b;
  auto mine = take(a->create_shared_semaphore(), "a fence");
  auto theirs = import_from(*a, *mine, *b);
  ASSERT_TRUE(theirs->signal(std::numeric_limits<std::uint64_t>::max()));
  EXPECT_EQ(*mine->value(), std::numeric_limits<std::uint64_t>::max());
  EXPECT_TRUE(mine->wait(7, 1s));
}

TEST_F(sync, host_timelines_cross) {
  Side a;
  Side b;
  auto mine = take(a->create_shared_semaphore({.kind = SemaphoreKind::host_timeline}), "a host timeline");
  auto theirs = import_from(*a, *mine, *b);
  ASSERT_TRUE(theirs);
  ASSERT_TRUE(mine->signal(4));
  EXPECT_TRUE(theirs->wait(4, 1s));
}

}  // namespace
}  // namespace d3d12_test
