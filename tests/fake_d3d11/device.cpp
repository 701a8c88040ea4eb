// The device: what it makes and opens, and what it refuses as the documentation says.
#include "fake_d3d11/objects.hpp"

namespace fake_d3d11 {
namespace {

constexpr UINT sharing_flags = D3D11_RESOURCE_MISC_SHARED | D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX | D3D11_RESOURCE_MISC_SHARED_NTHANDLE;

bool typed_depth(std::uint32_t format) noexcept { return format_of(format).depth && format_of(format).family != format; }

/// What CreateTexture2D and CreateTexture3D refuse alike.
bool valid(const Shape& shape, std::uint32_t most) {
  const Format format = format_of(shape.format);
  if (format.block_bytes == 0 || shape.width == 0 || shape.height == 0 || shape.levels == 0 || shape.layers == 0) return false;
  if (shape.width > most || shape.height > most || shape.depth > 2048 || shape.layers > 2048) return false;
  if (shape.width % format.block != 0 || shape.height % format.block != 0) return false;
  if (format.planar && (shape.width % 2 != 0 || shape.height % 2 != 0)) return false;
  if (shape.usage == D3D11_USAGE_STAGING) return shape.bind_flags == 0 && (shape.misc_flags & ~UINT{D3D11_RESOURCE_MISC_TEXTURECUBE}) == 0;
  if (typed_depth(shape.format) && (shape.bind_flags & D3D11_BIND_SHADER_RESOURCE) != 0) return false;
  if (!format.depth && (shape.bind_flags & D3D11_BIND_DEPTH_STENCIL) != 0) return false;
  const bool odd = format.depth || format.block != 1;
  if (odd && (shape.bind_flags & (D3D11_BIND_RENDER_TARGET | D3D11_BIND_UNORDERED_ACCESS)) != 0) return false;
  const UINT shared = shape.misc_flags & sharing_flags;
  const bool plain = (shared & D3D11_RESOURCE_MISC_SHARED) != 0;
  const bool keyed = (shared & D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX) != 0;
  if (plain && keyed) return false;
  if (plain && !world().config.plain_sharing) return false;
  if ((shared & D3D11_RESOURCE_MISC_SHARED_NTHANDLE) != 0 && !plain && !keyed) return false;
  return shared == 0 || (shape.levels == 1 && shape.dimension == 2);
}

Shape shape_of(const D3D11_TEXTURE2D_DESC& desc) {
  return {2,
          desc.Width,
          desc.Height,
          1,
          desc.MipLevels,
          desc.ArraySize,
          static_cast<std::uint32_t>(desc.Format),
          static_cast<std::uint32_t>(desc.Usage),
          desc.BindFlags,
          desc.MiscFlags};
}
Shape shape_of(const D3D11_TEXTURE3D_DESC& desc) {
  return {3,
          desc.Width,
          desc.Height,
          desc.Depth,
          desc.MipLevels,
          1,
          static_cast<std::uint32_t>(desc.Format),
          static_cast<std::uint32_t>(desc.Usage),
          desc.BindFlags,
          desc.MiscFlags};
}

}  // namespace

HRESULT Device::QueryInterface(REFIID id, void** object) {
  *object = nullptr;
  const Config& config = world().config;
  if (id == __uuidof(ID3D11Device) || id == __uuidof(IUnknown) || id == __uuidof(ID3D11Device1)) {
    *object = static_cast<ID3D11Device5*>(this);
  } else if (id == __uuidof(ID3D11Device5) && config.fences) {
    *object = static_cast<ID3D11Device5*>(this);
  } else if (id == __uuidof(IDXGIDevice)) {
    *object = static_cast<IDXGIDevice*>(this);
  } else {
    return E_NOINTERFACE;
  }
  AddRef();
  return S_OK;
}

ULONG Device::Release() {
  const ULONG left = --references_;
  if (left == 0) delete this;
  return left;
}

std::uint64_t Device::luid() const { return world().config.luid + adapter_; }

HRESULT Device::GetAdapter(IDXGIAdapter** adapter) {
  count("IDXGIDevice::GetAdapter");
  *adapter = make_adapter(adapter_);
  return S_OK;
}

HRESULT Device::CreateTexture2D(const D3D11_TEXTURE2D_DESC* desc, const D3D11_SUBRESOURCE_DATA* data, ID3D11Texture2D** texture) {
  if (const auto hr = refusal("ID3D11Device::CreateTexture2D")) return *hr;
  if (data != nullptr || texture == nullptr) misuse("ID3D11Device::CreateTexture2D", "what the library has no business with");
  const Shape shape = shape_of(*desc);
  const bool cube = (shape.misc_flags & D3D11_RESOURCE_MISC_TEXTURECUBE) != 0;
  if (!valid(shape, 16384) || desc->SampleDesc.Count != 1 || (cube && shape.layers % 6 != 0)) return E_INVALIDARG;
  auto memory = Memory::create(shape, luid());
  if (!memory) return E_OUTOFMEMORY;
  IUnknown* made = make_texture(*this, std::move(memory));
  const HRESULT hr = made->QueryInterface(__uuidof(ID3D11Texture2D), reinterpret_cast<void**>(texture));
  made->Release();
  return hr;
}

HRESULT Device::CreateTexture3D(const D3D11_TEXTURE3D_DESC* desc, const D3D11_SUBRESOURCE_DATA* data, ID3D11Texture3D** texture) {
  if (const auto hr = refusal("ID3D11Device::CreateTexture3D")) return *hr;
  if (data != nullptr || texture == nullptr) misuse("ID3D11Device::CreateTexture3D", "what the library has no business with");
  const Shape shape = shape_of(*desc);
  if (!valid(shape, 2048)) return E_INVALIDARG;
  auto memory = Memory::create(shape, luid());
  if (!memory) return E_OUTOFMEMORY;
  IUnknown* made = make_texture(*this, std::move(memory));
  const HRESULT hr = made->QueryInterface(__uuidof(ID3D11Texture3D), reinterpret_cast<void**>(texture));
  made->Release();
  return hr;
}

HRESULT Device::CreateQuery(const D3D11_QUERY_DESC* desc, ID3D11Query** query) {
  if (const auto hr = refusal("ID3D11Device::CreateQuery")) return *hr;
  if (desc->Query != D3D11_QUERY_EVENT) return E_INVALIDARG;
  *query = new Query(*this);
  return S_OK;
}

HRESULT Device::CheckFormatSupport(DXGI_FORMAT format, UINT* support) {
  count("ID3D11Device::CheckFormatSupport");
  *support = 0;
  constexpr UINT textures = D3D11_FORMAT_SUPPORT_TEXTURE2D | D3D11_FORMAT_SUPPORT_TEXTURECUBE | D3D11_FORMAT_SUPPORT_MIP;
  constexpr UINT reads = D3D11_FORMAT_SUPPORT_SHADER_LOAD | D3D11_FORMAT_SUPPORT_SHADER_SAMPLE;
  if (format == DXGI_FORMAT_R24_UNORM_X8_TYPELESS || format == DXGI_FORMAT_R32_FLOAT_X8X24_TYPELESS) {
    *support = textures | reads;
    return S_OK;
  }
  const Format known = format_of(static_cast<std::uint32_t>(format));
  if (known.block_bytes == 0) return E_FAIL;
  if (known.planar) {
    *support = D3D11_FORMAT_SUPPORT_TEXTURE2D;
  } else if (known.depth) {
    *support = textures | D3D11_FORMAT_SUPPORT_DEPTH_STENCIL;
  } else {
    *support = textures | reads | D3D11_FORMAT_SUPPORT_TEXTURE3D;
    const bool srgb = format == DXGI_FORMAT_R8G8B8A8_UNORM_SRGB || format == DXGI_FORMAT_B8G8R8A8_UNORM_SRGB;
    const bool narrow = format == DXGI_FORMAT_R9G9B9E5_SHAREDEXP;
    if (known.block == 1 && !narrow) *support |= D3D11_FORMAT_SUPPORT_RENDER_TARGET;
    if (known.block == 1 && !narrow && !srgb && world().config.typed_storage) *support |= D3D11_FORMAT_SUPPORT_TYPED_UNORDERED_ACCESS_VIEW;
  }
  return S_OK;
}

D3D_FEATURE_LEVEL Device::GetFeatureLevel() { return static_cast<D3D_FEATURE_LEVEL>(world().config.feature_level); }

HRESULT Device::GetDeviceRemovedReason() {
  const std::lock_guard lock(world().mutex);
  return world().removed;
}

void Device::GetImmediateContext(ID3D11DeviceContext** context) {
  *context = &context_;
  AddRef();
}

HRESULT Device::OpenSharedResource1(HANDLE handle, REFIID id, void** resource) {
  if (const auto hr = refusal("ID3D11Device1::OpenSharedResource1")) return *hr;
  if (!world().config.sharing) return E_NOTIMPL;
  auto memory = Memory::open(handle, luid(), false);
  if (!memory) return E_INVALIDARG;
  IUnknown* made = make_texture(*this, std::move(memory));
  const HRESULT hr = made->QueryInterface(id, resource);
  made->Release();
  return hr;
}

HRESULT Device::CreateFence(UINT64 value, D3D11_FENCE_FLAG flags, REFIID id, void** fence) {
  if (const auto hr = refusal("ID3D11Device5::CreateFence")) return *hr;
  auto memory = Memory::create({}, luid());
  if (!memory) return E_OUTOFMEMORY;
  memory->page().counter.store(value);
  IUnknown* made = make_fence(*this, std::move(memory), (flags & D3D11_FENCE_FLAG_SHARED) != 0);
  const HRESULT hr = made->QueryInterface(id, fence);
  made->Release();
  return hr;
}

HRESULT Device::OpenSharedFence(HANDLE handle, REFIID id, void** fence) {
  if (const auto hr = refusal("ID3D11Device5::OpenSharedFence")) return *hr;
  auto memory = Memory::open(handle, luid(), true);
  if (!memory) return E_INVALIDARG;
  IUnknown* made = make_fence(*this, std::move(memory), true);
  const HRESULT hr = made->QueryInterface(id, fence);
  made->Release();
  return hr;
}

ULONG Query::Release() {
  const ULONG left = --references_;
  if (left == 0) delete this;
  return left;
}

}  // namespace fake_d3d11
