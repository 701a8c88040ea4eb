// Windows: a folder for one user: making it, refusing others', noticing changes. Only runtime_directory uses it.
#pragma once

#include <chrono>
#include <string>

#include "platform/socket.hpp"
#include "platform/windows.hpp"

namespace geyser::platform {

/// Makes the folder for this user alone when it is missing, and pins it: nobody can rename or remove it while the handle is open.
/// `path` is a literal one, `shown` what people see. Errors: os_error; invalid_state (a link, no folder, another user's, or others may
/// write).
[[nodiscard]] Result<OsHandle> open_private_folder(const std::wstring& path, const std::string& shown);
/// A folder that this user, or the system for it, owns.
[[nodiscard]] bool is_own_folder(const std::wstring& path) noexcept;

/// Says that files came into a folder or left it. Ownership: move-only. Threading: one thread at a time.
class FolderWatch {
 public:
  FolderWatch() noexcept = default;
  FolderWatch(FolderWatch&& other) noexcept : handle_(std::exchange(other.handle_, INVALID_HANDLE_VALUE)) {}
  FolderWatch& operator=(FolderWatch&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;
  ~FolderWatch();
  /// Errors: none; without the system's help it stays empty.
  static FolderWatch of(const std::wstring& path) noexcept;
  void wait(std::chrono::nanoseconds timeout) const noexcept;
  [[nodiscard]] Watchable watchable() const noexcept;

 private:
  HANDLE handle_ = INVALID_HANDLE_VALUE;  // not an OsHandle: it has a closing function of its own
};

}  // namespace geyser::platform
