// Semaphores and fences, and waiting for them on the host.
#include <algorithm>
#include <chrono>

#include "entry_points.hpp"
#include "state.hpp"

namespace fake_vulkan {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds longest_wait{20};  // what would never end in a real driver ends here, as a violation
constexpr std::chrono::milliseconds slice{2};     // signals of other processes are noticed this late at most

bool signalled(const Fence& fence) {
  return fence.temporary ? sync_fd_signalled(fence.temporary->sync_fd.get()) : fence.payload->value() != 0;
}

/// Objects in use by a wait that sleeps, so that destroying one of them is noticed.
class WaitUse {
 public:
  explicit WaitUse(std::vector<Id> ids) : ids_(std::move(ids)) { change(1); }
  WaitUse(const WaitUse&) = delete;
  WaitUse& operator=(const WaitUse&) = delete;
  ~WaitUse() { change(-1); }

 private:
  void change(int by) {
    for (const Id id : ids_) {
      if (const auto found = state().objects.find(id); found != state().objects.end()) found->second->in_flight += by;
    }
  }
  std::vector<Id> ids_;
};

/// Sleeps until `done` says true, the device is lost, or `timeout` nanoseconds are over.
template <class Done>
VkResult wait_until(Call& call, std::uint64_t timeout, Done&& done) {
  const Id device_id = call.device()->id;
  const bool bounded = timeout < static_cast<std::uint64_t>(std::chrono::nanoseconds(longest_wait).count());
  const auto end = Clock::now() + (bounded ? std::chrono::nanoseconds(timeout) : std::chrono::nanoseconds(longest_wait));
  for (;;) {
    const auto* device = peek<Device>(device_id);
    if (device == nullptr || device->lost) return VK_ERROR_DEVICE_LOST;
    if (done()) return VK_SUCCESS;
    const auto now = Clock::now();
    if (now >= end) {
      if (!bounded) call.violation("an unbounded wait that does not end");
      return VK_TIMEOUT;
    }
    state().changed.wait_for(call.lock(), std::min<Clock::duration>(slice, end - now));
    progress();
  }
}

VkExternalSemaphoreHandleTypeFlags exportable_types(const DeviceConfig& config, bool timeline) {
  VkExternalSemaphoreHandleTypeFlags types = 0;
  const VkExternalSemaphoreFeatureFlags opaque = timeline ? config.opaque_fd_timeline : config.opaque_fd_binary;
  if ((opaque & VK_EXTERNAL_SEMAPHORE_FEATURE_EXPORTABLE_BIT) != 0) types |= VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT;
  if (!timeline && (config.sync_fd_binary & VK_EXTERNAL_SEMAPHORE_FEATURE_EXPORTABLE_BIT) != 0)
    types |= VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT;
  return types;
}

}  // namespace

VkResult entry::vkCreateSemaphore(VkDevice handle, const VkSemaphoreCreateInfo* info, const VkAllocationCallbacks*, VkSemaphore* out) {
  Call call("vkCreateSemaphore", handle);
  const Device* device = call.device();
  if (device == nullptr) return VK_ERROR_OUT_OF_HOST_MEMORY;
  const auto* type = find<VkSemaphoreTypeCreateInfo>(info->pNext, VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO);
  const auto* external = find<VkExportSemaphoreCreateInfo>(info->pNext, VK_STRUCTURE_TYPE_EXPORT_SEMAPHORE_CREATE_INFO);
  auto semaphore = std::make_unique<Semaphore>();
  semaphore->timeline = type != nullptr && type->semaphoreType == VK_SEMAPHORE_TYPE_TIMELINE;
  semaphore->handle_types = external != nullptr ? external->handleTypes : 0;
  if (semaphore->timeline && !device->timeline) call.violation("timelineSemaphore is not enabled");
  if ((semaphore->handle_types & ~exportable_types(*device->config, semaphore->timeline)) != 0)
    call.violation("a handle type that cannot be exported");
  constexpr VkExternalSemaphoreHandleTypeFlags both =
      VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT | VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT;
  if (semaphore->handle_types == both && !device->config->opaque_and_sync_together) call.violation("handle types that do not go together");
  if (semaphore->handle_types != 0 && !device->has("VK_KHR_external_semaphore_fd"))
    call.violation("VK_KHR_external_semaphore_fd is not enabled");
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return failure;
  const bool shared = (semaphore->handle_types & VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT) != 0;
  semaphore->payload = SyncPayload::create(shared, semaphore->timeline ? 't' : 'b', device->config->device_uuid,
                                           device->config->driver_uuid, semaphore->timeline ? type->initialValue : 0);
  if (semaphore->payload == nullptr) return VK_ERROR_OUT_OF_HOST_MEMORY;
  *out = handle_of<VkSemaphore>(add(std::move(semaphore), device->id));
  return VK_SUCCESS;
}

void entry::vkDestroySemaphore(VkDevice handle, VkSemaphore semaphore_handle, const VkAllocationCallbacks*) {
  if (semaphore_handle == VK_NULL_HANDLE) return;
  const Call call("vkDestroySemaphore", handle);
  if (auto* semaphore = call.get<Semaphore>(semaphore_handle)) remove(call.function(), *semaphore);
}

VkResult entry::vkGetSemaphoreCounterValue(VkDevice handle, VkSemaphore semaphore_handle, std::uint64_t* out) {
  Call call("vkGetSemaphoreCounterValue", handle);
  const auto* semaphore = call.get<Semaphore>(semaphore_handle);
  if (semaphore == nullptr) return VK_ERROR_OUT_OF_HOST_MEMORY;
  if (!semaphore->timeline) call.violation("a binary semaphore has no counter");
  if (const VkResult failure = call.fail(true); failure != VK_SUCCESS) return failure;
  *out = semaphore->payload->value();
  return VK_SUCCESS;
}

VkResult entry::vkSignalSemaphore(VkDevice handle, const VkSemaphoreSignalInfo* info) {
  Call call("vkSignalSemaphore", handle);
  auto* semaphore = call.get<Semaphore>(info->semaphore);
  if (semaphore == nullptr) return VK_ERROR_OUT_OF_HOST_MEMORY;
  if (!semaphore->timeline) call.violation("a binary semaphore cannot be signalled from the host");
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return failure;
  if (info->value <= semaphore->payload->value())
    call.violation("signals value ", info->value, " of a timeline that is at ", semaphore->payload->value());
  if (!semaphore->pending_signals.empty() && info->value >= *semaphore->pending_signals.begin()) {
    call.violation("signals value ", info->value, " while a submit will signal ", *semaphore->pending_signals.begin());
  }
  semaphore->payload->set(std::max(info->value, semaphore->payload->value()));
  state().changed.notify_all();
  return VK_SUCCESS;
}

VkResult entry::vkWaitSemaphores(VkDevice handle, const VkSemaphoreWaitInfo* info, std::uint64_t timeout) {
  Call call("vkWaitSemaphores", handle);
  std::vector<Id> ids;
  for (std::uint32_t i = 0; i < info->semaphoreCount; ++i) {
    const auto* semaphore = call.get<Semaphore>(info->pSemaphores[i]);
    if (semaphore == nullptr) return VK_ERROR_OUT_OF_HOST_MEMORY;
    if (!semaphore->timeline) call.violation("a binary semaphore cannot be waited for on the host");
    ids.push_back(semaphore->id);
  }
  if (const VkResult failure = call.fail(true); failure != VK_SUCCESS) return failure;
  const WaitUse use(ids);
  return wait_until(call, timeout, [&] {
    std::size_t reached = 0;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto* semaphore = peek<Semaphore>(ids[i]);
      if (semaphore == nullptr || semaphore->payload->value() >= info->pValues[i]) ++reached;
    }
    return (info->flags & VK_SEMAPHORE_WAIT_ANY_BIT) != 0 ? reached > 0 : reached == ids.size();
  });
}

VkResult entry::vkCreateFence(VkDevice handle, const VkFenceCreateInfo* info, const VkAllocationCallbacks*, VkFence* out) {
  Call call("vkCreateFence", handle);
  const Device* device = call.device();
  if (device == nullptr) return VK_ERROR_OUT_OF_HOST_MEMORY;
  const auto* external = find<VkExportFenceCreateInfo>(info->pNext, VK_STRUCTURE_TYPE_EXPORT_FENCE_CREATE_INFO);
  auto fence = std::make_unique<Fence>();
  fence->handle_types = external != nullptr ? external->handleTypes : 0;
  const auto check = [&](VkExternalFenceHandleTypeFlags type, VkExternalFenceFeatureFlags features) {
    if ((fence->handle_types & type) != 0 && (features & VK_EXTERNAL_FENCE_FEATURE_EXPORTABLE_BIT) == 0) {
      call.violation("a handle type that cannot be exported");
    }
  };
  check(VK_EXTERNAL_FENCE_HANDLE_TYPE_OPAQUE_FD_BIT, device->config->opaque_fd_fence);
  check(VK_EXTERNAL_FENCE_HANDLE_TYPE_SYNC_FD_BIT, device->config->sync_fd_fence);
  if (fence->handle_types != 0 && !device->has("VK_KHR_external_fence_fd")) call.violation("VK_KHR_external_fence_fd is not enabled");
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return failure;
  const bool shared = (fence->handle_types & VK_EXTERNAL_FENCE_HANDLE_TYPE_OPAQUE_FD_BIT) != 0;
  fence->payload = SyncPayload::create(shared, 'f', device->config->device_uuid, device->config->driver_uuid,
                                       (info->flags & VK_FENCE_CREATE_SIGNALED_BIT) != 0 ? 1 : 0);
  if (fence->payload == nullptr) return VK_ERROR_OUT_OF_HOST_MEMORY;
  *out = handle_of<VkFence>(add(std::move(fence), device->id));
  return VK_SUCCESS;
}

void entry::vkDestroyFence(VkDevice handle, VkFence fence_handle, const VkAllocationCallbacks*) {
  if (fence_handle == VK_NULL_HANDLE) return;
  const Call call("vkDestroyFence", handle);
  if (auto* fence = call.get<Fence>(fence_handle)) remove(call.function(), *fence);
}

VkResult entry::vkResetFences(VkDevice handle, std::uint32_t count, const VkFence* fences) {
  Call call("vkResetFences", handle);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto* fence = call.get<Fence>(fences[i]);
    if (fence == nullptr) return VK_ERROR_OUT_OF_DEVICE_MEMORY;
    if (fence->in_flight != 0) call.violation("the fence is in use by a submit that is not complete");
  }
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return failure;
  for (std::uint32_t i = 0; i < count; ++i) {
    auto& fence = *peek<Fence>(id_of(fences[i]));
    fence.temporary.reset();
    fence.payload->set(0);
  }
  return VK_SUCCESS;
}

VkResult entry::vkGetFenceStatus(VkDevice handle, VkFence fence_handle) {
  Call call("vkGetFenceStatus", handle);
  const auto* fence = call.get<Fence>(fence_handle);
  if (fence == nullptr) return VK_ERROR_DEVICE_LOST;
  if (const VkResult failure = call.fail(true); failure != VK_SUCCESS) return failure;
  return signalled(*fence) ? VK_SUCCESS : VK_NOT_READY;
}

VkResult entry::vkWaitForFences(VkDevice handle, std::uint32_t count, const VkFence* fences, VkBool32 all, std::uint64_t timeout) {
  Call call("vkWaitForFences", handle);
  std::vector<Id> ids;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto* fence = call.get<Fence>(fences[i]);
    if (fence == nullptr) return VK_ERROR_DEVICE_LOST;
    ids.push_back(fence->id);
  }
  if (const VkResult failure = call.fail(true); failure != VK_SUCCESS) return failure;
  const WaitUse use(ids);
  return wait_until(call, timeout, [&] {
    const auto reached = std::count_if(ids.begin(), ids.end(), [](Id id) {
      const auto* fence = peek<Fence>(id);
      return fence == nullptr || signalled(*fence);
    });
    return all == VK_TRUE ? static_cast<std::size_t>(reached) == ids.size() : reached > 0;
  });
}

}  // namespace fake_vulkan
