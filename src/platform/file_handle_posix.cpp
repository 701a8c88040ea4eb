// POSIX: a file is a descriptor.
#include "platform/file_handle.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "platform/system_error.hpp"

namespace geyser::platform {

void FileHandle::reset(int fd) noexcept {
  const int old = std::exchange(fd_, fd < 0 ? -1 : fd);
  if (old >= 0 && old != fd_) ::close(old);
}

Result<FileHandle> FileHandle::duplicate() const {
  const int copy = ::fcntl(fd_, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return system_error("Duplicating a file descriptor", errno);
  return FileHandle(copy);
}

}  // namespace geyser::platform
