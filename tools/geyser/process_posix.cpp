#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

#include "tools/geyser/process.hpp"

namespace geyser::tools {
namespace {

// A pipe, so that a signal between the question and the sleep still ends the sleep.
int wake[2] = {-1, -1};
std::atomic<bool> asked{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void on_signal(int signal) {
  const int before = errno;
  if (asked.exchange(true)) {
    // The second time the user means it.
    struct sigaction plain{};
    plain.sa_handler = SIG_DFL;
    (void)sigaction(signal, &plain, nullptr);
    (void)raise(signal);
  }
  if (wake[1] >= 0) {
    const char byte = 0;
    (void)!write(wake[1], &byte, 1);
  }
  errno = before;
}

/// Until `fd` (none: -1) has `events`, or somebody asks to stop, or the time is over (none: -1).
void wait_for(int fd, short events, int milliseconds) noexcept {
  pollfd waits[2] = {{wake[0], POLLIN, 0}, {fd, events, 0}};
  (void)poll(waits, fd >= 0 ? 2 : 1, milliseconds);
}

template <class Call>
[[nodiscard]] Passed pass(std::size_t size, int fd, short events, Call call) noexcept {
  Passed passed;
  while (passed.bytes < size) {
    if (interrupted()) return {Flow::interrupted, passed.bytes, 0};
    wait_for(fd, events, -1);
    if (interrupted()) return {Flow::interrupted, passed.bytes, 0};
    const ssize_t count = call(passed.bytes);
    if (count > 0) {
      passed.bytes += static_cast<std::size_t>(count);
    } else if (count == 0 || errno == EPIPE) {
      return {Flow::ended, passed.bytes, 0};
    } else if (errno != EINTR && errno != EAGAIN) {
      return {Flow::failed, passed.bytes, errno};
    }
  }
  return passed;
}

}  // namespace

void catch_interrupts() noexcept {
  if (wake[0] < 0 && pipe2(wake, O_CLOEXEC | O_NONBLOCK) != 0) wake[0] = wake[1] = -1;  // then sleeps end by EINTR alone
  struct sigaction action{};
  action.sa_handler = on_signal;  // no SA_RESTART: calls end, and ask
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) (void)sigaction(signal, &action, nullptr);
  action.sa_handler = SIG_IGN;
  (void)sigaction(SIGPIPE, &action, nullptr);
}

bool interrupted() noexcept { return asked.load(std::memory_order_relaxed); }

bool sleep_until(std::chrono::steady_clock::time_point when) noexcept {
  while (!interrupted()) {
    const auto left = when - std::chrono::steady_clock::now();
    if (left <= left.zero()) return true;
    if (left < std::chrono::milliseconds(2)) {
      // Finer than poll() counts.
      const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(left).count();
      const timespec rest{0, static_cast<long>(nanoseconds)};
      (void)nanosleep(&rest, nullptr);
      continue;
    }
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(left).count() - 1;
    wait_for(-1, 0, static_cast<int>(std::min<long long>(milliseconds, 60'000)));
  }
  return false;
}

Passed read_input(std::span<std::byte> bytes) noexcept {
  return pass(bytes.size(), STDIN_FILENO, POLLIN,
              [&](std::size_t done) { return read(STDIN_FILENO, bytes.data() + done, bytes.size() - done); });
}

Passed write_output(std::span<const std::byte> bytes) noexcept {
  // A write that blocks in the middle is ended by a signal, so large pieces are safe.
  return pass(bytes.size(), STDOUT_FILENO, POLLOUT,
              [&](std::size_t done) { return write(STDOUT_FILENO, bytes.data() + done, bytes.size() - done); });
}

bool input_is_terminal() noexcept { return isatty(STDIN_FILENO) == 1; }

}  // namespace geyser::tools
