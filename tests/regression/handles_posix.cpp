#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>

#include "handles.hpp"

namespace geyser::test {

bool is_inherited(OsHandle::Value handle) {
  const int flags = ::fcntl(static_cast<int>(handle), F_GETFD);
  return flags == -1 || (flags & FD_CLOEXEC) == 0;
}

bool close_handle(OsHandle::Value handle) { return ::close(static_cast<int>(handle)) == 0; }

std::pair<OsHandle, OsHandle> make_pipe() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  return {OsHandle(ends[0]), OsHandle(ends[1])};
}

OsHandle make_memory(std::uint64_t bytes) {
  OsHandle memory(::memfd_create("test", MFD_CLOEXEC));
  if (memory && ::ftruncate(memory.fd(), static_cast<off_t>(bytes)) != 0) memory.reset();
  return memory;
}

std::size_t handles_of_contended_locks() { return 0; }

}  // namespace geyser::test
