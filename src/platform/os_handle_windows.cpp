// Windows: a handle is a HANDLE of this process's table. Pseudo handles (GetCurrentProcess()) are negative, and so are no handles here.
#include "core/message.hpp"
#include "geyser/log.hpp"
#include "geyser/os_handle.hpp"
#include "platform/system_error.hpp"
#include "platform/windows.hpp"

namespace geyser {

OsHandle::OsHandle(Value value) noexcept : value_(value <= 0 ? none : value) {}

void OsHandle::reset(Value value) noexcept {
  const Value old = std::exchange(value_, value <= 0 ? none : value);
  if (old == none || old == value_) return;
  if (::CloseHandle(platform::native(old)) == 0 && ::GetLastError() == ERROR_INVALID_HANDLE) {
    log(LogLevel::error, "A handle that the library owns was already closed: somebody closes handles twice.");
  }
}

Result<OsHandle> OsHandle::duplicate() const noexcept {
  if (value_ == none) return Error(Errc::invalid_argument, "There is no handle to duplicate.");
  HANDLE copy = nullptr;
  const HANDLE self = ::GetCurrentProcess();
  if (::DuplicateHandle(self, platform::native(value_), self, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS) != 0) return platform::owned(copy);
  const int code = platform::last_error();
  try {
    if (code != ERROR_INVALID_HANDLE) return platform::system_error(detail::text("Duplicating the handle ", value_), code);
    return Error(Errc::invalid_argument, detail::text("The handle ", value_, " cannot be duplicated: it is closed."), ErrorDomain::win32,
                 code);
  } catch (const std::exception&) {
    return Error(Errc::os_error, "A handle cannot be duplicated.", ErrorDomain::win32, code);
  }
}

}  // namespace geyser
