#include "backends/d3d12/wait.hpp"

#include <algorithm>
#include <limits>

#include "backends/d3d12/errors.hpp"
#include "platform/system_error.hpp"

namespace geyser::d3d12 {

Result<bool> has_reached(ID3D12Device* device, ID3D12Fence* fence, std::uint64_t value) {
  const std::uint64_t now = fence->GetCompletedValue();
  // A peer may have signalled the highest value, too: the device decides.
  if (now == std::numeric_limits<std::uint64_t>::max() && FAILED(device->GetDeviceRemovedReason())) {
    return removed_error("ID3D12Fence::GetCompletedValue answers the highest value", device);
  }
  return now >= value;
}

Result<std::list<FenceWaits::Pending>::iterator> FenceWaits::pending_for(std::uint64_t value) {
  const auto found = std::ranges::find_if(pending_, [value](const Pending& p) { return p.value == value; });
  if (found != pending_.end()) return found;
  OsHandle event = platform::owned(::CreateEventW(nullptr, TRUE, FALSE, nullptr));
  if (!event) return platform::system_error("CreateEvent", platform::last_error());
  pending_.push_front(Pending{value, std::move(event), 0});
  const auto made = pending_.begin();
  if (const HRESULT answer = fence_->SetEventOnCompletion(value, platform::native(made->event)); FAILED(answer)) {
    pending_.erase(made);
    return d3d_error(answer, "ID3D12Fence::SetEventOnCompletion", device_.get());
  }
  return made;
}

Result<bool> FenceWaits::wait(std::uint64_t value, std::chrono::nanoseconds timeout) {
  auto reached = has_reached(device_.get(), fence_.get(), value);
  if (!reached || *reached || timeout.count() <= 0) return reached;
  std::unique_lock lock(mutex_);
  auto pending = pending_for(value);
  if (!pending) return std::move(pending).error();
  const auto mine = *pending;
  ++mine->waiters;
  lock.unlock();
  ::WaitForSingleObject(platform::native(mine->event), platform::wait_milliseconds(timeout));
  lock.lock();
  --mine->waiters;
  // Whatever was set by now is over; what was not stays for Direct3D to set.
  std::erase_if(pending_,
                [](const Pending& p) { return p.waiters == 0 && ::WaitForSingleObject(platform::native(p.event), 0) == WAIT_OBJECT_0; });
  lock.unlock();
  return has_reached(device_.get(), fence_.get(), value);
}

std::vector<OsHandle> FenceWaits::take_pending() noexcept {
  const std::lock_guard lock(mutex_);
  std::vector<OsHandle> events;
  for (auto& each : pending_) {
    if (::WaitForSingleObject(platform::native(each.event), 0) == WAIT_OBJECT_0) continue;
    try {
      events.push_back(std::move(each.event));
    } catch (const std::bad_alloc&) {
      static_cast<void>(each.event.release());  // better lost than set after its number means something else
    }
  }
  pending_.clear();
  return events;
}

}  // namespace geyser::d3d12
