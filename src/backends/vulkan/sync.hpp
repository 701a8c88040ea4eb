// Semaphores on this device, on every rung of the ladder.
#pragma once

#include <atomic>
#include <optional>

#include "backends/vulkan/context.hpp"
#include "backends/vulkan/kept_handles.hpp"
#include "core/host_timeline.hpp"

namespace geyser::vulkan {

class HostBridge;

/// Owns a VkSemaphore. A host timeline owns two local timeline semaphores (what submits wait for, what submits signal) and the shared page;
/// the manager's HostBridge keeps them in step. Destroying it while a submit still uses it is safe: the manager's Transfer destroys the
/// VkSemaphores once the queue is done with them.
/// Threading: any thread. The public members are set before anybody else sees the object and never change.
class Semaphore final : public detail::SemaphoreContents {
 public:
  Semaphore(std::shared_ptr<detail::Backend> backend, std::shared_ptr<Context> context, SemaphoreKind kind, bool imported) noexcept;
  ~Semaphore() override;

  Result<std::uint64_t> value() override;
  Result<void> signal(std::uint64_t value) override;
  Result<void> wait(std::uint64_t value, std::chrono::nanoseconds timeout) override;

  /// What a submit of this device waits for / signals to reach `value`. For host timelines this also tells the bridge.
  /// Binary: for_wait() takes the pending signal and for_signal() marks one; both are invalid_state where Vulkan forbids the submit.
  Result<vk::Semaphore> for_wait(std::uint64_t value);
  Result<vk::Semaphore> for_signal(std::uint64_t value);
  /// The submit that for_signal() was called for has been made.
  void submitted(std::uint64_t value) noexcept override;
  /// The submit that for_wait() or for_signal() was called for did not happen.
  void cancel_wait(std::uint64_t value) noexcept;
  void cancel_signal(std::uint64_t value) noexcept;
  /// The VkSemaphore for a caller who submits by hand: nothing is known about its signals from here on.
  Result<vk::Semaphore> for_caller();

  std::shared_ptr<Context> context;
  vk::Semaphore semaphore;                   // timeline, binary; host timeline: what submits wait for
  vk::Semaphore signalled_here;              // host timeline only: what submits signal
  std::uint64_t start = 0;                   // host timeline only: the value that both local timelines were made with
  std::optional<detail::HostTimeline> page;  // host timeline only
  SemaphoreTypes exportable_as = 0;
  mutable KeptHandles kept;

  // Binary only: a peer or the caller's own submits may signal it, so signal_pending is not the whole truth.
  std::atomic<bool> signalled_elsewhere{false};

 private:
  [[nodiscard]] HostBridge& bridge() const noexcept;
  std::atomic<bool> used_by_queue_{false};
};

/// The semaphore of a public object, or device_mismatch when it is another backend's.
[[nodiscard]] Result<Semaphore*> vulkan_semaphore(const SharedSemaphore& semaphore);

/// Waits on the host for the points of `access` that are host timelines. A copy that the host waits for anyway does it before its submit:
/// a peer that never signals then leaves nothing on the queue.
[[nodiscard]] Result<void> wait_for_host_timelines(const Access& access, std::chrono::nanoseconds timeout);

/// Which halves of its accesses a submit does: a copy in several submits waits with the first and signals with the last.
struct SubmitParts {
  bool waits = true;
  bool signals = true;
};
/// What `arrays` says about keyed mutexes: acquired by the submit that waits, released by the one that signals (keyed_mutex.cpp).
void collect_keyed_mutexes(std::span<Access* const> accesses, SubmitParts parts, SubmitArrays& arrays);
/// submit() without the checks: the accesses are Vulkan's and of this device. On error no semaphore has changed. Throws bad_alloc.
[[nodiscard]] Result<void> submit_parts(Context& context, std::span<const VkCommandBuffer> commands, std::span<Access* const> accesses,
                                        SubmitParts parts, vk::Fence fence);
/// An empty submit that signals `value` behind everything submitted so far: Backend::signal_on_queue().
[[nodiscard]] Result<void> signal_on_queue(Semaphore& semaphore, std::uint64_t value);

// The manager's virtuals, implemented in sync.cpp (kinds, capability query) and external_semaphore.cpp (out and in).
[[nodiscard]] Result<std::shared_ptr<detail::SemaphoreContents>> create_semaphore(std::shared_ptr<detail::Backend> backend,
                                                                                  const std::shared_ptr<Context>& context,
                                                                                  SemaphoreKind kind, std::uint64_t initial_value);
[[nodiscard]] Result<SemaphoreHandle> export_semaphore(Semaphore& semaphore, SemaphoreHandleType type);
[[nodiscard]] Result<std::shared_ptr<detail::SemaphoreContents>> import_semaphore(std::shared_ptr<detail::Backend> backend,
                                                                                  const std::shared_ptr<Context>& context,
                                                                                  SemaphoreHandle& handle);
/// Fills Capabilities::semaphores from the driver's own answers, best rung first, with why_not; and what Context says is exportable.
void query_semaphore_support(Context& context);

// Shared by sync.cpp and the files of external semaphores.
/// A VkSemaphore that can be exported as `types`.
[[nodiscard]] Result<vk::Semaphore> make_semaphore(const Context& context, vk::SemaphoreType type, std::uint64_t initial_value,
                                                   SemaphoreTypes types);
/// Both local timelines of a host timeline, starting at the page's value.
[[nodiscard]] Result<void> make_local_timelines(Semaphore& semaphore);

// vkGetSemaphoreCounterValue, vkSignalSemaphore, vkWaitSemaphores: core 1.2 or VK_KHR_timeline_semaphore, whichever the device was made
// with.
[[nodiscard]] Result<std::uint64_t> counter_value(const Context& context, vk::Semaphore semaphore);
[[nodiscard]] Result<void> signal_counter(const Context& context, vk::Semaphore semaphore, std::uint64_t value);
/// False when `timeout` is over first.
[[nodiscard]] Result<bool> wait_counter(const Context& context, vk::Semaphore semaphore, std::uint64_t value,
                                        std::chrono::nanoseconds timeout);

}  // namespace geyser::vulkan
