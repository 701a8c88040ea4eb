// OPAQUE_FD and SYNC_FD semaphores, and the page of a host timeline, on their way out and in.
#include "backends/vulkan/manager.hpp"
#include "core/imported_fd.hpp"
#include "core/message.hpp"
#include "platform/inheritance.hpp"

namespace geyser::vulkan {
namespace {

using detail::text;

Result<OsHandle> export_fd(const Semaphore& semaphore, vk::ExternalSemaphoreHandleTypeFlagBits type) {
  const vk::SemaphoreGetFdInfoKHR info{.semaphore = semaphore.semaphore, .handleType = type};
  int fd = -1;
  const auto result = semaphore.context->device.getSemaphoreFdKHR(&info, &fd, semaphore.context->dispatch);
  if (result != vk::Result::eSuccess) return vulkan_error(result, "vkGetSemaphoreFdKHR");
  OsHandle handle(fd);  // -1 for a sync_fd that is signalled already
  platform::keep_from_children(handle);
  return handle;
}

Error not_exportable(const Semaphore& semaphore, SemaphoreHandleType type) {
  std::string_view why = "the driver does not offer it";
  if (semaphore.imported()) why = "it was imported; export it where it was created";
  return Error(Errc::unsupported_handle,
               text("The ", to_string(semaphore.kind()), " semaphore cannot be exported as ", to_string(type), ": ", why, "."));
}

}  // namespace

Result<SemaphoreHandle> export_semaphore(Semaphore& semaphore, SemaphoreHandleType type) {
  SemaphoreHandle handle;
  handle.kind = semaphore.kind();
  handle.type = type;
  handle.exporter = semaphore.context->capabilities.identity;
  Result<OsHandle> os_handle = OsHandle();
  if (type == SemaphoreHandleType::host_page && semaphore.page) {
    os_handle = semaphore.page->duplicate_handle();
  } else if (type == SemaphoreHandleType::opaque_fd && semaphore.exportable_opaque) {
    os_handle = export_fd(semaphore, vk::ExternalSemaphoreHandleTypeFlagBits::eOpaqueFd);
    if (os_handle) semaphore.signalled_elsewhere.store(true);
  } else if (type == SemaphoreHandleType::sync_fd && semaphore.exportable_sync) {
    // The export takes the signal with it, so two exports of one signal must not race for it.
    const bool pending = semaphore.signal_pending.exchange(false);
    if (!pending && !semaphore.signalled_elsewhere.load()) {
      return Error(Errc::invalid_state,
                   "The binary semaphore has no submitted signal that a sync_fd could carry; submit its signal first, then export it.");
    }
    os_handle = export_fd(semaphore, vk::ExternalSemaphoreHandleTypeFlagBits::eSyncFd);
    if (!os_handle && pending) semaphore.signal_pending.store(true);
  } else {
    return not_exportable(semaphore, type);
  }
  if (!os_handle) return std::move(os_handle).error();
  handle.handle = *std::move(os_handle);
  return handle;
}

Result<std::shared_ptr<detail::SemaphoreContents>> import_semaphore(std::shared_ptr<detail::Backend> backend,
                                                                    const std::shared_ptr<Context>& context, SemaphoreHandle& handle) {
  if (!context->capabilities.imports(handle.kind, handle.type)) {
    std::string why = "the backend does not know that combination";
    for (const auto& s : context->capabilities.semaphores) {
      if (s.kind == handle.kind && s.type == handle.type) why = s.why_not;
    }
    return Error(Errc::unsupported_handle, text(context->capabilities.identity.name, " cannot import ", to_string(handle.kind),
                                                " semaphores as ", to_string(handle.type), ": ", why, "."));
  }
  static_cast<Manager&>(*backend).transfer().retired().collect();
  auto made = std::make_shared<Semaphore>(std::move(backend), context, handle.kind, true);
  if (handle.type == SemaphoreHandleType::host_page) {
    auto page = [&]() -> Result<detail::HostTimeline> {
      // Through a duplicate: the caller keeps the handle when the local semaphores cannot be made.
      auto copy = handle.handle.duplicate();
      if (!copy) return std::move(copy).error();
      return detail::HostTimeline::open(*copy);
    }();
    if (!page) return std::move(page).error();
    made->page.emplace(*std::move(page));
    if (auto ok = make_local_timelines(*made); !ok) return std::move(ok).error();
    handle.handle.reset();
    return std::shared_ptr<detail::SemaphoreContents>(std::move(made));
  }

  const bool sync = handle.type == SemaphoreHandleType::sync_fd;
  const auto type = handle.kind == SemaphoreKind::timeline ? vk::SemaphoreType::eTimeline : vk::SemaphoreType::eBinary;
  auto native = make_semaphore(*context, type, 0, {});
  if (!native) return std::move(native).error();
  made->semaphore = *native;
  OsHandle spare;
  if (handle.handle) {  // a sync_fd without one is signalled already
    auto copy = handle.handle.duplicate();
    if (!copy) return std::move(copy).error();
    spare = *std::move(copy);
  }
  const vk::ImportSemaphoreFdInfoKHR info{
      .semaphore = *native,
      .flags = sync ? vk::SemaphoreImportFlagBits::eTemporary : vk::SemaphoreImportFlags(),  // sync_fd has copy transference
      .handleType = sync ? vk::ExternalSemaphoreHandleTypeFlagBits::eSyncFd : vk::ExternalSemaphoreHandleTypeFlagBits::eOpaqueFd,
      .fd = spare.fd()};
  if (const auto result = context->device.importSemaphoreFdKHR(&info, context->dispatch); result != vk::Result::eSuccess) {
    detail::settle_failed_import(spare, handle.handle);
    return vulkan_error(result, "vkImportSemaphoreFdKHR");
  }
  static_cast<void>(spare.release());  // the driver owns it now
  handle.handle.reset();
  if (sync) {
    made->signal_pending.store(true);  // a sync_fd always carries a signal
  } else {
    made->signalled_elsewhere.store(true);
  }
  return std::shared_ptr<detail::SemaphoreContents>(std::move(made));
}

}  // namespace geyser::vulkan
