// NT handles of resources and fences: made for this user only, opened with suspicion. Never the older global handles, which every process
// of the session can guess.
#pragma once

#include <memory>
#include <string_view>

#include "backends/d3d12/context.hpp"
#include "backends/d3d12/texture.hpp"

namespace geyser::d3d12 {

/// ID3D12Device::CreateSharedHandle. Errors: unsupported_feature naming the call and its answer, out_of_memory, device_lost, os_error.
[[nodiscard]] Result<OsHandle> make_nt_handle(const Context& context, ID3D12DeviceChild* object);

/// ID3D12Device::OpenSharedHandle, which leaves the handle as it is. `what` is for messages: "fence".
/// Errors: protocol_error when it is no such object of this device, unsupported_feature, out_of_memory, device_lost.
[[nodiscard]] Result<void> open_nt_handle(const Context& context, const OsHandle& handle, std::string_view what, const GUID& id,
                                          void** object);
template <class Interface>
[[nodiscard]] Result<Com<Interface>> open_nt_handle(const Context& context, const OsHandle& handle, std::string_view what) {
  Com<Interface> opened;
  if (auto ok = open_nt_handle(context, handle, what, iid<Interface>, opened.put()); !ok) return std::move(ok).error();
  return opened;
}

[[nodiscard]] Result<TextureHandle> export_nt(const Texture& texture);
/// d3d12_resource and d3d11_texture. Takes the OS handle only on success.
[[nodiscard]] Result<std::shared_ptr<detail::TextureContents>> import_nt(std::shared_ptr<detail::Backend> backend,
                                                                         const std::shared_ptr<Context>& context, TextureHandle& handle);

}  // namespace geyser::d3d12
