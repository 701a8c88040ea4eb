// Semaphores of every system, and the page of a host timeline, on their way out and in.
#include "backends/vulkan/external_types.hpp"
#include "backends/vulkan/manager.hpp"
#include "core/message.hpp"

namespace geyser::vulkan {
namespace {

using detail::text;

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
  const auto* rung = (semaphore.exportable_as & set_of(type)) != 0 ? find_rung(semaphore.kind(), type) : nullptr;
  Result<OsHandle> os_handle = OsHandle();
  if (type == SemaphoreHandleType::host_page && semaphore.page) {
    os_handle = semaphore.page->duplicate_handle();
  } else if (rung != nullptr && !rung->copies) {
    os_handle = export_semaphore_handle(semaphore, *rung);
    if (os_handle) semaphore.signalled_elsewhere.store(true);
  } else if (rung != nullptr) {
    // The export takes the signal with it, so two exports of one signal must not race for it.
    const bool pending = semaphore.signal_pending.exchange(false);
    if (!pending && !semaphore.signalled_elsewhere.load()) {
      return Error(Errc::invalid_state, text("The binary semaphore has no submitted signal that a ", to_string(type),
                                             " could carry; submit its signal first, then export it."));
    }
    os_handle = export_semaphore_handle(semaphore, *rung);
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

  const auto& rung = *find_rung(handle.kind, handle.type);
  auto native = import_semaphore_handle(*context, rung, handle.handle);
  if (!native) return std::move(native).error();
  made->semaphore = *native;
  handle.handle.reset();
  if (rung.copies) {
    made->signal_pending.store(true);  // what was copied is a signal
  } else {
    made->signalled_elsewhere.store(true);
  }
  return std::shared_ptr<detail::SemaphoreContents>(std::move(made));
}

}  // namespace geyser::vulkan
