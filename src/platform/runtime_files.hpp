// The files of a runtime directory on POSIX systems: how they are locked and replaced. Only runtime_directory uses it.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/file_handle.hpp"
#include "platform/runtime_names.hpp"

namespace geyser::platform {

inline constexpr std::size_t max_announcement_bytes = std::size_t{64} * 1024;

/// The lock file of one name. Byte 0 is locked by who holds the name, byte 1 by who makes or removes its files.
/// Locks belong to the open file, so the system drops them when the last descriptor of a process that died is gone.
/// On Apple's systems, where a file has one lock, byte 1 is the folder's and is freed as soon as byte 0 is locked.
class LockFile {
 public:
  /// Opens, or makes. Empty when it is missing and not to be made. Errors: out_of_memory, os_error, invalid_state (no plain file of ours).
  static Result<std::optional<LockFile>> open(const FileHandle& folder, const std::string& file, bool make);
  /// Locks byte 0 or 1, without waiting. False when somebody else has it.
  [[nodiscard]] Result<bool> lock(int byte) const;
  /// Whether somebody else has byte 0. Disturbs nobody: looking takes no lock.
  [[nodiscard]] Result<bool> is_held() const;
  /// Whether the folder still has this very file under its name. Without that, a lock of it means nothing.
  [[nodiscard]] bool is_current(const FileHandle& folder, const std::string& file) const noexcept;
  /// Frees both bytes, in processes that inherited the open file too.
  void unlock() const noexcept;
  /// The name that the holder wrote down, for shortened stems.
  [[nodiscard]] Result<void> write_name(std::string_view name) const;
  [[nodiscard]] std::string read_name() const;

 private:
  explicit LockFile(FileHandle handle, FileHandle changing = FileHandle()) noexcept
      : handle_(std::move(handle)), changing_(std::move(changing)) {}
  /// What byte 1 is where a file has one lock only (Apple); empty elsewhere. Errors: out_of_memory, os_error.
  static Result<FileHandle> second_lock(const FileHandle& folder);

  FileHandle handle_;
  FileHandle changing_;
};

/// Replaces `file` in one step by way of `temporary`. Errors: os_error (what was there stays), out_of_memory.
[[nodiscard]] Result<void> replace_file(const FileHandle& folder, const std::string& file, const std::string& temporary,
                                        std::span<const std::byte> bytes);
/// What a plain file of this user holds. Empty when it is missing, is none, or has more than max_announcement_bytes. Errors: out_of_memory,
/// os_error.
[[nodiscard]] Result<std::vector<std::byte>> read_file(const FileHandle& folder, const std::string& file);

}  // namespace geyser::platform
