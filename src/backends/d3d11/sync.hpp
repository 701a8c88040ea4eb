// Semaphores: shared fences as timelines, and host timelines.
#pragma once

#include "backends/d3d11/context.hpp"
#include "core/host_semaphore.hpp"

namespace geyser::d3d11 {

/// A shared fence with its handle. Direct3D 11 signals fences from queues only, so the host's signal goes through a queue of its own.
class FenceSemaphore final : public detail::SemaphoreContents {
 public:
  FenceSemaphore(std::shared_ptr<detail::Backend> backend, std::shared_ptr<Context> device_context, Com<ID3D11Fence> native,
                 OsHandle handle, bool imported)
      : SemaphoreContents(std::move(backend), SemaphoreKind::timeline, imported),
        context(std::move(device_context)),
        fence(std::move(native)),
        shared(std::move(handle)) {}
  Result<std::uint64_t> value() override { return value_of(*context, *fence.get()); }
  Result<void> signal(std::uint64_t value) override;
  Result<void> wait(std::uint64_t value, std::chrono::nanoseconds timeout) override {
    return waits_.wait(*context, *fence.get(), value, Clock::now() + timeout);
  }

 private:
  FenceWaits waits_;  // before the fence, which may still set its events

 public:
  std::shared_ptr<Context> context;
  Com<ID3D11Fence> fence;
  OsHandle shared;  ///< for export, and for the device that signals for the host

 private:
  std::mutex mutex_;
  Com<ID3D11Fence> twin_;  // guarded by mutex_
};

/// Makes the immediate context's commands from here on wait for the points: on the GPU, on the host for host timelines.
/// Errors: timed_out (host timelines), device_lost.
[[nodiscard]] Result<void> wait_for_points(const Context& context, std::span<const SyncPoint> points, Clock::time_point deadline);
/// Signals behind all commands so far, and sends them off. A host timeline is signalled once they are done, at the latest at `deadline`.
/// Errors: timed_out (host timelines), device_lost.
[[nodiscard]] Result<void> signal_behind_commands(Context& context, detail::SemaphoreContents& semaphore, std::uint64_t value,
                                                  Clock::time_point deadline);

// external_fence.cpp
[[nodiscard]] Result<std::shared_ptr<FenceSemaphore>> create_fence(std::shared_ptr<detail::Backend> backend,
                                                                   const std::shared_ptr<Context>& context, std::uint64_t initial_value);
[[nodiscard]] Result<SemaphoreHandle> export_fence(const FenceSemaphore& semaphore);
/// Takes the OS handle only on success. Errors: protocol_error, device_lost, out_of_memory.
[[nodiscard]] Result<std::shared_ptr<FenceSemaphore>> import_fence(std::shared_ptr<detail::Backend> backend,
                                                                   const std::shared_ptr<Context>& context, SemaphoreHandle& handle);

}  // namespace geyser::d3d11
