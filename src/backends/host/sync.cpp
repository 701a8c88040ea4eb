// Host timelines: the backend's only rung of the ladder.
#include "backends/host/manager.hpp"
#include "core/host_semaphore.hpp"

namespace geyser::host {

Result<std::shared_ptr<detail::SemaphoreContents>> Manager::create_semaphore(SemaphoreKind, std::uint64_t initial_value) {
  return detail::create_host_semaphore(shared_from_this(), initial_value);
}

Result<SemaphoreHandle> Manager::export_semaphore(detail::SemaphoreContents& semaphore, SemaphoreHandleType) {
  return static_cast<detail::HostSemaphore&>(semaphore).export_handle(capabilities_.identity);
}

Result<std::shared_ptr<detail::SemaphoreContents>> Manager::import_semaphore(SemaphoreHandle& handle) {
  return detail::import_host_semaphore(shared_from_this(), handle);
}

Result<void> Manager::signal_on_queue(detail::SemaphoreContents& semaphore, std::uint64_t value) {
  return semaphore.signal(value);  // host code has no queue: what was done before is done
}

}  // namespace geyser::host
