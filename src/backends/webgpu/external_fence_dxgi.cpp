// Shared fences of Direct3D 12 as NT handles: real timelines, of which an access uses one value. Compiled, never run.
#include "backends/webgpu/external_win32.hpp"

namespace geyser::webgpu {

WGPUSharedFence import_dxgi_fence(const Entered& entered, const OsHandle& handle) {
  WGPUSharedFenceDXGISharedHandleDescriptor fence{};
  fence.chain.sType = WGPUSType_SharedFenceDXGISharedHandleDescriptor;
  fence.handle = reinterpret_cast<void*>(handle.borrow());
  WGPUSharedFenceDescriptor descriptor{};
  descriptor.nextInChain = &fence.chain;
  return entered.wgpu().DeviceImportSharedFence(entered.context().device, &descriptor);
}

Result<OsHandle> export_dxgi_fence(const Entered& entered, WGPUSharedFence fence) {
  WGPUSharedFenceDXGISharedHandleExportInfo native{};
  native.chain.sType = WGPUSType_SharedFenceDXGISharedHandleExportInfo;
  WGPUSharedFenceExportInfo info{};
  info.nextInChain = &native.chain;
  entered.wgpu().SharedFenceExportInfo(fence, &info);
  if (native.handle == nullptr) return Error(Errc::protocol_error, "Dawn's fence has no handle.", ErrorDomain::webgpu);
  OsHandle theirs(reinterpret_cast<OsHandle::Value>(native.handle));
  auto copy = theirs.duplicate();
  static_cast<void>(theirs.release());  // stays the fence's
  return copy;
}

}  // namespace geyser::webgpu
