// Windows: the inherit flag of a handle.
#include "platform/inheritance.hpp"
#include "platform/windows.hpp"

namespace geyser::platform {

void keep_from_children(const OsHandle& handle) noexcept {
  if (handle) ::SetHandleInformation(native(handle), HANDLE_FLAG_INHERIT, 0);
}

}  // namespace geyser::platform
