// What a POSIX system has of its own for the folder that holds names: noticing changes. Only runtime_directory uses it.
#pragma once

#include <chrono>
#include <string>

#include "platform/file_handle.hpp"
#include "platform/socket.hpp"

namespace geyser::platform {

/// Says that files came into a folder or left it. Ownership: move-only. Threading: one thread at a time.
class FolderWatch {
 public:
  /// Watches nothing yet. Errors: none; without the system's help it stays empty.
  static FolderWatch create() noexcept;
  /// Watches this folder from now on, which was opened at `path`. Where the system has no watch left, none works any more.
  void attach(const FileHandle& folder, const std::string& path);
  /// Blocks until something has changed since the last call, or the time is over. Without a watch it sleeps a little.
  void wait(std::chrono::nanoseconds timeout);
  /// Readable when something changed; empty without a watch.
  [[nodiscard]] Watchable watchable() const noexcept;

 private:
  FileHandle watch_;
};

/// A folder that belongs to this user, by its absolute path.
[[nodiscard]] bool is_own_folder(const std::string& path) noexcept;
/// The environment's word; empty when it has none.
[[nodiscard]] std::string environment(const char* name);

}  // namespace geyser::platform
