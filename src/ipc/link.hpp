// A connection that speaks messages: codec over a socket.
#pragma once

#include <chrono>
#include <optional>

#include "ipc/codec.hpp"
#include "platform/socket.hpp"

namespace geyser::ipc {

/// Ownership: move-only. Threading: one sender and one receiver at a time.
class GEYSER_INTERNAL_API Link {
 public:
  explicit Link(platform::Socket socket) noexcept : socket_(std::move(socket)) {}
  /// Does not block: `full` when the peer does not read. Errors: as encode() and Socket::send().
  [[nodiscard]] Result<platform::SendOutcome> try_send(const Message& message) const;
  /// Waits for room. Errors: timed_out, and as try_send().
  [[nodiscard]] Result<void> send(const Message& message, std::chrono::nanoseconds timeout) const;
  [[nodiscard]] Result<void> send(const Encoded& encoded, std::chrono::nanoseconds timeout) const;
  /// Empty when nothing is there. Errors: as Socket::receive() and decode().
  [[nodiscard]] Result<std::optional<Message>> try_receive() const;
  /// Errors: timed_out, and as try_receive().
  [[nodiscard]] Result<Message> receive(std::chrono::nanoseconds timeout) const;
  [[nodiscard]] const platform::Socket& socket() const noexcept { return socket_; }

 private:
  platform::Socket socket_;
};

}  // namespace geyser::ipc
