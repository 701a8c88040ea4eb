#include "backends/d3d12/context.hpp"

#include <algorithm>

#include "backends/d3d12/dispatch.hpp"
#include "backends/d3d12/sync.hpp"
#include "backends/d3d12/texture.hpp"
#include "core/message.hpp"
#include "geyser/log.hpp"

namespace geyser::d3d12 {
namespace {

using detail::text;

constexpr std::chrono::seconds longest_goodbye{2};
// D3D12_FEATURE_D3D12_OPTIONS8, whose only member is a BOOL: newer than the headers that this is compiled with.
constexpr auto feature_options8 = static_cast<D3D12_FEATURE>(36);

/// COM says that two pointers mean one object when their IUnknowns are equal.
bool same_object(IUnknown* a, IUnknown* b) noexcept {
  Com<IUnknown> first;
  Com<IUnknown> second;
  return SUCCEEDED(a->QueryInterface(iid<IUnknown>, first.put())) && SUCCEEDED(b->QueryInterface(iid<IUnknown>, second.put())) &&
         first.get() == second.get();
}

}  // namespace

Result<std::shared_ptr<Context>> Context::create(const AdoptInfo& info, std::shared_ptr<void> owner_of_device) {
  if (info.device == nullptr) return Error(Errc::invalid_argument, "AdoptInfo::device is null; pass the ID3D12Device to share with.");
  if (info.queue == nullptr) {
    return Error(Errc::invalid_argument, "AdoptInfo::queue is null; pass an ID3D12CommandQueue of the device.");
  }
  Com<ID3D12Device> owner;
  if (const HRESULT answer = info.queue->GetDevice(iid<ID3D12Device>, owner.put()); FAILED(answer)) {
    return d3d_error(answer, "ID3D12CommandQueue::GetDevice", info.device);
  }
  if (!same_object(owner.get(), info.device)) {
    return Error(Errc::invalid_argument, "AdoptInfo::queue belongs to another device than AdoptInfo::device; pass one that it made.");
  }
  const D3D12_COMMAND_QUEUE_DESC queue = info.queue->GetDesc();
  if (queue.Type != D3D12_COMMAND_LIST_TYPE_DIRECT && queue.Type != D3D12_COMMAND_LIST_TYPE_COMPUTE &&
      queue.Type != D3D12_COMMAND_LIST_TYPE_COPY) {
    return Error(Errc::invalid_argument,
                 text("AdoptInfo::queue is of type ", static_cast<int>(queue.Type), "; allowed are direct, compute and copy queues."));
  }
  std::shared_ptr<Context> context(new Context());
  context->keep_alive = std::move(owner_of_device);
  context->device = Com<ID3D12Device>::of(info.device);
  context->queue = Com<ID3D12CommandQueue>::of(info.queue);
  context->list_type = queue.Type;
  context->node_mask = queue.NodeMask;
  Com<ID3D12Fence> progress;
  if (const HRESULT answer = info.device->CreateFence(0, D3D12_FENCE_FLAG_NONE, iid<ID3D12Fence>, progress.put()); FAILED(answer)) {
    return context->error(answer, "ID3D12Device::CreateFence");
  }
  context->progress_ = std::make_unique<FenceWaits>(context->device, std::move(progress));

  const LUID luid = info.device->GetAdapterLuid();
  if (auto adapter = find_adapter(luid)) context->identity = std::move(adapter->identity);
  context->identity.luid = to_bytes(luid);
  if (context->identity.name.empty()) context->identity.name = "a Direct3D 12 device";
  BOOL unaligned = FALSE;
  context->unaligned_blocks =
      SUCCEEDED(info.device->CheckFeatureSupport(feature_options8, &unaligned, sizeof(unaligned))) && unaligned != FALSE;
  context->probe_sharing();
  return context;
}

Context::~Context() {
  if (!progress_) return;
  const auto deadline = std::chrono::steady_clock::now() + longest_goodbye;
  const bool marked = std::ranges::all_of(retired_, [this](const Retired& each) { return each.mark <= marked_; });
  const auto last = marked ? Result<std::uint64_t>(marked_) : mark();
  bool over = !last && last.error().code() == Errc::device_lost;  // without a device nothing runs any more
  while (last && !over && std::chrono::steady_clock::now() < deadline) {
    // By looking: waiting for an event can fail, and this may not.
    const auto reached = has_reached(device.get(), progress_->fence(), *last);
    over = !reached || *reached;
    if (!over) ::Sleep(1);
  }
  if (over) return;
  for (auto& each : retired_) static_cast<void>(each.object.detach());
  for (auto& each : events_) static_cast<void>(each.release());
  static_cast<void>(queue.detach());
  static_cast<void>(progress_.release());  // the queue will signal its fence, and that fence its events
  log(LogLevel::error, "A Direct3D 12 manager is destroyed while its queue still waits or works; what the queue uses stays allocated.");
}

Result<std::uint64_t> Context::mark_locked() {
  if (const HRESULT answer = queue->Signal(progress_->fence(), marked_ + 1); FAILED(answer)) {
    return error(answer, "ID3D12CommandQueue::Signal");
  }
  return ++marked_;
}

Result<std::uint64_t> Context::mark() {
  const std::lock_guard lock(progress_mutex_);  // the queue must see the values in order
  return mark_locked();
}

void Context::retire(Com<IUnknown> object) noexcept {
  if (!object) return;
  std::uint64_t behind = 0;
  {
    const std::lock_guard lock(progress_mutex_);
    const auto marked = mark_locked();
    if (!marked && marked.error().code() == Errc::device_lost) return;  // nothing uses it any more
    behind = marked ? *marked : marked_ + 1;                            // the next mark will do
  }
  try {
    const std::lock_guard lock(retired_mutex_);
    retired_.reserve(retired_.size() + 1);
    retired_.push_back({std::move(object), behind});
  } catch (const std::bad_alloc&) {
    static_cast<void>(object.detach());
    log(LogLevel::error, "Without memory to remember an object that the queue may still use, it stays allocated.");
  }
}

void Context::keep(std::vector<OsHandle> events) noexcept {
  if (events.empty()) return;
  const std::lock_guard lock(retired_mutex_);
  for (auto& event : events) {
    try {
      events_.push_back(std::move(event));
    } catch (const std::bad_alloc&) {
      static_cast<void>(event.release());
    }
  }
}

void Context::collect() noexcept {
  const std::lock_guard lock(retired_mutex_);
  if (retired_.empty()) return;
  const std::uint64_t now = progress_->fence()->GetCompletedValue();
  std::erase_if(retired_, [now](const Retired& each) { return each.mark <= now; });
}

void Context::probe_sharing() {
  // Asked once, with the smallest objects there are: no feature bit tells whether a system passes NT handles on.
  if (auto ok = probe_memory(*this); !ok) why_not_memory = clause_of(ok.error());
  if (auto ok = probe_fences(*this); !ok) why_not_fences = clause_of(ok.error());
}

}  // namespace geyser::d3d12
