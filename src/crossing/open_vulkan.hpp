// A Vulkan device of this process's own, chosen by who it is.
#pragma once

#include "geyser/vulkan.hpp"

namespace geyser::detail {

/// A manager on the VkDevice that this process keeps for the device that `identity` names, driver included: one for all its bridges, opened
/// when it is asked for first and never closed, since a driver may give a process only some dozens of instances in its life (NVIDIA). Two
/// managers of it may be used at once. Errors: not_found (this process sees no such device),
/// unsupported_feature, out_of_memory.
[[nodiscard]] Result<TextureShareManager> open_vulkan(const DeviceIdentity& identity);

}  // namespace geyser::detail
