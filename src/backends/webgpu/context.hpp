// The adopted device: Dawn's functions, references of the caller's objects, what waits to be given back to Dawn.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "backends/webgpu/dispatch.hpp"
#include "core/backend.hpp"

namespace geyser::webgpu {

/// What Dawn reports out of turn. Shared by a Device and the managers made from it. Threading: any thread.
struct Events {
  std::mutex mutex;
  std::string lost;  ///< guarded by mutex
  std::atomic<std::uint64_t> uncaptured{0};
  [[nodiscard]] std::string lost_reason();
};

/// Ownership: references of instance, device and queue. Threading: see Entered.
class Context {
 public:
  static Result<std::shared_ptr<Context>> adopt(const AdoptInfo& info, std::shared_ptr<Events> events);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  enum class Object : std::uint8_t { memory, texture, fence, buffer };
  /// Gives a reference back to Dawn: now where any thread may, else with the next call into Dawn. Null is ignored.
  void bury(Object kind, void* object) noexcept;
  [[nodiscard]] bool has(WGPUFeatureName feature) const noexcept { return wgpu.DeviceHasFeature(device, feature) != 0U; }
  /// False: one thread at a time, and nobody locks.
  [[nodiscard]] bool any_thread() const noexcept { return synchronized_ || lock_ != nullptr; }
  /// Whether destructors may call into Dawn by themselves: not with a lock of the caller's, which he may hold.
  [[nodiscard]] bool may_enter_unasked() const noexcept;

  Functions wgpu;
  GetProcAddress get_proc_address = nullptr;
  WGPUInstance instance = nullptr;
  WGPUDevice device = nullptr;
  WGPUQueue queue = nullptr;
  WGPULimits limits{};
  std::shared_ptr<Events> events;  ///< null for a device of the caller's

 private:
  friend class Entered;
  Context() = default;
  void release(Object kind, void* object) const noexcept;
  void empty_graveyard() noexcept;

  WGPUFuture lost_{};
  bool synchronized_ = false;
  DeviceLock* lock_ = nullptr;
  std::mutex mutex_;
  std::atomic<std::thread::id> owner_{};
  std::mutex graveyard_mutex_;
  std::vector<std::pair<Object, void*>> graveyard_;
};

/// One call of the library into Dawn. Holds the context's mutex and the caller's lock.
class Entered {
 public:
  /// Gives back what was buried. Errors: device_lost.
  static Result<Entered> enter(Context& context);
  Entered(Entered&& other) noexcept : context_(std::exchange(other.context_, nullptr)) {}
  Entered& operator=(Entered&&) = delete;
  Entered(const Entered&) = delete;
  Entered& operator=(const Entered&) = delete;
  ~Entered() {
    if (context_ != nullptr) unlock();
  }
  [[nodiscard]] Context& context() const noexcept { return *context_; }
  [[nodiscard]] const Functions& wgpu() const noexcept { return context_->wgpu; }
  /// Errors: device_lost with Dawn's reason.
  [[nodiscard]] Result<void> check_alive() const;

  /// Until the future is ready. Locks are let go while it sleeps, and Dawn calls no callback of the caller's. Errors: timed_out,
  /// device_lost.
  [[nodiscard]] Result<void> wait(WGPUFuture future, std::chrono::nanoseconds timeout, std::string_view what);
  /// Until all that was submitted so far is done. Errors: as wait().
  [[nodiscard]] Result<void> finish(std::chrono::nanoseconds timeout);

 private:
  explicit Entered(Context& context) : context_(&context) { lock(); }
  void lock() const;
  void unlock() const noexcept;
  Context* context_;
};

}  // namespace geyser::webgpu
