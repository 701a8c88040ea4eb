// Bells on a system without os_sync_wait_on_address: sleepers look by themselves, in short steps.
#include "platform/wait.hpp"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <time.h>

#include <thread>

namespace geyser::platform {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

TEST(EmulatedBell, this_system_is_an_old_one) { EXPECT_EQ(::dlsym(RTLD_DEFAULT, "os_sync_wait_on_address_with_timeout"), nullptr); }

TEST(EmulatedBell, sees_a_change_within_milliseconds_and_sleeps_meanwhile) {
  std::atomic<std::uint32_t> word = 0;
  BellKey key;
  const auto bell = Bell::create(key);
  ASSERT_TRUE(bell.has_value());
  for (int i = 0; i < 5; ++i) {
    word = 0;
    std::thread other([&] {
      std::this_thread::sleep_for(40ms);
      word = 1;
      bell->wake(word);
    });
    timespec before{};
    timespec after{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    const auto start = steady_clock::now();
    bell->wait(word, 0, 20s);
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    other.join();
    EXPECT_EQ(word.load(), 1U);
    EXPECT_LT(steady_clock::now() - start, 5s);
    const auto used = (after.tv_sec - before.tv_sec) * 1'000'000'000L + after.tv_nsec - before.tv_nsec;
    EXPECT_LT(used, 30'000'000) << "it spun";
  }
}

TEST(EmulatedBell, waits_as_long_as_asked) {
  const std::atomic<std::uint32_t> word = 3;
  const Bell bell = Bell::open({});
  const auto start = steady_clock::now();
  bell.wait(word, 3, 30ms);
  EXPECT_GE(steady_clock::now() - start, 30ms);
  const auto again = steady_clock::now();
  bell.wait(word, 4, 20s);
  bell.wait(word, 3, -1s);
  EXPECT_LT(steady_clock::now() - again, 10s);
}

}  // namespace
}  // namespace geyser::platform
