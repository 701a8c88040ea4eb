#include <dirent.h>
#include <fcntl.h>

#include "system.hpp"

namespace geyser::unit {

OsHandle open_null() { return OsHandle(::open("/dev/null", O_RDWR | O_CLOEXEC)); }
bool is_open(OsHandle::Value handle) noexcept { return ::fcntl(static_cast<int>(handle), F_GETFD) != -1; }
bool is_inherited(const OsHandle& handle) noexcept { return (::fcntl(handle.fd(), F_GETFD) & FD_CLOEXEC) == 0; }

std::size_t open_descriptors() {
  std::size_t count = 0;
  DIR* folder = ::opendir("/proc/self/fd");
  if (folder == nullptr) return 0;
  while (::readdir(folder) != nullptr) ++count;
  ::closedir(folder);
  return count;
}

}  // namespace geyser::unit
