#include "backends/d3d12/sync.hpp"

#include <algorithm>

#include "backends/d3d12/external_nt.hpp"
#include "core/message.hpp"

namespace geyser::d3d12 {
namespace {

using detail::text;

constexpr const char* no_binary = "Direct3D 12 has no binary semaphores, its fences are counters";

Result<Com<ID3D12Fence>> make_shared_fence(const Context& context, std::uint64_t initial_value) {
  Com<ID3D12Fence> fence;
  const HRESULT answer = context.device->CreateFence(initial_value, D3D12_FENCE_FLAG_SHARED, iid<ID3D12Fence>, fence.put());
  if (FAILED(answer)) return context.error(answer, "ID3D12Device::CreateFence");
  return fence;
}

}  // namespace

FenceSemaphore::FenceSemaphore(std::shared_ptr<detail::Backend> backend, std::shared_ptr<Context> context, Com<ID3D12Fence> fence,
                               bool imported)
    : SemaphoreContents(std::move(backend), SemaphoreKind::timeline, imported),
      context_(std::move(context)),
      waits_(context_->device, std::move(fence)) {}

FenceSemaphore::~FenceSemaphore() {
  context_->keep(waits_.take_pending());
  if (used_by_queue_.load(std::memory_order_relaxed)) context_->retire(Com<IUnknown>::of(waits_.fence()));
}

ID3D12Fence* FenceSemaphore::fence_for_queue() noexcept {
  used_by_queue_.store(true, std::memory_order_relaxed);
  return waits_.fence();
}

Result<std::uint64_t> FenceSemaphore::value() {
  // The highest value of all is what a lost device shows.
  if (auto lost = has_reached(context_->device.get(), waits_.fence(), 0); !lost) return std::move(lost).error();
  return waits_.fence()->GetCompletedValue();
}

Result<void> FenceSemaphore::signal(std::uint64_t value) {
  if (const HRESULT answer = waits_.fence()->Signal(value); FAILED(answer)) return context_->error(answer, "ID3D12Fence::Signal");
  return {};
}

Result<void> FenceSemaphore::wait(std::uint64_t value, std::chrono::nanoseconds timeout) {
  auto reached = waits_.wait(value, timeout);
  if (!reached) return std::move(reached).error();
  if (*reached) return {};
  return Error(Errc::timed_out, text("The timeline semaphore is at ", waits_.fence()->GetCompletedValue(), " and did not reach ", value,
                                     " within ", std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count(),
                                     " ms; whoever promised that value did not signal it."));
}

FenceSemaphore* fence_semaphore(detail::SemaphoreContents& semaphore) noexcept { return dynamic_cast<FenceSemaphore*>(&semaphore); }

std::vector<SemaphoreHandleSupport> semaphore_support(const Context& context) {
  const bool fences = context.why_not_fences.empty();
  return {{.kind = SemaphoreKind::timeline,
           .type = SemaphoreHandleType::d3d12_fence,
           .can_export = fences,
           .can_import = fences,
           .why_not = context.why_not_fences},
          {.kind = SemaphoreKind::binary,
           .type = SemaphoreHandleType::opaque_win32,
           .can_export = false,
           .can_import = false,
           .why_not = no_binary},
          {.kind = SemaphoreKind::host_timeline,
           .type = SemaphoreHandleType::host_page,
           .can_export = true,
           .can_import = true,
           .why_not = {}}};
}

Result<std::shared_ptr<detail::SemaphoreContents>> create_semaphore(std::shared_ptr<detail::Backend> backend,
                                                                    const std::shared_ptr<Context>& context, SemaphoreKind kind,
                                                                    std::uint64_t initial_value) {
  context->collect();
  switch (kind) {
    case SemaphoreKind::timeline: {
      auto fence = make_shared_fence(*context, initial_value);
      if (!fence) return std::move(fence).error();
      return std::shared_ptr<detail::SemaphoreContents>(
          std::make_shared<FenceSemaphore>(std::move(backend), context, *std::move(fence), false));
    }
    case SemaphoreKind::host_timeline:
      return detail::create_host_semaphore(std::move(backend), initial_value);
    case SemaphoreKind::binary:
      break;
  }
  return Error(Errc::unsupported_feature, text("A ", to_string(kind), " semaphore cannot be made: ", no_binary, "; ask for a timeline."));
}

Result<SemaphoreHandle> export_semaphore(const Context& context, detail::SemaphoreContents& semaphore) {
  auto* own = fence_semaphore(semaphore);
  if (own == nullptr) return static_cast<detail::HostSemaphore&>(semaphore).export_handle(context.identity);
  auto shared = make_nt_handle(context, own->fence());
  if (!shared) return std::move(shared).error();
  SemaphoreHandle handle;
  handle.kind = SemaphoreKind::timeline;
  handle.type = SemaphoreHandleType::d3d12_fence;
  handle.exporter = context.identity;
  handle.handle = *std::move(shared);
  return handle;
}

Result<std::shared_ptr<detail::SemaphoreContents>> import_semaphore(std::shared_ptr<detail::Backend> backend,
                                                                    const std::shared_ptr<Context>& context, SemaphoreHandle& handle) {
  context->collect();
  if (handle.type == SemaphoreHandleType::host_page) return detail::import_host_semaphore(std::move(backend), handle);
  auto fence = open_nt_handle<ID3D12Fence>(*context, handle.handle, "fence");
  if (!fence) return std::move(fence).error();
  auto made = std::make_shared<FenceSemaphore>(std::move(backend), context, *std::move(fence), true);
  handle.handle.reset();  // opening took a reference of its own
  return std::shared_ptr<detail::SemaphoreContents>(std::move(made));
}

Result<void> enqueue_waits(Context& context, std::span<const SyncPoint> points) {
  for (const auto& point : points) {
    auto* own = fence_semaphore(*detail::Private::contents(point.semaphore));
    if (own == nullptr) continue;
    auto reached = has_reached(context.device.get(), own->fence(), point.value);
    if (!reached) return std::move(reached).error();
    if (*reached) continue;
    if (const HRESULT answer = context.queue->Wait(own->fence_for_queue(), point.value); FAILED(answer)) {
      return context.error(answer, "ID3D12CommandQueue::Wait");
    }
  }
  return {};
}

Result<void> enqueue_signal(Context& context, FenceSemaphore& semaphore, std::uint64_t value) {
  if (const HRESULT answer = context.queue->Signal(semaphore.fence_for_queue(), value); FAILED(answer)) {
    return context.error(answer, "ID3D12CommandQueue::Signal");
  }
  return {};
}

Result<void> wait_for_host_timelines(std::span<const SyncPoint> points, std::chrono::nanoseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (const auto& point : points) {
    if (point.semaphore.kind() != SemaphoreKind::host_timeline) continue;
    const auto left = std::max(std::chrono::nanoseconds::zero(), std::chrono::nanoseconds(deadline - std::chrono::steady_clock::now()));
    if (auto ok = point.semaphore.wait(point.value, left); !ok) return ok;
  }
  return {};
}

Result<void> probe_fences(const Context& context) {
  auto fence = make_shared_fence(context, 0);
  if (!fence) return std::move(fence).error();
  auto handle = make_nt_handle(context, fence->get());
  if (!handle) return std::move(handle).error();
  auto opened = open_nt_handle<ID3D12Fence>(context, *handle, "fence");
  if (!opened) return std::move(opened).error();
  return {};
}

}  // namespace geyser::d3d12
