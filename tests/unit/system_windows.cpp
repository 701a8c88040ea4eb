#include "system.hpp"

#include "platform/windows.hpp"
#include "support/process.hpp"

namespace geyser::unit {

OsHandle open_null() {
  return platform::owned(
      ::CreateFileW(L"NUL", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr, OPEN_EXISTING, 0, nullptr));
}
bool is_open(OsHandle::Value handle) noexcept { return test::is_open(handle); }
bool is_inherited(const OsHandle& handle) noexcept {
  DWORD flags = 0;
  return ::GetHandleInformation(platform::native(handle), &flags) != 0 && (flags & HANDLE_FLAG_INHERIT) != 0;
}
std::size_t open_descriptors() { return test::open_descriptors(); }

}  // namespace geyser::unit
