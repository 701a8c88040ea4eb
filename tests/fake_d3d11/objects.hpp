// The COM objects of the fake.
#pragma once

#include <atomic>

#include "fake_d3d11/memory.hpp"
#include "fake_d3d11/unused_context.hpp"
#include "fake_d3d11/unused_device.hpp"

namespace fake_d3d11 {

class Device;

/// The immediate context: a part of its device, with the device's references.
class Context final : public UnusedContext, public ID3D11Multithread {
 public:
  explicit Context(Device& device);
  ~Context();
  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID id, void** object) override;
  ULONG STDMETHODCALLTYPE AddRef() override;
  ULONG STDMETHODCALLTYPE Release() override;
  void STDMETHODCALLTYPE GetDevice(ID3D11Device** device) override;
  // ID3D11Multithread
  void STDMETHODCALLTYPE Enter() override;
  void STDMETHODCALLTYPE Leave() override;
  BOOL STDMETHODCALLTYPE SetMultithreadProtected(BOOL enable) override;
  BOOL STDMETHODCALLTYPE GetMultithreadProtected() override { return protected_; }
  // ID3D11DeviceContext
  HRESULT STDMETHODCALLTYPE Map(ID3D11Resource* resource, UINT index, D3D11_MAP how, UINT flags, D3D11_MAPPED_SUBRESOURCE* out) override;
  void STDMETHODCALLTYPE Unmap(ID3D11Resource* resource, UINT index) override;
  void STDMETHODCALLTYPE UpdateSubresource(ID3D11Resource* to, UINT index, const D3D11_BOX* box, const void* data, UINT row_pitch,
                                           UINT slice_pitch) override;
  void STDMETHODCALLTYPE CopySubresourceRegion(ID3D11Resource* to, UINT to_index, UINT x, UINT y, UINT z, ID3D11Resource* from,
                                               UINT from_index, const D3D11_BOX* box) override;
  void STDMETHODCALLTYPE Flush() override;
  void STDMETHODCALLTYPE End(ID3D11Asynchronous* query) override;
  HRESULT STDMETHODCALLTYPE GetData(ID3D11Asynchronous* query, void* data, UINT bytes, UINT flags) override;
  HRESULT STDMETHODCALLTYPE Signal(ID3D11Fence* fence, UINT64 value) override;
  HRESULT STDMETHODCALLTYPE Wait(ID3D11Fence* fence, UINT64 value) override;

  [[nodiscard]] Queue& queue() noexcept { return *queue_; }

 private:
  /// One command at a time, and none from two threads at once unless the protection is on.
  class Entered;
  Device& device_;
  std::shared_ptr<Queue> queue_;
  std::recursive_mutex lock_;
  std::atomic<int> inside_{0};
  BOOL protected_ = FALSE;
};

class Device final : public UnusedDevice, public IDXGIDevice {
 public:
  Device(std::uint32_t adapter, std::uint32_t flags) : adapter_(adapter), flags_(flags), context_(*this) {}
  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID id, void** object) override;
  ULONG STDMETHODCALLTYPE AddRef() override { return ++references_; }
  ULONG STDMETHODCALLTYPE Release() override;
  HRESULT STDMETHODCALLTYPE SetPrivateData(REFGUID, UINT, const void*) override { unused("SetPrivateData"); }
  HRESULT STDMETHODCALLTYPE GetPrivateData(REFGUID, UINT*, void*) override { unused("GetPrivateData"); }
  HRESULT STDMETHODCALLTYPE SetPrivateDataInterface(REFGUID, const IUnknown*) override { unused("SetPrivateDataInterface"); }
  // IDXGIDevice
  HRESULT STDMETHODCALLTYPE GetParent(REFIID, void**) override { unused("IDXGIDevice::GetParent"); }
  HRESULT STDMETHODCALLTYPE GetAdapter(IDXGIAdapter** adapter) override;
  HRESULT STDMETHODCALLTYPE CreateSurface(const DXGI_SURFACE_DESC*, UINT, DXGI_USAGE, const DXGI_SHARED_RESOURCE*,
                                          IDXGISurface**) override {
    unused("IDXGIDevice::CreateSurface");
  }
  HRESULT STDMETHODCALLTYPE QueryResourceResidency(IUnknown* const*, DXGI_RESIDENCY*, UINT) override {
    unused("IDXGIDevice::QueryResourceResidency");
  }
  HRESULT STDMETHODCALLTYPE SetGPUThreadPriority(INT) override { unused("IDXGIDevice::SetGPUThreadPriority"); }
  HRESULT STDMETHODCALLTYPE GetGPUThreadPriority(INT*) override { unused("IDXGIDevice::GetGPUThreadPriority"); }
  // ID3D11Device
  HRESULT STDMETHODCALLTYPE CreateTexture2D(const D3D11_TEXTURE2D_DESC* desc, const D3D11_SUBRESOURCE_DATA* data,
                                            ID3D11Texture2D** texture) override;
  HRESULT STDMETHODCALLTYPE CreateTexture3D(const D3D11_TEXTURE3D_DESC* desc, const D3D11_SUBRESOURCE_DATA* data,
                                            ID3D11Texture3D** texture) override;
  HRESULT STDMETHODCALLTYPE CreateQuery(const D3D11_QUERY_DESC* desc, ID3D11Query** query) override;
  HRESULT STDMETHODCALLTYPE CheckFormatSupport(DXGI_FORMAT format, UINT* support) override;
  D3D_FEATURE_LEVEL STDMETHODCALLTYPE GetFeatureLevel() override;
  UINT STDMETHODCALLTYPE GetCreationFlags() override { return flags_; }
  HRESULT STDMETHODCALLTYPE GetDeviceRemovedReason() override;
  void STDMETHODCALLTYPE GetImmediateContext(ID3D11DeviceContext** context) override;
  HRESULT STDMETHODCALLTYPE OpenSharedResource1(HANDLE handle, REFIID id, void** resource) override;
  HRESULT STDMETHODCALLTYPE CreateFence(UINT64 value, D3D11_FENCE_FLAG flags, REFIID id, void** fence) override;
  HRESULT STDMETHODCALLTYPE OpenSharedFence(HANDLE handle, REFIID id, void** fence) override;

  [[nodiscard]] std::uint64_t luid() const;
  [[nodiscard]] Context& context() noexcept { return context_; }

 private:
  ~Device() = default;
  std::atomic<ULONG> references_{1};
  std::uint32_t adapter_;
  std::uint32_t flags_;
  Context context_;
  Alive alive_{"device"};
};

/// Every interface that asks for it, at no cost in the tests.
class Resource {
 public:
  Resource(Device& device, std::shared_ptr<Memory> texels) : owner(device), memory(std::move(texels)) {}
  virtual ~Resource() = default;
  /// Errors of IDXGIKeyedMutex.
  HRESULT acquire(UINT64 key, DWORD milliseconds);
  HRESULT release_mutex(UINT64 key);

  Device& owner;
  std::shared_ptr<Memory> memory;
  std::atomic<bool> holds{false};  ///< the keyed mutex
  bool mapped = false;
};
/// The fake's object behind a resource of its own.
[[nodiscard]] Resource& resource_of(ID3D11Resource* resource);
/// A texture on that memory, with one reference.
[[nodiscard]] IUnknown* make_texture(Device& device, std::shared_ptr<Memory> memory);
/// A fence on that memory, with one reference.
[[nodiscard]] IUnknown* make_fence(Device& device, std::shared_ptr<Memory> memory, bool shared);
[[nodiscard]] std::shared_ptr<Memory> fence_memory(ID3D11Fence* fence);

class Query final : public ID3D11Query {
 public:
  explicit Query(Device& device) : device_(device) { device_.AddRef(); }
  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID, void**) override { return E_NOINTERFACE; }
  ULONG STDMETHODCALLTYPE AddRef() override { return ++references_; }
  ULONG STDMETHODCALLTYPE Release() override;
  void STDMETHODCALLTYPE GetDevice(ID3D11Device**) override { unused("ID3D11Query::GetDevice"); }
  HRESULT STDMETHODCALLTYPE GetPrivateData(REFGUID, UINT*, void*) override { unused("GetPrivateData"); }
  HRESULT STDMETHODCALLTYPE SetPrivateData(REFGUID, UINT, const void*) override { unused("SetPrivateData"); }
  HRESULT STDMETHODCALLTYPE SetPrivateDataInterface(REFGUID, const IUnknown*) override { unused("SetPrivateDataInterface"); }
  UINT STDMETHODCALLTYPE GetDataSize() override { return sizeof(BOOL); }
  void STDMETHODCALLTYPE GetDesc(D3D11_QUERY_DESC* desc) override { *desc = {D3D11_QUERY_EVENT, 0}; }
  const std::shared_ptr<std::atomic<bool>> done = std::make_shared<std::atomic<bool>>(false);
  std::atomic<bool> asked{false};

 private:
  ~Query() { device_.Release(); }
  Device& device_;
  std::atomic<ULONG> references_{1};
  Alive alive_{"query"};
};

/// As dxgi.dll and d3d11.dll export them.
HRESULT WINAPI create_factory(REFIID id, void** factory);
HRESULT WINAPI create_device_entry(IDXGIAdapter* adapter, D3D_DRIVER_TYPE type, HMODULE, UINT flags, const D3D_FEATURE_LEVEL* levels,
                                   UINT count, UINT version, ID3D11Device** device, D3D_FEATURE_LEVEL* level,
                                   ID3D11DeviceContext** context);
/// With one reference.
[[nodiscard]] IDXGIAdapter1* make_adapter(std::uint32_t index);

}  // namespace fake_d3d11
