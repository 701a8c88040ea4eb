// Host memory: textures in sealed shared memory, timelines that are counters in shared memory. Works anywhere.
#pragma once

#include <cstddef>
#include <span>

#include "geyser/manager.hpp"

namespace geyser::host {

/// A manager for host memory. Every format and kind that validate() accepts can be shared with every process of this machine.
/// Ownership: the caller's. Threading: any thread. Errors: out_of_memory, os_error.
[[nodiscard]] GEYSER_API Result<TextureShareManager> create_manager();

/// Where a region lies in the mapping.
struct MappedRegion {
  std::byte* data = nullptr;      ///< first byte of the region
  std::uint64_t row_pitch = 0;    ///< bytes from one row of blocks to the next
  std::uint64_t slice_pitch = 0;  ///< bytes from one depth slice to the next
  RegionLayout layout;            ///< extent and byte counts
};
/// Direct access to a host texture's bytes.
/// Ownership: the memory stays the texture's and lives as long as it. Threading: any thread, inside an open Access (unchecked).
/// Valid usage: a texture of a host manager (checked). Errors: device_mismatch, invalid_argument.
[[nodiscard]] GEYSER_API Result<MappedRegion> map(const SharedTexture& texture, const TextureRegion& region = {});

}  // namespace geyser::host
