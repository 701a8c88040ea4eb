// OsHandle: the one owner of an operating-system handle (a file descriptor on Linux, a HANDLE on Windows, a Mach send right on Apple's
// systems).
#pragma once

#include <cstdint>
#include <utility>

#include "geyser/result.hpp"

namespace geyser {

/// Owns one operating-system handle and closes it.
/// Ownership: move-only; borrow() lends, release() gives away, reset() closes. Threading: distinct objects are independent.
/// Rests on POSIX close/fcntl(F_DUPFD_CLOEXEC), on Win32 CloseHandle/DuplicateHandle and on mach_port_deallocate/mach_port_mod_refs, where
/// duplicates have one value and are counted.
class [[nodiscard]] OsHandle {
 public:
  using Value = std::intptr_t;
  static constexpr Value none = -1;  ///< No handle: -1 is neither a file descriptor nor a HANDLE that can be closed

  OsHandle() noexcept = default;
  /// Takes ownership of `value`; negative means none, and so do a NULL HANDLE and MACH_PORT_NULL. Valid usage: nobody else closes it
  /// (unchecked). Errors: none.
  GEYSER_API explicit OsHandle(Value value) noexcept;
  OsHandle(OsHandle&& other) noexcept : value_(other.release()) {}
  OsHandle& operator=(OsHandle&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  OsHandle(const OsHandle&) = delete;
  OsHandle& operator=(const OsHandle&) = delete;
  ~OsHandle() { reset(); }

  /// The handle, still owned by this object; never close it. Errors: none.
  [[nodiscard]] Value borrow() const noexcept { return value_; }
  /// borrow() as the int that POSIX calls take. Errors: none.
  [[nodiscard]] int fd() const noexcept { return static_cast<int>(value_); }
  /// Gives ownership to the caller. Errors: none.
  [[nodiscard]] Value release() noexcept { return std::exchange(value_, none); }
  /// Closes what it held and takes `value`. Errors: none (a failing close is logged: it is a double close somewhere).
  GEYSER_API void reset(Value value = none) noexcept;
  /// A second handle to the same object, close-on-exec. Threading: any thread. Errors: os_error, out_of_memory (no free descriptor).
  [[nodiscard]] GEYSER_API Result<OsHandle> duplicate() const noexcept;
  explicit operator bool() const noexcept { return value_ != none; }
  void swap(OsHandle& other) noexcept { std::swap(value_, other.value_); }

 private:
  Value value_ = none;
};

}  // namespace geyser
