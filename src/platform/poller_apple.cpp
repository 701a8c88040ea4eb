// Apple: a kqueue that watches sets of Mach ports and descriptors, and a user event for wake().
#include <fcntl.h>
#include <sys/event.h>

#include <array>
#include <cerrno>
#include <new>

#include "core/message.hpp"
#include "platform/connection_apple.hpp"
#include "platform/file_handle.hpp"
#include "platform/system_error.hpp"
#include "platform/watchable_apple.hpp"

namespace geyser::platform {
namespace {

using std::chrono::nanoseconds;
using std::chrono::steady_clock;

constexpr std::size_t events_at_once = 64;

struct Watch {
  Watchable what;
  std::uint64_t key = 0;
  bool want_writable = false;
};

Error watch_error(Watchable what, int code) { return system_error(detail::text("Watching the handle ", what.readable), code); }

struct kevent change_of(OsHandle::Value ident, std::int16_t filter, std::uint16_t flags) noexcept {
  struct kevent change{};
  change.ident = static_cast<std::uintptr_t>(ident);
  change.filter = filter;
  change.flags = flags;
  return change;
}

}  // namespace

struct Poller::State {
  FileHandle queue;
  std::vector<Watch> watches;  // few, and looked through only when something happened

  [[nodiscard]] auto find(Watchable what) noexcept {
    return std::find_if(watches.begin(), watches.end(), [&](const Watch& watch) {
      return watch.what.readable == what.readable && is_descriptor(watch.what) == is_descriptor(what);
    });
  }
  [[nodiscard]] bool apply(OsHandle::Value ident, std::int16_t filter, std::uint16_t flags) const noexcept {
    const struct kevent change = change_of(ident, filter, flags);
    return ::kevent(queue.fd(), &change, 1, nullptr, 0, nullptr) == 0;
  }
  [[nodiscard]] static std::int16_t filter_of(Watchable what) noexcept { return is_descriptor(what) ? EVFILT_READ : EVFILT_MACHPORT; }
  [[nodiscard]] static bool has_room_to_watch(const Watch& watch) noexcept {
    return watch.want_writable && !is_descriptor(watch.what) && watch.what.writable != OsHandle::none;
  }
  void forget(const Watch& watch) const noexcept {
    if (has_room_to_watch(watch)) static_cast<void>(apply(watch.what.writable, EVFILT_MACHPORT, EV_DELETE));
    static_cast<void>(apply(watch.what.readable, filter_of(watch.what), EV_DELETE));
  }
  /// What an event says of one of the watches, put together with what others said before.
  void report(const struct kevent& event, std::vector<Event>& events) const {
    for (const Watch& watch : watches) {
      const bool readable = event.filter == filter_of(watch.what) && event.ident == static_cast<std::uintptr_t>(watch.what.readable);
      const bool writable =
          has_room_to_watch(watch) && event.filter == EVFILT_MACHPORT && event.ident == static_cast<std::uintptr_t>(watch.what.writable);
      if (!readable && !writable) continue;
      auto said = std::find_if(events.begin(), events.end(), [&](const Event& other) { return other.key == watch.key; });
      if (said == events.end()) said = events.insert(events.end(), Event{watch.key});
      said->readable |= readable;
      said->writable |= writable;
      if (is_descriptor(watch.what)) return;
      const auto connection = Connection::of_set(mach::name_of(watch.what.readable));
      said->closed |= connection && connection->is_over();
      return;
    }
  }
};

Result<Poller> Poller::create() {
  auto state = std::make_shared<State>();
  state->queue.reset(::kqueue());
  if (!state->queue) return system_error("Making a kqueue", errno);
  ::fcntl(state->queue.fd(), F_SETFD, FD_CLOEXEC);
  if (!state->apply(0, EVFILT_USER, EV_ADD | EV_CLEAR)) return system_error("Watching a user event", errno);
  Poller poller{OsHandle(), OsHandle()};
  poller.state_ = std::move(state);
  return poller;
}

Result<void> Poller::add(Watchable what, std::uint64_t key, bool want_writable) {
  if (key == reserved_key) {
    return Error(Errc::invalid_argument, detail::text("The key ", key, " is reserved for wake(); give a smaller one."));
  }
  if (!what) return watch_error(what, EBADF);
  if (state_->find(what) != state_->watches.end()) return watch_error(what, EEXIST);
  state_->watches.reserve(state_->watches.size() + 1);
  const Watch watch{what, key, want_writable};
  if (!state_->apply(what.readable, State::filter_of(what), EV_ADD)) return watch_error(what, errno);
  if (State::has_room_to_watch(watch) && !state_->apply(what.writable, EVFILT_MACHPORT, EV_ADD)) {
    const int code = errno;
    static_cast<void>(state_->apply(what.readable, State::filter_of(what), EV_DELETE));
    return watch_error(what, code);
  }
  state_->watches.push_back(watch);
  return {};
}

Result<void> Poller::change(Watchable what, std::uint64_t key, bool want_writable) {
  if (key == reserved_key) {
    return Error(Errc::invalid_argument, detail::text("The key ", key, " is reserved for wake(); give a smaller one."));
  }
  const auto found = state_->find(what);
  if (!what || found == state_->watches.end()) return watch_error(what, ENOENT);
  const Watch before = *found;
  const Watch after{before.what, key, want_writable};
  if (State::has_room_to_watch(after) != State::has_room_to_watch(before) &&
      !state_->apply(before.what.writable, EVFILT_MACHPORT, static_cast<std::uint16_t>(want_writable ? EV_ADD : EV_DELETE))) {
    return watch_error(what, errno);
  }
  *found = after;
  return {};
}

void Poller::remove(Watchable what) noexcept {
  const auto found = state_->find(what);
  if (found == state_->watches.end()) return;
  state_->forget(*found);
  state_->watches.erase(found);
}

void Poller::wait(nanoseconds timeout, std::vector<Event>& events) noexcept {
  events.clear();
  std::array<struct kevent, events_at_once> seen{};
  const auto begin = steady_clock::now();
  int count = 0;
  while (true) {
    const auto left = std::max<nanoseconds>(timeout - (steady_clock::now() - begin), nanoseconds::zero());
    const timespec limit = as_timespec(left);
    count = ::kevent(state_->queue.fd(), nullptr, 0, seen.data(), static_cast<int>(seen.size()), &limit);
    if (count > 0) break;
    if (count == 0 && left <= longest_kevent) return;
    if (count < 0 && errno != EINTR) return;
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    if (seen[i].filter == EVFILT_USER) continue;
    try {
      state_->report(seen[i], events);
    } catch (const std::bad_alloc&) {
      return;  // what was not taken is reported again by the next wait()
    }
  }
}

void Poller::wake() const noexcept {
  struct kevent change = change_of(0, EVFILT_USER, 0);
  change.fflags = NOTE_TRIGGER;
  ::kevent(state_->queue.fd(), &change, 1, nullptr, 0, nullptr);
}

}  // namespace geyser::platform
