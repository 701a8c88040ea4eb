// Subscriber: reads a stream by name, follows resizes and restarts.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "geyser/directory.hpp"
#include "geyser/frame.hpp"
#include "geyser/manager.hpp"

namespace geyser {

namespace detail {
class SubscriberCore;
}  // namespace detail

struct SubscriberOptions {
  /// How long connect() waits for the stream to appear and to answer.
  std::chrono::nanoseconds connect_timeout = std::chrono::seconds(1);
  bool require_zero_copy = false;  ///< refuse instead of having frames copied
  /// Refuse instead of having frames copied by anything but one GPU to another (Transport::peer_copy). Opening both devices may take the
  /// publisher a second, which connect_timeout must leave.
  bool require_peer = false;
  bool reconnect = true;       ///< attach again when the publisher restarts
  std::uint32_t max_held = 2;  ///< frames held at once, 1 to max_held_frames
  /// How long acquire() spins before it sleeps. Spinning notices a frame in well under a microsecond and costs a core; a sleeper needs a
  /// wake-up of the operating system.
  std::chrono::nanoseconds spin = std::chrono::microseconds(20);
  std::string application{};  ///< for people; empty: the program's file name
  std::string directory{};    ///< empty: Directory::default_path()
  /// Keep a duplicate of each texture's handle, for ReadFrame::export_handle(): one more OS handle for each texture of the stream.
  bool keep_handles = false;
};
/// The most frames that one subscriber holds at once.
inline constexpr std::uint32_t max_held_frames = 4;

enum class SubscriberState : std::uint8_t {
  attached,  ///< frames can come
  waiting,   ///< the publisher is gone; attaches again by itself when one of that name starts
  ended,     ///< the publisher is gone or refused, and SubscriberOptions::reconnect is false
};
[[nodiscard]] GEYSER_API std::string_view to_string(SubscriberState state) noexcept;  ///< Static storage; any thread; no errors.

/// A frame to read. Nobody writes its texture until it is released.
/// Ownership: move-only; may outlive its subscriber and its publisher. The destructor releases it. Threading: one thread at a time.
/// While a frame is out, its subscriber's connection lives on, destroyed or not: a stream of pacing `queue` or `lockstep` waits for the
/// frame.
class [[nodiscard]] GEYSER_API ReadFrame {
 public:
  ReadFrame(ReadFrame&&) noexcept;
  ReadFrame& operator=(ReadFrame&&) noexcept;
  ReadFrame(const ReadFrame&) = delete;
  ReadFrame& operator=(const ReadFrame&) = delete;
  ~ReadFrame();

  /// The texture, of the subscriber's manager. Lives as long as the frame. Errors: none.
  [[nodiscard]] SharedTexture& texture() noexcept;
  /// The open read access: what to wait for, and the point to signal. A program that asks for Access::signal() (or hands the access to a
  /// backend's submit) promises that signal; if nobody asks, the release takes effect at once. Read it in the layout that it has
  /// (access().state().layout): other readers use it at the same time. Lives as long as the frame. Errors: none.
  [[nodiscard]] Access& access() noexcept;
  /// Number, times, colour and the publisher's own bytes. Lives as long as the frame. Errors: none.
  [[nodiscard]] const FrameInfo& info() const noexcept;
  /// How it came. Errors: none.
  [[nodiscard]] Transport transport() const noexcept;
  /// A duplicate of the handle that this frame's texture came by, for a third party that takes OS handles (Electron, a library of another
  /// vendor). What it does with the memory is between the caller and it: wait for access() first, keep the frame until it is done, write
  /// nothing. Ownership: the caller's. Errors: invalid_state (SubscriberOptions::keep_handles was not set, or the frame was released),
  /// unsupported_handle (the frame was copied for this device, so that its texture came by no handle), os_error.
  [[nodiscard]] Result<TextureHandle> export_handle() const;
  /// Copies a region out and waits for it, as TextureShareManager::read_back(), within this frame's access. Errors: as that.
  [[nodiscard]] Result<void> read_back(const TextureRegion& region, std::span<std::byte> bytes);
  /// Releases the frame, as its destructor does, and says what went wrong if anything did. Errors: invalid_state when it has been.
  [[nodiscard]] Result<void> release() noexcept;

 private:
  friend class Subscriber;
  friend class detail::SubscriberCore;
  struct Block;
  explicit ReadFrame(Block* block) noexcept : block_(block) {}
  Block* block_ = nullptr;  // one of a few that the core keeps, so that a frame costs no allocation
};

struct SubscriberStatistics {
  std::uint64_t frames = 0;       ///< acquired
  std::uint64_t skipped = 0;      ///< published while attached, and not taken
  std::uint64_t attachments = 0;  ///< 1 after connect(); one more with every restart
  std::uint64_t generations = 0;  ///< sizes and formats seen
};

/// Reads a stream.
/// Ownership: move-only; keeps what it needs of its manager's device. It owns one thread, which listens to the publisher and sleeps
/// otherwise; what touches the device happens in the caller's thread. Threading: one thread at a time for acquire(); the rest from any
/// thread.
class [[nodiscard]] GEYSER_API Subscriber {
 public:
  /// Attaches to the stream. Errors: not_found (no such stream within the time; the message names those that there are), unsupported_handle
  /// or device_mismatch (require_zero_copy, with every reason), limit_exceeded (too many readers), protocol_error (another version),
  /// timed_out (the publisher does not answer), invalid_argument.
  static Result<Subscriber> connect(const TextureShareManager& manager, std::string_view name, const SubscriberOptions& options = {});
  Subscriber(Subscriber&&) noexcept;
  Subscriber& operator=(Subscriber&&) noexcept;
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;
  ~Subscriber();

  /// `latest`: the newest frame that was not acquired before; for a new subscriber that is the current one, at once. `queue` and
  /// `lockstep`: the next frame in order. Spins, then sleeps. No allocation and no system call when a frame is there and its texture is
  /// known. Errors: timed_out; peer_gone when the time is over while the publisher is away; limit_exceeded when max_held frames are held;
  /// as TextureShareManager::import_texture().
  [[nodiscard]] Result<ReadFrame> acquire(std::chrono::nanoseconds timeout);
  /// As acquire(), but the newest frame even if it was acquired before; for programs that draw at their own pace. `latest` only.
  [[nodiscard]] Result<ReadFrame> acquire_newest(std::chrono::nanoseconds timeout);

  [[nodiscard]] SubscriberState state() const noexcept;
  [[nodiscard]] Transport transport() const noexcept;
  /// The reasons why transport() is not zero_copy; empty when it is. Errors: none.
  [[nodiscard]] std::string why_not_zero_copy() const;
  /// What the publisher announced last. Errors: none.
  [[nodiscard]] StreamInfo stream() const;
  [[nodiscard]] SubscriberStatistics statistics() const noexcept;

 private:
  explicit Subscriber(std::shared_ptr<detail::SubscriberCore> core) noexcept;
  std::shared_ptr<detail::SubscriberCore> core_;
};

}  // namespace geyser
