// A timeline that needs no GPU: a counter in shared memory. The last rung of the ladder, and the host backend's only one.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "geyser/semaphore.hpp"
#include "platform/internal_api.hpp"
#include "platform/shared_memory.hpp"
#include "platform/wait.hpp"

namespace geyser::detail {

/// Every process that has the page may read and raise the counter; nothing a peer writes there can do more than make a wait end early or
/// late. Threading: any thread, any process.
class GEYSER_INTERNAL_API HostTimeline {
 public:
  static Result<HostTimeline> create(std::uint64_t initial_value);
  /// Takes the handle only on success. Errors: protocol_error when the page is none of ours.
  static Result<HostTimeline> open(OsHandle& handle);

  [[nodiscard]] std::uint64_t value() const noexcept;
  /// Raises the counter to `value`; lower values change nothing.
  void signal(std::uint64_t value) noexcept;
  /// False when `timeout` is over first. Never sleeps longer than a tenth of a second without looking, so a peer that breaks the wake-up
  /// word only delays.
  [[nodiscard]] bool wait(std::uint64_t value, std::chrono::nanoseconds timeout) const noexcept;
  /// As wait(), and returns early when `stop` becomes true and wake() is called.
  [[nodiscard]] bool wait(std::uint64_t value, std::chrono::nanoseconds timeout, const std::atomic<bool>& stop) const noexcept;
  /// Wakes every waiter without changing the counter.
  void wake() noexcept;
  /// For another process. Mends what says that the page is one of ours, in case a peer has spoilt it.
  [[nodiscard]] Result<OsHandle> duplicate_handle() const;

 private:
  struct Page;
  HostTimeline(platform::SharedMemory memory, platform::BellKey key, platform::Bell bell) noexcept
      : memory_(std::move(memory)), key_(key), bell_(std::move(bell)) {}
  [[nodiscard]] Page& page() const noexcept;
  platform::SharedMemory memory_;
  platform::BellKey key_;
  platform::Bell bell_;
};

}  // namespace geyser::detail
