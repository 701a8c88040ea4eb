// OPAQUE_FD semaphores on their way in, and all kinds on their way out.
#include "backends/cuda/manager.hpp"
#include "core/imported_fd.hpp"
#include "core/message.hpp"

namespace geyser::cuda {

using detail::text;

Result<api::ExternalSemaphore> import_semaphore_fd(const Context& context, const SemaphoreHandle& handle) {
  auto spare = handle.handle.duplicate();
  if (!spare) return std::move(spare).error();
  api::ExternalSemaphoreHandleDesc desc{};
  desc.type = handle.kind == SemaphoreKind::timeline ? api::timeline_semaphore_fd : api::opaque_fd;
  desc.handle.fd = spare->fd();
  const Current current(context);
  if (!current) return current.error();
  api::ExternalSemaphore native = nullptr;
  const auto status = context.cu().external_semaphore_import(&native, &desc);
  if (status == api::Status::success) {
    static_cast<void>(spare->release());  // the driver's now
    return native;
  }
  detail::settle_failed_import(*spare, handle.handle);
  auto error = context.error(status, "cuImportExternalSemaphore");
  if (error.code() == Errc::device_lost || error.code() == Errc::out_of_memory) return error;
  return Error(Errc::protocol_error,
               text("The handle is no ", to_string(handle.kind), " semaphore that this driver exported: ", error.message()),
               ErrorDomain::cuda, static_cast<int>(status));
}

Result<std::shared_ptr<detail::SemaphoreContents>> Manager::with_partner(detail::PartnerSemaphore made, bool imported) {
  auto native = import_semaphore_fd(*context_, made.handle);
  if (!native) return std::move(native).error();
  // Whatever fails from here on must give the driver's semaphore back.
  struct Guard {
    const Context& context;
    api::ExternalSemaphore native;
    ~Guard() {
      if (native == nullptr) return;
      const Current current(context);
      if (current) static_cast<void>(context.cu().external_semaphore_destroy(native));
    }
  } guard{*context_, *native};
  auto semaphore = std::make_shared<PartneredDeviceSemaphore>(shared_from_this(), std::move(made.twin), imported, context_, *native);
  guard.native = nullptr;
  return std::shared_ptr<detail::SemaphoreContents>(std::move(semaphore));
}

Result<std::shared_ptr<detail::SemaphoreContents>> Manager::create_semaphore(SemaphoreKind kind, std::uint64_t initial_value) {
  if (kind == SemaphoreKind::host_timeline) return detail::create_host_semaphore(shared_from_this(), initial_value);
  auto made = partner_->create_semaphore(kind, initial_value);  // the front looked into the capabilities: there is a partner
  if (!made) return std::move(made).error();
  return with_partner(*std::move(made), false);
}

Result<SemaphoreHandle> Manager::export_semaphore(detail::SemaphoreContents& semaphore, SemaphoreHandleType type) {
  if (auto* host = dynamic_cast<detail::HostSemaphore*>(&semaphore)) return host->export_handle(capabilities_.identity);
  auto* partnered = dynamic_cast<PartneredDeviceSemaphore*>(&semaphore);
  if (partnered == nullptr || semaphore.imported()) {
    return Error(Errc::unsupported_handle, text("The ", to_string(semaphore.kind()), " semaphore cannot be exported as ", to_string(type),
                                                ": it was imported; export it where it was created."));
  }
  return partner_->manager().export_semaphore(partnered->twin(), type);
}

Result<std::shared_ptr<detail::SemaphoreContents>> Manager::import_semaphore(SemaphoreHandle& handle) {
  if (handle.type == SemaphoreHandleType::host_page) return detail::import_host_semaphore(shared_from_this(), handle);
  Result<std::shared_ptr<detail::SemaphoreContents>> result = std::shared_ptr<detail::SemaphoreContents>();
  if (partner_ && partner_->capabilities().imports(handle.kind, handle.type)) {
    auto made = partner_->import_semaphore(handle);
    if (!made) return std::move(made).error();
    result = with_partner(*std::move(made), true);
  } else {
    auto native = import_semaphore_fd(*context_, handle);
    if (!native) return std::move(native).error();
    result = std::shared_ptr<detail::SemaphoreContents>(std::make_shared<LoneSemaphore>(shared_from_this(), context_, *native));
  }
  if (result) handle.handle.reset();
  return result;
}

}  // namespace geyser::cuda
