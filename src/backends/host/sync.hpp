// Host timelines as shared semaphores.
#pragma once

#include "core/backend.hpp"
#include "core/host_timeline.hpp"

namespace geyser::host {

class Semaphore final : public detail::SemaphoreContents {
 public:
  Semaphore(std::shared_ptr<detail::Backend> backend, detail::HostTimeline timeline, bool imported)
      : SemaphoreContents(std::move(backend), SemaphoreKind::host_timeline, imported), timeline_(std::move(timeline)) {}

  Result<std::uint64_t> value() override;
  Result<void> signal(std::uint64_t value) override;
  Result<void> wait(std::uint64_t value, std::chrono::nanoseconds timeout) override;
  [[nodiscard]] Result<OsHandle> duplicate_handle() const { return timeline_.duplicate_handle(); }

 private:
  detail::HostTimeline timeline_;
};

}  // namespace geyser::host
