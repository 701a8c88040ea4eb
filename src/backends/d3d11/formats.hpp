// What a format is for Direct3D 11, and how its bytes lie in a mapped staging texture.
#pragma once

#include <span>

#include "backends/d3d11/context.hpp"

namespace geyser::d3d11 {

/// The DXGI formats of one TextureFormat. They are equal but for depth, which shaders read only through a typeless resource.
struct NativeFormat {
  DXGI_FORMAT typed = DXGI_FORMAT_UNKNOWN;     ///< the table's
  DXGI_FORMAT typeless = DXGI_FORMAT_UNKNOWN;  ///< its family; of colour formats: the same as `typed`
  DXGI_FORMAT view = DXGI_FORMAT_UNKNOWN;      ///< for shader resource views
};
/// Errors: unsupported_format naming a format without a DXGI number.
[[nodiscard]] Result<NativeFormat> native_format(TextureFormat format);
/// The resource's format for that usage.
[[nodiscard]] DXGI_FORMAT resource_format(const NativeFormat& format, TextureUsage usage) noexcept;

/// Bind flags for a usage; shaders may read whatever is no depth.
[[nodiscard]] UINT bind_flags(TextureFormat format, TextureUsage usage) noexcept;
/// The least that a texture of others must have to serve that usage.
[[nodiscard]] UINT needed_bind_flags(TextureFormat format, TextureUsage usage) noexcept;
/// Whether the device takes textures like `descriptor` at all: format, dimension, usage, limits.
/// Errors: unsupported_format, unsupported_feature, limit_exceeded.
[[nodiscard]] Result<NativeFormat> check_texture(const Context& context, const TextureDescriptor& descriptor);

/// Copies take whole levels only: depth and stencil (Direct3D forbids parts of them), planes (they lie behind each other in one level).
[[nodiscard]] bool whole_levels_only(TextureFormat format) noexcept;

/// One plane of a mapped level of a staging texture.
struct PlaneView {
  std::byte* data = nullptr;    ///< first byte of the plane
  std::size_t row_pitch = 0;    ///< bytes
  std::size_t slice_pitch = 0;  ///< bytes
  std::size_t texel_step = 0;   ///< bytes from a block to the next
  std::size_t texel_bytes = 0;  ///< bytes of a block that are the plane's
  bool low_24_bits = false;     ///< of each 4 bytes, the upper 8 bits are another plane's
};
/// `height` is the level's, in texels.
[[nodiscard]] PlaneView plane_view(TextureFormat format, std::uint32_t plane, const D3D11_MAPPED_SUBRESOURCE& mapped,
                                   std::uint32_t height) noexcept;
/// Copies a region of a plane to or from bytes without gaps. `region` is inside the level.
void gather(const PlaneView& view, TextureFormat format, const TextureRegion& region, const RegionLayout& layout,
            std::span<std::byte> to) noexcept;
void scatter(const PlaneView& view, TextureFormat format, const TextureRegion& region, const RegionLayout& layout,
             std::span<const std::byte> from) noexcept;

}  // namespace geyser::d3d11
