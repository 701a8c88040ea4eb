// Timelines of the device (MTLSharedEvent) and of the host.
#pragma once

#include <condition_variable>
#include <set>

#include "backends/metal/context.hpp"
#include "core/backend.hpp"
#include "core/host_semaphore.hpp"

namespace geyser::metal {

/// Threading: any thread.
class EventSemaphore final : public detail::SemaphoreContents {
 public:
  EventSemaphore(std::shared_ptr<detail::Backend> backend, std::shared_ptr<Context> context, std::shared_ptr<api::Event> event,
                 bool imported);
  Result<std::uint64_t> value() override;
  Result<void> signal(std::uint64_t value) override;
  Result<void> wait(std::uint64_t value, std::chrono::nanoseconds timeout) override;
  [[nodiscard]] api::Event& event() const noexcept { return *event_; }

 private:
  /// What a notification may touch after the semaphore is gone.
  struct Waiters {
    std::mutex mutex;
    std::condition_variable reached;
    std::set<std::uint64_t> asked;  // values with a notification under way; guarded by mutex
  };
  std::shared_ptr<Context> context_;
  std::shared_ptr<api::Event> event_;
  std::shared_ptr<Waiters> waiters_;
};

/// The device's event behind a semaphore of this backend; null for a host timeline.
[[nodiscard]] api::Event* device_event(detail::SemaphoreContents& semaphore) noexcept;

/// Waits on the host for what only the host can wait for, and encodes the other waits. With `bounded`, everything is waited for on the host
/// first, so that nothing can hang in the queue. Errors: timed_out, device_lost.
[[nodiscard]] Result<void> wait_for_points(std::span<const SyncPoint> points, api::CommandBuffer& commands, Clock::time_point deadline,
                                           bool bounded);
/// The signal behind everything in `commands`: encoded, or for a host timeline given when they have ended well.
void signal_after(const std::shared_ptr<Context>& context, detail::SemaphoreContents& semaphore, std::uint64_t value,
                  api::CommandBuffer& commands);
/// Logs how `commands` end when they end badly, and remembers a lost device.
void watch(const std::shared_ptr<Context>& context, api::CommandBuffer& commands);

}  // namespace geyser::metal
