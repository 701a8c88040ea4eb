// The bell between two processes of Windows: a pair of events in the place of a futex.
#include <atomic>
#include <cstring>
#include <thread>

#include "check.hpp"
#include "child_windows.hpp"
#include "platform/shared_memory.hpp"
#include "platform/wait.hpp"

namespace geyser::platform {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using unit::ok;
using unit::start_part;

TEST(Bell, two_processes_wake_each_other) {
  const auto memory = SharedMemory::create(4096, "test");
  ASSERT_TRUE(ok(memory));
  auto& word = *reinterpret_cast<std::atomic<std::uint32_t>*>(memory->bytes().data());
  BellKey key;
  const auto bell = Bell::create(key);
  ASSERT_TRUE(ok(bell));
  EXPECT_NE(key.id, BellKey().id);
  auto child = start_part({"ring"});
  const OsHandle::Value value = memory->handle().borrow();
  ASSERT_TRUE(ok(child.channel().send(std::as_bytes(std::span(&key, 1)), {&value, 1})));
  for (std::uint32_t expected = 2; expected <= 200; expected += 2) {
    word.store(expected - 1);
    bell->wake(word);
    const auto start = steady_clock::now();
    for (std::uint32_t seen = word.load(); seen != expected; seen = word.load()) {
      ASSERT_LT(steady_clock::now() - start, 10s) << expected;
      bell->wait(word, seen, 10s);
    }
  }
  EXPECT_EQ(child.wait(10s).value_or(-1), 0);
}

TEST(Bell, sleeps_no_longer_than_asked_and_a_lost_ring_costs_little) {
  std::atomic<std::uint32_t> word{0};
  BellKey key;
  const auto bell = Bell::create(key);
  ASSERT_TRUE(ok(bell));
  auto start = steady_clock::now();
  bell->wait(word, 1, 10s);  // the word is another one already
  EXPECT_LT(steady_clock::now() - start, 1s);
  start = steady_clock::now();
  bell->wait(word, 0, 10s);  // nobody rings: it looks again by itself
  EXPECT_LT(steady_clock::now() - start, 1s);
  BellKey unknown;
  unknown.id = {1, 2};
  const Bell nobodys = Bell::open(unknown);
  start = steady_clock::now();
  nobodys.wait(word, 0, 10s);
  EXPECT_GE(steady_clock::now() - start, 1ms);  // it does sleep
  EXPECT_LT(steady_clock::now() - start, 1s);
  nobodys.wake(word);
}

}  // namespace
}  // namespace geyser::platform
