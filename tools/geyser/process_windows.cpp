#include <algorithm>
#include <atomic>
#include <mutex>

#include "platform/windows.hpp"
#include "tools/geyser/process.hpp"

namespace geyser::tools {
namespace {

// A manual-reset event, so that a request between the question and the sleep still ends the sleep. Lives as long as the process.
HANDLE wake = nullptr;
std::atomic<bool> asked{false};

// The thread that reads or writes just now. Synchronous calls end only when somebody cancels them from outside.
std::mutex busy_mutex;
HANDLE busy_thread = nullptr;

/// While it lives, a request to stop ends what this thread waits for.
class Busy {
 public:
  Busy() noexcept {
    (void)DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), &thread_, THREAD_TERMINATE, FALSE, 0);
    const std::lock_guard lock(busy_mutex);
    busy_thread = thread_;
  }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
  ~Busy() {
    {
      const std::lock_guard lock(busy_mutex);
      busy_thread = nullptr;
    }
    if (thread_ != nullptr) CloseHandle(thread_);
  }

 private:
  HANDLE thread_ = nullptr;
};

/// False when nobody reads or writes.
[[nodiscard]] bool cancel_busy() noexcept {
  const std::lock_guard lock(busy_mutex);
  if (busy_thread == nullptr) return false;
  (void)CancelSynchronousIo(busy_thread);
  return true;
}

// Runs in a thread of its own.
BOOL WINAPI on_control(DWORD kind) {
  const bool by_hand = kind == CTRL_C_EVENT || kind == CTRL_BREAK_EVENT;
  // The second time the user means it: the system's own handler ends the process.
  if (asked.exchange(true) && by_hand) return FALSE;
  if (wake != nullptr) (void)SetEvent(wake);
  // The thread may be on its way into the call, where there is nothing to cancel yet.
  for (int i = 0; i < 200 && cancel_busy(); ++i) Sleep(5);
  // When the window closes or the user leaves, the process ends with this function: main() gets what time there is.
  if (!by_hand) Sleep(4500);
  return TRUE;
}

template <class Call>
[[nodiscard]] Passed pass(std::size_t size, DWORD which, Call call) noexcept {
  const HANDLE file = GetStdHandle(which);
  const Busy busy;
  Passed passed;
  while (passed.bytes < size) {
    if (interrupted()) return {Flow::interrupted, passed.bytes, 0};
    constexpr std::size_t most = std::size_t{1} << 30U;
    DWORD count = 0;
    if (call(file, passed.bytes, static_cast<DWORD>(std::min(most, size - passed.bytes)), &count) != 0) {
      if (count == 0) return {Flow::ended, passed.bytes, 0};
      passed.bytes += count;
      continue;
    }
    const DWORD why = GetLastError();
    passed.bytes += count;
    if (why == ERROR_BROKEN_PIPE || why == ERROR_NO_DATA || why == ERROR_HANDLE_EOF || why == ERROR_PIPE_NOT_CONNECTED) {
      return {Flow::ended, passed.bytes, 0};
    }
    if (why != ERROR_OPERATION_ABORTED) return {Flow::failed, passed.bytes, static_cast<int>(why)};
  }
  return passed;
}

}  // namespace

void catch_interrupts() noexcept {
  if (wake == nullptr) wake = CreateEventW(nullptr, TRUE, FALSE, nullptr);  // without one, sleeps end late
  (void)SetConsoleCtrlHandler(on_control, TRUE);
}

bool interrupted() noexcept { return asked.load(std::memory_order_relaxed); }

bool sleep_until(std::chrono::steady_clock::time_point when) noexcept {
  // Plain waits end at the system's next tick, up to 16 ms late: as much as a frame lasts.
  static const HANDLE timer = [] {
    constexpr DWORD high_resolution = 0x2;  // CREATE_WAITABLE_TIMER_HIGH_RESOLUTION, which older headers lack; since Windows 10, 1803
    const HANDLE fine = CreateWaitableTimerExW(nullptr, nullptr, high_resolution, TIMER_MODIFY_STATE | SYNCHRONIZE);
    return fine != nullptr ? fine : CreateWaitableTimerExW(nullptr, nullptr, 0, TIMER_MODIFY_STATE | SYNCHRONIZE);
  }();
  while (!interrupted()) {
    const auto left = when - std::chrono::steady_clock::now();
    if (left <= left.zero()) return true;
    constexpr std::chrono::nanoseconds piece = std::chrono::minutes(1);
    const auto rest = std::min<std::chrono::nanoseconds>(left, piece);
    LARGE_INTEGER due{};
    due.QuadPart = -std::max<LONGLONG>(1, rest.count() / 100);  // relative, in units of 100 ns
    if (timer != nullptr && SetWaitableTimer(timer, &due, 0, nullptr, nullptr, FALSE) != 0) {
      const HANDLE both[] = {timer, wake};
      (void)WaitForMultipleObjects(wake != nullptr ? 2 : 1, both, FALSE, platform::wait_milliseconds(rest) + 100);
    } else {
      if (wake != nullptr) {
        (void)WaitForSingleObject(wake, platform::wait_milliseconds(rest));
      } else {
        Sleep(platform::wait_milliseconds(rest));
      }
    }
  }
  return false;
}

Passed read_input(std::span<std::byte> bytes) noexcept {
  return pass(bytes.size(), STD_INPUT_HANDLE, [&](HANDLE file, std::size_t done, DWORD most, DWORD* count) {
    return ReadFile(file, bytes.data() + done, most, count, nullptr);
  });
}

Passed write_output(std::span<const std::byte> bytes) noexcept {
  return pass(bytes.size(), STD_OUTPUT_HANDLE, [&](HANDLE file, std::size_t done, DWORD most, DWORD* count) {
    return WriteFile(file, bytes.data() + done, most, count, nullptr);
  });
}

bool input_is_terminal() noexcept {
  DWORD mode = 0;
  return GetConsoleMode(GetStdHandle(STD_INPUT_HANDLE), &mode) != 0;
}

}  // namespace geyser::tools
