// A build without Vulkan: no device can be opened for somebody else.
#include "crossing/carrier.hpp"

namespace geyser::detail {
namespace {

Error absent() { return Error(Errc::unsupported_feature, "The library was built without Vulkan (GEYSER_WITH_VULKAN)."); }

}  // namespace

Result<std::unique_ptr<Carrier>> open_peer_carrier(const DeviceIdentity&, const DeviceIdentity&, const TextureDescriptor&) {
  return absent();
}
Result<std::unique_ptr<Carrier>> open_pinned_carrier(const DeviceIdentity&, const DeviceIdentity&, const TextureDescriptor&) {
  return absent();
}
Result<std::unique_ptr<Carrier>> open_host_carrier(const DeviceIdentity&, const DeviceIdentity&, const TextureDescriptor&) {
  return absent();
}

void forget_devices(const DeviceIdentity&, const DeviceIdentity&) noexcept {}

}  // namespace geyser::detail
