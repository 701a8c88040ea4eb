#include "backends/d3d12/external_nt.hpp"

#include "backends/d3d12/formats.hpp"
#include "core/message.hpp"
#include "platform/security_windows.hpp"

namespace geyser::d3d12 {
namespace {

using detail::text;

// D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX, which a Direct3D 11 exporter tells in native_create_flags.
constexpr std::uint32_t d3d11_keyed_mutex = 0x100;

template <class Given, class Allowed>
Error contradiction(std::string_view what, const Given& given, std::string_view field, const Allowed& allowed) {
  return Error(Errc::protocol_error, text("The resource behind the handle has ", what, " ", given, ", but TextureHandleInfo::", field,
                                          " asks for ", allowed, "."));
}

/// Direct3D knows no memory types of Vulkan's. An exporter that does gives Vulkan's numbers of format, usage and size, which say nothing
/// here.
bool told_by_direct3d(const TextureHandleInfo& info) noexcept { return info.memory_type_index == any_memory_type; }

/// What a description of an image says is what the resource is. Errors: protocol_error naming the difference.
Result<void> compare(const D3D12_RESOURCE_DESC& found, const D3D12_RESOURCE_DESC& wanted, const TextureHandleInfo& info) {
  if (found.Dimension != wanted.Dimension) {
    return contradiction("D3D12_RESOURCE_DIMENSION", static_cast<int>(found.Dimension), "descriptor.dimension",
                         text(to_string(info.descriptor.dimension), " (", static_cast<int>(wanted.Dimension), ")"));
  }
  if (found.Width != wanted.Width) return contradiction("width", found.Width, "descriptor.extent.width", wanted.Width);
  if (found.Height != wanted.Height) return contradiction("height", found.Height, "descriptor.extent.height", wanted.Height);
  if (found.DepthOrArraySize != wanted.DepthOrArraySize) {
    const bool volume = wanted.Dimension == D3D12_RESOURCE_DIMENSION_TEXTURE3D;
    return contradiction(volume ? "depth" : "array size", found.DepthOrArraySize,
                         volume ? "descriptor.extent.depth" : "descriptor.array_layers", wanted.DepthOrArraySize);
  }
  if (found.MipLevels != wanted.MipLevels) return contradiction("mip levels", found.MipLevels, "descriptor.mip_levels", wanted.MipLevels);
  if (found.SampleDesc.Count != 1) {
    return contradiction("a sample count of", found.SampleDesc.Count, "descriptor", "1: multisampled textures are not shared");
  }
  if (!stands_for(*format_info(info.descriptor.format), found.Format)) {
    return contradiction("DXGI_FORMAT", static_cast<int>(found.Format), "descriptor.format",
                         text(to_string(info.descriptor.format), " (", static_cast<int>(wanted.Format), ")"));
  }
  if (told_by_direct3d(info) && info.native_format != static_cast<std::uint32_t>(found.Format)) {
    return contradiction("DXGI_FORMAT", static_cast<int>(found.Format), "native_format", info.native_format);
  }
  const auto needed = wanted.Flags & ~D3D12_RESOURCE_FLAG_ALLOW_SIMULTANEOUS_ACCESS;
  if ((found.Flags & needed) != needed) {
    return contradiction("D3D12_RESOURCE_FLAGS", static_cast<int>(found.Flags), "descriptor.usage",
                         text(to_string(info.descriptor.usage), " (at least ", static_cast<int>(needed), ")"));
  }
  if (has(info.descriptor.usage, TextureUsage::texture_binding) && (found.Flags & D3D12_RESOURCE_FLAG_DENY_SHADER_RESOURCE) != 0) {
    return contradiction("D3D12_RESOURCE_FLAGS", static_cast<int>(found.Flags), "descriptor.usage",
                         "texture_binding, which D3D12_RESOURCE_FLAG_DENY_SHADER_RESOURCE forbids");
  }
  return {};
}

}  // namespace

Result<OsHandle> make_nt_handle(const Context& context, ID3D12DeviceChild* object) {
  // The default of the process's token would let others of the session in: administrators, and whoever the program's owner added.
  auto mine = platform::SecurityDescriptor::for_user_only("GA");
  if (!mine) return std::move(mine).error();
  const SECURITY_ATTRIBUTES attributes = mine->attributes();
  HANDLE handle = nullptr;
  const HRESULT answer = context.device->CreateSharedHandle(object, &attributes, GENERIC_ALL, nullptr, &handle);
  if (FAILED(answer)) return context.error(answer, "ID3D12Device::CreateSharedHandle");
  OsHandle owned = platform::owned(handle);
  if (!owned) return Error(Errc::internal, "ID3D12Device::CreateSharedHandle answers S_OK without a handle.", ErrorDomain::win32);
  return owned;
}

Result<void> open_nt_handle(const Context& context, const OsHandle& handle, std::string_view what, const GUID& id, void** object) {
  const HRESULT answer = context.device->OpenSharedHandle(platform::native(handle), id, object);
  if (SUCCEEDED(answer) && *object != nullptr) return {};
  const auto code = static_cast<std::uint32_t>(answer);
  // What the documentation leaves open: which of these a handle gets that means something else.
  if (SUCCEEDED(answer) || code == 0x80070057U || code == 0x80070006U || code == 0x80004002U || code == 0x80004005U) {
    return Error(Errc::protocol_error,
                 text("ID3D12Device::OpenSharedHandle answers ", name_of(answer), ": the handle is no shared ", what, " of this device."),
                 ErrorDomain::win32, answer);
  }
  return context.error(answer, "ID3D12Device::OpenSharedHandle");
}

Result<TextureHandle> export_nt(const Texture& texture) {
  const Context& context = *texture.context;
  auto shared = make_nt_handle(context, texture.resource.get());
  if (!shared) return std::move(shared).error();
  TextureHandle handle;
  handle.handles[0] = *std::move(shared);
  TextureHandleInfo& info = handle.info;
  info.type = MemoryHandleType::d3d12_resource;
  info.descriptor = texture.descriptor();
  info.exporter = context.identity;
  info.allocation_size = texture.allocated_bytes();
  info.required_size = texture.required_bytes();
  info.memory_type_index = any_memory_type;  // Direct3D knows none of Vulkan's
  info.dedicated = true;
  info.native_format = static_cast<std::uint32_t>(texture.desc.Format);
  info.native_usage = static_cast<std::uint32_t>(texture.desc.Flags);
  return handle;
}

Result<std::shared_ptr<detail::TextureContents>> import_nt(std::shared_ptr<detail::Backend> backend,
                                                           const std::shared_ptr<Context>& context, TextureHandle& handle) {
  const TextureHandleInfo& info = handle.info;
  const bool from_d3d11 = info.type == MemoryHandleType::d3d11_texture;
  if (info.linear_tiling) {
    return Error(Errc::unsupported_handle, "The handle says linear_tiling; Direct3D 12 imports textures in the device's own order only.");
  }
  if (from_d3d11 && told_by_direct3d(info) && (info.native_create_flags & d3d11_keyed_mutex) != 0) {
    return Error(Errc::unsupported_handle,
                 "The Direct3D 11 texture has a keyed mutex, which Direct3D 12 cannot acquire; create it without one and share a fence.");
  }
  if (auto ok = check_limits(info.descriptor); !ok) return std::move(ok).error();
  if (auto why = why_not_usable(*context, info.descriptor); !why.empty()) {
    return Error(Errc::unsupported_format, text("This device cannot import ", describe_use(info.descriptor), ": ", why, "."));
  }
  const D3D12_RESOURCE_DESC wanted = resource_desc(info.descriptor);
  if (told_by_direct3d(info) && !stands_for(*format_info(info.descriptor.format), static_cast<DXGI_FORMAT>(info.native_format))) {
    return Error(Errc::protocol_error, text("TextureHandleInfo::native_format is ", info.native_format, "; the descriptor's format ",
                                            to_string(info.descriptor.format), " is DXGI_FORMAT ", static_cast<int>(wanted.Format), "."));
  }
  auto opened = open_nt_handle<ID3D12Resource>(*context, handle.handles[0], "texture");
  if (!opened) return std::move(opened).error();
  D3D12_RESOURCE_DESC found = (*opened)->GetDesc();
  if (auto ok = compare(found, wanted, info); !ok) return std::move(ok).error();

  auto required = required_bytes(*context, found);
  if (!required) return std::move(required).error();
  if (told_by_direct3d(info) && !from_d3d11 && *required != info.allocation_size) {  // Direct3D 11 does not tell what it allocated
    return Error(Errc::protocol_error, text("TextureHandleInfo::allocation_size is ", info.allocation_size,
                                            " bytes; the resource behind the handle needs exactly ", *required, " bytes."));
  }
  auto texture =
      std::make_shared<Texture>(std::move(backend), context,
                                detail::TextureContents::Init{info.descriptor, info.type, true, *required, *required}, *std::move(opened));
  handle.handles[0].reset();  // opening took a reference of its own
  return std::shared_ptr<detail::TextureContents>(std::move(texture));
}

}  // namespace geyser::d3d12
