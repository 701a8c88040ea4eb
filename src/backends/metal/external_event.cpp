// MTLSharedEvent: tokens within the process, MTLSharedEventHandle by the program's own XPC connection between processes.
#include "backends/metal/manager.hpp"
#include "backends/metal/sync.hpp"
#include "core/guard.hpp"
#include "core/process_objects.hpp"

namespace geyser::metal {
namespace {

using detail::guard;
using detail::Private;
using detail::text;

Result<EventSemaphore*> event_of(const SharedSemaphore& semaphore) {
  detail::SemaphoreContents* contents = Private::contents(semaphore);
  if (contents == nullptr) return Error(Errc::invalid_argument, "The semaphore is empty.");
  if (auto* event = dynamic_cast<EventSemaphore*>(contents)) return event;
  return Error(Errc::device_mismatch, text("The semaphore is a ", to_string(contents->kind()), " of the ", contents->backend()->name(),
                                           " backend; a Metal manager's timeline has an MTLSharedEvent."));
}

}  // namespace

Result<std::shared_ptr<detail::SemaphoreContents>> Manager::create_semaphore(SemaphoreKind kind, std::uint64_t initial_value) {
  if (kind == SemaphoreKind::host_timeline) return detail::create_host_semaphore(shared_from_this(), initial_value);
  if (auto ok = context_->alive(); !ok) return std::move(ok).error();
  auto event = context_->device().create_event();
  if (!event) return std::move(event).error();
  if (initial_value != 0) (*event)->set_value(initial_value);
  return std::shared_ptr<detail::SemaphoreContents>(
      std::make_shared<EventSemaphore>(shared_from_this(), context_, *std::move(event), false));
}

Result<SemaphoreHandle> Manager::export_semaphore(detail::SemaphoreContents& semaphore, SemaphoreHandleType) {
  if (auto* host = dynamic_cast<detail::HostSemaphore*>(&semaphore)) return host->export_handle(capabilities_.identity);
  api::Event& event = static_cast<EventSemaphore&>(semaphore).event();
  std::shared_ptr<void> object(api::retain(event.native()), [](void* native) { api::release(native); });
  auto token = detail::publish_process_object(detail::ProcessObjectKind::metal_event, std::move(object));
  if (!token) return std::move(token).error();
  SemaphoreHandle handle;
  handle.kind = SemaphoreKind::timeline;
  handle.type = SemaphoreHandleType::metal_shared_event;
  handle.exporter = capabilities_.identity;
  handle.handle = *std::move(token);
  return handle;
}

Result<std::shared_ptr<detail::SemaphoreContents>> Manager::import_semaphore(SemaphoreHandle& handle) {
  if (handle.type == SemaphoreHandleType::host_page) return detail::import_host_semaphore(shared_from_this(), handle);
  auto object = detail::find_process_object(detail::ProcessObjectKind::metal_event, handle.handle);
  if (!object) return std::move(object).error();
  auto event = context_->device().event_from_native(object->get());
  if (!event) return std::move(event).error();
  std::shared_ptr<detail::SemaphoreContents> made = std::make_shared<EventSemaphore>(shared_from_this(), context_, *std::move(event), true);
  handle.handle.reset();
  object->reset();
  detail::sweep_process_objects();
  return made;
}

Result<SharedSemaphore> create_shared_event(TextureShareManager& manager, std::uint64_t initial_value) {
  return guard([&]() -> Result<SharedSemaphore> {
    if (auto own = metal_manager(manager); !own) return std::move(own).error();
    return manager.create_shared_semaphore({.kind = SemaphoreKind::timeline, .initial_value = initial_value, .label = {}});
  });
}

Result<void*> native_event(const SharedSemaphore& semaphore) {
  return guard([&]() -> Result<void*> {
    auto event = event_of(semaphore);
    if (!event) return std::move(event).error();
    return (*event)->event().native();
  });
}

Result<NativeObject> export_event(const SharedSemaphore& semaphore) {
  return guard([&]() -> Result<NativeObject> {
    auto event = event_of(semaphore);
    if (!event) return std::move(event).error();
    void* handle = (*event)->event().make_shared_handle();
    if (handle == nullptr) return Error(Errc::out_of_memory, "Metal made no MTLSharedEventHandle.");
    return NativeObject(handle);
  });
}

Result<SharedSemaphore> import_event(TextureShareManager& manager, void* shared_event_handle) {
  return guard([&]() -> Result<SharedSemaphore> {
    auto own = metal_manager(manager);
    if (!own) return std::move(own).error();
    if (shared_event_handle == nullptr) return Error(Errc::invalid_argument, "shared_event_handle is null; pass an MTLSharedEventHandle.");
    auto event = (*own)->context()->device().event_from_shared_handle(shared_event_handle);
    if (!event) return std::move(event).error().with_context("importing an MTLSharedEventHandle");
    return Private::make(std::make_shared<EventSemaphore>((*own)->shared_from_this(), (*own)->context(), *std::move(event), true));
  });
}

}  // namespace geyser::metal
