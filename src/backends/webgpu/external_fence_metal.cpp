// MTLSharedEvent, which crosses by a token within the process (core/process_objects.hpp). Type-checked, never run.
#include <CoreFoundation/CoreFoundation.h>

#include "backends/webgpu/external_apple.hpp"
#include "core/process_objects.hpp"

namespace geyser::webgpu {

using detail::ProcessObjectKind;

WGPUSharedFence import_shared_event(const Entered& entered, const OsHandle& handle) {
  const auto object = detail::find_process_object(ProcessObjectKind::metal_event, handle);
  WGPUSharedFenceMTLSharedEventDescriptor fence{};
  fence.chain.sType = WGPUSType_SharedFenceMTLSharedEventDescriptor;
  fence.sharedEvent = object ? object->get() : nullptr;  // Dawn refuses null in its own words
  WGPUSharedFenceDescriptor descriptor{};
  descriptor.nextInChain = &fence.chain;
  return entered.wgpu().DeviceImportSharedFence(entered.context().device, &descriptor);
}

Result<OsHandle> export_shared_event(const Entered& entered, WGPUSharedFence fence) {
  WGPUSharedFenceMTLSharedEventExportInfo native{};
  native.chain.sType = WGPUSType_SharedFenceMTLSharedEventExportInfo;
  WGPUSharedFenceExportInfo info{};
  info.nextInChain = &native.chain;
  entered.wgpu().SharedFenceExportInfo(fence, &info);
  if (native.sharedEvent == nullptr) return Error(Errc::protocol_error, "Dawn's fence has no MTLSharedEvent.", ErrorDomain::webgpu);
  std::shared_ptr<void> object(const_cast<void*>(::CFRetain(native.sharedEvent)), [](void* event) { ::CFRelease(event); });
  return detail::publish_process_object(ProcessObjectKind::metal_event, std::move(object));
}

}  // namespace geyser::webgpu
