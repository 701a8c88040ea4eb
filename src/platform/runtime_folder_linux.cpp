// Linux: XDG_RUNTIME_DIR and inotify.
#include "platform/runtime_folder.hpp"

#include <poll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <thread>

#include "core/message.hpp"
#include "platform/runtime_directory.hpp"

namespace geyser::platform {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;

// Between two looks at a folder that the system does not watch for us.
constexpr milliseconds without_watch{10};

/// False when the time is over.
bool wait_until_readable(int fd, nanoseconds timeout) noexcept {
  timeout = std::max(timeout, nanoseconds::zero());
  pollfd entry{fd, POLLIN, 0};
  const auto begin = steady_clock::now();
  while (true) {
    const auto left = std::max<nanoseconds>(timeout - (steady_clock::now() - begin), nanoseconds::zero());
    const auto wait = std::min<std::int64_t>(std::chrono::ceil<milliseconds>(left).count(), 1'000'000);
    const int ready = ::poll(&entry, 1, static_cast<int>(wait));
    if (ready > 0) return true;
    if (ready == 0 && left <= milliseconds(wait)) return false;
    if (ready < 0 && errno != EINTR) return false;
  }
}

}  // namespace

std::string default_runtime_directory() {
  if (const std::string own = environment("XDG_RUNTIME_DIR"); is_own_folder(own)) return own + "/geyser";
  std::string temporary = environment("TMPDIR");
  struct stat info{};
  if (!temporary.starts_with('/') || ::stat(temporary.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) temporary = "/tmp";
  while (temporary.size() > 1 && temporary.ends_with('/')) temporary.pop_back();
  return detail::text(temporary, "/geyser-", ::geteuid());
}

std::string program_name() { return ::program_invocation_short_name; }

FolderWatch FolderWatch::create() noexcept {
  FolderWatch watch;
  watch.watch_.reset(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  return watch;
}

void FolderWatch::attach(const FileHandle& folder, const std::string& path) {
  // Whoever cleans temporary folders by age leaves alone what is locked (systemd-tmpfiles does).
  ::flock(folder.fd(), LOCK_SH | LOCK_NB);
  // The file named by the descriptor: the path could be another folder by now.
  const std::string self = detail::text("/proc/self/fd/", folder.fd());
  constexpr std::uint32_t changes = IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF;
  if (watch_ && ::inotify_add_watch(watch_.fd(), self.c_str(), changes) < 0 &&
      ::inotify_add_watch(watch_.fd(), path.c_str(), changes) < 0) {
    watch_.reset();
  }
}

void FolderWatch::wait(std::chrono::nanoseconds timeout) {
  if (!watch_) {
    std::this_thread::sleep_for(std::clamp<std::chrono::nanoseconds>(timeout, std::chrono::nanoseconds::zero(), without_watch));
    return;
  }
  if (!wait_until_readable(watch_.fd(), timeout)) return;
  std::array<char, 4096> events;
  while (::read(watch_.fd(), events.data(), events.size()) > 0) {
  }
}

Watchable FolderWatch::watchable() const noexcept { return {watch_.fd(), watch_.fd()}; }

}  // namespace geyser::platform
