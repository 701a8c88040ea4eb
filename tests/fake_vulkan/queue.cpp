// Submits: kept in order per queue, executed as soon as what they wait for is signalled.
#include <algorithm>
#include <chrono>
#include <thread>

#include "entry_points.hpp"
#include "state.hpp"

namespace fake_vulkan {
namespace {

constexpr std::chrono::seconds longest_wait{20};  // what would never end in a real driver ends here, as a violation

/// Notices two threads in one queue at once, and gives the test's hook its turn.
class QueueUse {
 public:
  QueueUse(const char* function, VkQueue handle) : id_(id_of(handle)) {
    std::function<void(const char*)> hook;
    {
      const std::lock_guard<std::mutex> lock(state().mutex);
      if (auto* queue = peek<Queue>(id_); queue != nullptr && ++queue->users > 1) violate(function, "two threads use the queue at once");
      hook = state().queue_hook;
    }
    if (hook) hook(function);
    std::this_thread::yield();
  }
  QueueUse(const QueueUse&) = delete;
  QueueUse& operator=(const QueueUse&) = delete;
  ~QueueUse() {
    const std::lock_guard<std::mutex> lock(state().mutex);
    if (auto* queue = peek<Queue>(id_)) --queue->users;
  }

 private:
  Id id_;
};

bool satisfied(const SemaphorePoint& point) {
  const auto* semaphore = peek<Semaphore>(point.semaphore);
  if (semaphore == nullptr) return true;  // destroyed while in use: recorded when it was
  if (semaphore->timeline) return semaphore->payload->value() >= point.value;
  if (semaphore->temporary) return sync_fd_signalled(semaphore->temporary->sync_fd.get());
  return semaphore->payload->value() != 0;
}

void consume(const SemaphorePoint& point) {
  auto* semaphore = peek<Semaphore>(point.semaphore);
  if (semaphore == nullptr || semaphore->timeline) return;
  if (semaphore->temporary) {
    semaphore->temporary.reset();
  } else {
    semaphore->payload->set(0);
  }
}

void signal(const SemaphorePoint& point) {
  auto* semaphore = peek<Semaphore>(point.semaphore);
  if (semaphore == nullptr) return;
  if (semaphore->timeline) {
    semaphore->pending_signals.extract(point.value);
    if (point.value <= semaphore->payload->value()) {
      return violate("vkQueueSubmit", "signals value ", point.value, " of a timeline that is at ", semaphore->payload->value());
    }
    semaphore->payload->set(point.value);
  } else if (!semaphore->exported_sync.empty()) {
    fire(semaphore->exported_sync);
  } else {
    if (semaphore->payload->value() != 0) violate("vkQueueSubmit", "signals a binary semaphore that is signalled already");
    semaphore->payload->set(1);
  }
}

void release(const Submit& submit) {
  for (const Id id : submit.uses) {
    if (const auto found = state().objects.find(id); found != state().objects.end()) --found->second->in_flight;
  }
}

void execute(const Submit& submit) {
  for (const SemaphorePoint& wait : submit.waits) consume(wait);
  for (const Id id : submit.command_buffers) {
    auto* buffer = peek<CommandBuffer>(id);
    if (buffer == nullptr) continue;
    for (const auto& command : buffer->commands) command();
    if (buffer->one_time) buffer->state = Recording::invalid;
  }
  for (const SemaphorePoint& point : submit.signals) signal(point);
  if (auto* fence = peek<Fence>(submit.fence)) {
    if (!fence->exported_sync.empty()) {
      fire(fence->exported_sync);
    } else {
      fence->payload->set(1);
    }
  }
  release(submit);
}

/// The first submit of a queue goes when its waits are signalled; those behind it wait for it, as on a GPU.
bool run_queue(Queue& queue) {
  bool any = false;
  while (!queue.pending.empty()) {
    const auto& waits = queue.pending.front().waits;
    if (!std::all_of(waits.begin(), waits.end(), satisfied)) break;
    const Submit submit = std::move(queue.pending.front());
    queue.pending.pop_front();
    execute(submit);
    any = true;
  }
  return any;
}

SemaphorePoint use_semaphore(const Call& call, const Device& device, VkSemaphore handle, const std::uint64_t* values,
                             std::uint32_t value_count, std::uint32_t index, std::uint32_t count) {
  const auto* semaphore = lookup<Semaphore>(call.function(), id_of(handle));
  if (semaphore == nullptr) return {};
  if (semaphore->parent != device.id) call.violation("a semaphore of another device");
  if (!semaphore->timeline) return {semaphore->id, 0};
  if (values == nullptr || value_count != count) {
    call.violation("a timeline semaphore without a value in VkTimelineSemaphoreSubmitInfo");
    return {semaphore->id, 0};
  }
  return {semaphore->id, values[index]};
}

/// Translates and checks one VkSubmitInfo. Changes nothing, so that a failing vkQueueSubmit changes nothing.
Submit read_submit(const Call& call, const Device& device, const VkSubmitInfo& info) {
  Submit submit;
  const auto* timeline = find<VkTimelineSemaphoreSubmitInfo>(info.pNext, VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO);
  const auto* wait_values = timeline != nullptr ? timeline->pWaitSemaphoreValues : nullptr;
  const auto* signal_values = timeline != nullptr ? timeline->pSignalSemaphoreValues : nullptr;
  for (std::uint32_t i = 0; i < info.waitSemaphoreCount; ++i) {
    if (info.pWaitDstStageMask == nullptr || info.pWaitDstStageMask[i] == 0) call.violation("a wait without a stage");
    submit.waits.push_back(use_semaphore(call, device, info.pWaitSemaphores[i], wait_values,
                                         timeline != nullptr ? timeline->waitSemaphoreValueCount : 0, i, info.waitSemaphoreCount));
  }
  for (std::uint32_t i = 0; i < info.signalSemaphoreCount; ++i) {
    submit.signals.push_back(use_semaphore(call, device, info.pSignalSemaphores[i], signal_values,
                                           timeline != nullptr ? timeline->signalSemaphoreValueCount : 0, i, info.signalSemaphoreCount));
  }
  for (std::uint32_t i = 0; i < info.commandBufferCount; ++i) {
    const auto* buffer = lookup<CommandBuffer>(call.function(), id_of(info.pCommandBuffers[i]));
    if (buffer == nullptr) continue;
    if (buffer->state != Recording::executable) call.violation("a command buffer that is not executable");
    if (buffer->in_flight != 0) call.violation("a command buffer that is pending already");
    submit.command_buffers.push_back(buffer->id);
    submit.uses.insert(buffer->id);
    for (const Id used : buffer->uses) {
      if (state().objects.count(used) == 0) call.violation("a command buffer that uses something that has been destroyed");
      submit.uses.insert(used);
    }
  }
  for (const auto* points : {&submit.waits, &submit.signals}) {
    for (const SemaphorePoint& point : *points) submit.uses.insert(point.semaphore);
  }
  return submit;
}

/// The promises of binary semaphores, in the order of submission.
void account(const Call& call, const Submit& submit) {
  for (const SemaphorePoint& wait : submit.waits) {
    const auto* semaphore = peek<Semaphore>(wait.semaphore);
    if (semaphore == nullptr || semaphore->timeline || semaphore->temporary) continue;
    if (semaphore->payload->promised() < 1) call.violation("waits for a binary semaphore that nobody has signalled or will signal");
    semaphore->payload->promise(-1);
  }
  for (const SemaphorePoint& point : submit.signals) {
    auto* semaphore = peek<Semaphore>(point.semaphore);
    if (semaphore == nullptr) continue;
    if (semaphore->timeline) {
      semaphore->pending_signals.insert(point.value);
    } else {
      semaphore->payload->promise(1);
    }
  }
  for (const Id id : submit.uses) {
    if (const auto found = state().objects.find(id); found != state().objects.end()) ++found->second->in_flight;
  }
}

VkResult wait_idle(Call& call, Device& device) {
  const Id queue = device.queue;
  const Id id = device.id;
  const auto end = std::chrono::steady_clock::now() + longest_wait;
  for (;;) {
    const auto* waited = peek<Queue>(queue);
    const auto* owner = peek<Device>(id);
    if (owner == nullptr || waited == nullptr || owner->lost) return VK_ERROR_DEVICE_LOST;
    if (waited->pending.empty()) return VK_SUCCESS;
    if (std::chrono::steady_clock::now() > end) {
      call.violation("an unbounded wait that does not end");
      return VK_ERROR_DEVICE_LOST;
    }
    state().changed.wait_for(call.lock(), std::chrono::milliseconds(2));
    progress();
  }
}

}  // namespace

void progress() {
  State& s = state();
  if (s.held) return;
  bool any = false;
  for (bool again = true; again;) {
    again = false;
    std::vector<Queue*> queues;
    for (const auto& [id, object] : s.objects) {
      if (auto* queue = dynamic_cast<Queue*>(object.get()); queue != nullptr && !queue->pending.empty()) queues.push_back(queue);
    }
    for (Queue* queue : queues) again = run_queue(*queue) || again;
    any = any || again;
  }
  if (any) s.changed.notify_all();
}

void drop_submits(Device& device) {
  auto* queue = peek<Queue>(device.queue);
  if (queue == nullptr) return;
  for (const Submit& submit : queue->pending) release(submit);
  queue->pending.clear();
}

VkResult entry::vkQueueSubmit(VkQueue handle, std::uint32_t count, const VkSubmitInfo* infos, VkFence fence_handle) {
  const QueueUse use("vkQueueSubmit", handle);
  Id device_id = 0;
  {
    const std::lock_guard<std::mutex> lock(state().mutex);
    const auto* queue = lookup<Queue>("vkQueueSubmit", id_of(handle));
    if (queue == nullptr) return VK_ERROR_DEVICE_LOST;
    device_id = queue->parent;
  }
  Call call("vkQueueSubmit", reinterpret_cast<VkDevice>(device_id));
  auto* queue = peek<Queue>(id_of(handle));
  if (queue == nullptr || call.device() == nullptr) return VK_ERROR_DEVICE_LOST;
  Fence* fence = fence_handle != VK_NULL_HANDLE ? call.get<Fence>(fence_handle) : nullptr;
  if (fence != nullptr && (fence->in_flight != 0 || (fence->payload->value() != 0 && !fence->temporary))) {
    call.violation("the fence is signalled, or in use by another submit");
  }
  std::vector<Submit> submits;
  for (std::uint32_t i = 0; i < count; ++i) submits.push_back(read_submit(call, *call.device(), infos[i]));
  if (const VkResult failure = call.fail(true); failure != VK_SUCCESS) return failure;
  if (fence != nullptr) {
    if (submits.empty()) submits.emplace_back();
    submits.back().fence = fence->id;
    submits.back().uses.insert(fence->id);
    fence->temporary.reset();
  }
  for (Submit& submit : submits) {
    account(call, submit);
    queue->pending.push_back(std::move(submit));
  }
  return VK_SUCCESS;
}

VkResult entry::vkQueueWaitIdle(VkQueue handle) {
  const QueueUse use("vkQueueWaitIdle", handle);
  Id device_id = 0;
  {
    const std::lock_guard<std::mutex> lock(state().mutex);
    if (const auto* queue = lookup<Queue>("vkQueueWaitIdle", id_of(handle))) device_id = queue->parent;
  }
  Call call("vkQueueWaitIdle", reinterpret_cast<VkDevice>(device_id));
  if (call.device() == nullptr) return VK_ERROR_DEVICE_LOST;
  if (const VkResult failure = call.fail(true); failure != VK_SUCCESS) return failure;
  return wait_idle(call, *call.device());
}

VkResult entry::vkDeviceWaitIdle(VkDevice handle) {
  Id queue = 0;
  {
    const std::lock_guard<std::mutex> lock(state().mutex);
    if (const auto* device = peek<Device>(id_of(handle))) queue = device->queue;
  }
  const QueueUse use("vkDeviceWaitIdle", reinterpret_cast<VkQueue>(queue));
  Call call("vkDeviceWaitIdle", handle);
  if (call.device() == nullptr) return VK_ERROR_DEVICE_LOST;
  if (const VkResult failure = call.fail(true); failure != VK_SUCCESS) return failure;
  return wait_idle(call, *call.device());
}

}  // namespace fake_vulkan
