#include "stream/device_bridges.hpp"

#include "core/guard.hpp"

namespace geyser::detail {
Result<std::shared_ptr<DeviceBridge>> DeviceBridges::to(const DeviceIdentity& device, const std::function<DeviceBridge::Setup()>& setup) {
  return guard([&]() -> Result<std::shared_ptr<DeviceBridge>> {
    const std::lock_guard lock(mutex_);
    if (ended_) return Error(Errc::invalid_state, "The stream ends.");
    std::erase_if(ending_, [](const auto& bridge) { return bridge->ended(); });
    auto& at = bridges_[device.device_uuid];
    if (at && at->state() == DeviceBridge::State::ready && at->lane()->tampered()) {
      ending_.push_back(at);
      at->stop();
      at.reset();
    }
    if (!at) {
      auto started = DeviceBridge::start(setup());
      if (!started) {
        bridges_.erase(device.device_uuid);
        return std::move(started).error();
      }
      at = *std::move(started);
    }
    return at;
  });
}

void DeviceBridges::keep(const std::set<Uuid>& devices) noexcept {
  const std::lock_guard lock(mutex_);
  static_cast<void>(guard([&]() -> Result<void> {
    std::erase_if(ending_, [](const auto& bridge) { return bridge->ended(); });
    for (auto at = bridges_.begin(); at != bridges_.end();) {
      if (devices.contains(at->first)) {
        ++at;
        continue;
      }
      ending_.push_back(at->second);
      at->second->stop();
      at = bridges_.erase(at);
    }
    return {};
  }));
}

void DeviceBridges::drop() noexcept { keep({}); }

void DeviceBridges::end() noexcept {
  std::map<Uuid, std::shared_ptr<DeviceBridge>> running;
  std::vector<std::shared_ptr<DeviceBridge>> ending;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    running.swap(bridges_);
    ending.swap(ending_);
  }
  for (const auto& [device, bridge] : running) bridge->stop();  // all at once; the destructors wait
}

Lane::Usage DeviceBridges::usage() const noexcept {
  Lane::Usage all;
  const std::lock_guard lock(mutex_);
  for (const auto& [device, bridge] : bridges_) {
    if (bridge->state() != DeviceBridge::State::ready) continue;
    const Lane::Usage one = bridge->lane()->usage();
    all.textures += one.textures;
    all.bytes += one.bytes;
  }
  return all;
}

}  // namespace geyser::detail
