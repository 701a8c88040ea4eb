// The bridge to another device: copies each newest frame of the native lane into a lane on that device, once for all readers there.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>

#include "crossing/carrier.hpp"
#include "stream/attachment.hpp"
#include "stream/damage.hpp"
#include "stream/lane.hpp"

namespace geyser::detail {

/// What a bridge is for: device and driver.
using DeviceKey = std::pair<Uuid, Uuid>;
[[nodiscard]] inline DeviceKey key_of(const DeviceIdentity& device) noexcept { return {device.device_uuid, device.driver_uuid}; }

/// A reader of the native lane inside the publisher's process, with devices of its own on both sides: neither the publisher's device nor
/// its queue is touched, and a slow link holds frames like any slow reader, as many as the far lane's ring has and one. One thread opens
/// the devices, which may take a second, carries frames, and closes the devices again.
/// Ownership: shared by the publisher and whoever looks; the destructor stops it and waits for the thread. Threading: any thread.
class GEYSER_INTERNAL_API DeviceBridge {
 public:
  enum class State : std::uint8_t { opening, ready, failed };
  struct Setup {
    DeviceIdentity from;
    DeviceIdentity to;
    std::shared_ptr<Lane> lane;     ///< the native one
    Lane::Options options;          ///< of the lane on the other device: pacing, ring, texture, generation, id
    std::function<void()> changed;  ///< called from the bridge's thread when state() or the lane's textures have changed; no lock is held
    std::span<const CarrierWay> ways = carrier_ways();
  };
  /// Returns at once; state() is `opening`. Errors: out_of_memory, internal (no thread).
  static Result<std::shared_ptr<DeviceBridge>> start(Setup setup);
  ~DeviceBridge();
  DeviceBridge(const DeviceBridge&) = delete;
  DeviceBridge& operator=(const DeviceBridge&) = delete;

  [[nodiscard]] State state() const noexcept { return state_.load(std::memory_order_acquire); }
  /// Failed: every way and why not, or why it ended. Ready: why not the better ways; may be empty.
  [[nodiscard]] std::string why() const;
  /// What follows does not change any more once state() is not `opening`; before, it is empty.
  [[nodiscard]] const std::shared_ptr<Lane>& lane() const noexcept { return to_; }  ///< null when it failed
  [[nodiscard]] Transport transport() const noexcept { return transport_; }
  [[nodiscard]] const Capabilities& capabilities() const noexcept { return capabilities_; }  ///< of the device that it goes to
  /// Asks the thread to end.
  void stop() noexcept;
  /// It has, and the destructor does not wait.
  [[nodiscard]] bool ended() const noexcept { return ended_.load(std::memory_order_acquire); }

 private:
  explicit DeviceBridge(Setup setup) noexcept : setup_(std::move(setup)) {}
  void run() noexcept;
  void open();
  Result<void> try_way(const CarrierWay& way);
  /// Attaches to the native lane as a reader of another process would.
  Result<void> attach();
  Result<void> follow_textures();
  enum class Step : std::uint8_t { nothing, carried, failed };
  [[nodiscard]] Step step();
  Result<void> take_across(HeldFrame& held);
  Result<void> wait_for(const Access& access) const;
  void detach() noexcept;
  void complain(const Error& error) noexcept;
  void add_why(const std::string& words);

  Setup setup_;
  std::atomic<State> state_{State::opening};
  std::atomic<bool> stop_{false};
  std::atomic<bool> ended_{false};
  std::shared_ptr<Lane> to_;
  Transport transport_ = Transport::none;
  Capabilities capabilities_;
  mutable std::mutex why_mutex_;
  std::string why_;  // guarded by why_mutex_
  // The thread's own.
  std::unique_ptr<Carrier> carrier_;
  std::shared_ptr<LaneReader> reader_;
  std::shared_ptr<Attachment> attachment_;
  std::vector<std::uint64_t> known_;  // texture ids of the native lane
  DamageHistory damage_;
  std::uint32_t index_ = 0;
  std::uint64_t carried_ = 0;
  std::uint64_t damaged_ = 0;  // the newest frame whose damage is in damage_
  bool again_ = false;         // the frame that was found last did not get across
  bool overdue_ = false;       // a copy was given up while it waited
  bool complained_ = false;
  bool told_tampered_ = false;
  std::chrono::steady_clock::time_point failing_since_;
  std::thread thread_;
};

}  // namespace geyser::detail
