// IUnknown, ID3D12Object and ID3D12DeviceChild, once for all.
#pragma once

#include <atomic>

#include "fake_d3d12/state.hpp"

namespace fake_d3d12 {

using geyser::d3d12::iid;

/// `Interface` with its parents' ids answered by QueryInterface. Ownership: counted; deletes itself.
template <class Interface, class... Parents>
class Object : public Interface {
 public:
  Object() : number_(enlist(this)) {}
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  virtual ~Object() { dismiss(this); }
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID id, void** out) override {
    if (out == nullptr) return E_POINTER;
    *out = nullptr;
    const bool known = IsEqualGUID(id, iid<IUnknown>) || IsEqualGUID(id, iid<Interface>) || (IsEqualGUID(id, iid<Parents>) || ...);
    if (!known) return E_NOINTERFACE;
    AddRef();
    *out = static_cast<Interface*>(this);
    return S_OK;
  }
  ULONG STDMETHODCALLTYPE AddRef() override { return ++references_; }
  ULONG STDMETHODCALLTYPE Release() override {
    const ULONG left = --references_;
    if (left == 0) {
      const std::lock_guard lock(world());  // the GPU is not in the middle of it
      dismiss(this);
      last_words();
    }
    if (left == 0) delete this;
    return left;
  }
  HRESULT STDMETHODCALLTYPE GetPrivateData(REFGUID, UINT*, void*) override { return E_NOTIMPL; }
  HRESULT STDMETHODCALLTYPE SetPrivateData(REFGUID, UINT, const void*) override { return E_NOTIMPL; }
  HRESULT STDMETHODCALLTYPE SetPrivateDataInterface(REFGUID, const IUnknown*) override { return E_NOTIMPL; }
  HRESULT STDMETHODCALLTYPE SetName(const WCHAR*) override { return S_OK; }

 protected:
  /// The last reference is gone; world() is held.
  virtual void last_words() {}

 private:
  std::uint64_t number_;
  std::atomic<ULONG> references_{1};
};

class Device;
[[nodiscard]] HRESULT removed_reason(Device* device);
[[nodiscard]] HRESULT query_device(Device* device, REFIID id, void** out);
void add_reference(Device* device);
void drop_reference(Device* device);

/// What a device made. Ownership: keeps the device.
template <class Interface, class... Parents>
class Child : public Object<Interface, Parents...> {
 public:
  explicit Child(Device* device) : device_(device) { add_reference(device_); }
  ~Child() override { drop_reference(device_); }
  HRESULT STDMETHODCALLTYPE GetDevice(REFIID id, void** out) override { return query_device(device_, id, out); }
  [[nodiscard]] Device* device() const noexcept { return device_; }

 private:
  Device* device_;
};

}  // namespace fake_d3d12
