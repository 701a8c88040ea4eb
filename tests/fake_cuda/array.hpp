// How arrays lie in memory: rows on multiples of 64 bytes, levels and layers on multiples of 256, as the fake Vulkan driver lays out images
// of optimal tiling.
#pragma once

#include "state.hpp"

namespace fake_cuda {

/// Empty for descriptors that a driver refuses.
[[nodiscard]] std::optional<std::vector<ArrayLevel>> array_levels(const DeviceConfig& device, const api::ArrayDescriptor& descriptor,
                                                                  unsigned levels, std::byte* data, std::uint64_t* bytes);

}  // namespace fake_cuda
