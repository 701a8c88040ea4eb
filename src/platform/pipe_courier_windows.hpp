// Windows: how handles get from one end of a pipe to the other, and who closes them when they do not arrive.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "platform/pipe_frame_windows.hpp"
#include "platform/shared_memory.hpp"
#include "platform/windows.hpp"

namespace geyser::platform {

enum class PipeSide : std::uint8_t { server, client };

/// Carries the handles of one connection. Threading: its pipe's lock is held.
///
/// Named pipes: the server pushes into the client and pulls out of it. A number that a client sends means a handle of that client, whatever
/// it is. The numbers a server pushed are the client's once the client has counted them; those that are not counted when the client is
/// gone from the connection are closed by the server.
/// Pairs: nobody knows beforehand which process holds the other end, so what is sent is kept, and the receiver fetches it. Valid usage:
/// both processes are of this user and trust each other (the first is checked).
class Courier {
 public:
  /// The server's end, once `client` is connected. `client_process` is empty when it cannot be opened: then no handles travel.
  static Result<std::unique_ptr<Courier>> for_server(std::uint32_t client, OsHandle client_process);
  static Result<std::unique_ptr<Courier>> for_client(std::uint32_t server);
  /// `name` is the pipe's, which both ends know.
  static Result<std::unique_ptr<Courier>> for_pair(PipeSide side, const std::wstring& name);
  Courier(const Courier&) = delete;
  Courier& operator=(const Courier&) = delete;
  ~Courier();

  /// Duplicates `handles` for the receiver and says in `head` where they are. undo() takes back the last one.
  /// Errors: peer_gone, invalid_argument (a handle that is none), out_of_memory, os_error.
  [[nodiscard]] Result<void> pack(std::span<const OsHandle::Value> handles, FrameHead& head);
  void undo() noexcept;
  /// The handles of a message that arrived. Errors: peer_gone (the sender died before they were fetched), protocol_error, out_of_memory.
  [[nodiscard]] Result<std::vector<OsHandle>> take(const FrameHead& head);
  /// As take() and close, for messages that nobody will read.
  void drop(const FrameHead& head) noexcept;
  /// Client: the page of counters. Errors: as take(), and as SharedMemory::open().
  [[nodiscard]] Result<void> welcome(const FrameHead& head);
  /// Server of a named pipe: the page, to be packed into the welcome.
  [[nodiscard]] OsHandle::Value page() const noexcept { return memory_ ? memory_->handle().borrow() : OsHandle::none; }
  /// Forgets what the receiver has fetched by now.
  void prune() noexcept;
  /// Whether another process has still to fetch what is kept here.
  [[nodiscard]] bool owes() noexcept;
  /// The connection is over here; `broken`: at the other end too.
  void finish(bool broken) noexcept;
  void mark_ended() noexcept;
  [[nodiscard]] bool ended() const noexcept;
  [[nodiscard]] bool named() const noexcept { return named_; }
  [[nodiscard]] PipeSide side() const noexcept { return side_; }
  [[nodiscard]] bool welcomed() const noexcept { return counters_ != nullptr; }

 private:
  struct Unread {
    std::uint64_t sequence = 0;
    PipeToken token{};                 // kept
    std::vector<std::int64_t> remote;  // pushed
  };
  Courier(PipeSide side, bool named, std::uint32_t peer) noexcept : side_(side), named_(named), peer_(peer) {}
  [[nodiscard]] Result<void> push(std::span<const OsHandle::Value> handles, FrameHead& head);
  [[nodiscard]] Result<void> keep(std::span<const OsHandle::Value> handles, FrameHead& head);
  [[nodiscard]] Result<std::vector<OsHandle>> fetch(const FrameHead& head);
  [[nodiscard]] Result<const OsHandle*> process_of(std::uint32_t id);
  [[nodiscard]] bool peer_is_dead() const noexcept;
  void close_in_peer(const std::vector<std::int64_t>& values) const noexcept;
  void attach(SharedMemory memory) noexcept;
  void count(std::uint64_t sequence) noexcept;
  /// Whether the other end may be in this process.
  [[nodiscard]] bool peer_is_here() const noexcept;

  PipeSide side_;
  bool named_;
  std::uint32_t peer_;     // process id; of a pair, the last that sent handles
  OsHandle peer_process_;  // empty: cannot be opened, or not needed
  std::wstring pair_;
  std::optional<SharedMemory> memory_;
  PipeCounters* counters_ = nullptr;
  std::uint64_t sent_ = 0;
  std::uint64_t taken_ = 0;
  std::deque<Unread> unread_;
};

}  // namespace geyser::platform
