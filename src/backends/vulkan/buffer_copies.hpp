// Copies between HostBuffers and textures whose accesses are open, several under way at once.
#pragma once

#include <chrono>
#include <memory>

#include "geyser/vulkan.hpp"
#include "platform/internal_api.hpp"

namespace geyser::vulkan {

/// Copies on the queue of one manager, in the order in which they begin.
/// Ownership: its command buffers and fences; keeps what is under way. The destructor waits for that, at most two seconds, then logs and
/// leaves it allocated. Threading: one thread at a time, any.
class GEYSER_INTERNAL_API BufferCopies {
 public:
  using Clock = std::chrono::steady_clock;
  /// Errors: device_mismatch (not a Vulkan manager), device_lost, out_of_memory.
  [[nodiscard]] static Result<std::unique_ptr<BufferCopies>> create(const TextureShareManager& manager);
  BufferCopies(const BufferCopies&) = delete;
  BufferCopies& operator=(const BufferCopies&) = delete;
  ~BufferCopies();

  struct Part {
    TextureRegion region{};
    std::shared_ptr<const HostBuffer> buffer{};  ///< kept until the copy is over, like the texture
    std::uint64_t offset = 0;                    ///< a multiple of host_copy_step()
    bool signals = false;                        ///< the access's signal, behind this copy; else that stays unused
  };
  /// Submits a copy into the texture when the access is open for writing, else out of it; waits on the host for host timelines only. The
  /// access counts as used from then on, with content. Answers the copy's number. On an error nothing of this copy is under way, and a
  /// signal that it asked for comes. Errors: invalid_state (the access has ended, or the caller's commands acquired it), invalid_argument
  /// (region, offset, size), not_initialized, device_mismatch, timed_out (a host timeline), device_lost, out_of_memory.
  [[nodiscard]] Result<std::uint64_t> begin(geyser::Access& access, const Part& part);
  /// Waits until that copy, and so all before it, are over; 0 is. Errors: timed_out, device_lost.
  [[nodiscard]] Result<void> wait(std::uint64_t number, Clock::time_point deadline);
  /// The newest copy's; 0: none.
  [[nodiscard]] std::uint64_t newest() const noexcept;

 private:
  struct State;
  explicit BufferCopies(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace geyser::vulkan
