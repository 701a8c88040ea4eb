#include "backends/d3d11/external_nt.hpp"

#include "core/message.hpp"
#include "platform/security_windows.hpp"

namespace geyser::d3d11 {
namespace {

using detail::text;

std::string clause(const Error& error) {
  const std::string_view message = error.message();
  return std::string(message.substr(0, message.ends_with('.') ? message.size() - 1 : message.size()));
}

/// Makes, shares and opens a small texture. Errors: whatever refuses.
Result<void> try_sharing(const Context& context, UINT sharing) {
  TextureDescriptor small;
  small.extent = {16, 16, 1};
  small.format = TextureFormat::rgba8_unorm;
  auto format = native_format(small.format);
  if (!format) return std::move(format).error();
  auto resource = create_resource(context, small, *format, sharing);
  if (!resource) return std::move(resource).error();
  auto handle = share_resource(context, *resource->resource.get());
  if (!handle) return std::move(handle).error();
  Com<ID3D11Texture2D> opened;
  const HRESULT hr = context.device1->OpenSharedResource1(platform::native(*handle), __uuidof(ID3D11Texture2D), opened.out_void());
  return SUCCEEDED(hr) ? Result<void>() : context.error(hr, "ID3D11Device1::OpenSharedResource1");
}

/// A difference between what a handle says and what was opened.
Error differs(std::string_view field, std::uint64_t said, std::uint64_t found) {
  return Error(Errc::protocol_error,
               text("TextureHandleInfo::", field, " is ", said, ", but the texture that the handle opens has ", found, "."));
}

struct Found {
  UINT width, height, depth, levels, layers, samples;
  D3D11_USAGE usage;
};

Result<void> compare(const TextureDescriptor& said, const NativeFormat& format, const Found& found, const Resource& opened) {
  if (found.width != said.extent.width) return differs("descriptor.extent.width", said.extent.width, found.width);
  if (found.height != said.extent.height) return differs("descriptor.extent.height", said.extent.height, found.height);
  if (found.depth != said.extent.depth) return differs("descriptor.extent.depth", said.extent.depth, found.depth);
  if (found.levels != said.mip_levels) return differs("descriptor.mip_levels", said.mip_levels, found.levels);
  if (found.layers != said.array_layers) return differs("descriptor.array_layers", said.array_layers, found.layers);
  if (opened.format != format.typed && opened.format != format.typeless) {
    return Error(Errc::protocol_error,
                 text("TextureHandleInfo::descriptor.format is ", to_string(said.format), " (DXGI_FORMAT ", static_cast<int>(format.typed),
                      "), but the texture that the handle opens has DXGI_FORMAT ", static_cast<int>(opened.format), "."));
  }
  const bool cube = said.dimension == TextureDimension::cube || said.dimension == TextureDimension::cube_array;
  if (cube && (opened.misc_flags & D3D11_RESOURCE_MISC_TEXTURECUBE) == 0) {
    return Error(Errc::protocol_error, "TextureHandleInfo::descriptor.dimension is a cube, but the texture that the handle opens is none.");
  }
  if (found.samples != 1 || found.usage != D3D11_USAGE_DEFAULT) {
    return Error(Errc::protocol_error, text("The texture that the handle opens has ", found.samples, " samples and D3D11_USAGE ",
                                            static_cast<int>(found.usage), "; one sample and D3D11_USAGE_DEFAULT are needed."));
  }
  const UINT needed = needed_bind_flags(said.format, said.usage);
  if ((opened.bind_flags & needed) != needed) {
    return Error(Errc::protocol_error, text("TextureHandleInfo::descriptor.usage is ", to_string(said.usage), ", which needs bind flags ",
                                            needed, ", but the texture that the handle opens has ", opened.bind_flags, "."));
  }
  const bool depth_read = has(said.usage, TextureUsage::texture_binding) && format.typed != format.typeless;
  if (depth_read && opened.format != format.typeless) {
    return Error(Errc::unsupported_format, text(to_string(said.format), " with texture_binding needs a typeless texture, but the one that ",
                                                "the handle opens is typed, and shaders cannot read its depth."));
  }
  return {};
}

Result<Resource> open(const Context& context, const TextureDescriptor& said, const NativeFormat& format, const OsHandle& handle) {
  const bool volume = said.dimension == TextureDimension::d3;
  Resource opened;
  const IID& id = volume ? __uuidof(ID3D11Texture3D) : __uuidof(ID3D11Texture2D);
  void** out = volume ? opened.volume.out_void() : opened.flat.out_void();
  const HRESULT hr = context.device1->OpenSharedResource1(platform::native(handle), id, out);
  if (hr == E_NOINTERFACE) {
    return Error(Errc::protocol_error,
                 text("TextureHandleInfo::descriptor.dimension is ", to_string(said.dimension), ", but the handle opens no ",
                      volume ? "3D" : "2D", " texture (", name_of(hr), ")."),
                 ErrorDomain::win32, hr);
  }
  if (FAILED(hr)) {
    auto error = context.error(hr, "ID3D11Device1::OpenSharedResource1");
    if (error.code() == Errc::device_lost || error.code() == Errc::out_of_memory) return error;
    if (hr == E_NOTIMPL) return Error(Errc::unsupported_feature, error.message(), ErrorDomain::win32, hr);
    return Error(Errc::protocol_error, text("The handle is no shared texture that this device can open: ", error.message()),
                 ErrorDomain::win32, hr);
  }
  Found found{};
  if (volume) {
    opened.resource = opened.volume.as<ID3D11Resource>();
    D3D11_TEXTURE3D_DESC desc{};
    opened.volume->GetDesc(&desc);
    found = {desc.Width, desc.Height, desc.Depth, desc.MipLevels, 1, 1, desc.Usage};
    opened.format = desc.Format;
    opened.bind_flags = desc.BindFlags;
    opened.misc_flags = desc.MiscFlags;
  } else {
    opened.resource = opened.flat.as<ID3D11Resource>();
    D3D11_TEXTURE2D_DESC desc{};
    opened.flat->GetDesc(&desc);
    found = {desc.Width, desc.Height, 1, desc.MipLevels, desc.ArraySize, desc.SampleDesc.Count, desc.Usage};
    opened.format = desc.Format;
    opened.bind_flags = desc.BindFlags;
    opened.misc_flags = desc.MiscFlags;
  }
  if (auto ok = compare(said, format, found, opened); !ok) return std::move(ok).error();
  return opened;
}

}  // namespace

void ask_sharing(Context& context) {
  auto plain = try_sharing(context, D3D11_RESOURCE_MISC_SHARED | D3D11_RESOURCE_MISC_SHARED_NTHANDLE);
  context.features.plain_sharing = plain.has_value();
  if (plain) return;
  // Windows 8 gives NT handles to textures with a keyed mutex only.
  auto keyed = try_sharing(context, D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX | D3D11_RESOURCE_MISC_SHARED_NTHANDLE);
  if (!keyed) context.features.why_no_sharing = clause(keyed.error());
}

std::string why_not_shareable(const TextureDescriptor& descriptor) {
  if (descriptor.dimension == TextureDimension::d3) return "Direct3D 11 shares 2D textures only, not d3";
  if (descriptor.mip_levels > 1) {
    return text("Direct3D 11 shares textures with one mip level, not ", descriptor.mip_levels, " (D3D11_RESOURCE_MISC_SHARED)");
  }
  return {};
}

Result<OsHandle> share_resource(const Context& context, ID3D11Resource& resource) {
  auto security = platform::SecurityDescriptor::for_user_only("GA");
  if (!security) return std::move(security).error();
  HRESULT hr = S_OK;
  const auto shareable = Com<ID3D11Resource>::share(&resource).as<IDXGIResource1>(&hr);
  if (!shareable) {
    return Error(Errc::unsupported_feature, text("Asking a shared texture for IDXGIResource1 fails with ", name_of(hr), "."),
                 ErrorDomain::win32, hr);
  }
  const SECURITY_ATTRIBUTES attributes = security->attributes();
  HANDLE handle = nullptr;
  hr = shareable->CreateSharedHandle(&attributes, DXGI_SHARED_RESOURCE_READ | DXGI_SHARED_RESOURCE_WRITE, nullptr, &handle);
  if (FAILED(hr)) return context.error(hr, "IDXGIResource1::CreateSharedHandle");
  return platform::owned(handle);
}

Result<TextureHandle> export_texture(const Texture& texture) {
  if (texture.handle_type() == MemoryHandleType::none) {
    return Error(Errc::unsupported_handle, "The texture was made without sharing; create a shareable one.");
  }
  auto handle = share_resource(*texture.context, *texture.native.resource.get());
  if (!handle) return std::move(handle).error();
  TextureHandle out;
  out.info.type = MemoryHandleType::d3d11_texture;
  out.info.descriptor = texture.descriptor();
  out.info.exporter = texture.context->identity;
  out.info.allocation_size = texture.allocated_bytes();
  out.info.required_size = texture.required_bytes();
  out.info.memory_type_index = any_memory_type;
  out.info.dedicated = true;
  // Direct3D's numbers, for importers that want to know before they open it; whoever opens it asks the texture.
  out.info.native_format = static_cast<std::uint32_t>(texture.native.format);
  out.info.native_usage = texture.native.bind_flags;
  out.info.native_create_flags = texture.native.misc_flags;
  out.handles[0] = *std::move(handle);
  return out;
}

Result<std::shared_ptr<Texture>> import_texture(std::shared_ptr<detail::Backend> backend, std::shared_ptr<Context> context,
                                                TextureHandle& handle) {
  const TextureHandleInfo& info = handle.info;
  if (info.linear_tiling || info.memory_plane_count != 0) {
    return Error(Errc::protocol_error,
                 text("TextureHandleInfo::linear_tiling or memory_plane_count is set, which a ", to_string(info.type), " never has."));
  }
  auto format = check_texture(*context, info.descriptor);
  if (!format) return std::move(format).error();
  auto opened = open(*context, info.descriptor, *format, handle.handles[0]);
  if (!opened) return std::move(opened).error();
  const bool keyed = (opened->misc_flags & D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX) != 0;
  auto texture = std::make_shared<Texture>(std::move(backend),
                                           detail::TextureContents::Init{.descriptor = info.descriptor,
                                                                         .handle_type = info.type,
                                                                         .imported = true,
                                                                         .allocated_bytes = info.allocation_size,
                                                                         .required_bytes = info.required_size},
                                           std::move(context), *std::move(opened), *format);
  if (keyed) {
    if (auto ok = attach_keyed_mutex(*texture); !ok) return std::move(ok).error();
  }
  handle.handles[0].reset();
  return texture;
}

}  // namespace geyser::d3d11
