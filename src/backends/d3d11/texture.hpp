// A texture on this device: its own, or one that it opened.
#pragma once

#include <optional>

#include "backends/d3d11/formats.hpp"
#include "backends/d3d11/keyed_mutex.hpp"
#include "core/backend.hpp"

namespace geyser::d3d11 {

/// A resource with what Direct3D says of it.
struct Resource {
  Com<ID3D11Resource> resource;
  Com<ID3D11Texture2D> flat;    ///< all but d3
  Com<ID3D11Texture3D> volume;  ///< d3
  DXGI_FORMAT format = DXGI_FORMAT_UNKNOWN;
  UINT bind_flags = 0;
  UINT misc_flags = 0;
};

class Texture final : public detail::TextureContents {
 public:
  Texture(std::shared_ptr<detail::Backend> backend, Init init, std::shared_ptr<Context> device_context, Resource made, NativeFormat formats)
      : TextureContents(std::move(backend), std::move(init)),
        context(std::move(device_context)),
        native(std::move(made)),
        format(formats) {}

  /// Index of a level and layer.
  [[nodiscard]] UINT subresource(const TextureRegion& region) const noexcept {
    const std::uint32_t layer = native.volume ? 0 : region.array_layer;
    return D3D11CalcSubresource(region.mip_level, layer, descriptor().mip_levels);
  }

  std::shared_ptr<Context> context;
  Resource native;
  NativeFormat format;
  std::optional<KeyedMutex> keyed_mutex;
};

/// Errors: device_mismatch, invalid_argument.
[[nodiscard]] Result<Texture*> d3d11_texture(const SharedTexture& texture);

/// Makes the resource with those sharing flags (D3D11_RESOURCE_MISC_SHARED...; 0: local). Errors: as check_texture(); out_of_memory,
/// device_lost, unsupported_format when the device refuses it with these flags.
[[nodiscard]] Result<Resource> create_resource(const Context& context, const TextureDescriptor& descriptor, const NativeFormat& format,
                                               UINT sharing);
/// A texture of this device with those sharing flags, its keyed mutex ready. Errors: as create_resource().
[[nodiscard]] Result<std::shared_ptr<Texture>> make_texture(std::shared_ptr<detail::Backend> backend, std::shared_ptr<Context> context,
                                                            const TextureDescriptor& descriptor, UINT sharing);
/// The keyed mutex of a resource that has one. Errors: unsupported_feature.
[[nodiscard]] Result<void> attach_keyed_mutex(Texture& texture);

}  // namespace geyser::d3d11
