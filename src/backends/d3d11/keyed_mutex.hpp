// The keyed mutex of a texture: who may use it now, across devices, APIs and processes.
#pragma once

#include <mutex>

#include "backends/d3d11/context.hpp"

namespace geyser::d3d11 {

/// Key 0 both ways: exclusion and no order, since order is what points are for. Reads of one texture share one acquisition.
/// Ownership: gives the mutex back when it still holds it. Threading: any thread.
class KeyedMutex {
 public:
  KeyedMutex(std::shared_ptr<Context> context, Com<IDXGIKeyedMutex> native) noexcept
      : context_(std::move(context)), native_(std::move(native)) {}
  KeyedMutex(const KeyedMutex&) = delete;
  KeyedMutex& operator=(const KeyedMutex&) = delete;
  ~KeyedMutex();
  /// With `alone`, nobody else of this process has an access open, so that what was not given back is forgotten.
  /// Errors: timed_out (somebody holds it), peer_gone (its owner died; for good), invalid_state, device_lost.
  [[nodiscard]] Result<void> acquire(Clock::time_point deadline, bool alone);
  /// Behind all commands so far, when it is the last use. Nothing when it is not held. Errors: device_lost.
  [[nodiscard]] Result<void> release();

 private:
  std::shared_ptr<Context> context_;
  Com<IDXGIKeyedMutex> native_;
  std::mutex mutex_;
  std::size_t uses_ = 0;    // guarded by mutex_
  bool abandoned_ = false;  // guarded by mutex_
};

/// Held within one copy. Ownership: gives it back.
class KeyedMutexUseScope {
 public:
  KeyedMutexUseScope() noexcept = default;
  KeyedMutexUseScope(const KeyedMutexUseScope&) = delete;
  KeyedMutexUseScope& operator=(const KeyedMutexUseScope&) = delete;
  ~KeyedMutexUseScope() {
    if (held_ != nullptr) static_cast<void>(held_->release());
  }
  [[nodiscard]] Result<void> acquire(KeyedMutex& mutex, Clock::time_point deadline) {
    auto ok = mutex.acquire(deadline, false);
    if (ok) held_ = &mutex;
    return ok;
  }
  [[nodiscard]] Result<void> release() {
    if (held_ == nullptr) return {};
    return std::exchange(held_, nullptr)->release();
  }

 private:
  KeyedMutex* held_ = nullptr;
};

}  // namespace geyser::d3d11
