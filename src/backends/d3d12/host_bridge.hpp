// Host timelines that the queue signals: Direct3D cannot raise a counter in shared memory, so a thread does when the queue gets there.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "backends/d3d12/context.hpp"
#include "core/host_timeline.hpp"

namespace geyser::d3d12 {

/// Ownership: its thread, started at first use, holds pages and the device, never a semaphore. Threading: any thread.
class HostBridge {
 public:
  explicit HostBridge(std::shared_ptr<Context> context) noexcept : context_(std::move(context)) {}
  /// Waits a bounded time for the signals that were promised, so that peers still hear of them.
  ~HostBridge();
  HostBridge(const HostBridge&) = delete;
  HostBridge& operator=(const HostBridge&) = delete;

  /// Starts the thread, so that nothing can fail after a submit. Errors: os_error.
  [[nodiscard]] Result<void> prepare();
  /// Raises the counter to `value` once the queue is done with everything submitted so far. Valid usage: after prepare().
  /// Errors: device_lost, out_of_memory.
  [[nodiscard]] Result<void> signal_behind_queue(std::shared_ptr<detail::HostTimeline> page, std::uint64_t value);

 private:
  struct Promise {
    std::shared_ptr<detail::HostTimeline> page;
    std::uint64_t value = 0;
    std::uint64_t mark = 0;
  };
  void run();

  std::shared_ptr<Context> context_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable empty_;
  std::deque<Promise> promises_;  // in the queue's order; guarded by mutex_
  bool stop_ = false;             // guarded by mutex_
  std::thread thread_;
};

}  // namespace geyser::d3d12
