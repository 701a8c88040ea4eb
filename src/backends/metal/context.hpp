// One device, and what its command buffers said when they ended.
#pragma once

#include <atomic>
#include <chrono>

#include "backends/metal/metal_api.hpp"
#include "geyser/device_identity.hpp"

namespace geyser::metal {

using Clock = std::chrono::steady_clock;

/// Kept alive by every texture and semaphore. Threading: any thread.
class Context {
 public:
  explicit Context(std::shared_ptr<api::Device> device);

  [[nodiscard]] api::Device& device() const noexcept { return *device_; }
  [[nodiscard]] const api::DeviceInfo& info() const noexcept { return info_; }
  [[nodiscard]] const DeviceIdentity& identity() const noexcept { return identity_; }
  /// Errors: device_lost once a command buffer said so.
  [[nodiscard]] Result<void> alive() const;
  /// What a command buffer's end means; remembers a device that is gone. Errors: device_lost, out_of_memory, timed_out, internal.
  Result<void> judge(const api::Completion& completion) const;

 private:
  std::shared_ptr<api::Device> device_;
  api::DeviceInfo info_;
  DeviceIdentity identity_;
  mutable std::atomic<bool> lost_{false};
};

}  // namespace geyser::metal
