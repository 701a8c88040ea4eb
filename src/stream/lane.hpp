// A lane: the textures that a stream's frames go through on one kind of memory, their board, and the readers that share them.
// A stream has a native lane; one in host memory, and one on each other device, join it when readers there come. Knows no socket.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "geyser/manager.hpp"
#include "ipc/protocol.hpp"
#include "platform/internal_api.hpp"
#include "stream/board.hpp"
#include "stream/claims.hpp"

namespace geyser::detail {

/// A reader of a lane, as the publisher sees it. Made by the thread that answers readers; shared with the lane.
struct LaneReader {
  std::uint32_t process_id = 0;
  std::string application;
  ClaimReader claims;
  /// What ReaderReady brought; the publishing thread imports them at its next frame (an OpenGL context is current only there).
  std::mutex mutex;
  std::vector<SemaphoreHandle> arrived;  // guarded by mutex
  std::atomic<bool> has_arrived{false};
  std::atomic<bool> broken{false};  ///< the lane cannot serve it: close the connection and detach it
  std::atomic<bool> lied{false};    ///< broken, by its own doing: its claims count no more, and it is not let in again for a while
  std::string why_broken;           // guarded by mutex
  // The publishing thread's own, under the lane's lock.
  std::vector<SharedSemaphore> released;
  std::array<std::uint64_t, max_held_frames> reached{};  ///< newest value seen of each
};

/// Ownership: unique. Threading: begin, publish, give_back and reconfigure from one thread, the publishing one; the rest from any.
class GEYSER_INTERNAL_API Lane {
 public:
  struct Options {
    std::uint64_t id = 0;
    ipc::LaneKind kind = ipc::LaneKind::native;
    TextureDescriptor texture;
    std::uint64_t generation = 1;
    Pacing pacing = Pacing::latest;
    std::uint32_t ring = 3;
    bool linear = false;                            ///< CreateOptions::linear for every texture
    std::optional<MemoryHandleType> handle_type{};  ///< CreateOptions::handle_type for every texture
    bool keep_content = false;                      ///< a texture comes with the frame that it had before, as Open::content says
    std::uint64_t first_frame = 1;                  ///< the number that the first frame will have: where readers start that come before it
  };
  /// `changed` is called from the publishing thread after the set of textures has changed or a reader was marked broken; no lock is held.
  /// Errors: as TextureShareManager::create_shareable_texture() and export_texture(), os_error, unsupported_feature.
  /// `wake_many`, if any, is called by publish() instead of waking more than two sleeping readers itself: the system needs some
  /// microseconds for each, and another thread has them to spare. It sees to it that board().wake() is called soon.
  static Result<std::unique_ptr<Lane>> create(const TextureShareManager& manager, const Options& options, std::function<void()> changed,
                                              std::function<void()> wake_many = {});
  ~Lane();

  struct Open {
    std::uint32_t slot = 0;
    SharedTexture* texture = nullptr;  ///< lives until give_back() or the publish() after the next
    std::uint64_t content = 0;         ///< the frame that is still in it; 0: none, or nobody asked to keep it
    std::optional<Access> access;
  };
  /// A slot that no reader holds and whose releases are reached, with its write access open (content discarded, unless
  /// Options::keep_content). One at a time.
  /// `latest`: when readers hold all, another texture is added, up to max_stream_textures; extra textures are freed again when the readers
  /// let go. Never makes the device wait for a reader's promise: a reader that dies or lies could hold up the publisher's queue for ever.
  /// A reader that keeps more textures than it can hold from a `latest` publisher that has no other left, or promises what cannot come, is
  /// marked broken, and what it claims is ignored.
  /// Errors: timed_out naming the reader, out_of_memory, device_lost, invalid_state (a frame is open); protocol_error when tampered().
  [[nodiscard]] Result<Open> begin(std::chrono::nanoseconds timeout);
  /// Ends the access and shows the frame. If nobody asked for the access's signal, signals it here. Wakes sleepers.
  /// `frame` comes with number and info; generation, texture, value and layout are filled here. On error the slot is free again.
  /// Waits only when the program mixes: for a frame that is done on the host, the signals asked for before it must have come.
  /// Errors: invalid_state, invalid_argument (the number does not rise), timed_out, device_lost, protocol_error when tampered().
  [[nodiscard]] Result<void> publish(Open&& open, BoardFrame& frame);
  /// A reader has raised the "written" semaphore, so that nobody can rely on it any more: begin() fails, and a new lane is needed. What is
  /// published stays where it is.
  [[nodiscard]] bool tampered() const noexcept;
  /// Ends the access; the slot is free again.
  void give_back(Open&& open) noexcept;
  /// New textures for a new generation; the old ones are freed when their readers let go. On error nothing has changed.
  /// Errors: as create(); invalid_state while a frame is open; limit_exceeded naming a reader when old textures take all the room.
  [[nodiscard]] Result<void> reconfigure(const TextureDescriptor& texture, std::uint64_t generation);

  /// The newest frame's texture for a reader inside this process (the host bridge): claims it through `reader` like any other.
  /// Null when that reference is not there any more.
  [[nodiscard]] SharedTexture* texture_of(std::uint64_t texture_id) noexcept;

  /// A claim page for a new reader: in `queue` and `lockstep` it starts with the current frame. The two say who it is, for error messages.
  [[nodiscard]] Result<std::shared_ptr<LaneReader>> attach(std::uint32_t process_id, std::string application);
  void detach(const std::shared_ptr<LaneReader>& reader) noexcept;
  /// Calls `visit` for every texture that readers must know now, in the order of their making, under the lane's lock.
  void for_each_texture(const std::function<void(std::uint64_t texture_id, const TextureHandle& handle)>& visit) const;
  /// A new handle to the semaphore that says "written", for one reader.
  [[nodiscard]] Result<SemaphoreHandle> export_written() const;
  /// The semaphore itself, for a reader inside this process.
  [[nodiscard]] const SharedSemaphore& written() const noexcept;
  /// The lane's memory and semaphores are what two sides agreed on. They stay the same for the lane's life.
  [[nodiscard]] bool accepts(const Negotiation& negotiation) const noexcept;
  /// "opaque_fd with timeline semaphores (opaque_fd)"
  [[nodiscard]] std::string describe_types() const;
  [[nodiscard]] const BoardWriter& board() const noexcept;
  [[nodiscard]] const Doorbell& doorbell() const noexcept;
  [[nodiscard]] const Options& options() const noexcept;  ///< texture and generation: the publishing thread only
  struct Usage {
    std::uint32_t textures = 0;
    std::uint64_t bytes = 0;
  };
  [[nodiscard]] Usage usage() const noexcept;
  void close() noexcept;  ///< the stream ends: the board says so and wakes everybody

 private:
  struct State;
  explicit Lane(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace geyser::detail
