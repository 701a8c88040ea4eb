#include "crossing/open_vulkan.hpp"

#include <algorithm>

#include "core/guard.hpp"
#include "core/message.hpp"

namespace geyser::detail {

Result<TextureShareManager> open_vulkan(const DeviceIdentity& identity) {
  return guard([&]() -> Result<TextureShareManager> {
    auto devices = vulkan::enumerate_devices();
    if (!devices) return std::move(devices).error();
    // Not by the UUID alone: two drivers may show one device.
    const auto at = std::ranges::find_if(*devices, [&](const auto& one) { return check_same_device(identity, one.identity).has_value(); });
    if (identity.device_uuid.is_nil() || at == devices->end()) {
      return Error(Errc::not_found,
                   text("No Vulkan device of this process is ", identity.name.empty() ? "the one asked for" : identity.name, " (",
                        to_string(identity.device_uuid), ", driver ", to_string(identity.driver_uuid), ")."));
    }
    auto device = vulkan::Device::create({.selector = {.index = at->index}, .application_name = "geyser, between devices"});
    if (!device) return std::move(device).error();
    return device->create_manager();
  });
}

}  // namespace geyser::detail
