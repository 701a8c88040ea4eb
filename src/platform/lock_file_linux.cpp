// Linux: open file description locks. Unlike those of flock() they can be looked at without being taken, so a process that only lists
// names never makes another fail that takes one.
#include <fcntl.h>

#include <cerrno>

#include "platform/runtime_files.hpp"
#include "platform/system_error.hpp"

namespace geyser::platform {
namespace {

struct flock span_of(short type, off_t first, off_t count) noexcept {
  struct flock lock{};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = first;
  lock.l_len = count;
  return lock;
}

}  // namespace

Result<FileHandle> LockFile::second_lock(const FileHandle& /*folder*/) { return FileHandle(); }

Result<bool> LockFile::lock(int byte) const {
  struct flock lock = span_of(F_WRLCK, byte, 1);
  if (::fcntl(handle_.fd(), F_OFD_SETLK, &lock) == 0) return true;
  if (errno == EAGAIN || errno == EACCES) return false;
  return system_error("Locking a name's file", errno);
}

Result<bool> LockFile::is_held() const {
  struct flock lock = span_of(F_WRLCK, 0, 1);
  if (::fcntl(handle_.fd(), F_OFD_GETLK, &lock) != 0) return system_error("Asking for the lock of a name's file", errno);
  return lock.l_type != F_UNLCK;
}

void LockFile::unlock() const noexcept {
  struct flock lock = span_of(F_UNLCK, 0, 2);
  ::fcntl(handle_.fd(), F_OFD_SETLK, &lock);
}

}  // namespace geyser::platform
