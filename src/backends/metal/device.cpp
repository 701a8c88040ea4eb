// Devices for programs that bring none, and the owner of native objects.
#include "backends/metal/manager.hpp"
#include "core/guard.hpp"
#include "core/metal_identity.hpp"

namespace geyser::metal {

using detail::guard;
using detail::text;

void NativeObject::reset(void* object) noexcept {
  if (void* before = std::exchange(object_, object)) api::release(before);
}

Result<std::vector<DeviceSummary>> enumerate_devices() {
  return guard([&]() -> Result<std::vector<DeviceSummary>> {
    std::vector<NativeObject> all;
    for (void* device : api::all_devices()) all.emplace_back(device);
    std::vector<DeviceSummary> found;
    for (std::size_t i = 0; i < all.size(); ++i) {
      auto device = api::adopt_device(all[i].get(), nullptr);
      if (!device) return std::move(device).error();
      const Context context(*std::move(device));
      found.push_back({.index = static_cast<std::uint32_t>(i),
                       .registry_id = context.info().registry_id,
                       .identity = context.identity(),
                       .unified_memory = context.info().unified_memory});
    }
    return found;
  });
}

Result<Device> Device::create(std::optional<std::uint64_t> registry_id) {
  return guard([&]() -> Result<Device> {
    std::vector<NativeObject> all;
    for (void* device : api::all_devices()) all.emplace_back(device);
    if (all.empty()) return Error(Errc::not_found, "This system shows no Metal device.");
    for (NativeObject& native : all) {
      auto device = api::adopt_device(native.get(), nullptr);
      if (!device) return std::move(device).error();
      if (registry_id && (*device)->info().registry_id != *registry_id) continue;
      NativeObject queue(api::retain((*device)->native_queue()));
      return Device(std::move(native), std::move(queue));
    }
    return Error(Errc::not_found, text("No Metal device has the registry id ", *registry_id, "; enumerate_devices() lists them."));
  });
}

Result<TextureShareManager> Device::create_manager() const {
  return metal::create_manager({.device = device_.get(), .queue = queue_.get()});
}

}  // namespace geyser::metal
