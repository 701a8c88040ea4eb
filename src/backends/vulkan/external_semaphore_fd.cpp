// OPAQUE_FD and SYNC_FD semaphores.
#include "backends/vulkan/external_types.hpp"
#include "core/imported_fd.hpp"
#include "platform/inheritance.hpp"

namespace geyser::vulkan {

Result<OsHandle> export_semaphore_handle(const Semaphore& semaphore, const SemaphoreRung& rung) {
  const vk::SemaphoreGetFdInfoKHR info{.semaphore = semaphore.semaphore, .handleType = rung.bit};
  int fd = -1;
  const auto result = semaphore.context->device.getSemaphoreFdKHR(&info, &fd, semaphore.context->dispatch);
  if (result != vk::Result::eSuccess) return vulkan_error(result, "vkGetSemaphoreFdKHR");
  OsHandle handle(fd);  // -1 for a sync_fd that is signalled already
  platform::keep_from_children(handle);
  return handle;
}

Result<vk::Semaphore> import_semaphore_handle(const Context& context, const SemaphoreRung& rung, const OsHandle& handle) {
  OsHandle spare;
  if (handle) {  // a sync_fd without one is signalled already
    auto copy = handle.duplicate();
    if (!copy) return std::move(copy).error();
    spare = *std::move(copy);
  }
  const auto type = rung.kind == SemaphoreKind::timeline ? vk::SemaphoreType::eTimeline : vk::SemaphoreType::eBinary;
  auto semaphore = make_semaphore(context, type, 0, 0);
  if (!semaphore) return semaphore;
  const vk::ImportSemaphoreFdInfoKHR info{.semaphore = *semaphore,
                                          .flags = rung.copies ? vk::SemaphoreImportFlagBits::eTemporary : vk::SemaphoreImportFlags(),
                                          .handleType = rung.bit,
                                          .fd = spare.fd()};
  if (const auto result = context.device.importSemaphoreFdKHR(&info, context.dispatch); result != vk::Result::eSuccess) {
    detail::settle_failed_import(spare, handle);
    context.device.destroySemaphore(*semaphore, nullptr, context.dispatch);
    return vulkan_error(result, "vkImportSemaphoreFdKHR");
  }
  static_cast<void>(spare.release());  // the driver owns it now
  return semaphore;
}

}  // namespace geyser::vulkan
