#include "backends/cuda/sync.hpp"

#include <algorithm>

#include "core/message.hpp"
#include "geyser/log.hpp"
#include "geyser/manager.hpp"

namespace geyser::cuda {
namespace {

using detail::Private;
using detail::text;

std::chrono::nanoseconds left(Clock::time_point deadline) noexcept {
  return std::max(std::chrono::nanoseconds::zero(), std::chrono::nanoseconds(deadline - Clock::now()));
}

Result<void> timed_out(std::string_view what) {
  return Error(Errc::timed_out, text(what, " was not signalled in time; does the other side still run?"));
}

/// Runs in a thread of the driver's: no CUDA call is allowed there, so it holds the page alone and not what the semaphore belongs to.
struct HostSignal {
  std::shared_ptr<detail::HostTimeline> timeline;
  std::uint64_t value;
  static void run(void* data) {
    const std::unique_ptr<HostSignal> self(static_cast<HostSignal*>(data));
    self->timeline->signal(self->value);
  }
};

}  // namespace

DeviceSemaphore::~DeviceSemaphore() {
  const Current current(*context_);
  if (!current) return;
  bool waiting = pending_.waiting;
  if (waiting && begin_wait()) waiting = !pending_.event->wait(Clock::now());
  pending_.event.reset();
  if (pending_.stream != nullptr) static_cast<void>(context_->cu().stream_destroy(pending_.stream));
  if (waiting) {
    log(LogLevel::error, "A binary semaphore is destroyed while a wait for it that timed out is still pending; it stays allocated.");
    return;
  }
  static_cast<void>(context_->cu().external_semaphore_destroy(native_));
}

Result<void> DeviceSemaphore::enqueue_wait(api::Stream stream, std::uint64_t value) {
  if (kind_ == SemaphoreKind::binary) {
    const std::lock_guard lock(mutex_);
    if (pending_.waiting) {  // a host wait that timed out will consume the signal: this stream follows it
      if (auto ok = begin_wait(); !ok) return ok;
      const auto status = context_->cu().stream_wait_event(stream, pending_.event->handle(), 0);
      if (status != api::Status::success) return context_->error(status, "cuStreamWaitEvent");
      return {};
    }
  }
  api::ExternalSemaphoreParams params{};
  params.params.value = value;
  const auto status = context_->cu().external_semaphore_wait(&native_, &params, 1, stream);
  return status == api::Status::success ? Result<void>() : context_->error(status, "cuWaitExternalSemaphoresAsync");
}

Result<void> DeviceSemaphore::enqueue_signal(api::Stream stream, std::uint64_t value) {
  api::ExternalSemaphoreParams params{};
  params.params.value = kind_ == SemaphoreKind::binary ? 0 : value;
  const auto status = context_->cu().external_semaphore_signal(&native_, &params, 1, stream);
  return status == api::Status::success ? Result<void>() : context_->error(status, "cuSignalExternalSemaphoresAsync");
}

Result<void> DeviceSemaphore::begin_wait() {
  const Dispatch& cu = context_->cu();
  if (pending_.stream == nullptr) {
    const auto status = cu.stream_create(&pending_.stream, api::stream_non_blocking);
    if (status != api::Status::success) {
      pending_.stream = nullptr;
      return context_->error(status, "cuStreamCreate");
    }
  }
  if (!pending_.waiting) {
    api::ExternalSemaphoreParams params{};
    const auto status = cu.external_semaphore_wait(&native_, &params, 1, pending_.stream);
    if (status != api::Status::success) return context_->error(status, "cuWaitExternalSemaphoresAsync");
    pending_.waiting = true;
  }
  if (pending_.event) return {};
  Event event(*context_);
  if (auto ok = event.record(pending_.stream); !ok) return ok;
  pending_.event.emplace(std::move(event));
  return {};
}

Result<void> DeviceSemaphore::wait_on_host(Clock::time_point deadline) {
  const Current current(*context_);
  if (!current) return current.error();
  const std::lock_guard lock(mutex_);
  if (auto ok = begin_wait(); !ok) return ok;
  auto waited = pending_.event->wait(deadline);
  if (!waited) return waited.error().code() == Errc::timed_out ? timed_out("The binary semaphore") : std::move(waited);
  pending_.event.reset();
  pending_.waiting = false;
  return {};
}

Result<std::uint64_t> LoneSemaphore::value() { return Error(Errc::invalid_argument, "A binary semaphore has no counter."); }
Result<void> LoneSemaphore::signal(std::uint64_t) {
  return Error(Errc::invalid_argument, "A binary semaphore is signalled by a queue or stream, not by the host.");
}
Result<void> LoneSemaphore::wait(std::uint64_t, std::chrono::nanoseconds timeout) {
  auto ok = device.wait_on_host(Clock::now() + timeout);
  if (ok) signal_pending.store(false);
  return ok;
}

DeviceSemaphore* device_semaphore(detail::SemaphoreContents& semaphore) noexcept {
  if (auto* partnered = dynamic_cast<PartneredDeviceSemaphore*>(&semaphore)) return &partnered->device;
  if (auto* lone = dynamic_cast<LoneSemaphore*>(&semaphore)) return &lone->device;
  return nullptr;
}

Result<void> wait_for_points(const Context&, std::span<const SyncPoint> points, api::Stream stream, Clock::time_point deadline,
                             bool bounded) {
  // The host's part first: when it times out, nothing has been put into the stream.
  for (const auto& point : points) {
    if (point.semaphore.kind() == SemaphoreKind::binary) continue;
    if (device_semaphore(*Private::contents(point.semaphore)) != nullptr && !bounded) continue;
    if (auto ok = point.semaphore.wait(point.value, left(deadline)); !ok) return ok;
  }
  for (std::size_t i = 0; i < points.size(); ++i) {
    auto& contents = *Private::contents(points[i].semaphore);
    DeviceSemaphore* device = device_semaphore(contents);
    if (device == nullptr) continue;
    const bool binary = device->kind() == SemaphoreKind::binary;
    if (!binary && points[i].value == 0) continue;
    const auto before = points.first(i);
    if (binary && std::any_of(before.begin(), before.end(), [&](const auto& p) { return p.semaphore == points[i].semaphore; })) continue;
    auto ok = binary && bounded ? device->wait_on_host(deadline) : device->enqueue_wait(stream, binary ? 0 : points[i].value);
    if (!ok) return ok;
    if (binary) contents.signal_pending.store(false);
  }
  return {};
}

Result<void> signal_in_stream(const Context& context, detail::SemaphoreContents& semaphore, std::uint64_t value, api::Stream stream) {
  if (DeviceSemaphore* device = device_semaphore(semaphore)) {
    auto ok = device->enqueue_signal(stream, value);
    if (ok && device->kind() == SemaphoreKind::binary) semaphore.signal_pending.store(true);
    return ok;
  }
  auto signal = std::make_unique<HostSignal>(HostSignal{static_cast<detail::HostSemaphore&>(semaphore).timeline(), value});
  const auto status = context.cu().host_function(stream, &HostSignal::run, signal.get());
  if (status != api::Status::success) return context.error(status, "cuLaunchHostFunc");
  static_cast<void>(signal.release());  // run() frees it
  return {};
}

}  // namespace geyser::cuda
