// Apple: os_sync_wait_on_address with its shared flag, which finds a word by the memory behind it (macOS 14.4, iOS 17.4; looked for at run
// time). Older systems have no documented way to sleep on shared memory: there a sleeper looks at the word in short steps, and nobody wakes
// it, so a wake-up comes up to a millisecond late.
#include "platform/wait.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <cerrno>
#include <thread>

namespace geyser::platform {
namespace {

using std::chrono::nanoseconds;
using std::chrono::steady_clock;

constexpr std::uint32_t shared_flag = 1;      // OS_SYNC_WAIT_ON_ADDRESS_SHARED and OS_SYNC_WAKE_BY_ADDRESS_SHARED
constexpr std::uint32_t absolute_clock = 32;  // OS_CLOCK_MACH_ABSOLUTE_TIME: setting the wall clock changes nothing
constexpr nanoseconds first_step = std::chrono::microseconds(20);
constexpr nanoseconds longest_step = std::chrono::milliseconds(1);

using WaitFunction = int (*)(void* address, std::uint64_t value, std::size_t size, std::uint32_t flags, std::uint32_t clock,
                             std::uint64_t timeout);
using WakeFunction = int (*)(void* address, std::size_t size, std::uint32_t flags);

struct Functions {
  WaitFunction wait = reinterpret_cast<WaitFunction>(::dlsym(RTLD_DEFAULT, "os_sync_wait_on_address_with_timeout"));
  WakeFunction wake = reinterpret_cast<WakeFunction>(::dlsym(RTLD_DEFAULT, "os_sync_wake_by_address_all"));
  [[nodiscard]] bool there() const noexcept { return wait != nullptr && wake != nullptr; }
};

const Functions& functions() noexcept {
  static const Functions found;
  return found;
}

/// The system's calls take a pointer to what they only compare.
void* address_of(const std::atomic<std::uint32_t>& word) noexcept { return const_cast<std::atomic<std::uint32_t>*>(&word); }

void wait_in_steps(const std::atomic<std::uint32_t>& word, std::uint32_t expected, nanoseconds timeout) noexcept {
  const auto begin = steady_clock::now();
  nanoseconds step = first_step;
  while (word.load(std::memory_order_seq_cst) == expected) {
    const auto left = timeout - (steady_clock::now() - begin);
    if (left <= nanoseconds::zero()) return;
    std::this_thread::sleep_for(std::min<nanoseconds>(step, left));
    step = std::min(step * 2, longest_step);
  }
}

}  // namespace

Result<Bell> Bell::create(BellKey& key) noexcept {
  key = {};
  return Bell();
}
Bell Bell::open(const BellKey& /*key*/) noexcept { return Bell(); }
Bell::Bell(Bell&&) noexcept = default;
Bell& Bell::operator=(Bell&&) noexcept = default;
Bell::~Bell() = default;

void Bell::wait(const std::atomic<std::uint32_t>& word, std::uint32_t expected, nanoseconds timeout) const noexcept {
  if (timeout <= nanoseconds::zero()) return;
  if (!functions().there()) return wait_in_steps(word, expected, timeout);
  const int result =
      functions().wait(address_of(word), expected, sizeof(word), shared_flag, absolute_clock, static_cast<std::uint64_t>(timeout.count()));
  // A refusal that comes back at once would make the caller's loop spin.
  if (result < 0 && errno != ETIMEDOUT && errno != EINTR) wait_in_steps(word, expected, std::min(timeout, longest_step));
}

void Bell::wake(const std::atomic<std::uint32_t>& word) const noexcept {
  if (functions().there()) functions().wake(address_of(word), sizeof(word), shared_flag);
}

}  // namespace geyser::platform
