// Publisher: a stream of textures under a name, for any number of readers in other processes.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "geyser/directory.hpp"
#include "geyser/frame.hpp"
#include "geyser/manager.hpp"

namespace geyser {

namespace detail {
class PublisherCore;
}  // namespace detail

struct PublisherOptions {
  std::string name{};           ///< 1 to max_stream_name_bytes bytes of UTF-8 without control characters; one live stream a name
  TextureDescriptor texture{};  ///< what every frame is, until reconfigure()
  Pacing pacing = Pacing::latest;
  std::uint32_t ring = 3;     ///< textures in turn, 2 to max_ring; `queue` lets readers fall ring - 1 frames behind
  std::string application{};  ///< for people; empty: the program's file name
  bool linear = false;        ///< CreateOptions::linear for every texture of the ring
  /// CreateOptions::handle_type for every texture of the ring: `dma_buf` for readers that hand it on to who takes nothing else. Empty: the
  /// best that the device exports.
  std::optional<MemoryHandleType> handle_type{};
  bool allow_host_bridge = true;  ///< serve readers on other devices through host memory (one copy per frame for all of them)
  std::string directory{};        ///< where streams are announced; empty: the user's own (Directory::default_path())
};
/// The most textures in PublisherOptions::ring.
inline constexpr std::uint32_t max_ring = 16;

/// A texture to draw the next frame into; nobody reads it. Give it to Publisher::publish(); its destructor returns it unpublished.
/// Ownership: move-only; must not outlive its publisher's device. Threading: one thread at a time.
class [[nodiscard]] GEYSER_API WriteFrame {
 public:
  WriteFrame(WriteFrame&&) noexcept;
  WriteFrame& operator=(WriteFrame&&) noexcept;
  WriteFrame(const WriteFrame&) = delete;
  WriteFrame& operator=(const WriteFrame&) = delete;
  ~WriteFrame();

  /// The texture. Lives as long as the frame. Errors: none.
  [[nodiscard]] SharedTexture& texture() noexcept;
  /// The open write access: what to wait for, and the point to signal. A program that asks for Access::signal() (or hands the access to a
  /// backend's submit) promises that signal; if nobody asks, publish() takes the work for done on the host. The old content is not kept.
  /// Lives as long as the frame. Errors: none.
  [[nodiscard]] Access& access() noexcept;
  /// The number that the frame will have. Errors: none.
  [[nodiscard]] std::uint64_t number() const noexcept;
  /// Copies bytes into the texture and waits for them, as TextureShareManager::upload(), within this frame's access. Errors: as that.
  [[nodiscard]] Result<void> upload(const TextureRegion& region, std::span<const std::byte> bytes);

 private:
  friend class Publisher;
  friend class detail::PublisherCore;
  struct Block;
  explicit WriteFrame(Block* block) noexcept : block_(block) {}
  Block* block_ = nullptr;  // one of a few that the core keeps, so that a frame costs no allocation
};

/// Publishes a stream.
/// Ownership: move-only; keeps what it needs of its manager's device (an adopted VkDevice must outlive it). Destroying it ends the stream:
/// readers keep the frames that they hold. It owns one thread, which answers readers and sleeps otherwise.
/// Threading: one thread at a time for begin_frame, publish and reconfigure; everything else from any thread.
class [[nodiscard]] GEYSER_API Publisher {
 public:
  /// Announces the stream. Errors: invalid_argument (name, ring, descriptor), invalid_state (the name is taken by a live process, which the
  /// message names), as TextureShareManager::create_shareable_texture(), os_error (no directory, disk full: the message says which and
  /// what to do), out_of_memory.
  static Result<Publisher> create(const TextureShareManager& manager, const PublisherOptions& options);
  Publisher(Publisher&&) noexcept;
  Publisher& operator=(Publisher&&) noexcept;
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;
  ~Publisher();

  /// A texture that nobody reads. `latest`: never waits for a reader; when slow readers hold the whole ring, another texture is added
  /// (up to max_stream_textures). `queue`: waits until every reader has taken the oldest frame; `lockstep`: until every reader has
  /// released the frame before. No allocation and no system call while a texture of the ring is free.
  /// Errors: timed_out naming the reader that holds it up, invalid_state (the frame before is still open), out_of_memory, device_lost.
  [[nodiscard]] Result<WriteFrame> begin_frame(std::chrono::nanoseconds timeout = std::chrono::seconds(1));
  /// Makes the frame the stream's newest and wakes sleeping readers; returns its number. Never waits. Valid usage: the work that signals
  /// access().signal() is submitted (unchecked); metadata within its limits (checked). Errors: invalid_argument and invalid_state, after
  /// which the frame is returned unpublished.
  [[nodiscard]] Result<std::uint64_t> publish(WriteFrame&& frame, const FrameMetadata& metadata = {});
  /// Changes size, format or usage: a new generation. Subscribers follow by themselves; frames that they hold stay valid.
  /// Errors: as create(); on error the stream goes on as it was.
  [[nodiscard]] Result<void> reconfigure(const TextureDescriptor& texture);

  /// True when somebody reads: a publisher may skip its work otherwise. Errors: none.
  [[nodiscard]] bool has_subscribers() const noexcept;
  /// Blocks until at least `count` readers are attached. Errors: timed_out with the number that is.
  [[nodiscard]] Result<void> wait_for_subscribers(std::size_t count, std::chrono::nanoseconds timeout) const;
  /// What `geyser stat` shows. Errors: out_of_memory.
  [[nodiscard]] Result<StreamStatus> status() const;
  /// Lives as long as *this. Errors: none.
  [[nodiscard]] const std::string& name() const noexcept;
  [[nodiscard]] const Uuid& uuid() const noexcept;
  /// Threading: the publishing thread. Errors: none.
  [[nodiscard]] const TextureDescriptor& descriptor() const noexcept;

 private:
  explicit Publisher(std::shared_ptr<detail::PublisherCore> core) noexcept;
  std::shared_ptr<detail::PublisherCore> core_;
};

}  // namespace geyser
