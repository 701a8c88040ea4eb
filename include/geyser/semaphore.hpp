// Semaphores and points: who waits for whom, across APIs and processes.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "geyser/capabilities.hpp"
#include "geyser/os_handle.hpp"

namespace geyser {

namespace detail {
class SemaphoreContents;
struct Private;
}  // namespace detail

struct SemaphoreDescriptor {
  /// Which rung of the ladder; empty: the best one that this device can export.
  std::optional<SemaphoreKind> kind{};
  std::uint64_t initial_value = 0;  ///< timelines only; a binary semaphore starts unsignalled
  std::string label{};
};

/// A semaphore that another API or process can use.
/// Ownership: a reference; copies share one semaphore, which lives until the last reference and the last SyncPoint are gone.
/// Threading: any thread. A default-constructed one is empty.
class GEYSER_API SharedSemaphore {
 public:
  SharedSemaphore() noexcept = default;
  explicit operator bool() const noexcept { return contents_ != nullptr; }
  friend bool operator==(const SharedSemaphore&, const SharedSemaphore&) = default;

  /// Valid usage: not empty (checked: `host_timeline` for an empty one). Errors: none.
  [[nodiscard]] SemaphoreKind kind() const noexcept;
  /// The counter now. Errors: invalid_argument for an empty or a binary semaphore, device_lost.
  [[nodiscard]] Result<std::uint64_t> value() const;
  /// Sets a timeline's counter from the host. Valid usage: `value` is above the counter and above every pending signal (checked against the
  /// counter). Errors: invalid_argument, device_lost.
  [[nodiscard]] Result<void> signal(std::uint64_t value) const;
  /// Blocks until the counter is at least `value`, or until `timeout` is over. A binary semaphore is waited for once, with value 1, by an
  /// empty submit. Errors: timed_out naming the value reached, invalid_argument, device_lost. Units: nanoseconds; at most about 1 ms late
  /// on an idle machine.
  [[nodiscard]] Result<void> wait(std::uint64_t value, std::chrono::nanoseconds timeout) const;

 private:
  friend struct detail::Private;
  explicit SharedSemaphore(std::shared_ptr<detail::SemaphoreContents> contents) noexcept : contents_(std::move(contents)) {}
  std::shared_ptr<detail::SemaphoreContents> contents_;
};

/// "This semaphore reaches this value." Binary semaphores always have value 1, and each point of one is waited for once.
/// Ownership: keeps the semaphore alive. Threading: value type.
struct SyncPoint {
  SharedSemaphore semaphore;
  std::uint64_t value = 0;
  friend bool operator==(const SyncPoint&, const SyncPoint&) = default;
};

/// A short list of points that needs no allocation up to eight.
/// Threading: value type, one thread per object. Errors: none.
class GEYSER_API SyncPointList {
 public:
  static constexpr std::size_t inline_capacity = 8;
  SyncPointList() noexcept = default;
  SyncPointList(std::initializer_list<SyncPoint> points);
  explicit SyncPointList(std::span<const SyncPoint> points);
  void push_back(SyncPoint point);
  void append(std::span<const SyncPoint> points);
  void clear() noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return overflow_.empty() ? size_ : overflow_.size(); }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  [[nodiscard]] const SyncPoint* begin() const noexcept { return overflow_.empty() ? inline_.data() : overflow_.data(); }
  [[nodiscard]] const SyncPoint* end() const noexcept { return begin() + size(); }
  [[nodiscard]] const SyncPoint& operator[](std::size_t i) const noexcept { return begin()[i]; }
  operator std::span<const SyncPoint>() const noexcept { return {begin(), size()}; }  // NOLINT(google-explicit-constructor)

 private:
  std::array<SyncPoint, inline_capacity> inline_{};
  std::size_t size_ = 0;
  std::vector<SyncPoint> overflow_;  // all of them, once there are more than inline_capacity
};

/// A semaphore on its way to another API, device or process: owns the OS handle and says what it is.
/// Ownership: move-only; import consumes it only on success. Threading: distinct objects are independent.
struct SemaphoreHandle {
  SemaphoreKind kind = SemaphoreKind::timeline;
  SemaphoreHandleType type = SemaphoreHandleType::none;
  DeviceIdentity exporter;  ///< compared before the driver sees the handle
  OsHandle handle;          ///< sync_fd: none means "already signalled", as in Vulkan
};

}  // namespace geyser
