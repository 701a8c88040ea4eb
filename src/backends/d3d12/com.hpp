// The one way to Direct3D's headers, and owners of COM references.
#pragma once

#include "platform/windows.hpp"

// mingw-w64 then declares methods that return structures as MSVC compiles them: with the place of the result as first argument.
#if !defined(WIDL_EXPLICIT_AGGREGATE_RETURNS)
#define WIDL_EXPLICIT_AGGREGATE_RETURNS
#endif
#include <d3d12.h>
#include <d3d12sdklayers.h>
#include <dxgi1_4.h>

#include <type_traits>
#include <utility>

namespace geyser::d3d12 {

/// Interface ids, without libdxguid and without the compiler's __uuidof.
template <class Interface>
inline constexpr GUID iid = std::enable_if_t<sizeof(Interface) == 0, GUID>{};
template <>
inline constexpr GUID iid<IUnknown>{0x00000000, 0x0000, 0x0000, {0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46}};
template <>
inline constexpr GUID iid<ID3D12Object>{0xc4fec28f, 0x7966, 0x4e95, {0x9f, 0x94, 0xf4, 0x31, 0xcb, 0x56, 0xc3, 0xb8}};
template <>
inline constexpr GUID iid<ID3D12Device>{0x189819f1, 0x1db6, 0x4b57, {0xbe, 0x54, 0x18, 0x21, 0x33, 0x9b, 0x85, 0xf7}};
template <>
inline constexpr GUID iid<ID3D12CommandQueue>{0x0ec870a6, 0x5d7e, 0x4c22, {0x8c, 0xfc, 0x5b, 0xaa, 0xe0, 0x76, 0x16, 0xed}};
template <>
inline constexpr GUID iid<ID3D12CommandAllocator>{0x6102dee4, 0xaf59, 0x4b09, {0xb9, 0x99, 0xb4, 0x4d, 0x73, 0xf0, 0x9b, 0x24}};
template <>
inline constexpr GUID iid<ID3D12CommandList>{0x7116d91c, 0xe7e4, 0x47ce, {0xb8, 0xc6, 0xec, 0x81, 0x68, 0xf4, 0x37, 0xe5}};
template <>
inline constexpr GUID iid<ID3D12GraphicsCommandList>{0x5b160d0f, 0xac1b, 0x4185, {0x8b, 0xa8, 0xb3, 0xae, 0x42, 0xa5, 0xa4, 0x55}};
template <>
inline constexpr GUID iid<ID3D12Resource>{0x696442be, 0xa72e, 0x4059, {0xbc, 0x79, 0x5b, 0x5c, 0x98, 0x04, 0x0f, 0xad}};
template <>
inline constexpr GUID iid<ID3D12Fence>{0x0a753dcf, 0xc4d8, 0x4b91, {0xad, 0xf6, 0xbe, 0x5a, 0x60, 0xd9, 0x5a, 0x76}};
template <>
inline constexpr GUID iid<ID3D12Debug>{0x344488b7, 0x6846, 0x474b, {0xb9, 0x89, 0xf0, 0x27, 0x44, 0x82, 0x45, 0xe0}};
template <>
inline constexpr GUID iid<IDXGIFactory1>{0x770aae78, 0xf26f, 0x4dba, {0xa8, 0x29, 0x25, 0x3c, 0x83, 0xd1, 0xb3, 0x87}};
template <>
inline constexpr GUID iid<IDXGIFactory4>{0x1bc6ea02, 0xef36, 0x464f, {0xbf, 0x0c, 0x21, 0xca, 0x39, 0xe5, 0x16, 0x8a}};
template <>
inline constexpr GUID iid<IDXGIAdapter1>{0x29038f61, 0x3839, 0x4626, {0x91, 0xfd, 0x08, 0x68, 0x79, 0x01, 0x1a, 0x05}};
template <>
inline constexpr GUID iid<IDXGIDevice>{0x54ec77fa, 0x1377, 0x44e6, {0x8c, 0x32, 0x88, 0xfd, 0x5f, 0x44, 0xc8, 0x4c}};

/// One COM reference. Ownership: releases it. Threading: distinct objects are independent.
template <class Interface>
class Com {
 public:
  Com() noexcept = default;
  /// Takes over a reference that the caller has.
  explicit Com(Interface* owned) noexcept : pointer_(owned) {}
  /// A reference of its own to what the caller keeps.
  [[nodiscard]] static Com of(Interface* borrowed) noexcept {
    if (borrowed != nullptr) borrowed->AddRef();
    return Com(borrowed);
  }
  Com(const Com& other) noexcept : Com(of(other.pointer_)) {}
  Com(Com&& other) noexcept : pointer_(std::exchange(other.pointer_, nullptr)) {}
  Com& operator=(Com other) noexcept {
    std::swap(pointer_, other.pointer_);
    return *this;
  }
  ~Com() {
    if (pointer_ != nullptr) pointer_->Release();
  }

  [[nodiscard]] Interface* get() const noexcept { return pointer_; }
  Interface* operator->() const noexcept { return pointer_; }
  explicit operator bool() const noexcept { return pointer_ != nullptr; }
  /// Leaves the reference behind: for what the GPU may still use.
  Interface* detach() noexcept { return std::exchange(pointer_, nullptr); }
  /// Where a call puts its result. Drops what was held.
  [[nodiscard]] void** put() noexcept {
    *this = Com();
    return reinterpret_cast<void**>(&pointer_);
  }

 private:
  Interface* pointer_ = nullptr;
};

}  // namespace geyser::d3d12
