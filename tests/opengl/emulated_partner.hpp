// A partner like a Vulkan device with exportable semaphores: memory of a real Vulkan manager, semaphores that the layer of layer.hpp
// understands.
#pragma once

#include "geyser/manager.hpp"

namespace geyser::test {

/// `real` makes the memory and is kept. Which kinds of semaphore it exports and imports as opaque_fd can be chosen.
[[nodiscard]] TextureShareManager emulated_partner(const TextureShareManager& real, bool timelines = true, bool binaries = true);

}  // namespace geyser::test
