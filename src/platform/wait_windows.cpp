// Windows: WaitOnAddress works within one process, so two named events stand in for the word: sleepers on an even value wait for the one,
// on an odd value for the other. Names are of this session (Local\): what a process of another session rings is heard at the cap.
#include "platform/wait.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "platform/security_windows.hpp"
#include "platform/system_error.hpp"

namespace geyser::platform {
namespace {

// A sleeper resets its event before it looks at the word, and so may swallow the ring for another one that looked earlier. This is how late
// that one is.
constexpr std::chrono::milliseconds longest_sleep{20};

std::wstring name_of(const BellKey& key, int which) {
  return wide("Local\\geyser-bell-" + hexadecimal(key.id) + (which == 0 ? "-0" : "-1"));
}

HANDLE event_of(std::intptr_t value) noexcept { return reinterpret_cast<HANDLE>(value); }

}  // namespace

Result<Bell> Bell::create(BellKey& key) noexcept {
  try {
    auto id = random_id();
    if (!id) return std::move(id).error();
    const BellKey made{*id};
    auto security = SecurityDescriptor::for_user_only("0x100002");  // EVENT_MODIFY_STATE and SYNCHRONIZE
    if (!security) return std::move(security).error();
    SECURITY_ATTRIBUTES attributes = security->attributes();
    Bell bell;
    for (int i = 0; i < 2; ++i) {
      const HANDLE event =
          ::CreateEventExW(&attributes, name_of(made, i).c_str(), CREATE_EVENT_MANUAL_RESET, EVENT_MODIFY_STATE | SYNCHRONIZE);
      if (event == nullptr) return system_error("Making an event", last_error());
      bell.events_[static_cast<std::size_t>(i)] = reinterpret_cast<std::intptr_t>(event);
    }
    key = made;
    return bell;
  } catch (const std::bad_alloc&) {
    return Error(Errc::out_of_memory, "The process has no host memory left for the names of two events.");
  }
}

Bell Bell::open(const BellKey& key) noexcept {
  Bell bell;
  if (key.id == decltype(key.id){}) return bell;
  try {
    for (int i = 0; i < 2; ++i) {
      bell.events_[static_cast<std::size_t>(i)] =
          reinterpret_cast<std::intptr_t>(::OpenEventW(EVENT_MODIFY_STATE | SYNCHRONIZE, FALSE, name_of(key, i).c_str()));
    }
  } catch (const std::exception&) {  // without memory it is a bell that nobody rings
  }
  return bell;
}

Bell::Bell(Bell&& other) noexcept : events_(std::exchange(other.events_, {})) {}
Bell& Bell::operator=(Bell&& other) noexcept {
  if (this != &other) std::swap(events_, other.events_);
  return *this;
}
Bell::~Bell() {
  for (const std::intptr_t event : events_) {
    if (event != 0) ::CloseHandle(event_of(event));
  }
}

void Bell::wait(const std::atomic<std::uint32_t>& word, std::uint32_t expected, std::chrono::nanoseconds timeout) const noexcept {
  const DWORD limit = wait_milliseconds(std::min<std::chrono::nanoseconds>(timeout, longest_sleep));
  const HANDLE event = event_of(events_[expected & 1]);
  if (event == nullptr) {
    if (word.load(std::memory_order_seq_cst) == expected) ::Sleep(limit);
    return;
  }
  ::ResetEvent(event);
  if (word.load(std::memory_order_seq_cst) == expected) ::WaitForSingleObject(event, limit);
}

void Bell::wake(const std::atomic<std::uint32_t>& /*word*/) const noexcept {
  for (const std::intptr_t event : events_) {
    if (event != 0) ::SetEvent(event_of(event));
  }
}

}  // namespace geyser::platform
