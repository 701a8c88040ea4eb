// The owner of an open file or folder: a descriptor on POSIX systems, whatever an OsHandle is there (on Apple's: a port), and on Windows a
// handle like any other.
#pragma once

#if defined(_WIN32)

#include "geyser/os_handle.hpp"

namespace geyser::platform {
using FileHandle = OsHandle;
}  // namespace geyser::platform

#else

#include <utility>

#include "geyser/result.hpp"

namespace geyser::platform {

/// Ownership: move-only; closed with the object. Threading: distinct objects are independent.
class [[nodiscard]] FileHandle {
 public:
  FileHandle() noexcept = default;
  /// Takes ownership; negative means none.
  explicit FileHandle(int fd) noexcept : fd_(fd < 0 ? -1 : fd) {}
  FileHandle(FileHandle&& other) noexcept : fd_(other.release()) {}
  FileHandle& operator=(FileHandle&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  FileHandle(const FileHandle&) = delete;
  FileHandle& operator=(const FileHandle&) = delete;
  ~FileHandle() { reset(); }

  [[nodiscard]] int fd() const noexcept { return fd_; }
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  void reset(int fd = -1) noexcept;
  /// Close-on-exec. Errors: out_of_memory, os_error.
  [[nodiscard]] Result<FileHandle> duplicate() const;
  explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

}  // namespace geyser::platform

#endif
