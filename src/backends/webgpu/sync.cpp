#include "backends/webgpu/sync.hpp"

#include <exception>

namespace geyser::webgpu {

Result<SyncPoint> HostPoints::take(detail::Partner& partner) {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      SyncPoint point = std::move(idle_.back());
      idle_.pop_back();
      if (point.semaphore.kind() != SemaphoreKind::binary) ++point.value;
      return point;
    }
  }
  auto made = partner.manager().create_shared_semaphore();
  if (!made) return std::move(made).error().with_context("asking the partner for a semaphore");
  return SyncPoint{*std::move(made), 1};
}

void HostPoints::give_back(SyncPoint point) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(point));
  } catch (const std::exception&) {
    // The next wait makes another.
  }
}

}  // namespace geyser::webgpu
