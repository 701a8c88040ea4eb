#include "backends/d3d11/fence_waits.hpp"

#include <limits>

#include "backends/d3d11/context.hpp"
#include "core/message.hpp"
#include "platform/system_error.hpp"

namespace geyser::d3d11 {

using detail::text;

Result<std::uint64_t> value_of(const Context& context, ID3D11Fence& fence) {
  const std::uint64_t value = fence.GetCompletedValue();
  if (value == std::numeric_limits<std::uint64_t>::max()) {  // what a removed device answers; a peer may have signalled it too
    if (const HRESULT reason = context.device->GetDeviceRemovedReason(); FAILED(reason)) {
      return context.error(DXGI_ERROR_DEVICE_REMOVED, "ID3D11Fence::GetCompletedValue");
    }
  }
  return value;
}

Result<FenceWaits::Slot*> FenceWaits::take(std::uint64_t value, std::uint64_t reached) {
  const std::lock_guard lock(mutex_);
  Slot* idle = nullptr;
  for (auto& slot : slots_) {
    if (slot->busy) continue;
    if (slot->pending != 0 && slot->pending <= reached) {  // set meanwhile
      ::ResetEvent(platform::native(slot->event));
      slot->pending = 0;
    }
    if (slot->pending == value || (slot->pending == 0 && idle == nullptr)) idle = slot.get();
    if (slot->pending == value) break;
  }
  if (idle == nullptr) {
    auto made = std::make_unique<Slot>();
    made->event = platform::owned(::CreateEventW(nullptr, FALSE, FALSE, nullptr));
    if (!made->event) {
      return Error(Errc::os_error, "CreateEvent fails; a wait for a fence needs an event.", ErrorDomain::win32, platform::last_error());
    }
    idle = made.get();
    slots_.push_back(std::move(made));
  }
  idle->busy = true;
  return idle;
}

void FenceWaits::give_back(Slot& slot, std::uint64_t pending) noexcept {
  const std::lock_guard lock(mutex_);
  slot.pending = pending;
  slot.busy = false;
}

Result<void> FenceWaits::wait(const Context& context, ID3D11Fence& fence, std::uint64_t value, Clock::time_point deadline) {
  // The longest sleep without looking: a device that is removed need not set events.
  constexpr std::chrono::milliseconds slice{100};
  auto reached = value_of(context, fence);
  if (!reached) return std::move(reached).error();
  if (*reached >= value) return {};
  const auto late = [&] { return Error(Errc::timed_out, text("The fence is at ", *reached, " and did not reach ", value, " in time.")); };
  if (Clock::now() >= deadline) return late();
  auto slot = take(value, *reached);
  if (!slot) return std::move(slot).error();
  std::uint64_t pending = (*slot)->pending;
  Result<void> outcome;
  while (true) {
    if (pending == 0) {
      if (const HRESULT hr = fence.SetEventOnCompletion(value, platform::native((*slot)->event)); FAILED(hr)) {
        outcome = context.error(hr, "ID3D11Fence::SetEventOnCompletion");
        break;
      }
      pending = value;
    }
    const DWORD waited = ::WaitForSingleObject(platform::native((*slot)->event),
                                               platform::wait_milliseconds(std::min<std::chrono::nanoseconds>(left(deadline), slice)));
    if (waited == WAIT_OBJECT_0) pending = 0;
    reached = value_of(context, fence);
    if (!reached) {
      outcome = std::move(reached).error();
      break;
    }
    if (*reached >= value) break;
    if (Clock::now() >= deadline) {
      outcome = late();
      break;
    }
  }
  give_back(**slot, pending);
  return outcome;
}

}  // namespace geyser::d3d11
