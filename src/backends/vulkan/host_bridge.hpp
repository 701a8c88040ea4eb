// Where the driver exports no semaphore: keeps local timeline semaphores in step with counters in shared memory.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "backends/vulkan/context.hpp"

namespace geyser::vulkan {

class Semaphore;

/// Two directions. Out: a submit will signal a local timeline; when the GPU does, the shared counter is raised and its waiters are woken.
/// In: a submit waits for a local timeline; when the shared counter gets there, the local timeline is signalled from the host.
/// Each semaphore has its own thread per direction, started at first use and asleep while nothing is expected, so that each wakes as soon
/// as the one thing that it sleeps on moves. A peer that never signals leaves the submit waiting until the semaphore is destroyed, which
/// releases it (the local timeline is then signalled, so that no queue hangs on a dead peer). Threading: any thread.
class HostBridge {
 public:
  explicit HostBridge(std::shared_ptr<Context> context) noexcept;
  ~HostBridge();
  HostBridge(const HostBridge&) = delete;
  HostBridge& operator=(const HostBridge&) = delete;

  /// Raise `semaphore`'s page to `value` once its signalled_here reaches it. Values may come in any order, and more than once.
  /// Errors: invalid_argument when the value cannot be signalled any more, device_lost, out_of_memory.
  Result<void> expect_local_signal(Semaphore& semaphore, std::uint64_t value);
  /// Signal `semaphore`'s local wait semaphore once its page reaches `value`; at once when it is there already.
  Result<void> expect_shared_signal(Semaphore& semaphore, std::uint64_t value);
  /// The submit that was announced by expect_local_signal() has been made: wait for it from now on. Without this the bridge believes it
  /// after a while.
  void local_signal_submitted(const Semaphore& semaphore, std::uint64_t value) noexcept;
  /// The submit that was announced by expect_local_signal() does not happen.
  void cancel_local_signal(const Semaphore& semaphore, std::uint64_t value) noexcept;
  /// From now on the local wait semaphore follows the page, whatever is expected.
  Result<void> follow(Semaphore& semaphore);
  /// Forget a semaphore that is being destroyed; returns when no thread uses it any more and no submit waits for it.
  void forget(Semaphore& semaphore) noexcept;

 private:
  class Link;
  [[nodiscard]] Link& link(Semaphore& semaphore);
  [[nodiscard]] Link* find(const Semaphore& semaphore) noexcept;

  std::shared_ptr<Context> context_;
  std::mutex mutex_;
  std::unordered_map<const Semaphore*, std::unique_ptr<Link>> links_;  // guarded by mutex_
};

}  // namespace geyser::vulkan
