// Windows: the one way to windows.h, and what every file for it needs: handles, text, times, functions found at run time.
#pragma once

#if !defined(WIN32_LEAN_AND_MEAN)
#define WIN32_LEAN_AND_MEAN
#endif
#if !defined(NOMINMAX)
#define NOMINMAX
#endif
#if !defined(_WIN32_WINNT)
#define _WIN32_WINNT 0x0A00
#endif
#include <windows.h>

#include <chrono>
#include <cstring>
#include <string>
#include <string_view>

#include "geyser/os_handle.hpp"
#include "platform/internal_api.hpp"

namespace geyser::platform {

/// The HANDLE of an OsHandle, borrowed; null for none.
[[nodiscard]] inline HANDLE native(OsHandle::Value value) noexcept {
  return value == OsHandle::none ? nullptr : reinterpret_cast<HANDLE>(value);
}
[[nodiscard]] inline HANDLE native(const OsHandle& handle) noexcept { return native(handle.borrow()); }
/// Owns `handle`. NULL and INVALID_HANDLE_VALUE, which calls return when they fail, give an empty one.
[[nodiscard]] inline OsHandle owned(HANDLE handle) noexcept { return OsHandle(reinterpret_cast<OsHandle::Value>(handle)); }
/// GetLastError() as the errors of this library hold it.
[[nodiscard]] inline int last_error() noexcept { return static_cast<int>(::GetLastError()); }

/// UTF-8 to what the W functions take, and back. What is no valid text has U+FFFD in it. May throw std::bad_alloc.
[[nodiscard]] GEYSER_INTERNAL_API std::wstring wide(std::string_view text);
[[nodiscard]] GEYSER_INTERNAL_API std::string utf8(std::wstring_view text);

/// A time for the wait functions: rounded up, and never INFINITE. Negative is zero.
[[nodiscard]] inline DWORD wait_milliseconds(std::chrono::nanoseconds time) noexcept {
  constexpr std::int64_t longest = 0x7FFFFFFF;
  const auto whole = std::chrono::ceil<std::chrono::milliseconds>(time).count();
  return static_cast<DWORD>(whole < 0 ? 0 : whole > longest ? longest : whole);
}

/// A function of a system library that is loaded in every process; null when this system has none. `Function` is its pointer type.
template <class Function>
[[nodiscard]] Function system_function(const wchar_t* library, const char* name) noexcept {
  Function function = nullptr;
  const HMODULE module = ::GetModuleHandleW(library);
  const FARPROC found = module != nullptr ? ::GetProcAddress(module, name) : nullptr;
  static_assert(sizeof(function) == sizeof(found));
  std::memcpy(&function, &found, sizeof(function));
  return function;
}

}  // namespace geyser::platform
