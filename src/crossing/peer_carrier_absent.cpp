// A build without CUDA.
#include "crossing/carrier.hpp"

namespace geyser::detail {

Result<std::unique_ptr<Carrier>> open_peer_carrier(const DeviceIdentity&, const DeviceIdentity&, const TextureDescriptor&) {
  return Error(Errc::unsupported_feature, "The library was built without CUDA (GEYSER_WITH_CUDA).");
}

}  // namespace geyser::detail
