// Semaphores: the driver's own, of opaque file descriptors, and host timelines. What a device cannot do alone (make one that can be handed
// over, read a timeline on the host) a partner does.
#pragma once

#include <mutex>
#include <optional>

#include "backends/cuda/context.hpp"
#include "core/host_semaphore.hpp"
#include "core/partner.hpp"

namespace geyser::cuda {

/// A CUexternalSemaphore. Ownership: destroys it. Threading: any thread.
class DeviceSemaphore {
 public:
  DeviceSemaphore(std::shared_ptr<Context> context, api::ExternalSemaphore native, SemaphoreKind kind) noexcept
      : context_(std::move(context)), native_(native), kind_(kind) {}
  DeviceSemaphore(const DeviceSemaphore&) = delete;
  DeviceSemaphore& operator=(const DeviceSemaphore&) = delete;
  ~DeviceSemaphore();
  [[nodiscard]] api::ExternalSemaphore native() const noexcept { return native_; }
  [[nodiscard]] SemaphoreKind kind() const noexcept { return kind_; }
  /// Makes `stream` wait. The context is current. Errors: device_lost.
  [[nodiscard]] Result<void> enqueue_wait(api::Stream stream, std::uint64_t value);
  [[nodiscard]] Result<void> enqueue_signal(api::Stream stream, std::uint64_t value);
  /// Binary: waits on the host, in a stream of its own, and consumes the signal. A wait that times out stays pending, and the next wait
  /// takes it over: a binary signal cannot be waited for twice. Errors: timed_out, device_lost.
  [[nodiscard]] Result<void> wait_on_host(Clock::time_point deadline);

 private:
  /// A wait of the host's that is in a stream of the semaphore's own.
  struct Pending {
    api::Stream stream = nullptr;
    bool waiting = false;        ///< the wait is in the stream
    std::optional<Event> event;  ///< behind the wait; empty also when it could not be recorded
  };
  Result<void> begin_wait();
  std::shared_ptr<Context> context_;
  api::ExternalSemaphore native_;
  SemaphoreKind kind_;
  std::mutex mutex_;
  Pending pending_;  // guarded by mutex_
};

/// With a partner: timeline and binary.
class PartneredDeviceSemaphore final : public detail::PartneredSemaphore {
 public:
  PartneredDeviceSemaphore(std::shared_ptr<detail::Backend> backend, SharedSemaphore twin, bool imported, std::shared_ptr<Context> context,
                           api::ExternalSemaphore native)
      : PartneredSemaphore(std::move(backend), std::move(twin), imported), device(std::move(context), native, kind()) {}
  DeviceSemaphore device;
};
/// Without one: binary.
class LoneSemaphore final : public detail::SemaphoreContents {
 public:
  LoneSemaphore(std::shared_ptr<detail::Backend> backend, std::shared_ptr<Context> context, api::ExternalSemaphore native)
      : SemaphoreContents(std::move(backend), SemaphoreKind::binary, true), device(std::move(context), native, SemaphoreKind::binary) {}
  Result<std::uint64_t> value() override;
  Result<void> signal(std::uint64_t value) override;
  Result<void> wait(std::uint64_t value, std::chrono::nanoseconds timeout) override;
  DeviceSemaphore device;
};

/// The driver's semaphore behind a public one; null for host timelines. The semaphore is one of a CUDA manager (the front checked).
[[nodiscard]] DeviceSemaphore* device_semaphore(detail::SemaphoreContents& semaphore) noexcept;

/// Makes `stream` wait for the points: on the device, and on the host for host timelines. With `bounded`, timelines are waited for on the
/// host first, so that nothing can hang in the stream. The context is current. Errors: timed_out, device_lost.
[[nodiscard]] Result<void> wait_for_points(const Context& context, std::span<const SyncPoint> points, api::Stream stream,
                                           Clock::time_point deadline, bool bounded);
/// Signals behind everything in `stream`. The context is current. Errors: device_lost, out_of_memory.
[[nodiscard]] Result<void> signal_in_stream(const Context& context, detail::SemaphoreContents& semaphore, std::uint64_t value,
                                            api::Stream stream);

/// external_semaphore_fd.cpp. Gives the driver a duplicate of the handle's descriptor.
[[nodiscard]] Result<api::ExternalSemaphore> import_semaphore_fd(const Context& context, const SemaphoreHandle& handle);

}  // namespace geyser::cuda
