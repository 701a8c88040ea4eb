// Binary semaphores of Vulkan as file descriptors: opaque ones and sync files.
#include "backends/webgpu/external_linux.hpp"
#include "core/message.hpp"

namespace geyser::webgpu {
namespace {

template <class Descriptor>
WGPUSharedFence import_fence(const Entered& entered, WGPUSType type, const OsHandle& handle) {
  Descriptor fd{};
  fd.chain.sType = type;
  fd.handle = handle.fd();
  WGPUSharedFenceDescriptor descriptor{};
  descriptor.nextInChain = &fd.chain;
  return entered.wgpu().DeviceImportSharedFence(entered.context().device, &descriptor);
}

template <class Info>
Result<OsHandle> export_fence(const Entered& entered, WGPUSType type, WGPUSharedFence fence) {
  Info fd{};
  fd.chain.sType = type;
  fd.handle = -1;
  WGPUSharedFenceExportInfo info{};
  info.nextInChain = &fd.chain;
  entered.wgpu().SharedFenceExportInfo(fence, &info);
  if (fd.handle < 0) return Error(Errc::protocol_error, "Dawn's fence has no file descriptor.", ErrorDomain::webgpu);
  OsHandle theirs(fd.handle);
  auto copy = theirs.duplicate();
  static_cast<void>(theirs.release());  // stays the fence's
  return copy;
}

}  // namespace

WGPUSharedFence import_semaphore_fd(const Entered& entered, const OsHandle& handle) {
  return import_fence<WGPUSharedFenceVkSemaphoreOpaqueFDDescriptor>(entered, WGPUSType_SharedFenceVkSemaphoreOpaqueFDDescriptor, handle);
}

Result<OsHandle> export_semaphore_fd(const Entered& entered, WGPUSharedFence fence) {
  return export_fence<WGPUSharedFenceVkSemaphoreOpaqueFDExportInfo>(entered, WGPUSType_SharedFenceVkSemaphoreOpaqueFDExportInfo, fence);
}

// Compiled, and run over tests/fake_webgpu; no driver here has sync files.
WGPUSharedFence import_sync_fd(const Entered& entered, const OsHandle& handle) {
  return import_fence<WGPUSharedFenceSyncFDDescriptor>(entered, WGPUSType_SharedFenceSyncFDDescriptor, handle);
}

Result<OsHandle> export_sync_fd(const Entered& entered, WGPUSharedFence fence) {
  return export_fence<WGPUSharedFenceSyncFDExportInfo>(entered, WGPUSType_SharedFenceSyncFDExportInfo, fence);
}

}  // namespace geyser::webgpu
