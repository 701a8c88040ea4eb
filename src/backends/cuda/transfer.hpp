// The device's side of a copy: where a region of a texture lies, as an array or as plain rows.
#pragma once

#include "backends/cuda/texture.hpp"

namespace geyser::cuda {

/// Where a region starts, in blocks.
struct Start {
  std::size_t x_bytes, y, z;
};

/// The device's side of a copy, in the direction that the caller gives it.
struct Side {
  int type = api::memory_array;
  api::Array array = nullptr;
  api::DevicePointer pointer = 0;
  std::size_t pitch = 0;
  std::size_t rows = 0;  ///< from one slice to the next
  Start start{};
};
/// `region` is one of the texture's (region_layout() said so). Errors: device_lost, out_of_memory.
[[nodiscard]] Result<Side> side_of(const Texture& texture, const TextureRegion& region);

/// A copy of that size, and its ends.
[[nodiscard]] api::Copy3D extent_of(const RegionLayout& layout) noexcept;
void set_source(api::Copy3D& copy, const Side& side) noexcept;
void set_destination(api::Copy3D& copy, const Side& side) noexcept;

}  // namespace geyser::cuda
