// A texture on this device: a committed resource.
#pragma once

#include <atomic>
#include <memory>

#include "backends/d3d12/context.hpp"

namespace geyser::d3d12 {

/// Owns a reference to the resource. The front made sure that nobody uses it any more.
class Texture final : public detail::TextureContents {
 public:
  Texture(std::shared_ptr<detail::Backend> backend, std::shared_ptr<Context> device_context, Init init, Com<ID3D12Resource> native);

  std::shared_ptr<Context> context;
  Com<ID3D12Resource> resource;
  D3D12_RESOURCE_DESC desc;
  /// The layout whose state this device's own barriers left the resource in. Everybody else leaves it in general.
  std::atomic<TextureLayout> left_in{TextureLayout::general};
};

/// A committed resource in the state COMMON. Errors: unsupported_format, out_of_memory, device_lost.
[[nodiscard]] Result<Com<ID3D12Resource>> create_resource(const Context& context, const D3D12_RESOURCE_DESC& desc, D3D12_HEAP_FLAGS flags);
/// What such a resource needs. Errors: unsupported_format when the device has no such resource. Units: bytes.
[[nodiscard]] Result<std::uint64_t> required_bytes(const Context& context, const D3D12_RESOURCE_DESC& desc);
[[nodiscard]] Result<std::shared_ptr<Texture>> allocate(std::shared_ptr<detail::Backend> backend, const std::shared_ptr<Context>& context,
                                                        const TextureDescriptor& descriptor, D3D12_HEAP_FLAGS flags);

/// The texture of a public object, or device_mismatch when it is another backend's.
[[nodiscard]] Result<Texture*> d3d12_texture(const SharedTexture& texture);

/// Makes a texture, shares it and opens it again. Errors: what this system lacks.
[[nodiscard]] Result<void> probe_memory(const Context& context);

/// The state to take the texture over from. Errors: unsupported_feature when another API released it in a layout of its own.
[[nodiscard]] Result<D3D12_RESOURCE_STATES> state_before(const Texture& texture, const TextureState& state);
/// A barrier for all subresources.
[[nodiscard]] D3D12_RESOURCE_BARRIER transition(const Texture& texture, D3D12_RESOURCE_STATES before, D3D12_RESOURCE_STATES after) noexcept;

}  // namespace geyser::d3d12
