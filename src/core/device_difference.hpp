// The clause behind check_same_device() and the reasons that negotiate() gives.
#pragma once

#include <string>

#include "geyser/device_identity.hpp"

namespace geyser::detail {

/// "the device UUIDs differ (...)"; empty when opaque handles may pass.
[[nodiscard]] std::string device_difference(const DeviceIdentity& exporter, const DeviceIdentity& importer);

}  // namespace geyser::detail
