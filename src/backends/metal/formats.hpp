// Formats as Metal and IOSurface know them, and how a texture lies in a surface.
#pragma once

#include <string>

#include "backends/metal/metal_api.hpp"
#include "geyser/texture.hpp"

namespace geyser::metal {

/// A format that IOSurface has: its four characters, as Core Video's pixel format types define them.
struct SurfaceFormat {
  TextureFormat format = TextureFormat::undefined;
  std::uint32_t pixel_format = 0;
  std::uint32_t full_range = 0;  ///< the same with ColorRange::full; equal where the range is no part of it
};
/// Null when IOSurface has no such format.
[[nodiscard]] const SurfaceFormat* surface_format(TextureFormat format) noexcept;
/// MTLPixelFormat of the texture, or of one plane of a planar one; 0 where there is none.
[[nodiscard]] std::uint32_t pixel_format(TextureFormat format, std::uint32_t plane) noexcept;
/// "BGRA", for people.
[[nodiscard]] std::string four_characters(std::uint32_t pixel_format);

/// A clause; empty when the device can have it.
[[nodiscard]] std::string why_no_surface(const TextureDescriptor& descriptor, const api::DeviceInfo& device);
[[nodiscard]] std::string why_no_shared_texture(const TextureDescriptor& descriptor, const api::DeviceInfo& device);
/// limit_exceeded when only the size is in the way, else unsupported_format.
[[nodiscard]] Errc why_not_code(const TextureDescriptor& descriptor, const api::DeviceInfo& device) noexcept;

/// The texture of one plane of a surface; why_no_surface() is empty.
[[nodiscard]] api::TextureShape surface_texture_shape(const TextureDescriptor& descriptor, const api::DeviceInfo& device,
                                                      std::uint32_t plane) noexcept;
/// why_no_shared_texture() is empty.
[[nodiscard]] api::TextureShape shared_texture_shape(const TextureDescriptor& descriptor) noexcept;
/// How this side lays out a new surface. Errors: limit_exceeded.
[[nodiscard]] Result<api::SurfaceShape> surface_shape(const TextureDescriptor& descriptor, const api::Device& device);
/// Whether a surface of somebody else's is what the descriptor says. Errors: protocol_error naming the field.
[[nodiscard]] Result<void> check_surface(const api::SurfaceShape& surface, const TextureDescriptor& descriptor);

}  // namespace geyser::metal
