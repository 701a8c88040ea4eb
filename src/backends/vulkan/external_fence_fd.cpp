// OPAQUE_FD and SYNC_FD fences.
#include "backends/vulkan/external_types.hpp"
#include "core/imported_fd.hpp"
#include "platform/inheritance.hpp"

namespace geyser::vulkan {

Result<OsHandle> export_fence_handle(const Context& context, vk::Fence fence, const FenceRung& rung, KeptHandles&) {
  const vk::FenceGetFdInfoKHR info{.fence = fence, .handleType = rung.bit};
  int fd = -1;
  const auto result = context.device.getFenceFdKHR(&info, &fd, context.dispatch);
  if (result != vk::Result::eSuccess) return vulkan_error(result, "vkGetFenceFdKHR");
  OsHandle handle(fd);  // -1 for a sync_fd that is signalled already
  platform::keep_from_children(handle);
  return handle;
}

Result<void> import_fence_handle(const Context& context, vk::Fence fence, const FenceRung& rung, const OsHandle& handle) {
  OsHandle spare;
  if (handle) {  // a sync_fd without one is signalled already
    auto copy = handle.duplicate();
    if (!copy) return std::move(copy).error();
    spare = *std::move(copy);
  }
  const vk::ImportFenceFdInfoKHR info{.fence = fence,
                                      .flags = rung.copies ? vk::FenceImportFlagBits::eTemporary : vk::FenceImportFlags(),
                                      .handleType = rung.bit,
                                      .fd = spare.fd()};
  if (const auto result = context.device.importFenceFdKHR(&info, context.dispatch); result != vk::Result::eSuccess) {
    detail::settle_failed_import(spare, handle);
    return vulkan_error(result, "vkImportFenceFdKHR");
  }
  static_cast<void>(spare.release());  // the driver owns it now
  return {};
}

}  // namespace geyser::vulkan
