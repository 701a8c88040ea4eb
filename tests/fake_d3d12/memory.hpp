// Resources: bytes in rows without gaps, in a section when they are shared.
#pragma once

#include <cstddef>
#include <vector>

#include "fake_d3d12/object.hpp"

namespace fake_d3d12 {

/// A mapped section that starts with a head which says what it is. Ownership: move-only.
struct Head {
  static constexpr std::uint32_t resource = 0x52455331;
  static constexpr std::uint32_t fence = 0x46454E31;
  static constexpr std::size_t bytes = 4096;
  std::uint32_t kind = 0;
  LUID luid{};
  D3D12_RESOURCE_DESC desc{};
  D3D12_HEAP_FLAGS heap_flags{};
  std::atomic<std::uint32_t> state{0};
  std::atomic<std::uint64_t> value{0};
};
class Section {
 public:
  Section() noexcept = default;
  static Section create(std::uint32_t kind, const LUID& luid, std::uint64_t bytes);
  /// Empty when it is no section of that kind and adapter.
  static Section open(HANDLE handle, std::uint32_t kind, const LUID& luid);
  Section(Section&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)), data_(std::exchange(other.data_, nullptr)) {}
  Section& operator=(Section&&) = delete;
  Section(const Section&) = delete;
  Section& operator=(const Section&) = delete;
  ~Section();
  explicit operator bool() const noexcept { return data_ != nullptr; }
  [[nodiscard]] Head& head() const noexcept { return *reinterpret_cast<Head*>(data_); }
  [[nodiscard]] std::byte* body() const noexcept { return data_ + Head::bytes; }
  [[nodiscard]] HANDLE handle() const noexcept { return handle_; }

 private:
  HANDLE handle_ = nullptr;
  std::byte* data_ = nullptr;
};

/// One subresource: blocks as they lie in memory.
struct Place {
  std::uint64_t offset = 0;
  std::uint32_t width = 0;  ///< texels of the plane
  std::uint32_t height = 0;
  std::uint32_t depth = 1;
  std::uint32_t block_width = 1;
  std::uint32_t block_height = 1;
  std::uint32_t block_bytes = 0;
  DXGI_FORMAT copy_format = DXGI_FORMAT_UNKNOWN;
  bool depth_or_stencil = false;
  [[nodiscard]] std::uint32_t columns() const noexcept { return (width + block_width - 1) / block_width; }
  [[nodiscard]] std::uint32_t rows() const noexcept { return (height + block_height - 1) / block_height; }
};
/// Every subresource of a description; empty for one that no device has. `total`: bytes.
[[nodiscard]] std::vector<Place> places_of(const D3D12_RESOURCE_DESC& desc, std::uint64_t& total);

class Resource final : public Child<ID3D12Resource> {
 public:
  Resource(Device* device, Section section, const D3D12_RESOURCE_DESC& desc, D3D12_HEAP_TYPE heap, D3D12_HEAP_FLAGS flags);

  [[nodiscard]] std::byte* data() const noexcept { return section_.body(); }
  [[nodiscard]] const Section& section() const noexcept { return section_; }
  [[nodiscard]] const D3D12_RESOURCE_DESC& desc() const noexcept { return desc_; }
  [[nodiscard]] const std::vector<Place>& places() const noexcept { return places_; }
  [[nodiscard]] D3D12_HEAP_TYPE heap() const noexcept { return heap_; }
  [[nodiscard]] D3D12_HEAP_FLAGS flags() const noexcept { return flags_; }
  /// With simultaneous access every device has its own idea of the state; without, all share one.
  [[nodiscard]] std::atomic<std::uint32_t>& state() noexcept { return simultaneous() ? own_state_ : section_.head().state; }
  [[nodiscard]] bool simultaneous() const noexcept { return (desc_.Flags & D3D12_RESOURCE_FLAG_ALLOW_SIMULTANEOUS_ACCESS) != 0; }

  HRESULT STDMETHODCALLTYPE Map(UINT, const D3D12_RANGE*, void** out) override;
  void STDMETHODCALLTYPE Unmap(UINT, const D3D12_RANGE*) override;
#if defined(_MSC_VER)
  D3D12_RESOURCE_DESC STDMETHODCALLTYPE GetDesc() override { return desc_; }
#else
  D3D12_RESOURCE_DESC* STDMETHODCALLTYPE GetDesc(D3D12_RESOURCE_DESC* out) override { return *out = desc_, out; }
#endif
  D3D12_GPU_VIRTUAL_ADDRESS STDMETHODCALLTYPE GetGPUVirtualAddress() override { return 0; }
  HRESULT STDMETHODCALLTYPE WriteToSubresource(UINT, const D3D12_BOX*, const void*, UINT, UINT) override { return E_NOTIMPL; }
  HRESULT STDMETHODCALLTYPE ReadFromSubresource(void*, UINT, UINT, UINT, const D3D12_BOX*) override { return E_NOTIMPL; }
  HRESULT STDMETHODCALLTYPE GetHeapProperties(D3D12_HEAP_PROPERTIES* properties, D3D12_HEAP_FLAGS* flags) override;

 protected:
  void last_words() override;

 private:
  Section section_;
  D3D12_RESOURCE_DESC desc_;
  std::vector<Place> places_;
  D3D12_HEAP_TYPE heap_;
  D3D12_HEAP_FLAGS flags_;
  std::atomic<std::uint32_t> own_state_{0};
  std::atomic<int> mapped_{0};
};

}  // namespace fake_d3d12
