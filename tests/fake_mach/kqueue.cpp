// kqueue(2) for what src/platform watches: an epoll instance, and for each watch a descriptor that epoll understands.
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/event.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <map>
#include <mutex>
#include <string>

#include "fake_mach/fake_mach.hpp"

using fake_mach::call;
using fake_mach::Fd;
using fake_mach::Op;

namespace {

struct Key {
  std::uintptr_t ident;
  std::int16_t filter;
  auto operator<=>(const Key&) const = default;
};
struct Watch {
  Fd own;  // what stands for the watch, where the watched thing is no descriptor
  int watched = -1;
  std::uint64_t id = 0;
  bool gone = false;
};
using Queue = std::map<Key, Watch>;

std::mutex mutex;
std::atomic<std::uint64_t> ids = std::uint64_t{1} << 32U;

std::map<int, Queue>& queues() {
  static auto* own = new std::map<int, Queue>;
  return *own;
}

void drop(Queue& queue) {
  for (auto& [key, watch] : queue) {
    if (key.filter == EVFILT_MACHPORT) static_cast<void>(call({Op::unwatch, {key.ident, watch.id, 0, 0}, {}, {}}));
  }
  queue.clear();
}

bool is_queue(int fd) {
  std::array<char, 64> text{};
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  return ::readlink(path.c_str(), text.data(), text.size() - 1) > 0 && std::string(text.data()) == "anon_inode:[eventpoll]";
}

int add(int fd, Queue& queue, const struct kevent& change) {
  const Key key{change.ident, change.filter};
  Watch watch;
  switch (change.filter) {
    case EVFILT_MACHPORT:
    case EVFILT_USER:
      watch.own = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
      break;
    case EVFILT_VNODE: {
      watch.own = Fd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
      const std::string path = "/proc/self/fd/" + std::to_string(change.ident);
      if (::inotify_add_watch(watch.own.get(), path.c_str(), IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF) < 0)
        return -1;
      break;
    }
    case EVFILT_READ:
      watch.watched = static_cast<int>(change.ident);
      break;
    default:
      errno = EINVAL;
      return -1;
  }
  if (watch.own) watch.watched = watch.own.get();
  if (change.filter == EVFILT_MACHPORT) {
    watch.id = ids++;
    if (call({Op::watch, {change.ident, watch.id, 0, 0}, {}, watch.own.duplicate()}, KERN_RESOURCE_SHORTAGE).code != KERN_SUCCESS) {
      errno = ENOENT;
      return -1;
    }
  }
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = static_cast<std::uint64_t>(change.ident) | static_cast<std::uint64_t>(static_cast<std::uint16_t>(change.filter)) << 48U;
  if (::epoll_ctl(fd, EPOLL_CTL_ADD, watch.watched, &event) != 0) return -1;
  queue[key] = std::move(watch);
  return 0;
}

int apply(int fd, const struct kevent& change) {
  const std::scoped_lock lock(mutex);
  Queue& queue = queues()[fd];
  const auto found = queue.find({change.ident, change.filter});
  if ((change.flags & EV_DELETE) != 0) {
    if (found == queue.end()) {
      errno = ENOENT;
      return -1;
    }
    ::epoll_ctl(fd, EPOLL_CTL_DEL, found->second.watched, nullptr);
    if (change.filter == EVFILT_MACHPORT) static_cast<void>(call({Op::unwatch, {change.ident, found->second.id, 0, 0}, {}, {}}));
    queue.erase(found);
    return 0;
  }
  if ((change.flags & EV_ADD) != 0 && found == queue.end()) return add(fd, queue, change);
  if (found == queue.end()) {
    errno = ENOENT;
    return -1;
  }
  if (change.filter == EVFILT_USER && (change.fflags & NOTE_TRIGGER) != 0) {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t done = ::write(found->second.own.get(), &one, sizeof(one));
  }
  return 0;
}

}  // namespace

namespace fake_mach {

void forget_closed_queues() {
  const std::scoped_lock lock(mutex);
  for (auto queue = queues().begin(); queue != queues().end();) {
    if (is_queue(queue->first)) {
      ++queue;
      continue;
    }
    drop(queue->second);
    queue = queues().erase(queue);
  }
}

}  // namespace fake_mach

extern "C" {

int kqueue(void) {
  fake_mach::forget_closed_queues();
  const int fd = ::epoll_create1(EPOLL_CLOEXEC);
  const std::scoped_lock lock(mutex);
  if (fd >= 0) drop(queues()[fd]);
  return fd;
}

int kevent(int fd, const struct kevent* changes, int change_count, struct kevent* events, int event_count, const struct timespec* timeout) {
  for (int i = 0; i < change_count; ++i) {
    if (apply(fd, changes[i]) != 0) return -1;
  }
  if (event_count == 0) return 0;
  const std::int64_t limit = timeout == nullptr ? -1 : timeout->tv_sec * 1000 + (timeout->tv_nsec + 999'999) / 1'000'000;
  std::array<epoll_event, 64> seen{};
  const int count = ::epoll_wait(fd, seen.data(), std::min(event_count, static_cast<int>(seen.size())), static_cast<int>(limit));
  const std::scoped_lock lock(mutex);
  Queue& queue = queues()[fd];
  int reported = 0;
  for (int i = 0; i < count; ++i) {
    const std::uint64_t data = seen[static_cast<std::size_t>(i)].data.u64;
    const Key key{static_cast<std::uintptr_t>(data & 0xFFFFFFFFFFFFU), static_cast<std::int16_t>(static_cast<std::uint16_t>(data >> 48U))};
    const auto found = queue.find(key);
    if (found == queue.end()) continue;
    if (key.filter == EVFILT_USER || key.filter == EVFILT_VNODE) {  // both are added with EV_CLEAR
      std::array<char, 4096> bytes;
      while (::read(found->second.own.get(), bytes.data(), bytes.size()) > 0) {
      }
    }
    struct kevent& event = events[reported++];
    event = {};
    event.ident = key.ident;
    event.filter = key.filter;
  }
  return count < 0 ? -1 : reported;
}
}
