// Semaphores that their owner has let go while a submit may still use them.
#pragma once

#include <mutex>
#include <vector>

#include "backends/vulkan/context.hpp"

namespace geyser::vulkan {

/// Vulkan forbids destroying a semaphore that a pending batch refers to. A fence behind everything submitted tells when that is over.
/// Covers the adopted queue; submits of the caller to other queues are the caller's to wait for.
/// Threading: any thread.
class RetiredSemaphores {
 public:
  explicit RetiredSemaphores(std::shared_ptr<Context> context) noexcept : context_(std::move(context)) {}
  /// Waits a bounded time for the queue, then destroys; what the queue never finished stays allocated, and the log says so.
  ~RetiredSemaphores();
  RetiredSemaphores(const RetiredSemaphores&) = delete;
  RetiredSemaphores& operator=(const RetiredSemaphores&) = delete;

  /// Takes ownership. Does not touch the queue: it is called from destructors, whose caller may hold the queue lock.
  void add(vk::Semaphore semaphore) noexcept;
  /// Destroys what the queue is done with. Touches the queue only when something is waiting.
  void collect() noexcept;

 private:
  bool mark_behind_queue() noexcept;
  void destroy_marked() noexcept;

  std::shared_ptr<Context> context_;
  std::mutex mutex_;
  std::vector<vk::Semaphore> waiting_;  // not yet behind a fence
  std::vector<vk::Semaphore> marked_;   // destroyed when fence_ is signalled
  vk::Fence fence_;
  bool fence_pending_ = false;
};

}  // namespace geyser::vulkan
