#include "backends/host/sync.hpp"

#include "backends/host/manager.hpp"
#include "core/message.hpp"

namespace geyser::host {

Result<std::uint64_t> Semaphore::value() { return timeline_.value(); }

Result<void> Semaphore::signal(std::uint64_t value) {
  timeline_.signal(value);
  return {};
}

Result<void> Semaphore::wait(std::uint64_t value, std::chrono::nanoseconds timeout) {
  if (timeline_.wait(value, timeout)) return {};
  return Error(Errc::timed_out, detail::text("The host timeline is at ", timeline_.value(), " and did not reach ", value, " within ",
                                             std::chrono::duration_cast<std::chrono::microseconds>(timeout).count(), " microseconds."));
}

Result<std::shared_ptr<detail::SemaphoreContents>> Manager::create_semaphore(SemaphoreKind, std::uint64_t initial_value) {
  auto timeline = detail::HostTimeline::create(initial_value);
  if (!timeline) return std::move(timeline).error();
  return std::shared_ptr<detail::SemaphoreContents>(std::make_shared<Semaphore>(shared_from_this(), *std::move(timeline), false));
}

Result<SemaphoreHandle> Manager::export_semaphore(detail::SemaphoreContents& semaphore, SemaphoreHandleType type) {
  auto copy = static_cast<Semaphore&>(semaphore).duplicate_handle();
  if (!copy) return std::move(copy).error();
  SemaphoreHandle handle;
  handle.kind = SemaphoreKind::host_timeline;
  handle.type = type;
  handle.exporter = capabilities_.identity;
  handle.handle = *std::move(copy);
  return handle;
}

Result<std::shared_ptr<detail::SemaphoreContents>> Manager::import_semaphore(SemaphoreHandle& handle) {
  auto timeline = detail::HostTimeline::open(handle.handle);
  if (!timeline) return std::move(timeline).error();
  return std::shared_ptr<detail::SemaphoreContents>(std::make_shared<Semaphore>(shared_from_this(), *std::move(timeline), true));
}

Result<void> Manager::signal_on_queue(detail::SemaphoreContents& semaphore, std::uint64_t value) {
  return semaphore.signal(value);  // host code has no queue: what was done before is done
}

}  // namespace geyser::host
