// A pipe in the place of a Mach port: the read end is the token, write ends are its handles, and the kernel says when the last one is gone.
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "platform/process_token.hpp"

namespace geyser::platform {
namespace {

int fd_of(OsHandle::Value value) noexcept { return static_cast<int>(value); }

}  // namespace

Result<ProcessToken> ProcessToken::create() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return Error(Errc::out_of_memory, "The process has no descriptor left for a token.");
  ::close(ends[1]);
  return ProcessToken(ends[0]);
}

ProcessToken::~ProcessToken() {
  if (value_ != OsHandle::none) ::close(fd_of(value_));
}

Result<OsHandle> ProcessToken::handle() const {
  const int fd = ::open(("/proc/self/fd/" + std::to_string(value_)).c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return Error(Errc::out_of_memory, "The process has no descriptor left for a token.");
  return OsHandle(fd);
}

bool ProcessToken::named_by(const OsHandle& handle) const noexcept {
  struct stat own{};
  struct stat other{};
  return handle && ::fstat(fd_of(value_), &own) == 0 && ::fstat(handle.fd(), &other) == 0 && own.st_dev == other.st_dev &&
         own.st_ino == other.st_ino;
}

bool ProcessToken::has_handles() const noexcept {
  pollfd asked{.fd = fd_of(value_), .events = POLLIN, .revents = 0};
  return ::poll(&asked, 1, 0) >= 0 && (asked.revents & POLLHUP) == 0;
}

}  // namespace geyser::platform
