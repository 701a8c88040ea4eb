// A Vulkan device of this process's own, chosen by who it is.
#pragma once

#include "geyser/vulkan.hpp"

namespace geyser::detail {

/// A manager on a new VkDevice of the device that `identity` names, driver included. Errors: not_found (this process sees no such device),
/// unsupported_feature, out_of_memory.
[[nodiscard]] Result<TextureShareManager> open_vulkan(const DeviceIdentity& identity);

}  // namespace geyser::detail
