// Upload and read-back: one command buffer and one staging buffer at a time, kept and reused.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "backends/vulkan/retired.hpp"
#include "backends/vulkan/texture.hpp"

namespace geyser::vulkan {

/// Staging memory that one copy uses at most; larger copies go in slices.
inline constexpr vk::DeviceSize default_staging_limit = vk::DeviceSize{256} << 20U;

/// Ownership: owns its command pool, fences and staging buffer. Threading: any thread (internally locked; one copy at a time).
class Transfer {
 public:
  /// `staging_limit`: bytes, at least the widest row of blocks of any format.
  explicit Transfer(std::shared_ptr<Context> context, vk::DeviceSize staging_limit = default_staging_limit) noexcept;
  ~Transfer();  // out of line: State is incomplete here
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  Result<void> copy_in(Texture& texture, const TextureRegion& region, const RegionLayout& layout, std::span<const std::byte> bytes,
                       Access& access);
  Result<void> copy_out(Texture& texture, const TextureRegion& region, const RegionLayout& layout, std::span<std::byte> bytes,
                        Access& access);
  /// The same to and from a buffer of the caller (HostBuffer). `to_texture` says which way.
  Result<void> copy_buffer(Texture& texture, const TextureRegion& region, const RegionLayout& layout, vk::Buffer buffer,
                           vk::DeviceSize offset, bool to_texture, Access& access);
  /// An empty submit that signals (binary or timeline) behind everything submitted so far; or waits for a binary semaphore, with a
  /// time-out. After a time-out of wait_binary() the wait stays submitted: the signal that comes late is consumed by it.
  Result<void> signal(vk::Semaphore semaphore, std::uint64_t value);
  /// `submitted` tells whether an error came after the submit, when the signal is used up.
  Result<void> wait_binary(vk::Semaphore semaphore, std::chrono::nanoseconds timeout, bool& submitted);

  /// Waits a moment for copies of `image` that timed out. False when one is still on the queue: the image must not be destroyed then.
  [[nodiscard]] bool finish(vk::Image image) noexcept;
  /// Semaphores that were let go while the queue may use them.
  [[nodiscard]] RetiredSemaphores& retired() noexcept { return retired_; }

 private:
  struct State;
  struct Piece;
  /// The state with at least `bytes` bytes of staging memory. Caller holds mutex_.
  Result<State*> ready_state(vk::DeviceSize bytes);
  /// Records, submits and waits for one piece. Caller holds mutex_.
  Result<void> run(State& state, Texture& texture, const Piece& piece, Access& access);
  /// Cuts the region to what the staging memory holds; `before` and `after` move a piece's bytes on the host.
  template <class Before, class After>
  Result<void> through_staging(Texture& texture, const TextureRegion& region, const RegionLayout& layout, bool to_texture, Access& access,
                               Before&& before, After&& after);
  Result<vk::Fence> take_fence();

  std::shared_ptr<Context> context_;
  vk::DeviceSize staging_limit_;
  RetiredSemaphores retired_;
  std::mutex mutex_;
  std::unique_ptr<State> state_;                   // made at first use
  std::vector<std::unique_ptr<State>> set_aside_;  // timed out: the GPU still uses them
  std::atomic<bool> any_set_aside_{false};         // so that finish() needs no lock in the usual case
  std::mutex fences_mutex_;
  std::vector<vk::Fence> idle_fences_;
  std::vector<vk::Fence> pending_fences_;  // of waits that timed out
};

}  // namespace geyser::vulkan
