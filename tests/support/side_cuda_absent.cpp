// A build without the CUDA backend.
#include "support/side.hpp"

namespace geyser::test {

std::vector<DeviceEntry> find_cuda(const std::vector<DeviceEntry>&) { return {}; }

Result<std::unique_ptr<Side>> open_cuda(const DeviceEntry&) {
  return Error(Errc::unsupported_feature, "This build has no CUDA backend (GEYSER_WITH_CUDA=OFF).");
}

}  // namespace geyser::test
