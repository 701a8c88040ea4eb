// Windows: one end of a message pipe: a read that is always under way, a write that may be, and the handles that travel along.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "platform/pipe_courier_windows.hpp"

namespace geyser::platform {

/// Threading: any thread. Closing lingers, at most a second and only while the peer lives, for what the peer has yet to take from here.
class Pipe {
 public:
  /// Takes an overlapped pipe in message mode. Errors: out_of_memory, os_error.
  static Result<std::unique_ptr<Pipe>> create(OsHandle pipe, std::unique_ptr<Courier> courier);
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe();

  // As Socket has them.
  [[nodiscard]] Result<SendOutcome> send(std::span<const std::byte> bytes, std::span<const OsHandle::Value> handles);
  [[nodiscard]] Result<std::optional<Datagram>> receive();
  [[nodiscard]] bool wait_readable(std::chrono::nanoseconds timeout) noexcept;
  [[nodiscard]] bool wait_writable(std::chrono::nanoseconds timeout) noexcept;
  void shut_down() noexcept;
  /// Begins to read, so that there is something to watch.
  [[nodiscard]] Watchable watchable() noexcept;
  [[nodiscard]] const OsHandle& handle() const noexcept { return pipe_; }
  [[nodiscard]] PipeSide side() const noexcept { return courier_->side(); }
  /// Server of a named pipe: sends the first message. Errors: as send().
  [[nodiscard]] Result<void> greet();

 private:
  /// One request to the system, and the event that it sets.
  struct Request {
    OVERLAPPED state{};
    OsHandle event;
    bool under_way = false;
  };
  enum class Write : std::uint8_t { done, under_way, broken };

  Pipe(OsHandle pipe, std::unique_ptr<Courier> courier) noexcept : pipe_(std::move(pipe)), courier_(std::move(courier)) {}
  [[nodiscard]] Result<void> prepare(Request& request, bool signalled) const;
  /// All below: the lock is held.
  [[nodiscard]] Result<SendOutcome> write(FrameHead head, std::span<const std::byte> bytes, std::span<const OsHandle::Value> handles);
  [[nodiscard]] Write look_at_write() noexcept;
  [[nodiscard]] bool start_write() noexcept;
  void start_read() noexcept;
  /// The bytes of the next frame in `incoming_`, with its head read. Empty when there is none yet. Errors: peer_gone, protocol_error.
  [[nodiscard]] Result<std::optional<FrameHead>> next_frame();
  /// Looks at what arrived, and takes care of what is not for receive(). True when receive() has something: a message, an end, an error.
  [[nodiscard]] bool look() noexcept;
  [[nodiscard]] bool has_waiting_frame() const noexcept;
  void end_here() noexcept;
  void is_gone() noexcept;
  [[nodiscard]] Error gone() const;
  [[nodiscard]] Error broke_rules(std::string_view how);
  void cancel(Request& request) const noexcept;
  void settle(Request& request) const noexcept;
  void drain(std::chrono::steady_clock::time_point until) noexcept;
  void linger() noexcept;
  [[nodiscard]] bool is_broken() const noexcept;

  std::mutex mutex_;
  OsHandle pipe_;
  std::unique_ptr<Courier> courier_;
  std::unique_ptr<std::byte[]> incoming_;
  std::unique_ptr<std::byte[]> outgoing_;
  std::size_t outgoing_bytes_ = 0;
  bool outgoing_handles_ = false;
  FrameHead end_frame_;
  Request read_, write_, end_;
  DWORD read_error_ = 0;              // of a read that did not even begin
  std::optional<FrameHead> waiting_;  // of the message in `incoming_`, for receive()
  std::optional<Error> failure_;      // for receive()
  bool receives_ = false;             // this end has begun to read
  bool ended_here_ = false;           // shut_down()
  bool gone_ = false;                 // nothing more will come
};

}  // namespace geyser::platform
