// The factory, the adapters, and the two functions that everything begins with.
#include <cstdio>
#include <cstring>

#include "fake_d3d11/objects.hpp"

namespace fake_d3d11 {
namespace {

/// What both have and nobody uses.
template <class Interface>
class DxgiObject : public Interface {
 public:
  ULONG STDMETHODCALLTYPE AddRef() override { return ++references_; }
  ULONG STDMETHODCALLTYPE Release() override {
    const ULONG left = --references_;
    if (left == 0) delete this;
    return left;
  }
  HRESULT STDMETHODCALLTYPE SetPrivateData(REFGUID, UINT, const void*) override { unused("SetPrivateData"); }
  HRESULT STDMETHODCALLTYPE SetPrivateDataInterface(REFGUID, const IUnknown*) override { unused("SetPrivateDataInterface"); }
  HRESULT STDMETHODCALLTYPE GetPrivateData(REFGUID, UINT*, void*) override { unused("GetPrivateData"); }
  HRESULT STDMETHODCALLTYPE GetParent(REFIID, void**) override { unused("GetParent"); }

 protected:
  virtual ~DxgiObject() = default;

 private:
  std::atomic<ULONG> references_{1};
};

class Adapter final : public DxgiObject<IDXGIAdapter1> {
 public:
  explicit Adapter(std::uint32_t number) : index(number) {}
  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID, void** object) override {
    *object = nullptr;
    return E_NOINTERFACE;
  }
  HRESULT STDMETHODCALLTYPE EnumOutputs(UINT, IDXGIOutput**) override { unused("IDXGIAdapter::EnumOutputs"); }
  HRESULT STDMETHODCALLTYPE GetDesc(DXGI_ADAPTER_DESC* desc) override {
    if (const auto hr = refusal("IDXGIAdapter::GetDesc")) return *hr;
    *desc = {};
    fill(*desc);
    return S_OK;
  }
  HRESULT STDMETHODCALLTYPE GetDesc1(DXGI_ADAPTER_DESC1* desc) override {
    *desc = {};
    fill(*desc);
    desc->Flags = index + 1 == world().config.adapters && index != 0 ? UINT{DXGI_ADAPTER_FLAG_SOFTWARE} : 0;
    return S_OK;
  }
  HRESULT STDMETHODCALLTYPE CheckInterfaceSupport(REFGUID, LARGE_INTEGER* version) override {
    version->QuadPart = 0x001f'0000'000f'0e27;
    return S_OK;
  }
  const std::uint32_t index;

 private:
  template <class Desc>
  void fill(Desc& desc) const {
    char name[32];
    const int length = std::snprintf(name, sizeof name, "Fake adapter %u", static_cast<unsigned>(index));
    for (int i = 0; i < length; ++i) desc.Description[i] = static_cast<WCHAR>(name[i]);
    const std::uint64_t luid = world().config.luid + index;
    std::memcpy(&desc.AdapterLuid, &luid, sizeof luid);
  }
  Alive alive_{"adapter"};
};

class Factory final : public DxgiObject<IDXGIFactory1> {
 public:
  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID, void** object) override {
    *object = nullptr;
    return E_NOINTERFACE;
  }
  HRESULT STDMETHODCALLTYPE EnumAdapters(UINT, IDXGIAdapter**) override { unused("IDXGIFactory::EnumAdapters"); }
  HRESULT STDMETHODCALLTYPE MakeWindowAssociation(HWND, UINT) override { unused("IDXGIFactory::MakeWindowAssociation"); }
  HRESULT STDMETHODCALLTYPE GetWindowAssociation(HWND*) override { unused("IDXGIFactory::GetWindowAssociation"); }
  HRESULT STDMETHODCALLTYPE CreateSwapChain(IUnknown*, DXGI_SWAP_CHAIN_DESC*, IDXGISwapChain**) override {
    unused("IDXGIFactory::CreateSwapChain");
  }
  HRESULT STDMETHODCALLTYPE CreateSoftwareAdapter(HMODULE, IDXGIAdapter**) override { unused("IDXGIFactory::CreateSoftwareAdapter"); }
  BOOL STDMETHODCALLTYPE IsCurrent() override { return TRUE; }
  HRESULT STDMETHODCALLTYPE EnumAdapters1(UINT index, IDXGIAdapter1** adapter) override {
    if (const auto hr = refusal("IDXGIFactory1::EnumAdapters1")) return *hr;
    *adapter = nullptr;
    if (index >= world().config.adapters) return DXGI_ERROR_NOT_FOUND;
    *adapter = make_adapter(index);
    return S_OK;
  }

 private:
  Alive alive_{"factory"};
};

}  // namespace

IDXGIAdapter1* make_adapter(std::uint32_t index) { return new Adapter(index); }

HRESULT WINAPI create_factory(REFIID id, void** factory) {
  if (const auto hr = refusal("CreateDXGIFactory1")) return *hr;
  if (id != __uuidof(IDXGIFactory1)) return E_NOINTERFACE;
  *factory = static_cast<IDXGIFactory1*>(new Factory);
  return S_OK;
}

HRESULT WINAPI create_device_entry(IDXGIAdapter* adapter, D3D_DRIVER_TYPE type, HMODULE, UINT flags, const D3D_FEATURE_LEVEL* levels,
                                   UINT count, UINT version, ID3D11Device** device, D3D_FEATURE_LEVEL* level,
                                   ID3D11DeviceContext** context) {
  if (const auto hr = refusal("D3D11CreateDevice")) return *hr;
  if (version != D3D11_SDK_VERSION || (adapter != nullptr) != (type == D3D_DRIVER_TYPE_UNKNOWN)) return E_INVALIDARG;
  bool offered = false;
  for (UINT i = 0; i < count; ++i) offered = offered || levels[i] <= static_cast<D3D_FEATURE_LEVEL>(world().config.feature_level);
  if (!offered) return DXGI_ERROR_UNSUPPORTED;
  const std::uint32_t index = adapter != nullptr ? static_cast<Adapter*>(adapter)->index : world().config.adapters - 1;
  auto* made = new Device(index, flags);
  if (level != nullptr) *level = made->GetFeatureLevel();
  if (context != nullptr) made->GetImmediateContext(context);
  *device = made;
  return S_OK;
}

ID3D11Device* create_device(std::uint32_t adapter, std::uint32_t creation_flags) { return new Device(adapter, creation_flags); }

void release(ID3D11Device* device) { device->Release(); }

geyser::d3d11::EntryPoints entry_points() {
  geyser::d3d11::EntryPoints points;
  const auto device = &create_device_entry;
  const auto factory = &create_factory;
  static_assert(sizeof device == sizeof points.create_device);
  std::memcpy(&points.create_device, &device, sizeof device);
  std::memcpy(&points.create_factory, &factory, sizeof factory);
  return points;
}

}  // namespace fake_d3d11
