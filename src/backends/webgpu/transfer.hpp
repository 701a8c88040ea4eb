// Upload and read-back through Dawn's own queue; what WebGPU has no copy for goes through the partner.
#pragma once

#include <span>

#include "backends/webgpu/texture.hpp"

namespace geyser::webgpu {

/// Bytes that Dawn copies at once; larger copies go in slices.
inline constexpr std::uint64_t default_staging_limit = std::uint64_t{64} << 20U;

// Backend::copy_in() and copy_out(). Staging memory is Dawn's, and a buffer for each slice that is read.
[[nodiscard]] Result<void> copy_in(Texture& texture, const TextureRegion& region, const RegionLayout& layout,
                                   std::span<const std::byte> bytes, geyser::Access& access);
[[nodiscard]] Result<void> copy_out(Texture& texture, const TextureRegion& region, const RegionLayout& layout, std::span<std::byte> bytes,
                                    geyser::Access& access);

/// WebGPU, "Depth-stencil formats": which aspects can be copied which way, and only the whole of them.
[[nodiscard]] bool webgpu_copies(const TextureDescriptor& descriptor, const TextureRegion& region, const RegionLayout& layout,
                                 bool to_texture) noexcept;

}  // namespace geyser::webgpu
