// The poller: many handles, and wake-ups from other threads.
#include "platform/socket.hpp"

#include <thread>
#include <vector>

#include "check.hpp"
#include "sockets.hpp"

namespace geyser::platform {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using unit::connected;
using unit::fails;
using unit::ok;
using unit::Pair;
using unit::send;

[[nodiscard]] Poller poller() {
  auto made = Poller::create();
  if (!made) std::abort();
  return std::move(*made);
}

TEST(Poller, says_which_handle_and_what) {
  auto [a, b] = connected();
  Poller poll = poller();
  std::vector<Poller::Event> events;
  ASSERT_TRUE(ok(poll.add(b.watchable(), 42)));
  poll.wait(0ns, events);
  EXPECT_TRUE(events.empty());
  ASSERT_TRUE(ok(send(a, 1)));
  poll.wait(10s, events);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].key, 42U);
  EXPECT_TRUE(events[0].readable);
  EXPECT_FALSE(events[0].writable);
  ASSERT_TRUE(ok(b.receive()));
  ASSERT_TRUE(ok(poll.change(b.watchable(), 43, true)));
  poll.wait(10s, events);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].key, 43U);
  EXPECT_FALSE(events[0].readable);
  EXPECT_TRUE(events[0].writable);
  ASSERT_TRUE(ok(poll.change(b.watchable(), 43, false)));
  ASSERT_TRUE(ok(send(a, 1)));
  a = Socket(OsHandle());
  poll.wait(10s, events);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_TRUE(events[0].readable);
  poll.remove(b.watchable());
  poll.wait(0ns, events);
  EXPECT_TRUE(events.empty());
}

TEST(Poller, refuses_what_it_cannot_watch) {
  const auto [a, b] = connected();
  Poller poll = poller();
  EXPECT_TRUE(fails(poll.add(a.watchable(), Poller::reserved_key), Errc::invalid_argument, {"reserved"}));
  ASSERT_TRUE(ok(poll.add(a.watchable(), 1)));
  EXPECT_TRUE(fails(poll.add(a.watchable(), 2), Errc::os_error, {"Watching"}));
  EXPECT_TRUE(fails(poll.change(b.watchable(), 2, true), Errc::os_error, {"Watching"}));
  EXPECT_TRUE(fails(poll.add(platform::Watchable(), 3), Errc::os_error, {"-1"}));
}

TEST(Poller, waits_as_long_as_asked_and_no_longer) {
  Poller poll = poller();
  std::vector<Poller::Event> events;
  const auto start = steady_clock::now();
  poll.wait(30ms, events);
  EXPECT_GE(steady_clock::now() - start, 30ms);
  poll.wait(-5s, events);
  EXPECT_LT(steady_clock::now() - start, 5s);
  EXPECT_TRUE(events.empty());
}

TEST(Poller, is_woken_now_or_the_next_time) {
  Poller poll = poller();
  std::vector<Poller::Event> events;
  const auto start = steady_clock::now();
  poll.wake();
  poll.wake();
  poll.wait(20s, events);  // several calls before are one wake-up
  EXPECT_TRUE(events.empty());
  EXPECT_LT(steady_clock::now() - start, 10s);
  const auto quiet = steady_clock::now();
  poll.wait(20ms, events);
  EXPECT_GE(steady_clock::now() - quiet, 20ms);
  std::thread other([&] {
    std::this_thread::sleep_for(20ms);
    poll.wake();
  });
  const auto sleeping = steady_clock::now();
  poll.wait(20s, events);
  other.join();
  EXPECT_LT(steady_clock::now() - sleeping, 10s);
}

TEST(Poller, reports_every_one_of_many_and_allocates_no_more) {
  constexpr std::size_t many = 200;  // more than one system call brings
  Poller poll = poller();
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < many; ++i) {
    pairs.push_back(connected());
    ASSERT_TRUE(ok(poll.add(pairs[i].b.watchable(), i)));
    ASSERT_TRUE(ok(send(pairs[i].a, 1)));
  }
  std::vector<Poller::Event> events;
  std::vector<bool> seen(many);
  std::size_t count = 0;
  const auto start = steady_clock::now();
  const Poller::Event* storage = nullptr;
  while (count < many && steady_clock::now() - start < 20s) {
    poll.wait(1s, events);
    for (const auto& event : events) {
      ASSERT_LT(event.key, many);
      if (seen[event.key]) continue;
      seen[event.key] = true;
      ++count;
      ASSERT_TRUE(ok(pairs[event.key].b.receive()));
    }
    if (storage == nullptr) storage = events.data();
    EXPECT_EQ(events.data(), storage);
  }
  EXPECT_EQ(count, many);
}

}  // namespace
}  // namespace geyser::platform
