#include "backends/vulkan/retired.hpp"

#include "geyser/log.hpp"

namespace geyser::vulkan {
namespace {

constexpr std::uint64_t longest_goodbye = 2'000'000'000;  // nanoseconds

}  // namespace

RetiredSemaphores::~RetiredSemaphores() {
  const auto& [device, dispatch] = std::tie(context_->device, context_->dispatch);
  const auto wait_for_marked = [&] {
    if (!fence_pending_) return true;
    if (device.waitForFences(1, &fence_, VK_TRUE, longest_goodbye, dispatch) == vk::Result::eTimeout) return false;
    fence_pending_ = false;
    destroy_marked();
    return true;
  };
  if (wait_for_marked() && (waiting_.empty() || (mark_behind_queue() && wait_for_marked()))) {
    if (fence_) device.destroyFence(fence_, nullptr, dispatch);
    return;
  }
  log(LogLevel::error,
      "A Vulkan manager is destroyed while submits that wait for a semaphore are not over; that semaphore stays allocated.");
}

void RetiredSemaphores::add(vk::Semaphore semaphore) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(semaphore);
  } catch (const std::bad_alloc&) {
    log(LogLevel::error, "Without memory to remember a semaphore that the queue may still use, it stays allocated.");
  }
}

void RetiredSemaphores::collect() noexcept {
  const std::lock_guard lock(mutex_);
  if (fence_pending_ && context_->device.getFenceStatus(fence_, context_->dispatch) != vk::Result::eNotReady) {
    fence_pending_ = false;
    destroy_marked();
  }
  if (!fence_pending_ && !waiting_.empty()) mark_behind_queue();
}

bool RetiredSemaphores::mark_behind_queue() noexcept {
  const auto& [device, dispatch] = std::tie(context_->device, context_->dispatch);
  const vk::FenceCreateInfo info;
  auto result = fence_ ? device.resetFences(1, &fence_, dispatch) : device.createFence(&info, nullptr, &fence_, dispatch);
  if (result != vk::Result::eSuccess) return false;
  {
    auto guard = context_->lock_queue();
    result = context_->queue.submit(0, nullptr, fence_, dispatch);
  }
  marked_.swap(waiting_);
  if (result == vk::Result::eErrorDeviceLost) {  // nothing runs any more
    destroy_marked();
    return true;
  }
  if (result != vk::Result::eSuccess) {
    marked_.swap(waiting_);
    return false;
  }
  fence_pending_ = true;
  return true;
}

void RetiredSemaphores::destroy_marked() noexcept {
  for (const auto semaphore : marked_) context_->device.destroySemaphore(semaphore, nullptr, context_->dispatch);
  marked_.clear();
}

}  // namespace geyser::vulkan
