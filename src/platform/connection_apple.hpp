// Apple: one end of a connection, made of Mach ports. Emulated in CTest (tests/fake_mach) and type-checked; never run on an Apple system.
//
// An end has four ports. Its inbox takes the peer's messages, its control port takes how many of its own the peer has read ("room"), and
// its bell is rung when the connection ends: by the kernel, which is asked to tell when the peer's control port dies, or by shut_down().
// The bell is never answered, so an end stays to be seen. Nobody but the kernel and this process can ring it. Its name port takes no
// messages: send rights to it are the handles of the end, in this process, and the end lives as long as there is one.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "platform/mach.hpp"
#include "platform/socket.hpp"

namespace geyser::platform {

/// What the peer holds of an end: where to write, and what is dead when the end is closed.
struct PeerRights {
  mach::SendRight inbox;
  mach::SendRight control;
};
/// The ports of an end that is not connected yet; they may have come from another process.
struct EndPorts {
  mach::ReceiveRight inbox;
  mach::ReceiveRight control;
  /// Errors: out_of_memory, os_error.
  static Result<EndPorts> create();
  [[nodiscard]] Result<PeerRights> rights_for_peer() const;
};

/// Threading: one sender and one receiver at a time; the rest from any thread.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  /// Errors: out_of_memory, os_error.
  static Result<std::shared_ptr<Connection>> create(EndPorts own, PeerRights peer, PeerCredentials credentials);
  /// The end of this process that has that handle; null when there is none.
  static std::shared_ptr<Connection> of_handle(const OsHandle& handle);
  /// The end whose watchable() has that set to read; null when there is none.
  static std::shared_ptr<Connection> of_set(mach_port_name_t name);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  [[nodiscard]] Result<SendOutcome> send(std::span<const std::byte> bytes, std::span<const OsHandle::Value> handles);
  [[nodiscard]] Result<std::optional<Datagram>> receive();
  [[nodiscard]] bool wait_readable(std::chrono::nanoseconds timeout) const noexcept;
  [[nodiscard]] bool wait_writable(std::chrono::nanoseconds timeout) noexcept;
  void shut_down() noexcept;
  [[nodiscard]] PeerCredentials peer() const;
  [[nodiscard]] Watchable watchable() const noexcept;
  /// Ended by either side. Messages may still be there.
  [[nodiscard]] bool is_over() const noexcept;
  /// The first handle of this end, which owns it from now on, as its duplicates will. Errors: out_of_memory.
  [[nodiscard]] Result<OsHandle> handle();

 private:
  Connection(EndPorts own, PeerRights peer, PeerCredentials credentials) noexcept
      : own_(std::move(own)), peer_(std::move(peer)), credentials_(credentials) {}
  [[nodiscard]] Result<void> open();
  [[nodiscard]] Result<std::optional<Datagram>> take();
  void acknowledge() noexcept;
  void collect_room() noexcept;
  void put_token() noexcept;
  void ring() noexcept;

  EndPorts own_;
  PeerRights peer_;
  mach::ReceiveRight bell_;
  mach::ReceiveRight name_;
  mach::PortSet readable_;  // inbox and bell
  mach::PortSet writable_;  // control and bell
  bool watched_ = false;    // the kernel was asked to ring
  std::atomic<bool> ended_ = false;

  mutable std::mutex mutex_;  // what follows, and the life of the control port; never held while anything blocks
  std::uint32_t room_ = 0;    // messages that the peer still takes
  PeerCredentials credentials_;
  std::uint32_t unacknowledged_ = 0;  // the receiver's
};

/// For OsHandle, after it gave up a send right: the last handle of an end closes it.
void handle_was_closed(mach_port_name_t name) noexcept;

/// The first message to a listener: brings the ports of both ends. `service` is borrowed, `path` is for messages. Errors: not_found (the
/// listener is gone), timed_out (its queue stays full), out_of_memory, os_error.
[[nodiscard]] Result<std::shared_ptr<Connection>> introduce(mach_port_name_t service, const std::string& path, PeerCredentials listener,
                                                            std::chrono::nanoseconds timeout);
/// The other end of the next introduction in a listener's queue; what is none is dropped. Empty when nothing is there. Errors:
/// out_of_memory, os_error.
[[nodiscard]] Result<std::shared_ptr<Connection>> answer(mach_port_name_t service);

}  // namespace geyser::platform
