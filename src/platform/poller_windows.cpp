// Windows: events. What is signalled is found by looking at each; up to 62 are waited for directly, more by way of the thread pool.
#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <vector>

#include "core/message.hpp"
#include "platform/socket.hpp"
#include "platform/system_error.hpp"
#include "platform/windows.hpp"

namespace geyser::platform {
namespace {

using std::chrono::nanoseconds;
using std::chrono::steady_clock;

bool is_set(OsHandle::Value event) noexcept { return ::WaitForSingleObject(native(event), 0) == WAIT_OBJECT_0; }

/// Tells `event_` when the watched one is set: once per arm().
class PoolWait {
 public:
  PoolWait(OsHandle::Value watched, HANDLE event) noexcept : watched_(watched), event_(event) {}
  PoolWait(const PoolWait&) = delete;
  PoolWait& operator=(const PoolWait&) = delete;
  ~PoolWait() {
    if (wait_ == nullptr) return;
    ::SetThreadpoolWait(wait_, nullptr, nullptr);
    ::WaitForThreadpoolWaitCallbacks(wait_, TRUE);
    ::CloseThreadpoolWait(wait_);
  }
  /// False when the system has no memory for it.
  [[nodiscard]] bool arm() noexcept {
    if (wait_ == nullptr) wait_ = ::CreateThreadpoolWait(&PoolWait::fired, this, nullptr);
    if (wait_ == nullptr) return false;
    if (!armed_.exchange(true, std::memory_order_acq_rel)) ::SetThreadpoolWait(wait_, native(watched_), nullptr);
    return true;
  }

 private:
  static void CALLBACK fired(PTP_CALLBACK_INSTANCE /*instance*/, void* context, PTP_WAIT /*wait*/, TP_WAIT_RESULT /*result*/) {
    auto& self = *static_cast<PoolWait*>(context);
    self.armed_.store(false, std::memory_order_release);
    ::SetEvent(self.event_);
  }

  OsHandle::Value watched_;
  HANDLE event_;
  PTP_WAIT wait_ = nullptr;
  std::atomic<bool> armed_{false};
};

}  // namespace

struct Poller::State {
  struct Entry {
    Watchable what;
    std::uint64_t key = 0;
    bool want_writable = false;
    std::unique_ptr<PoolWait> readable, writable;  // made when there are too many to wait for directly
  };
  std::vector<Entry> entries;

  [[nodiscard]] auto find(Watchable what) noexcept {
    return std::ranges::find_if(entries, [&](const Entry& entry) { return entry.what.readable == what.readable; });
  }
  void look(std::vector<Event>& events) const noexcept {
    for (const Entry& entry : entries) {
      const bool readable = is_set(entry.what.readable);
      const bool writable = entry.want_writable && is_set(entry.what.writable);
      if (!readable && !writable) continue;
      try {
        events.push_back({entry.key, readable, writable, false});
      } catch (const std::bad_alloc&) {
        return;  // what was not taken is reported again by the next wait()
      }
    }
  }
  /// False when some could not be armed.
  [[nodiscard]] bool arm(HANDLE event) noexcept {
    bool all = true;
    const auto one = [&](std::unique_ptr<PoolWait>& wait, OsHandle::Value watched) {
      if (wait == nullptr) wait.reset(new (std::nothrow) PoolWait(watched, event));
      all = wait != nullptr && wait->arm() && all;
    };
    for (Entry& entry : entries) {
      one(entry.readable, entry.what.readable);
      if (entry.want_writable) one(entry.writable, entry.what.writable);
    }
    return all;
  }
};

namespace {

/// How long a wait goes on when the thread pool could not take all.
constexpr DWORD without_pool = 10;

Error not_watched(Watchable what, const char* why) {
  return Error(Errc::os_error, detail::text("Watching the handle ", what.readable, " failed: ", why, "."));
}

Result<void> check(Watchable what, std::uint64_t key) {
  if (key == Poller::reserved_key) {
    return Error(Errc::invalid_argument, detail::text("The key ", key, " is reserved for wake(); give a smaller one."));
  }
  DWORD flags = 0;
  if (!what || what.writable == OsHandle::none || ::GetHandleInformation(native(what.readable), &flags) == 0 ||
      ::GetHandleInformation(native(what.writable), &flags) == 0) {
    return not_watched(what, "it is not open");
  }
  return {};
}

}  // namespace

Result<Poller> Poller::create() {
  OsHandle any = owned(::CreateEventW(nullptr, TRUE, FALSE, nullptr));
  OsHandle wake = owned(::CreateEventW(nullptr, FALSE, FALSE, nullptr));
  if (!any || !wake) return system_error("Making an event", last_error());
  Poller poller(std::move(any), std::move(wake));
  poller.state_ = std::make_shared<State>();
  return poller;
}

Result<void> Poller::add(Watchable what, std::uint64_t key, bool want_writable) {
  if (auto valid = check(what, key); !valid) return std::move(valid).error();
  if (state_->find(what) != state_->entries.end()) return not_watched(what, "it is watched already");
  state_->entries.push_back({what, key, want_writable, nullptr, nullptr});
  return {};
}

Result<void> Poller::change(Watchable what, std::uint64_t key, bool want_writable) {
  if (auto valid = check(what, key); !valid) return std::move(valid).error();
  const auto found = state_->find(what);
  if (found == state_->entries.end()) return not_watched(what, "it has not been added");
  found->key = key;
  found->want_writable = want_writable;
  if (!want_writable) found->writable.reset();
  return {};
}

void Poller::remove(Watchable what) noexcept {
  const auto found = state_->find(what);
  if (found != state_->entries.end()) state_->entries.erase(found);
}

void Poller::wait(nanoseconds timeout, std::vector<Event>& events) noexcept {
  events.clear();
  const auto begin = steady_clock::now();
  // The first of all: it is to be noticed even when many others are set.
  std::array<HANDLE, MAXIMUM_WAIT_OBJECTS> handles{native(wake_)};
  std::size_t wanted = 1;
  for (const State::Entry& entry : state_->entries) wanted += entry.want_writable ? 2 : 1;
  const bool direct = wanted <= handles.size();
  DWORD count = 1;
  if (direct) {
    for (const State::Entry& entry : state_->entries) {
      handles[count++] = native(entry.what.readable);
      if (entry.want_writable) handles[count++] = native(entry.what.writable);
    }
  } else {
    handles[count++] = native(poll_);
  }
  while (true) {
    bool all = true;
    if (!direct) {
      ::ResetEvent(native(poll_));
      all = state_->arm(native(poll_));
    }
    state_->look(events);
    const nanoseconds left = events.empty() ? timeout - (steady_clock::now() - begin) : nanoseconds::zero();
    const DWORD longest = wait_milliseconds(left);
    const DWORD ended = ::WaitForMultipleObjects(count, handles.data(), FALSE, all ? longest : std::min(longest, without_pool));
    if (!events.empty() || ended == WAIT_OBJECT_0) return;
    if (ended == WAIT_FAILED) ::Sleep(std::min(longest, without_pool));  // somebody closed what is watched
    if (ended == WAIT_TIMEOUT && steady_clock::now() - begin >= timeout) {
      state_->look(events);
      return;
    }
    if (ended == WAIT_FAILED && steady_clock::now() - begin >= timeout) return;
  }
}

void Poller::wake() const noexcept { ::SetEvent(native(wake_)); }

}  // namespace geyser::platform
