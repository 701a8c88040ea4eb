// Channel: two processes that hand each other textures, semaphores and small messages, without a stream around it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "geyser/handle.hpp"

namespace geyser {

/// Who is at the other end, as the operating system says.
struct PeerIdentity {
  std::uint32_t process_id = 0;
  std::uint32_t user_id = 0;
};

/// The most bytes of one Channel::send().
inline constexpr std::size_t max_channel_message_bytes = std::size_t{32} * 1024;

/// One end of a connection between two processes of one user. Messages keep their order and their borders. Receiving asks for a kind; the
/// other end must have sent that kind next.
/// Ownership: move-only. Threading: one thread at a time for sending and one for receiving. What the peer sends is checked before it is
/// believed; a peer that breaks the protocol loses the connection and nothing else happens.
class [[nodiscard]] GEYSER_API Channel {
 public:
  /// Two connected ends in this process, for a child to inherit or a test. Errors: out_of_memory, os_error.
  static Result<std::pair<Channel, Channel>> create_pair();
  /// Connects to a ChannelListener of that name. Errors: not_found, timed_out, invalid_state (another user owns it), os_error.
  static Result<Channel> connect(std::string_view name, std::chrono::nanoseconds timeout, std::string_view directory = {});
  /// Takes over an end that was inherited or received otherwise (on Linux a connected SOCK_SEQPACKET socket, on Windows a pipe of
  /// create_pair()); on Apple's systems an end of this process, since ports are not inherited. Takes the handle only on success.
  /// Errors: invalid_argument.
  static Result<Channel> adopt(OsHandle&& handle);
  Channel(Channel&&) noexcept;
  Channel& operator=(Channel&&) noexcept;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  ~Channel();

  /// Sends a texture handle; it stays the caller's and may be closed afterwards. Errors: peer_gone, timed_out (the peer does not read),
  /// out_of_memory, as validate(const TextureHandle&).
  [[nodiscard]] Result<void> send_handle(const TextureHandle& handle, std::chrono::nanoseconds timeout);
  [[nodiscard]] Result<void> send_handle(const SemaphoreHandle& handle, std::chrono::nanoseconds timeout);
  /// Receives one; it owns what arrived. Errors: peer_gone, timed_out, protocol_error (another kind, or broken), out_of_memory (no free
  /// descriptor).
  [[nodiscard]] Result<TextureHandle> receive_handle(std::chrono::nanoseconds timeout);
  [[nodiscard]] Result<SemaphoreHandle> receive_semaphore_handle(std::chrono::nanoseconds timeout);
  /// The caller's own bytes, at most max_channel_message_bytes (checked). Errors: as send_handle(), invalid_argument.
  [[nodiscard]] Result<void> send(std::span<const std::byte> bytes, std::chrono::nanoseconds timeout);
  [[nodiscard]] Result<std::vector<std::byte>> receive(std::chrono::nanoseconds timeout);
  /// Of a pair, and of what was adopted from one: the process that made the pair. Errors: os_error.
  [[nodiscard]] Result<PeerIdentity> peer() const;
  /// The handle, still owned by this object. Errors: none.
  [[nodiscard]] const OsHandle& handle() const noexcept;

 private:
  friend class ChannelListener;
  struct Block;
  explicit Channel(std::unique_ptr<Block> block) noexcept;
  std::unique_ptr<Block> block_;
};

/// Accepts connections under a name, from processes of the same user only.
/// Ownership: move-only; the name is free again when it is destroyed or its process ends. Threading: one thread at a time.
class [[nodiscard]] GEYSER_API ChannelListener {
 public:
  /// Errors: invalid_argument (name), invalid_state (taken by a live process), os_error.
  static Result<ChannelListener> listen(std::string_view name, std::string_view directory = {});
  ChannelListener(ChannelListener&&) noexcept;
  ChannelListener& operator=(ChannelListener&&) noexcept;
  ChannelListener(const ChannelListener&) = delete;
  ChannelListener& operator=(const ChannelListener&) = delete;
  ~ChannelListener();
  /// Errors: timed_out, os_error, out_of_memory. A process of another user is turned away and the wait goes on.
  [[nodiscard]] Result<Channel> accept(std::chrono::nanoseconds timeout);

 private:
  struct Block;
  explicit ChannelListener(std::unique_ptr<Block> block) noexcept;
  std::unique_ptr<Block> block_;
};

}  // namespace geyser
