// Linux: futex on a word that several processes map.
#include "platform/wait.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <ctime>

namespace geyser::platform {

// The kernel finds a word by the memory behind it, so there is nothing to own and nothing to agree on.
Result<Bell> Bell::create(BellKey& key) noexcept {
  key = {};
  return Bell();
}
Bell Bell::open(const BellKey& /*key*/) noexcept { return Bell(); }
Bell::Bell(Bell&&) noexcept = default;
Bell& Bell::operator=(Bell&&) noexcept = default;
Bell::~Bell() = default;  // NOLINT(performance-trivially-destructible)

void Bell::wait(const std::atomic<std::uint32_t>& word, std::uint32_t expected, std::chrono::nanoseconds timeout) const noexcept {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
  timespec limit{};
  limit.tv_sec = static_cast<time_t>(seconds.count());
  limit.tv_nsec = static_cast<long>((timeout - seconds).count());
  // FUTEX_WAIT measures a relative time on the monotonic clock: setting the wall clock changes nothing.
  ::syscall(SYS_futex, &word, FUTEX_WAIT, expected, &limit, nullptr, 0);
}

void Bell::wake(const std::atomic<std::uint32_t>& word) const noexcept {
  ::syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace geyser::platform
