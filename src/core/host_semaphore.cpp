#include "core/host_semaphore.hpp"

#include "core/message.hpp"

namespace geyser::detail {

Result<std::uint64_t> HostSemaphore::value() { return timeline_->value(); }

Result<void> HostSemaphore::signal(std::uint64_t value) {
  timeline_->signal(value);
  return {};
}

Result<void> HostSemaphore::wait(std::uint64_t value, std::chrono::nanoseconds timeout) {
  if (timeline_->wait(value, timeout)) return {};
  return Error(Errc::timed_out, text("The host timeline is at ", timeline_->value(), " and did not reach ", value, " within ",
                                     std::chrono::duration_cast<std::chrono::microseconds>(timeout).count(), " microseconds."));
}

Result<SemaphoreHandle> HostSemaphore::export_handle(const DeviceIdentity& exporter) const {
  auto copy = timeline_->duplicate_handle();
  if (!copy) return std::move(copy).error();
  SemaphoreHandle handle;
  handle.kind = SemaphoreKind::host_timeline;
  handle.type = SemaphoreHandleType::host_page;
  handle.exporter = exporter;
  handle.handle = *std::move(copy);
  return handle;
}

Result<std::shared_ptr<SemaphoreContents>> create_host_semaphore(std::shared_ptr<Backend> backend, std::uint64_t initial_value) {
  auto timeline = HostTimeline::create(initial_value);
  if (!timeline) return std::move(timeline).error();
  return std::shared_ptr<SemaphoreContents>(std::make_shared<HostSemaphore>(std::move(backend), *std::move(timeline), false));
}

Result<std::shared_ptr<SemaphoreContents>> import_host_semaphore(std::shared_ptr<Backend> backend, SemaphoreHandle& handle) {
  auto timeline = HostTimeline::open(handle.handle);
  if (!timeline) return std::move(timeline).error();
  return std::shared_ptr<SemaphoreContents>(std::make_shared<HostSemaphore>(std::move(backend), *std::move(timeline), true));
}

}  // namespace geyser::detail
