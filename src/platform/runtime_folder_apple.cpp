// Apple: the user's own temporary folder, which Darwin makes for each user, and a kqueue that watches the folder.
#include "platform/runtime_folder.hpp"

#include <fcntl.h>
#include <sys/event.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <thread>

#include "core/message.hpp"
#include "platform/runtime_directory.hpp"
#include "platform/watchable_apple.hpp"

namespace geyser::platform {
namespace {

using std::chrono::nanoseconds;
using std::chrono::steady_clock;

// Between two looks at a folder that the system does not watch for us.
constexpr std::chrono::milliseconds without_watch{10};

/// Other processes of the user meet there too, unless a sandbox gives each its own.
std::string darwin_temporary_folder() {
  std::array<char, 1024> path{};
  const std::size_t length = ::confstr(_CS_DARWIN_USER_TEMP_DIR, path.data(), path.size());
  return length > 1 && length <= path.size() ? std::string(path.data()) : std::string();
}

}  // namespace

std::string default_runtime_directory() {
  if (const std::string own = environment("XDG_RUNTIME_DIR"); is_own_folder(own)) return own + "/geyser";
  for (std::string folder : {darwin_temporary_folder(), environment("TMPDIR")}) {
    while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
    if (is_own_folder(folder)) return folder + "/geyser";
  }
  return detail::text("/tmp/geyser-", ::geteuid());
}

std::string program_name() {
  const char* name = ::getprogname();
  return name != nullptr ? name : "";
}

FolderWatch FolderWatch::create() noexcept {
  FolderWatch watch;
  watch.watch_.reset(::kqueue());
  if (watch.watch_) ::fcntl(watch.watch_.fd(), F_SETFD, FD_CLOEXEC);  // a forked child has no kqueue, and an exec'd one needs none
  return watch;
}

void FolderWatch::attach(const FileHandle& folder, const std::string& /*path*/) {
  if (!watch_) return;
  // Entries that come and go write to the folder. The kernel forgets the watch when `folder` is closed.
  struct kevent change{};
  change.ident = static_cast<std::uintptr_t>(folder.fd());
  change.filter = EVFILT_VNODE;
  change.flags = EV_ADD | EV_CLEAR;
  change.fflags = NOTE_WRITE | NOTE_DELETE | NOTE_RENAME | NOTE_REVOKE;
  if (::kevent(watch_.fd(), &change, 1, nullptr, 0, nullptr) != 0) watch_.reset();
}

void FolderWatch::wait(nanoseconds timeout) {
  if (!watch_) {
    std::this_thread::sleep_for(std::clamp<nanoseconds>(timeout, nanoseconds::zero(), without_watch));
    return;
  }
  std::array<struct kevent, 4> events{};
  const auto begin = steady_clock::now();
  bool changed = false;
  while (true) {
    const auto left = changed ? nanoseconds::zero() : std::max<nanoseconds>(timeout - (steady_clock::now() - begin), nanoseconds::zero());
    const timespec limit = as_timespec(left);
    const int count = ::kevent(watch_.fd(), nullptr, 0, events.data(), static_cast<int>(events.size()), &limit);
    if (count > 0) changed = true;  // and once more, until none is left
    if (count == 0 && left <= longest_kevent) return;
    if (count < 0 && errno != EINTR) return;
  }
}

Watchable FolderWatch::watchable() const noexcept { return watch_ ? watch_descriptor(watch_.fd()) : Watchable(); }

}  // namespace geyser::platform
