// One device and the context that everything of a manager lives in.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "backends/cuda/dispatch.hpp"
#include "geyser/cuda.hpp"

namespace geyser::cuda {

/// What the device can do, asked once. A limit of 0 is one that the driver does not tell.
struct Features {
  bool vmm = false;  ///< memory of its own that can be handed over
  bool host_register = false;
  bool read_only_host_register = false;
  bool timeline_semaphores = false;
  std::size_t vmm_granularity = 0;  ///< bytes
  std::uint64_t memory = 0;         ///< bytes
  struct {
    std::uint32_t d2[2], mipmapped[2], layered[3], cube, cube_layered[2], d3[3];  // width, height or layers, depth or layers
  } max{};
};

/// Ownership: releases a primary context that it retained, destroys one that it made; a caller's context stays the caller's. Threading: any
/// thread.
class Context {
 public:
  /// Errors: as cuda::create_manager().
  [[nodiscard]] static Result<std::shared_ptr<Context>> create(const AdoptInfo& info);
  /// A context of the library's own, destroyed with the last owner: nothing in it meets the program's own, not even where both are on one
  /// device. Errors: not_found (no such device), unsupported_feature (a driver without peer copies), out_of_memory, os_error.
  [[nodiscard]] static Result<std::shared_ptr<Context>> create_private(const Uuid& device);
  Context(std::shared_ptr<Driver> opened, api::Device which) noexcept : driver(std::move(opened)), device(which) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context();

  [[nodiscard]] const Dispatch& cu() const noexcept { return driver->cu; }
  [[nodiscard]] Error error(api::Status status, std::string_view call) const { return cuda_error(*driver, status, call); }
  /// Memory on this device that can be handed over.
  [[nodiscard]] api::AllocationProperties shareable_memory() const noexcept;
  /// Whether the driver makes arrays of that format at all: older ones know no block-compressed and no 10-bit arrays. Asked once.
  [[nodiscard]] bool makes_arrays(api::ArrayFormat format, unsigned channels);

  std::shared_ptr<Driver> driver;
  api::Device device;
  api::Context handle = nullptr;
  bool retained = false;  ///< a primary context that is released
  bool made = false;      ///< a context that is destroyed
  api::Stream stream = nullptr;
  DeviceIdentity identity;
  Features features;

 private:
  std::mutex probed_mutex_;
  std::vector<std::pair<api::ArrayFormat, bool>> probed_;  // guarded by probed_mutex_
};

/// Makes the context current in this thread for its own length, and puts back what was current.
class Current {
 public:
  explicit Current(const Context& context) noexcept;
  Current(const Current&) = delete;
  Current& operator=(const Current&) = delete;
  ~Current();
  /// False when the context is gone: destroyed by its owner, or the driver shuts down with the process.
  explicit operator bool() const noexcept { return status_ == api::Status::success; }
  [[nodiscard]] Error error() const { return context_.error(status_, "cuCtxPushCurrent"); }

 private:
  const Context& context_;
  api::Status status_;
};

using Clock = std::chrono::steady_clock;

/// An event of the context that is current. Ownership: destroyed with the object, in the same context.
class Event {
 public:
  explicit Event(const Context& context) noexcept : context_(&context) {}
  Event(Event&& other) noexcept : context_(other.context_), event_(std::exchange(other.event_, nullptr)) {}
  Event& operator=(Event&& other) noexcept {
    std::swap(context_, other.context_);
    std::swap(event_, other.event_);
    return *this;
  }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event();
  /// Behind everything in `stream` so far.
  [[nodiscard]] Result<void> record(api::Stream stream);
  /// Errors: timed_out, device_lost.
  [[nodiscard]] Result<void> wait(Clock::time_point deadline) const;
  [[nodiscard]] api::Event handle() const noexcept { return event_; }

 private:
  const Context* context_;
  api::Event event_ = nullptr;
};

/// Waits on the host until everything in `stream` so far is done. The context is current. Errors: timed_out, device_lost.
[[nodiscard]] Result<void> finish(const Context& context, api::Stream stream, Clock::time_point deadline);

/// Name, UUID and place of a device. Errors: as the driver's.
[[nodiscard]] Result<DeviceIdentity> identify(const Driver& driver, api::Device device);

}  // namespace geyser::cuda
