// What Dawn takes on Apple's systems: IOSurfaces, and shared events of Metal. Type-checked, never run.
#include "backends/webgpu/external_apple.hpp"

namespace geyser::webgpu {
namespace {

constexpr MemoryFamily memory[] = {
    {.type = MemoryHandleType::io_surface,
     .feature = {WGPUFeatureName_SharedTextureMemoryIOSurface, "SharedTextureMemoryIOSurface"},
     .check = check_io_surface,
     .import = import_io_surface,
     .why_not = why_not_io_surface},
};

constexpr FenceFamily fences[] = {
    {.feature = {WGPUFeatureName_SharedFenceMTLSharedEvent, "SharedFenceMTLSharedEvent"},
     .native = WGPUSharedFenceType_MTLSharedEvent,
     .kind = SemaphoreKind::timeline,
     .type = SemaphoreHandleType::metal_shared_event,
     .copies = false,
     .import = import_shared_event,
     .export_handle = export_shared_event},
};

}  // namespace

const char* dawn_library_name() noexcept { return "libwebgpu_dawn.dylib"; }
WGPUBackendType dawn_backend() noexcept { return WGPUBackendType_Metal; }
std::string_view partner_name() noexcept { return "Metal"; }

AdapterWish::AdapterWish(const DeviceIdentity&) noexcept {}
WGPUChainedStruct* AdapterWish::chain() noexcept { return nullptr; }

// Metal has no layouts.
LayoutChain::LayoutChain(TextureLayout layout) noexcept : layout_(layout) {}
WGPUChainedStruct* LayoutChain::begin() noexcept { return nullptr; }
WGPUChainedStruct* LayoutChain::end() noexcept { return nullptr; }
Result<TextureLayout> LayoutChain::left() const { return layout_ == TextureLayout::undefined ? TextureLayout::general : layout_; }

std::span<const MemoryFamily> memory_families() noexcept { return memory; }
std::span<const FenceFamily> fence_families() noexcept { return fences; }

}  // namespace geyser::webgpu
