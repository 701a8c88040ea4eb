// Linux: epoll, and an eventfd for wake().
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <new>

#include "core/message.hpp"
#include "platform/socket.hpp"
#include "platform/system_error.hpp"

namespace geyser::platform {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;

constexpr std::size_t events_at_once = 64;

Result<void> control(const OsHandle& poll, int operation, Watchable what, std::uint64_t key, bool want_writable) {
  if (key == Poller::reserved_key) {
    return Error(Errc::invalid_argument, detail::text("The key ", key, " is reserved for wake(); give a smaller one."));
  }
  epoll_event event{};
  event.events = static_cast<std::uint32_t>(EPOLLIN) | EPOLLRDHUP | (want_writable ? static_cast<std::uint32_t>(EPOLLOUT) : 0U);
  event.data.u64 = key;
  if (::epoll_ctl(poll.fd(), operation, static_cast<int>(what.readable), &event) == 0) return {};
  return system_error(detail::text("Watching the handle ", what.readable), errno);
}

}  // namespace

Result<Poller> Poller::create() {
  OsHandle poll(::epoll_create1(EPOLL_CLOEXEC));
  if (!poll) return system_error("Making an epoll instance", errno);
  OsHandle wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake) return system_error("Making an eventfd", errno);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = reserved_key;
  if (::epoll_ctl(poll.fd(), EPOLL_CTL_ADD, wake.fd(), &event) != 0) return system_error("Watching an eventfd", errno);
  return Poller(std::move(poll), std::move(wake));
}

Result<void> Poller::add(Watchable what, std::uint64_t key, bool want_writable) {
  return control(poll_, EPOLL_CTL_ADD, what, key, want_writable);
}

Result<void> Poller::change(Watchable what, std::uint64_t key, bool want_writable) {
  return control(poll_, EPOLL_CTL_MOD, what, key, want_writable);
}

void Poller::remove(Watchable what) noexcept {
  epoll_event unused{};
  ::epoll_ctl(poll_.fd(), EPOLL_CTL_DEL, static_cast<int>(what.readable), &unused);
}

void Poller::wait(nanoseconds timeout, std::vector<Event>& events) noexcept {
  events.clear();
  std::array<epoll_event, events_at_once> seen;
  const auto begin = steady_clock::now();
  int count = -1;
  while (count < 0) {
    // Up to whole milliseconds: rounded down, the last part of one would be spent spinning.
    const auto left = std::chrono::ceil<milliseconds>(std::max(timeout - (steady_clock::now() - begin), nanoseconds::zero())).count();
    const auto limit = static_cast<int>(std::min<std::int64_t>(left, std::numeric_limits<int>::max()));
    count = ::epoll_wait(poll_.fd(), seen.data(), static_cast<int>(seen.size()), limit);
    if (count < 0 && errno != EINTR) return;
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    const epoll_event& event = seen[i];
    if (event.data.u64 == reserved_key) {
      std::uint64_t wakes = 0;
      [[maybe_unused]] const ssize_t read = ::read(wake_.fd(), &wakes, sizeof(wakes));
      continue;
    }
    try {
      events.push_back({event.data.u64, (event.events & EPOLLIN) != 0, (event.events & EPOLLOUT) != 0,
                        (event.events & (EPOLLHUP | EPOLLRDHUP | EPOLLERR)) != 0});
    } catch (const std::bad_alloc&) {
      return;  // what was not taken is reported again by the next wait()
    }
  }
}

void Poller::wake() const noexcept {
  const std::uint64_t one = 1;
  // It fails only when the counter is full: then a wake-up waits already.
  [[maybe_unused]] const ssize_t written = ::write(wake_.fd(), &one, sizeof(one));
}

}  // namespace geyser::platform
