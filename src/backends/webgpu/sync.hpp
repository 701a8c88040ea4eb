// Semaphores: all of them are the partner's. Dawn sees them as fences for the time of one access only (handover.cpp).
#pragma once

#include <mutex>
#include <vector>

#include "core/partner.hpp"

namespace geyser::webgpu {

/// Points that the host waits for when an access has no signal: semaphores of the partner's, one per wait at a time, kept and reused.
/// Threading: any thread.
class HostPoints {
 public:
  /// A point that was not reached yet. Errors: as create_shared_semaphore().
  Result<SyncPoint> take(detail::Partner& partner);
  /// The point was reached, and its semaphore is free. What is not given back is gone with its last reference.
  void give_back(SyncPoint point) noexcept;

 private:
  std::mutex mutex_;
  std::vector<SyncPoint> idle_;  ///< with the newest value reached
};

}  // namespace geyser::webgpu
