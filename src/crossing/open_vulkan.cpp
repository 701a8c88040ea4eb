#include "crossing/open_vulkan.hpp"

#include <mutex>
#include <vector>

#include "core/backend.hpp"
#include "core/guard.hpp"
#include "core/message.hpp"
#include "crossing/carrier.hpp"

namespace geyser::detail {
namespace {

struct Opened {
  std::mutex mutex;
  std::vector<TextureShareManager> managers;  // guarded by mutex
};
Opened& opened() {
  static auto* const state = new Opened;  // never destroyed: textures may outlive static destructors
  return *state;
}

}  // namespace

Result<TextureShareManager> open_vulkan(const DeviceIdentity& identity) {
  return guard([&]() -> Result<TextureShareManager> {
    if (identity.device_uuid.is_nil()) {
      return Error(Errc::not_found,
                   text(identity.name.empty() ? "The device" : identity.name, " has no UUID, by which this process could find it."));
    }
    Opened& state = opened();
    const std::lock_guard lock(state.mutex);
    for (const auto& manager : state.managers) {
      if (check_same_device(identity, manager.identity()) && Private::backend(manager)->alive())
        return Private::make(Private::shared(manager));
    }
    vulkan::DeviceOptions options{.application_name = "geyser, between devices"};
    options.selector.uuid = identity.device_uuid;
    if (!identity.driver_uuid.is_nil()) options.selector.driver_uuid = identity.driver_uuid;
    auto device = vulkan::Device::create(options);
    if (!device) return std::move(device).error();
    auto manager = device->create_manager();
    if (!manager) return std::move(manager).error();
    state.managers.push_back(Private::make(Private::shared(*manager)));
    return manager;
  });
}

void forget_devices(const DeviceIdentity& from, const DeviceIdentity& to) noexcept {
  std::vector<TextureShareManager> forgotten;  // destroyed after the lock
  static_cast<void>(guard([&]() -> Result<void> {
    Opened& state = opened();
    const std::lock_guard lock(state.mutex);
    forgotten.reserve(state.managers.size());
    std::erase_if(state.managers, [&](TextureShareManager& manager) {
      const bool gone = check_same_device(from, manager.identity()) || check_same_device(to, manager.identity());
      if (gone) forgotten.push_back(std::move(manager));
      return gone;
    });
    return {};
  }));
}

}  // namespace geyser::detail
