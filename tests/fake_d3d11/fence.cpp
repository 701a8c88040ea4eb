// Fences: a counter in a section, and events that are set once it is high enough.
#include <limits>

#include "fake_d3d11/objects.hpp"

namespace fake_d3d11 {
namespace {

class Fence final : public ID3D11Fence {
 public:
  Fence(Device& device, std::shared_ptr<Memory> counter, bool shared) : memory(std::move(counter)), device_(device), shared_(shared) {
    device_.AddRef();
  }
  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID id, void** object) override {
    *object = nullptr;
    if (id != __uuidof(ID3D11Fence) && id != __uuidof(IUnknown)) return E_NOINTERFACE;
    *object = static_cast<ID3D11Fence*>(this);
    AddRef();
    return S_OK;
  }
  ULONG STDMETHODCALLTYPE AddRef() override { return ++references_; }
  ULONG STDMETHODCALLTYPE Release() override {
    const ULONG left = --references_;
    if (left == 0) delete this;
    return left;
  }
  void STDMETHODCALLTYPE GetDevice(ID3D11Device** device) override {
    *device = &device_;
    device_.AddRef();
  }
  HRESULT STDMETHODCALLTYPE GetPrivateData(REFGUID, UINT*, void*) override { unused("GetPrivateData"); }
  HRESULT STDMETHODCALLTYPE SetPrivateData(REFGUID, UINT, const void*) override { unused("SetPrivateData"); }
  HRESULT STDMETHODCALLTYPE SetPrivateDataInterface(REFGUID, const IUnknown*) override { unused("SetPrivateDataInterface"); }
  HRESULT STDMETHODCALLTYPE CreateSharedHandle(const SECURITY_ATTRIBUTES* attributes, DWORD access, const WCHAR* name,
                                               HANDLE* handle) override {
    if (const auto hr = refusal("ID3D11Fence::CreateSharedHandle")) return *hr;
    if (attributes == nullptr || attributes->lpSecurityDescriptor == nullptr || attributes->bInheritHandle != FALSE) {
      misuse("ID3D11Fence::CreateSharedHandle", "a handle for everybody, or one that children inherit");
    }
    if (name != nullptr || access != GENERIC_ALL || !shared_) return E_INVALIDARG;
    *handle = duplicate(memory->section());
    return *handle != nullptr ? S_OK : E_OUTOFMEMORY;
  }
  UINT64 STDMETHODCALLTYPE GetCompletedValue() override {
    count("ID3D11Fence::GetCompletedValue");
    if (FAILED(device_.GetDeviceRemovedReason())) return std::numeric_limits<UINT64>::max();
    return memory->page().counter.load();
  }
  HRESULT STDMETHODCALLTYPE SetEventOnCompletion(UINT64 value, HANDLE event) override {
    if (const auto hr = refusal("ID3D11Fence::SetEventOnCompletion")) return *hr;
    auto own = std::make_shared<Handle>(duplicate(event));
    if (own->get() == nullptr) return E_INVALIDARG;
    watch([counter = memory, value] { return counter->page().counter.load() >= value; }, [own] { ::SetEvent(own->get()); }, token_);
    return S_OK;
  }
  const std::shared_ptr<Memory> memory;

 private:
  ~Fence() { device_.Release(); }
  Device& device_;
  const bool shared_;
  std::shared_ptr<int> token_ = std::make_shared<int>(0);
  std::atomic<ULONG> references_{1};
  Alive alive_{"fence"};
};

}  // namespace

IUnknown* make_fence(Device& device, std::shared_ptr<Memory> memory, bool shared) { return new Fence(device, std::move(memory), shared); }
std::shared_ptr<Memory> fence_memory(ID3D11Fence* fence) { return static_cast<Fence*>(fence)->memory; }

}  // namespace fake_d3d11
