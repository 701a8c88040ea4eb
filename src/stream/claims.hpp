// Claims: one small page per reader, in which it says what it holds. Made by the publisher, written by the reader, believed by nobody.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include "geyser/subscriber.hpp"
#include "platform/internal_api.hpp"
#include "platform/shared_memory.hpp"
#include "platform/wait.hpp"
#include "stream/board.hpp"

namespace geyser::detail {

struct ClaimPage;
struct DoorbellPage;

/// What a reader reports about itself, for `stat`.
struct ClaimCounters {
  std::uint64_t frames = 0;
  std::uint64_t skipped = 0;
  std::uint64_t last_frame = 0;
  std::uint32_t held = 0;
  std::chrono::nanoseconds latency_p50{0};
  std::chrono::nanoseconds latency_p99{0};
};

/// Reader's side. Ownership: move-only. Threading: acquire and release of different claims from different threads; one claim, one thread.
class GEYSER_INTERNAL_API ClaimWriter {
 public:
  /// Takes the handle only on success. Errors: protocol_error.
  static Result<ClaimWriter> open(OsHandle& handle);
  /// Says "I hold `ref`" in claim `index` (below max_held_frames). Sequentially consistent with BoardWriter::withdraw(): after it, look
  /// whether the board still has the reference; if not, drop() and look again.
  void claim(std::uint32_t index, FrameRef ref) noexcept;
  /// Ends the claim; nothing was done with the frame, or everything is done.
  void drop(std::uint32_t index) noexcept;
  /// Ends the claim; the frame's slot is free when released semaphore `index` reaches `value`.
  void release(std::uint32_t index, std::uint64_t value) noexcept;
  /// Next frame number that this reader wants (queue, lockstep). Frames below are done with as far as the reader is concerned.
  [[nodiscard]] std::uint64_t cursor() const noexcept;
  void set_cursor(std::uint64_t number) noexcept;
  /// True from before the reader sleeps on the board until after it woke.
  void set_sleeping(bool sleeping) noexcept;
  /// Counts an acquired frame and its latency (a ring of the last 1024). No allocation.
  void count(std::uint64_t number, std::uint64_t skipped, std::chrono::nanoseconds latency) noexcept;

 private:
  explicit ClaimWriter(platform::SharedMemory memory) noexcept : memory_(std::move(memory)) {}
  [[nodiscard]] ClaimPage& page() const noexcept;
  platform::SharedMemory memory_;
};

/// Publisher's side: every value is the reader's word and may be anything.
class GEYSER_INTERNAL_API ClaimReader {
 public:
  /// `cursor`: the first frame that the reader shall see in `queue` and `lockstep`.
  static Result<ClaimReader> create(std::uint64_t cursor);
  /// True when any claim is on slot `slot`. Sequentially consistent, see BoardWriter::withdraw().
  [[nodiscard]] bool holds(std::uint32_t slot) const noexcept;
  /// Fetches what holds() and releases() of that slot will look at from the reader's core, without waiting for it: with many readers the
  /// lines come together and not one after the other. Valid usage: `slot` below max_stream_textures.
  void prefetch(std::uint32_t slot) const noexcept;
  /// Number of slots claimed. Errors: none.
  [[nodiscard]] std::uint32_t held() const noexcept;
  /// For slot `slot`: the value that released semaphore i must reach before it may be written; 0 where there is nothing to wait for.
  [[nodiscard]] std::array<std::uint64_t, max_held_frames> releases(std::uint32_t slot) const noexcept;
  /// Forgets the releases of a slot that is about to be written (they have been reached). The publisher's own copy: the page is the
  /// reader's.
  void forget(std::uint32_t slot) noexcept;
  [[nodiscard]] std::uint64_t cursor() const noexcept;
  [[nodiscard]] bool sleeping() const noexcept;
  [[nodiscard]] ClaimCounters counters() const;
  [[nodiscard]] const OsHandle& handle() const noexcept;

 private:
  explicit ClaimReader(platform::SharedMemory memory) noexcept : memory_(std::move(memory)) {}
  [[nodiscard]] const ClaimPage& page() const noexcept;
  platform::SharedMemory memory_;
  std::array<std::array<std::uint64_t, max_held_frames>, max_stream_textures> forgotten_{};
};

/// A word that every reader of a lane rings when it releases a frame, and on which a publisher sleeps that has to wait (queue, lockstep, a
/// full ring). A reader may write anything there: it can wake the publisher early, and the publisher never sleeps longer than a few
/// milliseconds without looking.
class GEYSER_INTERNAL_API Doorbell {
 public:
  /// Errors: out_of_memory, os_error.
  static Result<Doorbell> create();
  /// Takes the handle only on success. Errors: protocol_error when it is no sealed shared memory.
  static Result<Doorbell> open(OsHandle& handle);
  /// A system call only while the publisher sleeps.
  void ring() noexcept;
  [[nodiscard]] std::uint32_t ticket() const noexcept;
  /// At most `timeout`, and at most 5 ms.
  void wait(std::uint32_t seen, std::chrono::nanoseconds timeout) noexcept;
  [[nodiscard]] const OsHandle& handle() const noexcept;

 private:
  Doorbell(platform::SharedMemory memory, platform::Bell bell) noexcept : memory_(std::move(memory)), bell_(std::move(bell)) {}
  [[nodiscard]] DoorbellPage& page() const noexcept;
  platform::SharedMemory memory_;
  platform::Bell bell_;
};

}  // namespace geyser::detail
