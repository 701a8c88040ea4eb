// Waiting for a fence on the host, with a time-out.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <mutex>
#include <vector>

#include "backends/d3d12/com.hpp"
#include "geyser/os_handle.hpp"

namespace geyser::d3d12 {

/// Whether `fence` of `device` is at least at `value`. Errors: device_lost: a device that goes sets every fence to the highest value.
[[nodiscard]] Result<bool> has_reached(ID3D12Device* device, ID3D12Fence* fence, std::uint64_t value);

/// A fence, and the events that wait for it. Direct3D cannot take back what SetEventOnCompletion() promised, so an event whose wait timed
/// out stays until its value is reached, and the next wait for that value takes it over.
/// Ownership: holds fence and events. Threading: any thread.
class FenceWaits {
 public:
  FenceWaits() noexcept = default;
  FenceWaits(Com<ID3D12Device> device, Com<ID3D12Fence> fence) noexcept : device_(std::move(device)), fence_(std::move(fence)) {}
  FenceWaits(const FenceWaits&) = delete;
  FenceWaits& operator=(const FenceWaits&) = delete;

  [[nodiscard]] ID3D12Fence* fence() const noexcept { return fence_.get(); }
  /// False when `timeout` is over first. Errors: device_lost, os_error, out_of_memory.
  [[nodiscard]] Result<bool> wait(std::uint64_t value, std::chrono::nanoseconds timeout);
  /// Events that Direct3D may still set: they must outlive the fence. Nobody waits any more.
  [[nodiscard]] std::vector<OsHandle> take_pending() noexcept;

 private:
  struct Pending {
    std::uint64_t value = 0;
    OsHandle event;  // manual reset
    int waiters = 0;
  };
  Result<std::list<Pending>::iterator> pending_for(std::uint64_t value);

  Com<ID3D12Device> device_;
  Com<ID3D12Fence> fence_;
  std::mutex mutex_;
  std::list<Pending> pending_;  // guarded by mutex_
};

}  // namespace geyser::d3d12
