// One attachment of a subscriber to a publisher: the maps of its pages, its textures and semaphores. Everything that touches the device.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <vector>

#include "geyser/manager.hpp"
#include "geyser/subscriber.hpp"
#include "ipc/protocol.hpp"
#include "stream/board.hpp"
#include "stream/claims.hpp"

namespace geyser::detail {

/// What the other thread brought for an attachment; guarded by the subscriber's lock.
struct Arrivals {
  std::vector<ipc::TextureOffer> offers;
  std::vector<std::uint64_t> gone;
};

/// The memory alone: a texture of a ring has no ready semaphore. Errors: os_error.
[[nodiscard]] Result<TextureHandle> duplicate(const TextureHandle& from);

/// A frame on loan.
struct HeldFrame {
  std::shared_ptr<SharedTexture> texture;
  std::shared_ptr<const TextureHandle> handle;  // what the texture came by, where that is kept
  std::optional<Access> access;
  FrameInfo info;
};

/// Ownership: shared by the subscriber and the frames that are out. Threading: the acquiring thread, but for what says otherwise.
class Attachment {
 public:
  /// How long the device of a dead publisher may still be finishing what was submitted.
  static constexpr std::chrono::nanoseconds last_work_time = std::chrono::milliseconds(250);
  /// Maps the pages, imports "written" and makes the released semaphores. `manager` is the subscriber's. Takes what it needs out of
  /// `welcome`. Errors: protocol_error, and as import_semaphore(): the reader then asks for another lane.
  static Result<std::shared_ptr<Attachment>> open(const TextureShareManager& manager, const SubscriberOptions& options,
                                                  ipc::Welcome& welcome);

  /// What ReaderReady carries. Errors: as export_semaphore().
  [[nodiscard]] Result<ipc::ReaderReady> ready() const;
  /// Imports offered textures. Errors: as import_texture(): the reader then asks for another lane.
  [[nodiscard]] Result<void> take(Arrivals&& arrivals);

  enum class Search : std::uint8_t {
    found,
    nothing,      ///< no frame beyond what was asked for
    texture_due,  ///< there is one, but its texture has not arrived yet
    unusable,     ///< there is one, but its pixels will never be there: the publisher died before its device was done
  };
  /// Looks for the next frame after `last` (the newest in `latest`), claims it with claim `index` and opens its access.
  /// `again`: the newest even if it is `last`. Errors: as begin_read(), upload(); device_lost.
  [[nodiscard]] Result<Search> find(std::uint32_t index, bool again, HeldFrame& frame);
  /// Ends the access and the claim. Any thread, one per index.
  Result<void> release(std::uint32_t index, HeldFrame& frame) noexcept;

  /// Sleeps until the board changes or `timeout` is over; the other thread's wake() ends it.
  [[nodiscard]] std::uint32_t ticket() const noexcept { return board_.ticket(); }
  void sleep(std::uint32_t seen, std::chrono::nanoseconds timeout) noexcept;
  /// Any thread.
  void wake() const noexcept { board_.wake(); }
  /// The publisher is gone: frames whose pixels are not there yet are of no use any more. Any thread.
  void mark_lost() noexcept { lost_.store(true, std::memory_order_release); }
  [[nodiscard]] bool lost() const noexcept { return lost_.load(std::memory_order_acquire); }
  /// Any thread. The publisher promised points that the reader's device may be waiting for: when they are overdue (or the publisher is
  /// gone), they are signalled here, so that no queue hangs on a peer.
  void release_overdue_waits() noexcept;
  /// The reader's device may still be waiting for something that the publisher promised. Any thread.
  [[nodiscard]] bool is_owed() const noexcept;

  [[nodiscard]] std::uint64_t lane_id() const noexcept { return lane_id_; }
  [[nodiscard]] Transport transport() const noexcept { return transport_; }
  [[nodiscard]] bool keeps_handles() const noexcept { return keep_handles_; }
  [[nodiscard]] Pacing pacing() const noexcept { return pacing_; }
  [[nodiscard]] std::uint64_t last() const noexcept { return last_; }
  [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }
  /// The same stream's frames up to `last` were taken from another lane: they do not come again.
  void continue_after(std::uint64_t last) noexcept { last_ = last; }

 private:
  struct Known {
    std::uint64_t id = 0;
    std::shared_ptr<SharedTexture> texture;
    std::shared_ptr<const TextureHandle> handle;
  };
  struct Released {
    SharedSemaphore semaphore;
    std::uint64_t value = 0;  ///< last value handed out
  };
  Attachment(const TextureShareManager& user, TextureShareManager importer, bool uploads, BoardReader board, ClaimWriter claims,
             Doorbell doorbell, const ipc::Welcome& welcome);
  [[nodiscard]] const Known* texture(std::uint64_t id) const noexcept;
  Result<void> open_native(std::uint32_t index, const Known& known, HeldFrame& held);
  Result<void> open_copy(std::uint32_t index, SharedTexture& texture, HeldFrame& held);
  Result<void> upload(SharedTexture& from, SharedTexture& to);
  /// The pixels of `frame_` are there, or come while the device finishes.
  [[nodiscard]] bool is_complete() const noexcept;

  TextureShareManager user_;
  TextureShareManager importer_;  // the user's, or a host manager for a lane in host memory
  bool uploads_ = false;          // frames are copied from the importer's textures to the user's
  BoardReader board_;
  ClaimWriter claims_;
  Doorbell doorbell_;
  SharedSemaphore written_;
  std::array<Released, max_held_frames> released_;
  std::uint32_t max_held_ = 1;
  bool keep_handles_ = false;
  std::vector<Known> textures_;
  std::vector<std::shared_ptr<SharedTexture>> copies_;  // of the user's manager, when uploads_
  std::vector<std::byte> staging_;
  std::uint64_t lane_id_ = 0;
  Transport transport_ = Transport::none;
  Pacing pacing_ = Pacing::latest;
  std::uint64_t last_ = 0;
  std::uint64_t generation_ = 0;
  BoardFrame frame_;  // scratch
  std::atomic<bool> lost_{false};
  std::atomic<std::uint64_t> promised_{0};       // newest value of written_ that an access waits for
  std::atomic<std::int64_t> promised_since_{0};  // monotonic nanoseconds
};

}  // namespace geyser::detail
