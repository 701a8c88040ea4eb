// A folder of the user's own, in which live processes keep names: a name is held by a lock that the system drops with its process.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "geyser/os_handle.hpp"
#include "platform/internal_api.hpp"
#include "platform/socket.hpp"

namespace geyser::platform {

/// The folder that programs of this user meet in: $XDG_RUNTIME_DIR/geyser, else <temporary folder>/geyser-<user id>.
[[nodiscard]] GEYSER_INTERNAL_API std::string default_runtime_directory();
/// File name of the running program, for people.
[[nodiscard]] GEYSER_INTERNAL_API std::string program_name();
[[nodiscard]] GEYSER_INTERNAL_API std::uint32_t current_process() noexcept;

/// A name that this process holds. Ownership: move-only; destroying it removes the name's files and frees the name. In a forked child it
/// does nothing. A child that was forked and runs on without exec keeps the name of a parent that was killed.
class GEYSER_INTERNAL_API HeldName {
 public:
  HeldName(HeldName&&) noexcept;
  HeldName& operator=(HeldName&&) noexcept;
  HeldName(const HeldName&) = delete;
  HeldName& operator=(const HeldName&) = delete;
  ~HeldName();
  /// Replaces what the name announces, in one step: a reader sees the old bytes or the new. Errors: os_error (disk full: what was there
  /// stays), limit_exceeded (more than 64 KiB).
  [[nodiscard]] Result<void> announce(std::span<const std::byte> bytes) const;
  /// Where to listen. Errors: none.
  [[nodiscard]] const std::string& socket_path() const noexcept;

 private:
  friend class RuntimeDirectory;
  struct Block;
  explicit HeldName(std::unique_ptr<Block> block) noexcept;
  std::unique_ptr<Block> block_;
};

/// A live name of any process.
struct LiveName {
  std::string name;
  std::string socket_path;
  std::vector<std::byte> announcement;  ///< untrusted; empty when nothing is announced yet
};

/// Names are any bytes but NUL, 1 to 128; files are their percent-encoded form, shortened when it is long, with a suffix for the kind
/// ("stream", "channel": 1 to 16 letters a to z). Looking at names disturbs nobody who takes one. When somebody removes the folder, the
/// next call makes a new one. Ownership: move-only. Threading: one thread at a time.
class GEYSER_INTERNAL_API RuntimeDirectory {
 public:
  /// Makes the folder (0700) when it is missing. Errors: os_error naming the folder and what to do; invalid_state when it is a link,
  /// belongs to another user, or others may write to it; invalid_argument when the path is not absolute.
  static Result<RuntimeDirectory> open(std::string_view path);
  RuntimeDirectory(RuntimeDirectory&&) noexcept;
  RuntimeDirectory& operator=(RuntimeDirectory&&) noexcept;
  ~RuntimeDirectory();
  /// Takes a name. A dead holder's files are removed first. Errors: invalid_state when a live process holds it, invalid_argument, os_error.
  [[nodiscard]] Result<HeldName> hold(std::string_view kind, std::string_view name) const;
  /// Every name of a kind whose holder lives, sorted; removes the files of dead ones. Errors: os_error.
  [[nodiscard]] Result<std::vector<LiveName>> live(std::string_view kind) const;
  /// One name. Empty when nobody holds it. Errors: os_error.
  [[nodiscard]] Result<std::optional<LiveName>> find(std::string_view kind, std::string_view name) const;
  /// Blocks until a file in the folder changes or the time is over. Changes since the last call count. Deaths without a goodbye change no
  /// file: call with short timeouts and compare live(). `watchable()` is for a Poller.
  void wait_for_change(std::chrono::nanoseconds timeout);
  /// Readable when something changed; drain it with wait_for_change(0). May be empty when the system has no watches left. Errors: none.
  [[nodiscard]] Watchable watchable() const noexcept;
  [[nodiscard]] const std::string& path() const noexcept;

 private:
  struct Block;
  explicit RuntimeDirectory(std::unique_ptr<Block> block) noexcept;
  std::unique_ptr<Block> block_;
};

}  // namespace geyser::platform
