// A build without the OpenGL backend.
#include "support/side.hpp"

namespace geyser::test {

std::vector<DeviceEntry> find_opengl(const std::vector<DeviceEntry>&) { return {}; }

Result<std::unique_ptr<Side>> open_opengl(const DeviceEntry&) {
  return Error(Errc::unsupported_feature, "This build has no OpenGL backend (GEYSER_WITH_OPENGL=OFF).");
}

}  // namespace geyser::test
