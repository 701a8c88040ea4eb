// Copies between a HostBuffer and a texture whose access is open already.
#pragma once

#include "geyser/vulkan.hpp"
#include "platform/internal_api.hpp"

namespace geyser::vulkan {

/// What offsets in a HostBuffer must be multiples of for that plane. Units: bytes.
[[nodiscard]] GEYSER_INTERNAL_API std::uint64_t host_copy_step(TextureFormat format, std::uint32_t plane) noexcept;
/// Copies the region within `access`, into the texture when it is open for writing, else out of it, and waits for it; the access's own
/// signal stays unused. Errors: as copy_to_texture() and copy_from_texture(), not_initialized; the access stays open.
[[nodiscard]] GEYSER_INTERNAL_API Result<void> copy_host_buffer(geyser::Access& access, const TextureRegion& region,
                                                                const HostBuffer& buffer, std::uint64_t offset);

}  // namespace geyser::vulkan
