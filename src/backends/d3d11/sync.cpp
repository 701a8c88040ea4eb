#include "backends/d3d11/sync.hpp"

#include "core/guard.hpp"
#include "core/message.hpp"
#include "geyser/manager.hpp"

namespace geyser::d3d11 {

using detail::Private;
using detail::text;

Result<void> FenceSemaphore::signal(std::uint64_t value) {
  {
    const std::lock_guard lock(mutex_);
    if (auto ok = context->signal_from_host(shared, twin_, value); !ok) return ok;
  }
  // A queue with nothing in it is done at once; the counter is there when this returns, as with every other timeline.
  return waits_.wait(*context, *fence.get(), value, Clock::now() + default_gpu_timeout);
}

Result<void> wait_for_points(const Context& context, std::span<const SyncPoint> points, Clock::time_point deadline) {
  // The host's part first: when it times out, nothing has been put into the queue.
  for (const auto& point : points) {
    if (dynamic_cast<FenceSemaphore*>(Private::contents(point.semaphore)) != nullptr) continue;
    if (auto ok = point.semaphore.wait(point.value, left(deadline)); !ok) return ok;
  }
  const Lock lock(context);
  for (const auto& point : points) {
    auto* fence = dynamic_cast<FenceSemaphore*>(Private::contents(point.semaphore));
    if (fence == nullptr || point.value == 0) continue;
    if (const HRESULT hr = context.context4->Wait(fence->fence.get(), point.value); FAILED(hr)) {
      return context.error(hr, "ID3D11DeviceContext4::Wait");
    }
  }
  return {};
}

Result<void> signal_behind_commands(Context& context, detail::SemaphoreContents& semaphore, std::uint64_t value,
                                    Clock::time_point deadline) {
  if (auto* fence = dynamic_cast<FenceSemaphore*>(&semaphore)) {
    const Lock lock(context);
    const HRESULT hr = context.context4->Signal(fence->fence.get(), value);
    if (FAILED(hr)) return context.error(hr, "ID3D11DeviceContext4::Signal");
    context.context->Flush();
    return {};
  }
  if (auto ok = context.finish(deadline); !ok) return ok;
  return semaphore.signal(value);
}

Result<NativePoint> native(const SyncPoint& point) {
  return detail::guard([&]() -> Result<NativePoint> {
    auto* contents = Private::contents(point.semaphore);
    if (contents == nullptr) return Error(Errc::invalid_argument, "The point has no semaphore; give one that was created or imported.");
    if (contents->backend()->name() != "d3d11") {
      return Error(Errc::device_mismatch, text("The semaphore belongs to the backend ", contents->backend()->name(),
                                               ", not to a Direct3D 11 manager; export it there and import it here."));
    }
    auto* fence = dynamic_cast<FenceSemaphore*>(contents);
    return NativePoint{fence != nullptr ? fence->fence.get() : nullptr, point.value};
  });
}

}  // namespace geyser::d3d11
