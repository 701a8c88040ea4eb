// References to COM objects.
#pragma once

#include "platform/windows.hpp"

// Direct3D's headers want windows.h first.
#include <d3d11_4.h>
#include <dxgi1_4.h>

#include <utility>

namespace geyser::d3d11 {

/// Owns one reference. Threading: as the object's.
template <class T>
class Com {
 public:
  Com() noexcept = default;
  Com(Com&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Com(const Com& other) noexcept : object_(other.object_) {
    if (object_ != nullptr) object_->AddRef();
  }
  Com& operator=(Com other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Com() {
    if (object_ != nullptr) object_->Release();
  }
  /// A further reference to what somebody else owns.
  static Com share(T* object) noexcept {
    Com made;
    made.object_ = object;
    if (object != nullptr) object->AddRef();
    return made;
  }
  [[nodiscard]] T* get() const noexcept { return object_; }
  T* operator->() const noexcept { return object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }
  /// For calls that return a reference. Valid usage: empty.
  [[nodiscard]] T** out() noexcept { return &object_; }
  [[nodiscard]] void** out_void() noexcept { return reinterpret_cast<void**>(&object_); }
  /// Another interface of the same object; empty when it has none.
  template <class Other>
  [[nodiscard]] Com<Other> as(HRESULT* result = nullptr) const noexcept {
    Com<Other> other;
    const HRESULT hr = object_->QueryInterface(__uuidof(Other), other.out_void());
    if (result != nullptr) *result = hr;
    if (FAILED(hr)) return {};
    return other;
  }

 private:
  T* object_ = nullptr;
};

}  // namespace geyser::d3d11
