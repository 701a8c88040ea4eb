// SharedTexture and Access: a texture whose memory may be used elsewhere, and the right to touch it.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>

#include "geyser/handle.hpp"
#include "geyser/semaphore.hpp"
#include "geyser/texture.hpp"

namespace geyser {

namespace detail {
class TextureContents;
struct Private;
}  // namespace detail

/// What travels with a texture from one access to the next, for every API.
struct TextureState {
  bool initialized = false;                         ///< somebody has written it
  TextureLayout layout = TextureLayout::undefined;  ///< the layout it was released in
  SyncPointList points;                             ///< reached when the previous access is over
};

struct AccessInfo {
  /// What the previous access's end() gave, with its points translated to semaphores of this manager.
  /// Empty: what this SharedTexture recorded itself (its own last access, or the handle it was imported from).
  std::optional<TextureState> state{};
  /// Further points that the access must wait for. Lives only during the call.
  std::span<const SyncPoint> wait_for{};
  /// The point that the caller's submit (or host code) will signal when the access is over.
  /// Empty: the caller finishes its use on the host before end(), or calls TextureShareManager::signal_texture_ready() after it.
  std::optional<SyncPoint> signal{};
};

enum class AccessMode : std::uint8_t { read, write };

/// The right to use the texture: exclusive for a write, shared between reads of one SharedTexture.
/// Ownership: move-only; keeps the texture's memory alive. end() closes it; destroying it un-ended logs an error, closes it,
/// and (after a write) leaves the texture not initialized.
/// Threading: one thread at a time.
class [[nodiscard]] GEYSER_API Access {
 public:
  Access(Access&&) noexcept;
  Access& operator=(Access&&) noexcept;
  Access(const Access&) = delete;
  Access& operator=(const Access&) = delete;
  ~Access();

  [[nodiscard]] AccessMode mode() const noexcept;
  /// State at the beginning: whether there is content to keep, the layout to acquire from. Lives as long as *this.
  [[nodiscard]] const TextureState& state() const noexcept;
  /// All points that must be reached before the first use: the state's and AccessInfo::wait_for (state().points). Lives as long as *this.
  [[nodiscard]] std::span<const SyncPoint> waits() const noexcept;
  /// The point that the caller must signal, if any. Whoever asks promises that signal: a stream's frame whose signal nobody asked for
  /// counts as done on the host when it is published or released (backends' submit() asks). Lives as long as *this.
  [[nodiscard]] const std::optional<SyncPoint>& signal() const noexcept;
  /// The texture. Errors: none.
  [[nodiscard]] const TextureDescriptor& descriptor() const noexcept;
  /// Blocks the host until every point of waits() is reached. Valid usage: not for binary points that a submit will wait for too
  /// (unchecked). Errors: timed_out naming the point, device_lost. Units: nanoseconds for all together.
  [[nodiscard]] Result<void> wait(std::chrono::nanoseconds timeout) const;
  /// Ends the access and says what the next one must wait for. `layout` is the layout the content was released in (backends' record_release
  /// sets it). Valid usage: the signal of signal() has been submitted, or happens on the host (unchecked). Errors: invalid_state when
  /// already ended.
  [[nodiscard]] Result<TextureState> end(std::optional<TextureLayout> layout = std::nullopt) &&;

 private:
  friend struct detail::Private;
  Access() noexcept = default;
  void abandon() noexcept;

  std::shared_ptr<detail::TextureContents> contents_;  // null once ended or moved from
  AccessMode mode_ = AccessMode::read;
  TextureState state_;  // at the beginning; its points include AccessInfo::wait_for
  std::optional<SyncPoint> signal_;
  TextureLayout released_ = TextureLayout::general;  // what record_release chose
  bool acquired_ = false;                            // a backend recorded the acquire
  bool content_ = true;                              // false: the access left a texture without content as it was
  mutable bool signal_taken_ = false;                // somebody asked for the signal, and will see to it
};

/// A texture whose memory another API, device or process may use.
/// Ownership: move-only; owns its memory (shared with exported handles through the OS). Keeps its manager's device alive, not an adopted
/// VkDevice. Before the memory is freed the library waits, at most two seconds, for the timeline points of ended accesses; then it logs and
/// keeps the memory until the manager goes. Threading: const members from any thread; begin_write/begin_read from any thread (internally
/// locked).
class [[nodiscard]] GEYSER_API SharedTexture {
 public:
  SharedTexture(SharedTexture&&) noexcept;
  SharedTexture& operator=(SharedTexture&&) noexcept;
  SharedTexture(const SharedTexture&) = delete;
  SharedTexture& operator=(const SharedTexture&) = delete;
  ~SharedTexture();

  [[nodiscard]] const TextureDescriptor& descriptor() const noexcept;
  /// How the memory was, or can be, handed over. Errors: none.
  [[nodiscard]] MemoryHandleType handle_type() const noexcept;
  [[nodiscard]] bool imported() const noexcept;
  /// Bytes allocated, and bytes that the image needs of them. Errors: none. Units: bytes.
  [[nodiscard]] std::uint64_t allocated_bytes() const noexcept;
  [[nodiscard]] std::uint64_t required_bytes() const noexcept;
  /// What the last ended access left. Threading: any thread. Errors: none.
  [[nodiscard]] TextureState state() const;
  /// Starts an exclusive access. Does not block: the caller's submit waits for Access::waits() on the GPU, or Access::wait() on the host.
  /// Valid usage: no other access of this SharedTexture is open (checked); points belong to this manager (checked).
  /// Errors: access_conflict, device_mismatch, invalid_argument. On error nothing has changed.
  [[nodiscard]] Result<Access> begin_write(const AccessInfo& info = {});
  /// Starts a shared access. As begin_write, but other reads may be open. Errors: not_initialized when nobody has written the texture, and
  /// as begin_write.
  [[nodiscard]] Result<Access> begin_read(const AccessInfo& info = {});

 private:
  friend struct detail::Private;
  explicit SharedTexture(std::shared_ptr<detail::TextureContents> contents) noexcept;
  std::shared_ptr<detail::TextureContents> contents_;
};

}  // namespace geyser
