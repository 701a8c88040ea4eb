// Windows: the files of a runtime directory: how they are locked and replaced. Only runtime_directory uses it.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/windows.hpp"

namespace geyser::platform {

inline constexpr std::size_t max_announcement_bytes = std::size_t{64} * 1024;

/// The path that a folder's files are asked for by: long ones work, and no name means a device. May throw std::bad_alloc.
[[nodiscard]] std::wstring literal_path(std::string_view path);

/// The lock file of one name. Byte 0 is locked by who holds the name, byte 1 by who makes or removes its files, and byte 2 by the holder
/// for those who only look: looking locks it for a moment, and nobody fails for that. Locks belong to the open file; the system drops them
/// when the process ends.
class LockFile {
 public:
  /// Opens, or makes. Empty when it is missing and not to be made, or on its way out. Errors: out_of_memory, os_error, invalid_state (no
  /// plain file).
  static Result<std::optional<LockFile>> open(const std::wstring& path, bool make);
  /// Locks byte 0 or 1, without waiting. False when somebody else has it.
  [[nodiscard]] Result<bool> lock(int byte) const;
  /// Whether somebody else holds the name.
  [[nodiscard]] Result<bool> is_held() const;
  /// Whether `path` still means this very file. Without that, a lock of it means nothing.
  [[nodiscard]] bool is_current(const std::wstring& path) const noexcept;
  void unlock() const noexcept;
  /// The name that the holder wrote down, for shortened stems.
  [[nodiscard]] Result<void> write_name(std::string_view name) const;
  [[nodiscard]] std::string read_name() const;

 private:
  explicit LockFile(OsHandle handle) noexcept : handle_(std::move(handle)) {}
  OsHandle handle_;
};

/// Replaces `file` in one step by way of `temporary`, under readers too. Errors: os_error (what was there stays), out_of_memory.
[[nodiscard]] Result<void> replace_file(const std::wstring& file, const std::wstring& temporary, std::span<const std::byte> bytes);
/// What a plain file holds. Empty when it is missing, is none, or has more than max_announcement_bytes. Errors: out_of_memory, os_error.
[[nodiscard]] Result<std::vector<std::byte>> read_file(const std::wstring& file);

}  // namespace geyser::platform
