// What Dawn takes on Windows: shared resources and fences of Direct3D 12. Compiled, never run.
#include <algorithm>

#include "backends/webgpu/external_win32.hpp"

namespace geyser::webgpu {
namespace {

constexpr MemoryFamily memory[] = {
    {.type = MemoryHandleType::d3d12_resource,
     .feature = {WGPUFeatureName_SharedTextureMemoryDXGISharedHandle, "SharedTextureMemoryDXGISharedHandle"},
     .check = check_dxgi,
     .import = import_dxgi,
     .why_not = why_not_dxgi},
};

constexpr FenceFamily fences[] = {
    {.feature = {WGPUFeatureName_SharedFenceDXGISharedHandle, "SharedFenceDXGISharedHandle"},
     .native = WGPUSharedFenceType_DXGISharedHandle,
     .kind = SemaphoreKind::timeline,
     .type = SemaphoreHandleType::d3d12_fence,
     .copies = false,
     .import = import_dxgi_fence,
     .export_handle = export_dxgi_fence},
};

}  // namespace

const char* dawn_library_name() noexcept { return "webgpu_dawn.dll"; }
WGPUBackendType dawn_backend() noexcept { return WGPUBackendType_D3D12; }
std::string_view partner_name() noexcept { return "Direct3D 12"; }

// The structure itself is in a header of Dawn's for Direct3D; webgpu.h has its number only.
AdapterWish::AdapterWish(const DeviceIdentity& device) noexcept {
  if (!device.luid) return;
  luid_.chain.sType = WGPUSType_RequestAdapterOptionsLUID;
  luid_.luid = *device.luid;
}
WGPUChainedStruct* AdapterWish::chain() noexcept {
  return luid_.chain.sType == WGPUSType_RequestAdapterOptionsLUID ? &luid_.chain : nullptr;
}

// Resources decay to the common state between accesses: there are no layouts to tell.
LayoutChain::LayoutChain(TextureLayout layout) noexcept : layout_(layout) {}
WGPUChainedStruct* LayoutChain::begin() noexcept { return nullptr; }
WGPUChainedStruct* LayoutChain::end() noexcept { return nullptr; }
Result<TextureLayout> LayoutChain::left() const { return layout_ == TextureLayout::undefined ? TextureLayout::general : layout_; }

std::span<const MemoryFamily> memory_families() noexcept { return memory; }
std::span<const FenceFamily> fence_families() noexcept { return fences; }

}  // namespace geyser::webgpu
