// Vulkan's part in exchanges with other APIs: copies and clears in command buffers of the caller's own.
#pragma once

#include "geyser/vulkan.hpp"
#include "support/side.hpp"

namespace geyser::test {

/// `device` outlives the result.
[[nodiscard]] Result<std::unique_ptr<Painter>> create_vulkan_painter(const vulkan::Device& device, std::uint32_t width,
                                                                     std::uint32_t height, std::uint32_t slots);

}  // namespace geyser::test
