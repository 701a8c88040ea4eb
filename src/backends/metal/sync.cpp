#include "backends/metal/sync.hpp"

#include <algorithm>

#include "core/message.hpp"
#include "geyser/log.hpp"
#include "geyser/manager.hpp"

namespace geyser::metal {
namespace {

using detail::Private;
using detail::text;

// A notification that the system loses, or that a removed device never gives, delays by no more than this.
constexpr std::chrono::milliseconds longest_sleep{100};

std::chrono::nanoseconds left(Clock::time_point deadline) noexcept {
  return std::max(std::chrono::nanoseconds::zero(), std::chrono::nanoseconds(deadline - Clock::now()));
}

}  // namespace

EventSemaphore::EventSemaphore(std::shared_ptr<detail::Backend> backend, std::shared_ptr<Context> context,
                               std::shared_ptr<api::Event> event, bool imported)
    : SemaphoreContents(std::move(backend), SemaphoreKind::timeline, imported),
      context_(std::move(context)),
      event_(std::move(event)),
      waiters_(std::make_shared<Waiters>()) {}

Result<std::uint64_t> EventSemaphore::value() {
  if (auto ok = context_->alive(); !ok) return std::move(ok).error();
  return event_->value();
}

Result<void> EventSemaphore::signal(std::uint64_t value) {
  if (auto ok = context_->alive(); !ok) return ok;
  event_->set_value(value);
  return {};
}

Result<void> EventSemaphore::wait(std::uint64_t value, std::chrono::nanoseconds timeout) {
  const auto now = Clock::now();
  // A time-out of the caller's may be longer than a time_point can say.
  const auto deadline =
      timeout > Clock::time_point::max() - now ? Clock::time_point::max() : now + std::chrono::duration_cast<Clock::duration>(timeout);
  while (true) {
    const std::uint64_t reached = event_->value();
    if (reached >= value) return {};
    if (auto ok = context_->alive(); !ok) return ok;
    const auto rest = left(deadline);
    if (rest == std::chrono::nanoseconds::zero()) {
      return Error(Errc::timed_out,
                   text("The timeline is at ", reached, " and did not reach ", value, " within ",
                        std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count(), " ms; does the other side still run?"));
    }
    bool ask = false;
    {
      // One notification for each value: a caller that waits in short steps must not pile them up in the system.
      const std::lock_guard lock(waiters_->mutex);
      ask = waiters_->asked.insert(value).second;
    }
    if (ask) {
      event_->notify(value, [waiters = waiters_, value] {
        {
          const std::lock_guard lock(waiters->mutex);
          waiters->asked.erase(value);
        }
        waiters->reached.notify_all();
      });
    }
    std::unique_lock lock(waiters_->mutex);
    if (!waiters_->asked.contains(value)) continue;  // reached meanwhile
    waiters_->reached.wait_for(lock, std::min<std::chrono::nanoseconds>(rest, longest_sleep));
  }
}

api::Event* device_event(detail::SemaphoreContents& semaphore) noexcept {
  auto* event = dynamic_cast<EventSemaphore*>(&semaphore);
  return event == nullptr ? nullptr : &event->event();
}

Result<void> wait_for_points(std::span<const SyncPoint> points, api::CommandBuffer& commands, Clock::time_point deadline, bool bounded) {
  // The host's part first: when it times out, nothing has been encoded.
  for (const SyncPoint& point : points) {
    if (device_event(*Private::contents(point.semaphore)) != nullptr && !bounded) continue;
    if (auto ok = point.semaphore.wait(point.value, left(deadline)); !ok) return ok;
  }
  for (const SyncPoint& point : points) {
    api::Event* event = device_event(*Private::contents(point.semaphore));
    if (event != nullptr && point.value != 0) commands.encode_wait(*event, point.value);
  }
  return {};
}

void signal_after(const std::shared_ptr<Context>& context, detail::SemaphoreContents& semaphore, std::uint64_t value,
                  api::CommandBuffer& commands) {
  if (api::Event* event = device_event(semaphore)) {
    commands.encode_signal(*event, value);
    watch(context, commands);
    return;
  }
  // Runs in a thread of the system's: it holds the page alone, since dropping the semaphore can drop a whole device.
  auto timeline = static_cast<detail::HostSemaphore&>(semaphore).timeline();
  commands.on_completed([context, timeline, value](const api::Completion& ended) {
    if (auto ok = context->judge(ended); !ok) {
      log(LogLevel::error, text(ok.error().message(), " The host timeline stays below ", value, "."));
      return;
    }
    timeline->signal(value);
  });
}

void watch(const std::shared_ptr<Context>& context, api::CommandBuffer& commands) {
  commands.on_completed([context](const api::Completion& ended) {
    if (auto ok = context->judge(ended); !ok) log(LogLevel::error, std::string(ok.error().message()));
  });
}

}  // namespace geyser::metal
