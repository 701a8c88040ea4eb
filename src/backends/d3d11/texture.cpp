#include "backends/d3d11/texture.hpp"

#include "backends/d3d11/external_nt.hpp"
#include "core/guard.hpp"
#include "core/message.hpp"

namespace geyser::d3d11 {

using detail::text;

Result<Texture*> d3d11_texture(const SharedTexture& texture) {
  detail::TextureContents* contents = detail::Private::contents(texture);
  if (contents == nullptr) return Error(Errc::invalid_argument, "The texture is empty; it was moved from.");
  if (auto* own = dynamic_cast<Texture*>(contents)) return own;
  return Error(Errc::device_mismatch, text("The texture belongs to the backend ", contents->backend()->name(),
                                           ", not to a Direct3D 11 manager; export it there and import it here."));
}

Result<Resource> create_resource(const Context& context, const TextureDescriptor& descriptor, const NativeFormat& format, UINT sharing) {
  Resource made;
  made.format = resource_format(format, descriptor.usage);
  made.bind_flags = bind_flags(descriptor.format, descriptor.usage);
  made.misc_flags = sharing;
  HRESULT hr = S_OK;
  std::string_view call = "ID3D11Device::CreateTexture2D";
  if (descriptor.dimension == TextureDimension::d3) {
    call = "ID3D11Device::CreateTexture3D";
    D3D11_TEXTURE3D_DESC desc{};
    desc.Width = descriptor.extent.width;
    desc.Height = descriptor.extent.height;
    desc.Depth = descriptor.extent.depth;
    desc.MipLevels = descriptor.mip_levels;
    desc.Format = made.format;
    desc.Usage = D3D11_USAGE_DEFAULT;
    desc.BindFlags = made.bind_flags;
    desc.MiscFlags = made.misc_flags;
    hr = context.device->CreateTexture3D(&desc, nullptr, made.volume.out());
    if (SUCCEEDED(hr)) made.resource = made.volume.as<ID3D11Resource>();
  } else {
    const bool cube = descriptor.dimension == TextureDimension::cube || descriptor.dimension == TextureDimension::cube_array;
    if (cube) made.misc_flags |= D3D11_RESOURCE_MISC_TEXTURECUBE;
    D3D11_TEXTURE2D_DESC desc{};
    desc.Width = descriptor.extent.width;
    desc.Height = descriptor.extent.height;
    desc.MipLevels = descriptor.mip_levels;
    desc.ArraySize = descriptor.array_layers;
    desc.Format = made.format;
    desc.SampleDesc.Count = 1;
    desc.Usage = D3D11_USAGE_DEFAULT;
    desc.BindFlags = made.bind_flags;
    desc.MiscFlags = made.misc_flags;
    hr = context.device->CreateTexture2D(&desc, nullptr, made.flat.out());
    if (SUCCEEDED(hr)) made.resource = made.flat.as<ID3D11Resource>();
  }
  if (hr == E_INVALIDARG) {
    return Error(Errc::unsupported_format,
                 text(call, " refuses ", describe(descriptor), sharing != 0 ? " as a shared texture" : "", " with ", name_of(hr), "."),
                 ErrorDomain::win32, hr);
  }
  if (FAILED(hr)) return context.error(hr, call);
  return made;
}

Result<void> attach_keyed_mutex(Texture& texture) {
  HRESULT hr = S_OK;
  auto native = texture.native.resource.as<IDXGIKeyedMutex>(&hr);
  if (!native) {
    return Error(Errc::unsupported_feature, text("Asking a texture for its IDXGIKeyedMutex fails with ", name_of(hr), "."),
                 ErrorDomain::win32, hr);
  }
  texture.keyed_mutex.emplace(texture.context, std::move(native));
  return {};
}

Result<std::shared_ptr<Texture>> make_texture(std::shared_ptr<detail::Backend> backend, std::shared_ptr<Context> context,
                                              const TextureDescriptor& descriptor, UINT sharing) {
  auto format = check_texture(*context, descriptor);
  if (!format) return std::move(format).error();
  auto bytes = content_bytes(descriptor);
  if (!bytes) return std::move(bytes).error();
  auto resource = create_resource(*context, descriptor, *format, sharing);
  if (!resource) return std::move(resource).error();
  // Direct3D tells nobody how much it takes; what is counted are the texels.
  auto texture = std::make_shared<Texture>(
      std::move(backend),
      detail::TextureContents::Init{.descriptor = descriptor,
                                    .handle_type = sharing != 0 ? MemoryHandleType::d3d11_texture : MemoryHandleType::none,
                                    .imported = false,
                                    .allocated_bytes = *bytes,
                                    .required_bytes = *bytes},
      std::move(context), *std::move(resource), *format);
  if ((sharing & D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX) != 0) {
    if (auto ok = attach_keyed_mutex(*texture); !ok) return std::move(ok).error();
  }
  return texture;
}

Result<NativeTexture> native(const SharedTexture& texture) {
  return detail::guard([&]() -> Result<NativeTexture> {
    auto found = d3d11_texture(texture);
    if (!found) return std::move(found).error();
    const Texture& own = **found;
    NativeTexture result;
    result.resource = own.native.resource.get();
    result.texture_2d = own.native.flat.get();
    result.texture_3d = own.native.volume.get();
    result.format = static_cast<std::uint32_t>(own.native.format);
    result.view_format = static_cast<std::uint32_t>(own.format.view);
    result.attachment_format = static_cast<std::uint32_t>(own.format.typed);
    result.keyed_mutex = own.keyed_mutex.has_value();
    return result;
  });
}

}  // namespace geyser::d3d11
