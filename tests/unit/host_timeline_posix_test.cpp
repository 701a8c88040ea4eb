// The counter in shared memory between forked processes, and over memory that could shrink.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "check.hpp"
#include "core/host_timeline.hpp"

namespace geyser::detail {
namespace {

using namespace std::chrono_literals;
using unit::fails;
using unit::ok;

[[nodiscard]] HostTimeline timeline() {
  auto made = HostTimeline::create(0);
  EXPECT_TRUE(ok(made));
  return *std::move(made);
}

/// Runs `body` in a child process and gives its exit status, or -1 when it did not come to an end.
template <class Body>
[[nodiscard]] pid_t start_child(Body&& body) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(body());
  return pid;
}
[[nodiscard]] int status_of(pid_t child) {
  int status = 0;
  if (::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

TEST(HostTimelineProcesses, ping_pong_between_two_processes) {
  constexpr std::uint64_t rounds = 2'000;
  HostTimeline ping = timeline();
  HostTimeline pong = timeline();
  const pid_t child = start_child([&] {
    for (std::uint64_t i = 1; i <= rounds; ++i) {
      if (!ping.wait(i, 20s)) return 1;
      if (ping.value() != i) return 2;  // the parent waits for us before it goes on
      pong.signal(i);
    }
    return 0;
  });
  ASSERT_GT(child, 0);
  for (std::uint64_t i = 1; i <= rounds; ++i) {
    ping.signal(i);
    ASSERT_TRUE(pong.wait(i, 20s)) << i;
  }
  EXPECT_EQ(status_of(child), 0);
}

TEST(HostTimelineProcesses, what_was_written_before_a_signal_is_seen_after_the_wait) {
  void* memory = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  auto* words = static_cast<std::uint64_t*>(memory);
  HostTimeline written = timeline();
  HostTimeline read = timeline();
  constexpr std::uint64_t rounds = 1'000;
  const pid_t child = start_child([&] {
    for (std::uint64_t i = 1; i <= rounds; ++i) {
      for (std::uint64_t w = 0; w < 64; ++w) words[w] = i * 1'000 + w;
      written.signal(i);
      if (!read.wait(i, 20s)) return 1;
    }
    return 0;
  });
  ASSERT_GT(child, 0);
  bool torn = false;
  for (std::uint64_t i = 1; i <= rounds; ++i) {
    ASSERT_TRUE(written.wait(i, 20s)) << i;
    for (std::uint64_t w = 0; w < 64; ++w) torn = torn || words[w] != i * 1'000 + w;
    read.signal(i);
  }
  EXPECT_EQ(status_of(child), 0);
  EXPECT_FALSE(torn);
  ::munmap(memory, 4096);
}

TEST(HostTimelineProcesses, a_peer_that_dies_leaves_the_wait_bounded) {
  HostTimeline t = timeline();
  const pid_t child = start_child([&] {
    t.signal(1);
    return 0;  // promised 2, never signals it
  });
  ASSERT_GT(child, 0);
  EXPECT_TRUE(t.wait(1, 20s));
  EXPECT_EQ(status_of(child), 0);
  EXPECT_FALSE(t.wait(2, 20ms));
  EXPECT_EQ(t.value(), 1U);
}

TEST(HostTimelineProcesses, a_waiter_that_is_killed_leaves_no_trace) {
  HostTimeline t = timeline();
  const pid_t child = start_child([&] { return t.wait(1'000, 60s) ? 0 : 1; });
  ASSERT_GT(child, 0);
  std::this_thread::sleep_for(20ms);
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  EXPECT_EQ(status_of(child), -1);
  t.signal(5);
  EXPECT_TRUE(t.wait(5, 1s));
  EXPECT_FALSE(t.wait(6, 5ms));
}

TEST(HostTimelineHostile, refuses_memory_that_its_owner_could_shrink) {
  OsHandle unsealed(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  ASSERT_TRUE(unsealed);
  ASSERT_EQ(::ftruncate(unsealed.fd(), 4096), 0);
  EXPECT_TRUE(fails(HostTimeline::open(unsealed), Errc::protocol_error, {"sealed", "F_SEAL_SHRINK"}));
  EXPECT_TRUE(unsealed);
}

}  // namespace
}  // namespace geyser::detail
