// NT handles of textures and fences.
#pragma once

#include "backends/d3d11/texture.hpp"

namespace geyser::d3d11 {

/// Fills Features::plain_sharing and why_no_sharing, asked with a small texture.
void ask_sharing(Context& context);
/// Why Direct3D 11 does not make this texture shareable whatever the device says. A clause; empty when the device decides.
[[nodiscard]] std::string why_not_shareable(const TextureDescriptor& descriptor);

/// A handle that only this user's processes can be given. Errors: unsupported_feature, device_lost, out_of_memory, os_error.
[[nodiscard]] Result<OsHandle> share_resource(const Context& context, ID3D11Resource& resource);
[[nodiscard]] Result<OsHandle> share_fence(const Context& context, ID3D11Fence& fence);

/// Of a texture of make_texture() with sharing flags.
[[nodiscard]] Result<TextureHandle> export_texture(const Texture& texture);
/// d3d11_texture and d3d12_resource. What the handle says is compared with what Direct3D opens. Takes the OS handle only on success.
/// Errors: protocol_error, unsupported_format, unsupported_feature, device_lost, out_of_memory.
[[nodiscard]] Result<std::shared_ptr<Texture>> import_texture(std::shared_ptr<detail::Backend> backend, std::shared_ptr<Context> context,
                                                              TextureHandle& handle);

}  // namespace geyser::d3d11
