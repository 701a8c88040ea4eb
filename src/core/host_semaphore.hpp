// Host timelines as shared semaphores, for backends whose device can neither wait for them nor signal them.
#pragma once

#include "core/backend.hpp"
#include "core/host_timeline.hpp"

namespace geyser::detail {

class GEYSER_INTERNAL_API HostSemaphore final : public SemaphoreContents {
 public:
  HostSemaphore(std::shared_ptr<Backend> backend, HostTimeline timeline, bool imported)
      : SemaphoreContents(std::move(backend), SemaphoreKind::host_timeline, imported),
        timeline_(std::make_shared<HostTimeline>(std::move(timeline))) {}

  Result<std::uint64_t> value() override;
  Result<void> signal(std::uint64_t value) override;
  Result<void> wait(std::uint64_t value, std::chrono::nanoseconds timeout) override;
  /// For another process, with `exporter` as its device. Errors: out_of_memory (no descriptor free).
  [[nodiscard]] Result<SemaphoreHandle> export_handle(const DeviceIdentity& exporter) const;
  /// The page alone: what a driver's callback may hold, since dropping the semaphore can drop a whole device.
  [[nodiscard]] const std::shared_ptr<HostTimeline>& timeline() const noexcept { return timeline_; }

 private:
  std::shared_ptr<HostTimeline> timeline_;
};

/// Errors: out_of_memory, os_error.
[[nodiscard]] GEYSER_INTERNAL_API Result<std::shared_ptr<SemaphoreContents>> create_host_semaphore(std::shared_ptr<Backend> backend,
                                                                                                   std::uint64_t initial_value);
/// Takes the OS handle only on success. Errors: protocol_error.
[[nodiscard]] GEYSER_INTERNAL_API Result<std::shared_ptr<SemaphoreContents>> import_host_semaphore(std::shared_ptr<Backend> backend,
                                                                                                   SemaphoreHandle& handle);

}  // namespace geyser::detail
