#include "tools/geyser/other_devices.hpp"

namespace geyser::tools {

void add_cuda_devices(DeviceList&, std::string_view) {}  // this build has no backend for it

}  // namespace geyser::tools
