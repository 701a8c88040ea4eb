// The board: what a publisher shows all readers of a lane, in memory that only it can write. Lock-free.
#pragma once

#include <chrono>
#include <cstdint>

#include "geyser/directory.hpp"
#include "geyser/frame.hpp"
#include "geyser/shared_texture.hpp"
#include "platform/internal_api.hpp"
#include "platform/shared_memory.hpp"
#include "platform/wait.hpp"

namespace geyser::detail {

/// "Frame n is in slot s": n << 8 | s + 1. 0 is no frame.
using FrameRef = std::uint64_t;
[[nodiscard]] constexpr FrameRef frame_ref(std::uint64_t number, std::uint32_t slot) noexcept { return number << 8U | (slot + 1U); }
[[nodiscard]] constexpr std::uint64_t frame_of(FrameRef ref) noexcept { return ref >> 8U; }
/// max_stream_textures or more for what no publisher of ours writes: check before use.
[[nodiscard]] constexpr std::uint32_t slot_of(FrameRef ref) noexcept { return static_cast<std::uint32_t>(ref & 0xffU) - 1U; }

struct BoardPage;

/// How far back a frame can be found by number. At least twice max_stream_textures.
inline constexpr std::uint32_t board_history = 64;

/// One published frame. Written before its reference appears; not changed while anybody claims it.
struct BoardFrame {
  std::uint64_t number = 0;
  std::uint64_t generation = 0;
  std::uint64_t texture_id = 0;
  std::uint64_t written_value = 0;  ///< the lane's written semaphore reaches it when the pixels are there; 0: they are
  TextureLayout layout = TextureLayout::general;
  FrameInfo info;  ///< `skipped` is the reader's business
};

/// Publisher's side.
/// Ownership: move-only. Threading: publish() and withdraw() from one thread; the rest from any.
class GEYSER_INTERNAL_API BoardWriter {
 public:
  /// Errors: out_of_memory, os_error, unsupported_feature (as SharedMemory::create_read_only_for_others()).
  static Result<BoardWriter> create();
  /// Fills slot `slot` (below max_stream_textures) and makes it the newest frame. Numbers rise. No allocation, no system call.
  void publish(std::uint32_t slot, const BoardFrame& frame) noexcept;
  /// Takes frame `number` out of reach before its slot is looked at for claims: a reader that claims it from now on sees that it is gone.
  /// Sequentially consistent with ClaimReader::holds().
  void withdraw(std::uint64_t number) noexcept;
  /// Wakes readers that sleep in BoardReader::wait(). One system call.
  void wake() const noexcept;
  /// The stream ends: readers stop waiting.
  void close() noexcept;
  [[nodiscard]] FrameRef newest() const noexcept;
  [[nodiscard]] const OsHandle& handle() const noexcept;

 private:
  BoardWriter(platform::SharedMemory memory, platform::Bell bell) noexcept : memory_(std::move(memory)), bell_(std::move(bell)) {}
  [[nodiscard]] BoardPage& page() const noexcept;
  platform::SharedMemory memory_;
  platform::Bell bell_;
};

/// Reader's side. Everything read is checked or harmless: the publisher may be hostile.
class GEYSER_INTERNAL_API BoardReader {
 public:
  /// Takes the handle only on success. Errors: protocol_error when it is no board of this version.
  static Result<BoardReader> open(OsHandle& handle);
  [[nodiscard]] FrameRef newest() const noexcept;
  /// The reference of frame `number`; 0 when it is not there, not any more or not yet.
  [[nodiscard]] FrameRef find(std::uint64_t number) const noexcept;
  /// For readers that want every frame: the reference of frame `cursor`, or of the first one after it when that one is gone (the host
  /// bridge does not carry frames while it has no readers); 0 when none has come yet.
  [[nodiscard]] FrameRef next(std::uint64_t cursor) const noexcept;
  /// A copy of the frame; call it after claiming `ref` and seeing it still in its place. Empty when the content contradicts `ref` or is out
  /// of range.
  [[nodiscard]] bool read(FrameRef ref, BoardFrame& frame) const noexcept;
  [[nodiscard]] bool closed() const noexcept;
  /// Changes with every publish, withdraw not included.
  [[nodiscard]] std::uint32_t ticket() const noexcept;
  /// Sleeps while ticket() is `seen`, at most `timeout`; may return early.
  void wait(std::uint32_t seen, std::chrono::nanoseconds timeout) const noexcept;
  /// Wakes whoever sleeps on the board; a reader's own other thread uses it.
  void wake() const noexcept;

 private:
  BoardReader(platform::SharedMemory memory, platform::Bell bell) noexcept : memory_(std::move(memory)), bell_(std::move(bell)) {}
  [[nodiscard]] const BoardPage& page() const noexcept;
  platform::SharedMemory memory_;
  platform::Bell bell_;
};

}  // namespace geyser::detail
