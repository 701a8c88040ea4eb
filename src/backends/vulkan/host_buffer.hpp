// What a copy between a HostBuffer and a texture needs to fit.
#pragma once

#include "backends/vulkan/context.hpp"
#include "geyser/vulkan.hpp"
#include "platform/internal_api.hpp"

namespace geyser::vulkan {

/// What offsets in a HostBuffer must be multiples of for that plane. Units: bytes.
[[nodiscard]] GEYSER_INTERNAL_API std::uint64_t host_copy_step(TextureFormat format, std::uint32_t plane) noexcept;
/// The buffer is of `context`, and the region's bytes lie in it from `offset` on, where Vulkan can copy them. `layout` is the region's.
/// Errors: invalid_argument, device_mismatch.
[[nodiscard]] Result<void> check_host_copy(const Context& context, const HostBuffer& buffer, std::uint64_t offset,
                                           const TextureDescriptor& descriptor, const TextureRegion& region, const RegionLayout& layout);

}  // namespace geyser::vulkan
