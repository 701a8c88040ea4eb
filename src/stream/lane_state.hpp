// Inside of a lane; lane*.cpp only.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "stream/lane.hpp"

namespace geyser::detail {

/// A texture, with the handle that was exported when it was made: the threads that answer readers must not touch the device.
struct LaneTexture {
  std::uint64_t id = 0;
  SharedTexture texture;
  TextureHandle handle;
};

struct LaneSlot {
  std::unique_ptr<LaneTexture> texture;  // null: the slot is vacant. Written by the publishing thread under the lock
  // The publishing thread's own.
  std::uint64_t number = 0;         // the frame in it; 0: none
  std::uint64_t content = 0;        // Options::keep_content: the last frame that was published in it; 0: none
  TextureLayout layout{};           // and the layout that it was left in
  std::uint64_t last_begun = 0;     // State::begun when it was last chosen
  std::uint64_t ordered_after = 0;  // the next write waits on the device for this value of `written`
  std::uint64_t limbo = 0;          // a frame was given back after its signal was asked for: not before `written` is there
  bool retired = false;             // of an older generation: read, not written any more
  bool extra = false;               // beyond the ring: freed when idle
};

/// Why a slot cannot be written.
struct Obstacle {
  enum class Kind { none, limbo, unread, held, release };
  Kind kind = Kind::none;
  std::shared_ptr<LaneReader> reader;
  std::uint64_t number = 0;  // of the frame that is waited for
  SyncPoint release;         // Kind::release: what the reader's device has not reached
};

struct Lane::State {
  State(TextureShareManager manager_, const Options& options_, std::function<void()> changed_, BoardWriter board_, Doorbell doorbell_,
        SharedSemaphore written_, SemaphoreHandle written_handle_)
      : manager(std::move(manager_)),
        options(options_),
        changed(std::move(changed_)),
        board(std::move(board_)),
        doorbell(std::move(doorbell_)),
        written(std::move(written_)),
        written_handle(std::move(written_handle_)) {}

  TextureShareManager manager;
  Options options;
  std::function<void()> changed;
  std::function<void()> wake_many;
  BoardWriter board;
  Doorbell doorbell;
  SharedSemaphore written;
  const SemaphoreHandle written_handle;
  MemoryHandleType memory = MemoryHandleType::none;  // of the first texture, and so of all

  // Before LaneReader::mutex, never after it.
  mutable std::mutex mutex;
  std::vector<std::shared_ptr<LaneReader>> readers;  // guarded by mutex
  std::vector<SharedSemaphore> left_behind;          // of detached readers; dropped in the publishing thread; guarded by mutex
  std::array<LaneSlot, max_stream_textures> slots;

  // The publishing thread's own.
  std::uint64_t next_texture_id = 1;
  std::uint64_t begun = 0;          // frames begun so far
  std::uint64_t promised = 0;       // newest value of `written` that an access may signal
  std::uint64_t promise_taken = 0;  // newest one that somebody asked for: signals below it may still be under way
  bool promise_sure = true;         // its frame was published, so its signal does come
  std::uint64_t reached = 0;        // newest value of `written` seen
  std::uint32_t spare = 0;          // slots that are retired or extra
  bool is_open = false;
  bool marked = false;                                               // a reader was marked broken, and nobody was told yet
  std::optional<std::chrono::steady_clock::time_point> stuck_since;  // no slot was free, and there was no room for another
  std::atomic<bool> tampered{false};

  [[nodiscard]] Result<std::unique_ptr<LaneTexture>> make_texture(const TextureDescriptor& descriptor);
  void notify() const;

  // lane_begin.cpp; "locked": the caller holds the lock. What returns false says why in `obstacle`.
  /// protocol_error when `written` is beyond `most`: only the lane's own promises may raise it.
  [[nodiscard]] Result<void> look_at_written(std::uint64_t most);
  void import_arrived();
  void free_unused();
  /// The next frame may be begun as far as pacing goes. Locked.
  [[nodiscard]] bool is_due(Obstacle& obstacle);
  /// Every reader's cursor is beyond frame `number`. Locked.
  [[nodiscard]] bool is_read(std::uint64_t number, Obstacle& obstacle);
  /// `reader` neither holds the slot nor has its device at work on it. Locked.
  [[nodiscard]] bool is_let_go(const std::shared_ptr<LaneReader>& reader, std::uint32_t slot, Obstacle& obstacle);
  /// The slot may be written; its frame is withdrawn on the way. Not for the newest. Locked.
  [[nodiscard]] bool is_free(std::uint32_t slot, Obstacle& obstacle);
  /// The oldest free slot. Else the first obstacle, and the first that is a device at work.
  [[nodiscard]] std::optional<std::uint32_t> choose(Obstacle& first, Obstacle& release);
  void forget(std::uint32_t slot) noexcept;                                        // locked
  [[nodiscard]] std::unique_ptr<LaneTexture> vacate(std::uint32_t slot) noexcept;  // locked
  /// A vacant slot for another texture; empty when there is none or the pacing allows none.
  [[nodiscard]] std::optional<std::uint32_t> room(const Obstacle& obstacle);
  [[nodiscard]] std::uint32_t current() const noexcept;  // textures of this generation
  [[nodiscard]] Result<void> grow(std::uint32_t at);
  [[nodiscard]] Result<Open> open_slot(std::uint32_t slot);
  /// `latest`: marks readers that keep more textures than they may hold. True when there was one.
  [[nodiscard]] bool throw_out();
  [[nodiscard]] static Error late(const Options& options, const Obstacle& obstacle, std::chrono::nanoseconds timeout);
  // lane_publish.cpp
  [[nodiscard]] Result<void> reach_promises();
  void take_back(LaneSlot& slot, Access&& access) noexcept;
};

/// "process 4711 (viewer)"
[[nodiscard]] std::string name_of(const LaneReader& reader);

}  // namespace geyser::detail
