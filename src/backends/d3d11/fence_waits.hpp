// Waiting for a fence on the host, with a time-out.
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

#include "backends/d3d11/com.hpp"
#include "geyser/os_handle.hpp"
#include "geyser/result.hpp"

namespace geyser::d3d11 {

class Context;
using Clock = std::chrono::steady_clock;

[[nodiscard]] inline std::chrono::nanoseconds left(Clock::time_point deadline) noexcept {
  return std::max(std::chrono::nanoseconds::zero(), std::chrono::nanoseconds(deadline - Clock::now()));
}

/// The events that a fence sets. One that a time-out left behind stays with the fence, which will still set it, and serves the next wait
/// for the same value: waiting again and again for a dead peer must not pile them up.
/// Ownership: keep it as long as the fence. Threading: any thread.
class FenceWaits {
 public:
  /// Errors: timed_out naming the value reached, device_lost, os_error.
  [[nodiscard]] Result<void> wait(const Context& context, ID3D11Fence& fence, std::uint64_t value, Clock::time_point deadline);

 private:
  struct Slot {
    OsHandle event;
    std::uint64_t pending = 0;  // the fence will set the event at this value
    bool busy = false;
  };
  [[nodiscard]] Result<Slot*> take(std::uint64_t value, std::uint64_t reached);
  void give_back(Slot& slot, std::uint64_t pending) noexcept;

  std::mutex mutex_;
  std::vector<std::unique_ptr<Slot>> slots_;  // guarded by mutex_, as are pending and busy
};

/// The counter now. Errors: device_lost.
[[nodiscard]] Result<std::uint64_t> value_of(const Context& context, ID3D11Fence& fence);

}  // namespace geyser::d3d11
