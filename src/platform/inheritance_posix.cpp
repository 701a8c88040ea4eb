// POSIX: close-on-exec.
#include "platform/inheritance.hpp"

#include <fcntl.h>

namespace geyser::platform {

void keep_from_children(const OsHandle& handle) noexcept {
  if (handle) ::fcntl(handle.fd(), F_SETFD, FD_CLOEXEC);  // FD_CLOEXEC is the only descriptor flag there is
}

}  // namespace geyser::platform
