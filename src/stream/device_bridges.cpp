#include "stream/device_bridges.hpp"

#include "core/guard.hpp"
#include "core/message.hpp"

namespace geyser::detail {
namespace {

constexpr std::size_t max_bridges = 16;

}  // namespace

Result<std::shared_ptr<DeviceBridge>> DeviceBridges::to(const DeviceIdentity& device, const std::function<DeviceBridge::Setup()>& setup) {
  return guard([&]() -> Result<std::shared_ptr<DeviceBridge>> {
    const std::lock_guard lock(mutex_);
    if (ended_) return Error(Errc::invalid_state, "The stream ends.");
    auto& at = bridges_[key_of(device)];
    if (at && at->state() == DeviceBridge::State::ready && at->lane()->tampered()) {
      ending_.push_back(at);
      at->stop();
      at.reset();
    }
    if (!at) {
      // A reader says itself what device it is on: with many names it shall not get many threads.
      auto started = bridges_.size() + ending_.size() > max_bridges
                         ? Result<std::shared_ptr<DeviceBridge>>(
                               Error(Errc::limit_exceeded, text("The stream opens ", max_bridges, " devices for its readers already.")))
                         : DeviceBridge::start(setup());
      if (!started) {
        bridges_.erase(key_of(device));
        return std::move(started).error();
      }
      at = *std::move(started);
    }
    return at;
  });
}

// The caller holds the lock.
void DeviceBridges::stop_others(const std::set<DeviceKey>& devices) {
  for (auto at = bridges_.begin(); at != bridges_.end();) {
    if (devices.contains(at->first)) {
      ++at;
      continue;
    }
    ending_.push_back(at->second);
    at->second->stop();
    at = bridges_.erase(at);
  }
}

void DeviceBridges::keep(const std::set<DeviceKey>& devices) noexcept {
  std::vector<std::shared_ptr<DeviceBridge>> gone;  // destroyed after the lock: textures on a device that hangs wait for it
  static_cast<void>(guard([&]() -> Result<void> {
    const std::lock_guard lock(mutex_);
    gone.reserve(ending_.size());
    std::erase_if(ending_, [&](std::shared_ptr<DeviceBridge>& bridge) {
      if (!bridge->ended()) return false;
      gone.push_back(std::move(bridge));
      return true;
    });
    stop_others(devices);
    return {};
  }));
}

void DeviceBridges::drop() noexcept {
  static_cast<void>(guard([&]() -> Result<void> {
    const std::lock_guard lock(mutex_);
    stop_others({});
    return {};
  }));
}

void DeviceBridges::end() noexcept {
  std::map<DeviceKey, std::shared_ptr<DeviceBridge>> running;
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
