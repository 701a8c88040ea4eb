// Message sockets between two processes of this machine: borders are kept, handles travel along.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "geyser/os_handle.hpp"
#include "platform/internal_api.hpp"

namespace geyser::platform {

/// Who is at the other end, as the operating system says.
struct PeerCredentials {
  std::uint32_t process_id = 0;
  std::uint32_t user_id = 0;  ///< for people: the last part of a SID on Windows
  bool same_user = false;     ///< what decides: the whole identity is this process's
};
/// This process's user, for people.
[[nodiscard]] GEYSER_INTERNAL_API std::uint32_t current_user() noexcept;

/// What a Poller watches of a connection, a listener or a folder: descriptors on Linux, events on Windows.
/// Ownership: borrowed from whoever gave it, and no longer valid when that is gone.
struct Watchable {
  OsHandle::Value readable = OsHandle::none;
  OsHandle::Value writable = OsHandle::none;
  explicit operator bool() const noexcept { return readable != OsHandle::none; }
};

/// One message as it arrived. Its handles are close-on-exec and owned.
struct Datagram {
  std::vector<std::byte> bytes;
  std::vector<OsHandle> handles;
};
inline constexpr std::size_t max_datagram_bytes = std::size_t{64} * 1024;
inline constexpr std::size_t max_datagram_handles = 8;

enum class SendOutcome : std::uint8_t { sent, full };

/// One end of a connection. Never blocks unless a function takes a timeout.
/// Ownership: move-only. Threading: one sender and one receiver at a time.
class GEYSER_INTERNAL_API Socket {
 public:
  /// Errors: out_of_memory, os_error.
  /// Windows: the other end is for a process of this user that is trusted, since either may say which handles it sent (unchecked).
  static Result<std::pair<Socket, Socket>> pair();
  /// Errors: not_found (no file, or nobody listens), timed_out (the listener's queue stays full), invalid_argument (path too long),
  /// os_error.
  static Result<Socket> connect(const std::string& path, std::chrono::nanoseconds timeout);
  /// Takes over a connected message socket (Windows: one end of a pair()). Errors: invalid_argument when it is none; the handle then stays
  /// the caller's.
  static Result<Socket> adopt(OsHandle& handle);
  /// One that is not connected, or on POSIX systems one that is.
  explicit Socket(OsHandle handle) noexcept : handle_(std::move(handle)) {}

  /// Sends one message and duplicates of `handles`, or says that the peer's queue is full. Errors: peer_gone, out_of_memory, os_error,
  /// limit_exceeded (too many bytes or handles), invalid_argument (no bytes: that would look like an end).
  [[nodiscard]] Result<SendOutcome> send(std::span<const std::byte> bytes, std::span<const OsHandle::Value> handles) const;
  /// Empty when nothing is there. Errors: peer_gone (closed or reset), protocol_error (larger than max_datagram_bytes, more handles than
  /// max_datagram_handles, handles without bytes), out_of_memory (no descriptor is free for the handles; the message is lost), os_error.
  /// Whatever handles came with a message that is refused are closed. Windows: a protocol_error ends the connection.
  [[nodiscard]] Result<std::optional<Datagram>> receive() const;
  /// Blocks until receive() has something (a message or an end) or `timeout` is over: then false.
  [[nodiscard]] bool wait_readable(std::chrono::nanoseconds timeout) const noexcept;
  [[nodiscard]] bool wait_writable(std::chrono::nanoseconds timeout) const noexcept;
  /// Ends the connection for both sides; messages that have arrived can still be read. Threading: any thread, during a send() or receive()
  /// too. Errors: none.
  void shut_down() const noexcept;
  /// Errors: os_error.
  [[nodiscard]] Result<PeerCredentials> peer() const;
  /// The connection itself, for a child to inherit.
  [[nodiscard]] const OsHandle& handle() const noexcept;
  [[nodiscard]] Watchable watchable() const noexcept;

 private:
  friend class ListeningSocket;  // accept() makes one with its state
  struct State;                  // what the system does not keep for us; none on Linux
  OsHandle handle_;
  std::shared_ptr<State> state_;
};

/// Listens under a path. The caller owns the name (RuntimeDirectory); what an earlier, dead process left there is replaced.
class GEYSER_INTERNAL_API ListeningSocket {
 public:
  /// Errors: invalid_argument (path too long: the message gives both lengths), os_error.
  static Result<ListeningSocket> listen(const std::string& path);
  /// Empty when nobody has connected. Errors: out_of_memory (no descriptor is free; the connection stays queued, so a poller reports it
  /// at once again: pause first), os_error.
  [[nodiscard]] Result<std::optional<Socket>> accept() const;
  [[nodiscard]] Watchable watchable() const noexcept;

 private:
  explicit ListeningSocket(OsHandle handle) noexcept : handle_(std::move(handle)) {}
  struct State;
  OsHandle handle_;
  std::shared_ptr<State> state_;
};

/// Waits for many of them at once, and for wake() from another thread.
/// Ownership: move-only. Threading: wake() from any thread; the rest from one.
class GEYSER_INTERNAL_API Poller {
 public:
  struct Event {
    std::uint64_t key = 0;
    bool readable = false;
    bool writable = false;
    bool closed = false;  ///< the peer hung up; messages may still be readable. Windows does not tell: there it is just readable
  };
  static constexpr std::uint64_t reserved_key = ~std::uint64_t{0};
  /// Errors: out_of_memory, os_error.
  static Result<Poller> create();
  /// `key` comes back in events. What is closed, or whose peer hung up, is reported until it is removed; remove it before its
  /// handle is closed. Errors: invalid_argument (reserved_key), out_of_memory, os_error (also: it is there already).
  [[nodiscard]] Result<void> add(Watchable what, std::uint64_t key, bool want_writable = false);
  [[nodiscard]] Result<void> change(Watchable what, std::uint64_t key, bool want_writable);
  void remove(Watchable what) noexcept;
  /// Returns what happened; nothing when the time is over or wake() was called. `events` keeps its capacity.
  void wait(std::chrono::nanoseconds timeout, std::vector<Event>& events) noexcept;
  /// Ends a wait(), now or the next. One system call.
  void wake() const noexcept;

 private:
  Poller(OsHandle poll, OsHandle wake) noexcept : poll_(std::move(poll)), wake_(std::move(wake)) {}
  struct State;
  OsHandle poll_;
  OsHandle wake_;
  std::shared_ptr<State> state_;
};

}  // namespace geyser::platform
