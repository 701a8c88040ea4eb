// Dawn's functions by name: nothing is linked.
#pragma once

#include <string>
#include <string_view>

#include "geyser/webgpu.hpp"

namespace geyser::webgpu {

// clang-format off: a list
#define GEYSER_WEBGPU_FUNCTIONS(X) \
  X(AdapterGetFeatures) X(AdapterGetInfo) X(AdapterHasFeature) X(AdapterInfoFreeMembers) X(AdapterRelease) X(AdapterRequestDevice) \
  X(BufferDestroy) X(BufferGetConstMappedRange) X(BufferMapAsync) X(BufferRelease) X(BufferUnmap) \
  X(CommandBufferRelease) X(CommandEncoderCopyTextureToBuffer) X(CommandEncoderFinish) X(CommandEncoderRelease) X(CreateInstance) \
  X(DeviceAddRef) X(DeviceCreateBuffer) X(DeviceCreateCommandEncoder) X(DeviceGetAdapter) X(DeviceGetLimits) X(DeviceGetLostFuture) \
  X(DeviceGetQueue) X(DeviceHasFeature) X(DeviceImportSharedFence) X(DeviceImportSharedTextureMemory) X(DevicePopErrorScope) \
  X(DevicePushErrorScope) X(DeviceRelease) X(DeviceTick) X(InstanceAddRef) X(InstanceProcessEvents) X(InstanceRelease) \
  X(InstanceRequestAdapter) X(InstanceWaitAny) X(QueueOnSubmittedWorkDone) X(QueueRelease) X(QueueSubmit) X(QueueWriteTexture) \
  X(SharedFenceAddRef) X(SharedFenceExportInfo) X(SharedFenceRelease) X(SharedTextureMemoryBeginAccess) X(SharedTextureMemoryCreateTexture) \
  X(SharedTextureMemoryEndAccess) X(SharedTextureMemoryEndAccessStateFreeMembers) X(SharedTextureMemoryGetProperties) \
  X(SharedTextureMemoryRelease) X(SupportedFeaturesFreeMembers) X(TextureDestroy) X(TextureRelease)
// clang-format on

/// Every pointer is set once load() has succeeded.
struct Functions {
// NOLINTNEXTLINE(bugprone-macro-parentheses): a declarator, not a value
#define GEYSER_WEBGPU_MEMBER(name) WGPUProc##name name = nullptr;
  GEYSER_WEBGPU_FUNCTIONS(GEYSER_WEBGPU_MEMBER)
#undef GEYSER_WEBGPU_MEMBER
  /// `get` null: wgpuGetProcAddress of this process, else of the library webgpu_dawn.
  /// Errors: not_found, unsupported_feature naming the first function that is missing.
  static Result<Functions> load(GetProcAddress get);
};

/// Never null in a result. (A structure, since g++ takes a pointer to a function in Result's own parameters for a hidden member.)
struct ProcAddress {
  GetProcAddress function = nullptr;
};
/// What `get` stands for, as load() says. Errors: not_found.
[[nodiscard]] Result<ProcAddress> proc_address(GetProcAddress get);

[[nodiscard]] WGPUStringView view_of(std::string_view text) noexcept;
[[nodiscard]] std::string text_of(WGPUStringView view);

}  // namespace geyser::webgpu
