// A texture on this device: the planes of an IOSurface, or one shared MTLTexture.
#pragma once

#include "backends/metal/context.hpp"
#include "backends/metal/formats.hpp"
#include "core/backend.hpp"

namespace geyser::metal {

class Texture final : public detail::TextureContents {
 public:
  Texture(std::shared_ptr<detail::Backend> backend, std::shared_ptr<Context> device_context, Init init)
      : TextureContents(std::move(backend), std::move(init)), context(std::move(device_context)) {}

  std::shared_ptr<Context> context;
  std::shared_ptr<api::Surface> surface;                                      // io_surface; null else
  api::SurfaceShape shape;                                                    // io_surface
  std::array<std::shared_ptr<api::Texture>, api::max_surface_planes> planes;  // io_surface: each plane's; else the first alone
};

/// Errors: device_mismatch, invalid_argument.
[[nodiscard]] Result<Texture*> metal_texture(const SharedTexture& texture);

/// Who a texture belongs to once it is made.
struct Maker {
  std::shared_ptr<detail::Backend> backend;
  std::shared_ptr<Context> context;
  bool imported = false;
};
// external_io_surface.cpp
[[nodiscard]] Result<std::shared_ptr<Texture>> allocate_surface(const Maker& maker, const TextureDescriptor& descriptor);
[[nodiscard]] Result<TextureHandle> export_surface(const Texture& texture);
/// Takes the OS handle only on success.
[[nodiscard]] Result<std::shared_ptr<Texture>> import_surface(const Maker& maker, TextureHandle& handle);
/// The textures of a surface that check_surface() is asked about first. Errors: protocol_error, unsupported_format.
[[nodiscard]] Result<std::shared_ptr<Texture>> wrap_surface(const Maker& maker, const TextureDescriptor& descriptor,
                                                            std::shared_ptr<api::Surface> surface);
// external_shared_texture.cpp
[[nodiscard]] Result<std::shared_ptr<Texture>> allocate_shared_texture(const Maker& maker, const TextureDescriptor& descriptor);
[[nodiscard]] Result<TextureHandle> export_shared_texture(const Texture& texture);
/// Everything but the OS handle.
[[nodiscard]] TextureHandleInfo shared_texture_info(const Texture& texture);
/// Takes the OS handle only on success.
[[nodiscard]] Result<std::shared_ptr<Texture>> import_shared_texture(const Maker& maker, TextureHandle& handle);
/// Errors: protocol_error when the texture is not what `info` says.
[[nodiscard]] Result<std::shared_ptr<Texture>> wrap_shared_texture(const Maker& maker, const TextureHandleInfo& info,
                                                                   std::shared_ptr<api::Texture> texture);

/// Whether a handle that came from elsewhere describes something that this device can have. Errors: unsupported_format, limit_exceeded.
[[nodiscard]] Result<void> check_wanted(const TextureDescriptor& descriptor, const api::DeviceInfo& device, MemoryHandleType type);

}  // namespace geyser::metal
