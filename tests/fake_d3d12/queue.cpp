#include "fake_d3d12/queue.hpp"

#include <chrono>

namespace fake_d3d12 {

Queue::Queue(Device* owner, const D3D12_COMMAND_QUEUE_DESC& desc) : Child(owner), desc_(desc), thread_([this] { run(); }) {}

Queue::~Queue() {
  {
    const std::lock_guard lock(mutex_);
    if (!jobs_.empty()) complain("a queue was destroyed before it was done");
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Queue::push(Job job) {
  const std::lock_guard lock(mutex_);
  jobs_.push_back(std::move(job));
  wake_.notify_all();
}

void STDMETHODCALLTYPE Queue::ExecuteCommandLists(UINT count, ID3D12CommandList* const* lists) {
  for (UINT i = 0; i < count; ++i) {
    auto* const list = static_cast<CommandList*>(static_cast<ID3D12GraphicsCommandList*>(lists[i]));
    if (!list->closed()) {
      complain("a command list was executed while it recorded");
      continue;
    }
    if (list->GetType() != desc_.Type) complain("a command list was executed on a queue of another type");
    if (auto* allocator = list->allocator().get("the allocator of an executed list")) ++allocator->executing;
    push({.kind = Job::Kind::execute, .commands = list->commands(), .allocator = list->allocator(), .fence = {}, .value = 0});
  }
}

HRESULT STDMETHODCALLTYPE Queue::Signal(ID3D12Fence* fence, UINT64 value) {
  HRESULT answer = S_OK;
  if (must_fail("ID3D12CommandQueue::Signal", answer)) return answer;
  if (const HRESULT reason = removed_reason(device()); FAILED(reason)) return DXGI_ERROR_DEVICE_REMOVED;
  auto* const own = static_cast<Fence*>(fence);
  push({.kind = Job::Kind::signal, .commands = {}, .allocator = {}, .fence = {own, own->number()}, .value = value});
  return S_OK;
}

HRESULT STDMETHODCALLTYPE Queue::Wait(ID3D12Fence* fence, UINT64 value) {
  HRESULT answer = S_OK;
  if (must_fail("ID3D12CommandQueue::Wait", answer)) return answer;
  if (const HRESULT reason = removed_reason(device()); FAILED(reason)) return DXGI_ERROR_DEVICE_REMOVED;
  auto* const own = static_cast<Fence*>(fence);
  push({.kind = Job::Kind::wait, .commands = {}, .allocator = {}, .fence = {own, own->number()}, .value = value});
  return S_OK;
}

bool Queue::perform(const Job& job) {
  const std::lock_guard lock(world());
  if (FAILED(removed_reason(device()))) {
    if (job.kind == Job::Kind::execute && lives(job.allocator.object, job.allocator.number)) --job.allocator.object->executing;
    return true;  // nothing happens any more
  }
  switch (job.kind) {
    case Job::Kind::execute:
      for (const auto& command : *job.commands) execute(command);
      if (auto* allocator = job.allocator.get("a command allocator")) --allocator->executing;
      return true;
    case Job::Kind::signal:
      if (auto* fence = job.fence.get("a fence to signal")) fence->counter().store(job.value);
      return true;
    case Job::Kind::wait:
      break;
  }
  auto* fence = job.fence.get("a fence to wait for");
  return fence == nullptr || fence->counter().load() >= job.value;
}

void Queue::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stop_ || !jobs_.empty(); });
    if (stop_) return;
    const Job job = jobs_.front();
    lock.unlock();
    const bool done = perform(job);
    if (!done) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    lock.lock();
    if (done) jobs_.pop_front();
  }
}

}  // namespace fake_d3d12
