// A publisher's bridges to other devices: one for each device that readers are on, while they are.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "stream/device_bridge.hpp"

namespace geyser::detail {

/// Ownership: the publisher's. Threading: any thread; no call waits for a device, but end(), the destructor,
/// and keep() where a device hangs that an ended bridge used.
class GEYSER_INTERNAL_API DeviceBridges {
 public:
  DeviceBridges() = default;
  DeviceBridges(const DeviceBridges&) = delete;
  DeviceBridges& operator=(const DeviceBridges&) = delete;
  ~DeviceBridges() { end(); }

  /// The bridge to `device`, started if there is none. A bridge that failed is given as it is, until no reader asks for it any more; one
  /// whose readers have spoilt its lane is replaced. Valid usage: a device with a UUID. Errors: limit_exceeded (too many
  /// devices), out_of_memory, internal (no thread), invalid_state (after end()).
  Result<std::shared_ptr<DeviceBridge>> to(const DeviceIdentity& device, const std::function<DeviceBridge::Setup()>& setup);
  /// Stops those to other devices than these.
  void keep(const std::set<DeviceKey>& devices) noexcept;
  /// Stops all, as their native lane is not used any more.
  void drop() noexcept;
  /// Stops all, and waits for them: a second if they are just opening devices. Nothing starts any more.
  void end() noexcept;
  [[nodiscard]] Lane::Usage usage() const noexcept;

 private:
  void stop_others(const std::set<DeviceKey>& devices);

  mutable std::mutex mutex_;
  std::map<DeviceKey, std::shared_ptr<DeviceBridge>> bridges_;  // guarded by mutex_
  std::vector<std::shared_ptr<DeviceBridge>> ending_;           // guarded by mutex_; let go when they have ended, so that nobody waits
  bool ended_ = false;                                          // guarded by mutex_
};

}  // namespace geyser::detail
