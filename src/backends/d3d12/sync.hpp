// Timelines on this device: fences. Host timelines are the core's; the host waits for them, and host_bridge signals them.
#pragma once

#include <atomic>
#include <memory>
#include <span>

#include "backends/d3d12/context.hpp"
#include "core/host_semaphore.hpp"

namespace geyser::d3d12 {

/// Owns an ID3D12Fence made with D3D12_FENCE_FLAG_SHARED, or opened. Destroying it while the queue still uses it is safe.
/// Threading: any thread.
class FenceSemaphore final : public detail::SemaphoreContents {
 public:
  FenceSemaphore(std::shared_ptr<detail::Backend> backend, std::shared_ptr<Context> context, Com<ID3D12Fence> fence, bool imported);
  ~FenceSemaphore() override;
  FenceSemaphore(const FenceSemaphore&) = delete;
  FenceSemaphore& operator=(const FenceSemaphore&) = delete;

  Result<std::uint64_t> value() override;
  Result<void> signal(std::uint64_t value) override;
  Result<void> wait(std::uint64_t value, std::chrono::nanoseconds timeout) override;

  [[nodiscard]] ID3D12Fence* fence() const noexcept { return waits_.fence(); }
  /// The fence for a queue of this device: it is kept until that is done with it.
  [[nodiscard]] ID3D12Fence* fence_for_queue() noexcept;

 private:
  std::shared_ptr<Context> context_;
  FenceWaits waits_;
  std::atomic<bool> used_by_queue_{false};
};

/// The fence behind a semaphore of this backend; null for host timelines.
[[nodiscard]] FenceSemaphore* fence_semaphore(detail::SemaphoreContents& semaphore) noexcept;

// The manager's virtuals.
[[nodiscard]] Result<std::shared_ptr<detail::SemaphoreContents>> create_semaphore(std::shared_ptr<detail::Backend> backend,
                                                                                  const std::shared_ptr<Context>& context,
                                                                                  SemaphoreKind kind, std::uint64_t initial_value);
[[nodiscard]] Result<SemaphoreHandle> export_semaphore(const Context& context, detail::SemaphoreContents& semaphore);
[[nodiscard]] Result<std::shared_ptr<detail::SemaphoreContents>> import_semaphore(std::shared_ptr<detail::Backend> backend,
                                                                                  const std::shared_ptr<Context>& context,
                                                                                  SemaphoreHandle& handle);
[[nodiscard]] std::vector<SemaphoreHandleSupport> semaphore_support(const Context& context);

/// Makes the queue wait for the fences among `points`. Caller holds the queue lock. Errors: device_lost, out_of_memory.
[[nodiscard]] Result<void> enqueue_waits(Context& context, std::span<const SyncPoint> points);
/// Makes the queue signal a fence. Caller holds the queue lock. Errors: device_lost, out_of_memory.
[[nodiscard]] Result<void> enqueue_signal(Context& context, FenceSemaphore& semaphore, std::uint64_t value);
/// Waits on the host for the host timelines among `points`. Errors: timed_out naming the value reached.
[[nodiscard]] Result<void> wait_for_host_timelines(std::span<const SyncPoint> points, std::chrono::nanoseconds timeout);

/// Makes a fence, shares it and opens it again. Errors: what this system lacks.
[[nodiscard]] Result<void> probe_fences(const Context& context);

}  // namespace geyser::d3d12
