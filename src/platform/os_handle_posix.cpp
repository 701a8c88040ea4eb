// POSIX: a handle is a file descriptor.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "core/message.hpp"
#include "geyser/log.hpp"
#include "geyser/os_handle.hpp"

namespace geyser {

OsHandle::OsHandle(Value value) noexcept : value_(value < 0 ? none : value) {}

void OsHandle::reset(Value value) noexcept {
  const Value old = std::exchange(value_, value < 0 ? none : value);
  if (old == none || old == value_) return;
  // EINTR still closes the descriptor on Linux: trying again could close somebody else's.
  if (::close(static_cast<int>(old)) != 0 && errno == EBADF) {
    log(LogLevel::error, "A file descriptor that the library owns was already closed: somebody closes descriptors twice.");
  }
}

Result<OsHandle> OsHandle::duplicate() const noexcept {
  if (value_ == none) return Error(Errc::invalid_argument, "There is no handle to duplicate.");
  const int copy = ::fcntl(fd(), F_DUPFD_CLOEXEC, 0);
  if (copy >= 0) return OsHandle(copy);
  const int code = errno;
  if (code == EMFILE) {
    return Error(Errc::out_of_memory, "The process has no file descriptor left; close some or raise RLIMIT_NOFILE.", ErrorDomain::posix,
                 code);
  }
  try {
    return Error(code == EBADF ? Errc::invalid_argument : Errc::os_error,
                 detail::text("File descriptor ", value_, " cannot be duplicated: ", std::generic_category().message(code), "."),
                 ErrorDomain::posix, code);
  } catch (const std::exception&) {
    return Error(Errc::os_error, "A file descriptor cannot be duplicated.", ErrorDomain::posix, code);
  }
}

}  // namespace geyser
