// How textures lie in shared memory: one rule for the host backend, which makes them, and for every device that uses them where they lie.
#pragma once

#include <cstdint>

#include "geyser/handle.hpp"
#include "geyser/texture.hpp"
#include "platform/internal_api.hpp"

namespace geyser::detail {

/// Planes follow each other, inside a plane the mip levels, inside a level the layers; rows without gaps; every subresource starts on a
/// multiple of 256 bytes. Exporter and importer compute the same from the descriptor alone.
struct HostPlace {
  std::uint64_t offset = 0;  ///< bytes from the start of the memory to the subresource
  RegionLayout layout;       ///< the whole subresource
};
/// Errors: invalid_argument when the level, layer or plane does not exist.
[[nodiscard]] GEYSER_INTERNAL_API Result<HostPlace> host_place(const TextureDescriptor& descriptor, std::uint32_t mip_level,
                                                               std::uint32_t array_layer, std::uint32_t plane);
/// Bytes of the whole texture. Errors: limit_exceeded beyond 64 bits.
[[nodiscard]] GEYSER_INTERNAL_API Result<std::uint64_t> host_bytes(const TextureDescriptor& descriptor);
/// What a shared_memory handle says of sizes and planes is what this rule gives. Errors: protocol_error, limit_exceeded.
[[nodiscard]] GEYSER_INTERNAL_API Result<void> check_host_layout(const TextureHandleInfo& info);

}  // namespace geyser::detail
