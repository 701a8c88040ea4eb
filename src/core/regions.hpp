// All parts of a texture.
#pragma once

#include "geyser/texture.hpp"

namespace geyser::detail {

/// Calls `visit(region)` for every plane of every layer of every mip level, until one gives an error, which it returns.
/// `descriptor` is valid.
template <class Visit>
[[nodiscard]] Result<void> for_each_region(const TextureDescriptor& descriptor, Visit&& visit) {
  const auto planes = static_cast<std::uint32_t>(format_info(descriptor.format)->plane_count);
  for (std::uint32_t level = 0; level < descriptor.mip_levels; ++level) {
    for (std::uint32_t layer = 0; layer < descriptor.array_layers; ++layer) {
      for (std::uint32_t plane = 0; plane < planes; ++plane) {
        TextureRegion region;
        region.mip_level = level;
        region.array_layer = layer;
        region.plane = plane;
        if (Result<void> ok = visit(region); !ok) return ok;
      }
    }
  }
  return {};
}

}  // namespace geyser::detail
