// The counter in shared memory: alone, between threads, and with a peer that scribbles over its page.
#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>
#include <vector>

#include "check.hpp"
#include "core/host_timeline.hpp"
#include "system.hpp"

namespace geyser::detail {
namespace {

using namespace std::chrono_literals;
using unit::fails;
using unit::ok;
using Clock = std::chrono::steady_clock;

[[nodiscard]] HostTimeline timeline(std::uint64_t initial = 0) {
  auto made = HostTimeline::create(initial);
  EXPECT_TRUE(ok(made));
  return *std::move(made);
}
[[nodiscard]] HostTimeline same_as(const HostTimeline& other) {
  auto handle = other.duplicate_handle();
  EXPECT_TRUE(ok(handle));
  auto opened = HostTimeline::open(*handle);
  EXPECT_TRUE(ok(opened));
  EXPECT_FALSE(*handle);  // taken on success
  return *std::move(opened);
}

TEST(HostTimeline, starts_where_it_is_told) {
  EXPECT_EQ(timeline().value(), 0U);
  EXPECT_EQ(timeline(42).value(), 42U);
  EXPECT_EQ(timeline(UINT64_MAX).value(), UINT64_MAX);
}

TEST(HostTimeline, only_goes_up) {
  HostTimeline t = timeline(5);
  t.signal(3);
  EXPECT_EQ(t.value(), 5U);
  t.signal(5);
  EXPECT_EQ(t.value(), 5U);
  t.signal(9);
  EXPECT_EQ(t.value(), 9U);
}

TEST(HostTimeline, wait_returns_at_once_for_the_past) {
  const HostTimeline t = timeline(7);
  EXPECT_TRUE(t.wait(0, 0ns));
  EXPECT_TRUE(t.wait(7, 0ns));
  EXPECT_TRUE(t.wait(7, -1s));
}

TEST(HostTimeline, wait_is_bounded) {
  const HostTimeline t = timeline();
  EXPECT_FALSE(t.wait(1, 0ns));
  EXPECT_FALSE(t.wait(1, -1s));
  const auto start = Clock::now();
  EXPECT_FALSE(t.wait(1, 30ms));
  const auto passed = Clock::now() - start;
  EXPECT_GE(passed, 30ms);
  EXPECT_LT(passed, 5s);
}

TEST(HostTimeline, two_mappings_are_one_counter) {
  HostTimeline a = timeline(1);
  HostTimeline b = same_as(a);
  b.signal(10);
  EXPECT_EQ(a.value(), 10U);
  a.signal(11);
  EXPECT_TRUE(b.wait(11, 0ns));
}

TEST(HostTimeline, lives_as_long_as_one_mapping) {
  std::optional<HostTimeline> a = timeline(3);
  const HostTimeline b = same_as(*a);
  a.reset();
  EXPECT_EQ(b.value(), 3U);
}

TEST(HostTimeline, a_signal_wakes_a_sleeping_thread) {
  HostTimeline t = timeline();
  std::atomic<bool> reached = false;
  std::thread sleeper([&] { reached = t.wait(1, 20s); });
  std::this_thread::sleep_for(20ms);
  const auto start = Clock::now();
  t.signal(1);
  sleeper.join();
  EXPECT_TRUE(reached);
  EXPECT_LT(Clock::now() - start, 5s);
}

TEST(HostTimeline, every_waiter_gets_its_own_value) {
  HostTimeline t = timeline();
  std::atomic<int> reached = 0;
  std::vector<std::thread> sleepers;
  for (std::uint64_t value = 1; value <= 8; ++value) {
    sleepers.emplace_back([&, value] { reached += t.wait(value, 20s) && t.value() >= value ? 1 : 0; });
  }
  for (std::uint64_t value = 1; value <= 8; ++value) {
    t.signal(value);
    std::this_thread::yield();
  }
  for (auto& s : sleepers) s.join();
  EXPECT_EQ(reached, 8);
}

TEST(HostTimeline, racing_signals_end_at_the_highest) {
  HostTimeline t = timeline();
  std::vector<std::thread> threads;
  for (std::uint64_t i = 0; i < 4; ++i) {
    threads.emplace_back([&t, i] {
      for (std::uint64_t value = i; value < 4'000; value += 4) t.signal(value);
    });
  }
  std::uint64_t last = 0;
  bool went_down = false;
  while (last < 3'999) {
    const std::uint64_t now = t.value();
    went_down = went_down || now < last;
    last = now;
    std::this_thread::yield();
  }
  for (auto& thread : threads) thread.join();
  EXPECT_FALSE(went_down);
  EXPECT_EQ(t.value(), 3'999U);
}

TEST(HostTimeline, stop_ends_a_wait_early) {
  HostTimeline t = timeline();
  std::atomic<bool> stop = false;
  std::atomic<bool> reached = true;
  std::thread sleeper([&] { reached = t.wait(1, 20s, stop); });
  std::this_thread::sleep_for(10ms);
  const auto start = Clock::now();
  stop = true;
  t.wake();
  sleeper.join();
  EXPECT_FALSE(reached);
  EXPECT_LT(Clock::now() - start, 5s);
}

TEST(HostTimeline, a_wake_without_a_signal_changes_nothing) {
  HostTimeline t = timeline(2);
  std::atomic<bool> reached = false;
  std::thread sleeper([&] { reached = t.wait(3, 20s); });
  for (int i = 0; i < 20; ++i) {
    t.wake();
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_EQ(t.value(), 2U);
  EXPECT_FALSE(reached);
  t.signal(3);
  sleeper.join();
  EXPECT_TRUE(reached);
}

TEST(HostTimelineHostile, refuses_what_is_no_timeline) {
  OsHandle none;
  EXPECT_FALSE(HostTimeline::open(none).has_value());

  OsHandle null = unit::open_null();
  EXPECT_TRUE(fails(HostTimeline::open(null), Errc::protocol_error, {"shared memory"}));
  EXPECT_TRUE(null);  // still the caller's

  auto zeroed = platform::SharedMemory::create(4096, "test");
  ASSERT_TRUE(ok(zeroed));
  auto handle = zeroed->handle().duplicate();
  ASSERT_TRUE(ok(handle));
  EXPECT_TRUE(fails(HostTimeline::open(*handle), Errc::protocol_error, {"no host timeline"}));
  EXPECT_TRUE(*handle);
}

TEST(HostTimelineHostile, a_peer_that_scribbles_can_delay_but_not_hang) {
  HostTimeline t = timeline();
  auto handle = t.duplicate_handle();
  ASSERT_TRUE(ok(handle));
  auto page = platform::SharedMemory::open(*handle, 4096);
  ASSERT_TRUE(ok(page));
  for (const int pattern : {0xFF, 0x00, 0x55}) {
    std::memset(page->bytes().data(), pattern, page->bytes().size());
    const std::uint64_t now = t.value();
    const auto start = Clock::now();
    EXPECT_EQ(t.wait(now, 10ms), true);
    if (now != UINT64_MAX) {
      EXPECT_FALSE(t.wait(now + 1, 20ms));
      t.signal(now + 1);
      EXPECT_TRUE(t.wait(now + 1, 20ms));
    }
    EXPECT_LT(Clock::now() - start, 5s);
  }
}

TEST(HostTimelineHostile, a_lost_wake_up_costs_a_tenth_of_a_second_at_most) {
  HostTimeline t = timeline();
  auto handle = t.duplicate_handle();
  ASSERT_TRUE(ok(handle));
  auto page = platform::SharedMemory::open(*handle, 4096);
  ASSERT_TRUE(ok(page));
  std::atomic<bool> reached = false;
  std::thread sleeper([&] { reached = t.wait(1, 20s); });
  std::this_thread::sleep_for(10ms);
  // The waiter count lies behind magic and version; a peer that clears it suppresses the wake-up.
  reinterpret_cast<std::atomic<std::uint32_t>*>(page->bytes().data() + 12)->store(0);
  const auto start = Clock::now();
  t.signal(1);
  sleeper.join();
  EXPECT_TRUE(reached);
  EXPECT_LT(Clock::now() - start, 5s);
}

}  // namespace
}  // namespace geyser::detail
