#include "backends/webgpu/context.hpp"

#include <algorithm>

#include "backends/webgpu/errors.hpp"
#include "core/message.hpp"
#include "geyser/log.hpp"

namespace geyser::webgpu {
namespace {

using detail::text;
using Clock = std::chrono::steady_clock;

Error missing_handle(std::string_view field) {
  return Error(Errc::invalid_argument, text("AdoptInfo::", field, " is null; pass the one that is to be adopted."));
}

}  // namespace

std::string Events::lost_reason() {
  const std::lock_guard lock(mutex);
  return lost;
}

Result<std::shared_ptr<Context>> Context::adopt(const AdoptInfo& info, std::shared_ptr<Events> events) {
  if (info.header != header_fingerprint()) {
    return Error(Errc::invalid_argument,
                 text("AdoptInfo::header is 0x", std::hex, info.header, ", but this library was compiled with another webgpu.h (0x",
                      header_fingerprint(), "); build both with the same GEYSER_WEBGPU_INCLUDE_DIR."));
  }
  if (info.instance == nullptr) return missing_handle("instance");
  if (info.device == nullptr) return missing_handle("device");
  if (info.partner == nullptr) {
    return Error(
        Errc::invalid_argument,
        "AdoptInfo::partner is null, but Dawn makes nothing that can be handed over; pass a manager of Vulkan (Windows: Direct3D 12, "
        "Apple: Metal) on the same device.");
  }
  auto functions = Functions::load(info.get_proc_address);
  if (!functions) return std::move(functions).error();
  std::shared_ptr<Context> made(new Context());
  made->wgpu = *functions;
  made->get_proc_address = proc_address(info.get_proc_address)->function;
  made->lock_ = info.lock;
  made->events = std::move(events);
  made->wgpu.InstanceAddRef(info.instance);
  made->instance = info.instance;
  made->wgpu.DeviceAddRef(info.device);
  made->device = info.device;
  made->lost_ = made->wgpu.DeviceGetLostFuture(info.device);
  auto entered = Entered::enter(*made);
  if (!entered) return std::move(entered).error();
  made->synchronized_ = made->has(WGPUFeatureName_ImplicitDeviceSynchronization);
  made->queue = made->wgpu.DeviceGetQueue(info.device);
  if (made->wgpu.DeviceGetLimits(info.device, &made->limits) != WGPUStatus_Success) {
    return Error(Errc::invalid_argument, "wgpuDeviceGetLimits fails; AdoptInfo::device is no device of this Dawn.");
  }
  return made;
}

Context::~Context() {
  if (lock_ != nullptr) lock_->lock();
  empty_graveyard();
  if (queue != nullptr) wgpu.QueueRelease(queue);
  if (device != nullptr) wgpu.DeviceRelease(device);
  if (instance != nullptr) wgpu.InstanceRelease(instance);
  if (lock_ != nullptr) lock_->unlock();
}

bool Context::may_enter_unasked() const noexcept {
  return synchronized_ && lock_ == nullptr && owner_.load(std::memory_order_relaxed) != std::this_thread::get_id();
}

void Context::release(Object kind, void* object) const noexcept {
  switch (kind) {
    case Object::memory:
      return wgpu.SharedTextureMemoryRelease(static_cast<WGPUSharedTextureMemory>(object));
    case Object::texture:
      return wgpu.TextureRelease(static_cast<WGPUTexture>(object));
    case Object::fence:
      return wgpu.SharedFenceRelease(static_cast<WGPUSharedFence>(object));
    case Object::buffer:
      return wgpu.BufferRelease(static_cast<WGPUBuffer>(object));
  }
}

void Context::bury(Object kind, void* object) noexcept {
  if (object == nullptr) return;
  if (may_enter_unasked()) {
    const std::lock_guard lock(mutex_);
    return release(kind, object);
  }
  const std::lock_guard lock(graveyard_mutex_);
  try {
    graveyard_.emplace_back(kind, object);
  } catch (const std::bad_alloc&) {
    log(LogLevel::error, "An object of Dawn's is left to its device, because no host memory is left to remember it with.");
  }
}

void Context::empty_graveyard() noexcept {
  std::vector<std::pair<Object, void*>> buried;
  {
    const std::lock_guard lock(graveyard_mutex_);
    if (graveyard_.empty()) return;
    buried.swap(graveyard_);
  }
  for (const auto& [kind, object] : buried) release(kind, object);
}

Result<Entered> Entered::enter(Context& context) {
  Entered entered(context);
  context.empty_graveyard();
  if (auto ok = entered.check_alive(); !ok) return std::move(ok).error();
  return entered;
}

void Entered::lock() const {
  context_->mutex_.lock();
  context_->owner_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  if (context_->lock_ != nullptr) context_->lock_->lock();
}

void Entered::unlock() const noexcept {
  if (context_->lock_ != nullptr) context_->lock_->unlock();
  context_->owner_.store(std::thread::id(), std::memory_order_relaxed);
  context_->mutex_.unlock();
}

Result<void> Entered::check_alive() const {
  WGPUFutureWaitInfo lost{.future = context_->lost_, .completed = 0U};
  if (wgpu().InstanceWaitAny(context_->instance, 1, &lost, 0) != WGPUWaitStatus_Success || lost.completed == 0U) return {};
  const std::string reason = context_->events ? context_->events->lost_reason() : std::string();
  return Error(Errc::device_lost,
               reason.empty() ? std::string("Dawn's device is lost; why was told to the callback that it was made with.")
                              : text("Dawn's device is lost: ", reason),
               ErrorDomain::webgpu);
}

Result<void> Entered::wait(WGPUFuture future, std::chrono::nanoseconds timeout, std::string_view what) {
  const auto deadline = Clock::now() + timeout;
  std::chrono::nanoseconds pause{10'000};
  constexpr std::chrono::nanoseconds longest_pause{500'000};
  for (;;) {
    WGPUFutureWaitInfo info{.future = future, .completed = 0U};
    const auto status = wgpu().InstanceWaitAny(context_->instance, 1, &info, 0);
    if (status == WGPUWaitStatus_Success && info.completed != 0U) return {};
    if (status == WGPUWaitStatus_Error) {
      return Error(Errc::invalid_argument, text("wgpuInstanceWaitAny fails for ", what, "; device and instance do not belong together."),
                   ErrorDomain::webgpu);
    }
    if (auto ok = check_alive(); !ok) return ok;
    if (Clock::now() >= deadline) {
      return Error(Errc::timed_out,
                   text("Dawn did not finish ", what, " within ", std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count(),
                        " ms; does somebody still have to signal a semaphore that it waits for?"));
    }
    unlock();
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, longest_pause);
    lock();
  }
}

Result<void> Entered::finish(std::chrono::nanoseconds timeout) {
  WGPUQueueWorkDoneCallbackInfo info{};
  info.mode = WGPUCallbackMode_WaitAnyOnly;
  info.callback = ignore_result;
  return wait(wgpu().QueueOnSubmittedWorkDone(context_->queue, info), timeout, "its commands");
}

}  // namespace geyser::webgpu
