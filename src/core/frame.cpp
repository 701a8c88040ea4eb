// Names and clocks of streams: plain values that every room uses.
#include "geyser/frame.hpp"

#include "geyser/directory.hpp"
#include "geyser/subscriber.hpp"

namespace geyser {
namespace {

template <class Clock>
[[nodiscard]] std::int64_t nanoseconds_of() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch()).count();
}

}  // namespace

std::string_view to_string(ClockType clock) noexcept {
  switch (clock) {
    case ClockType::monotonic:
      return "monotonic";
    case ClockType::realtime:
      return "realtime";
    case ClockType::media:
      return "media";
  }
  return "unknown";
}

Timestamp Timestamp::now(ClockType clock) noexcept {
  switch (clock) {
    case ClockType::monotonic:
      return {nanoseconds_of<std::chrono::steady_clock>(), clock};
    case ClockType::realtime:
      return {nanoseconds_of<std::chrono::system_clock>(), clock};
    case ClockType::media:
      break;
  }
  return {0, clock};
}

std::string_view to_string(Pacing pacing) noexcept {
  switch (pacing) {
    case Pacing::latest:
      return "latest";
    case Pacing::queue:
      return "queue";
    case Pacing::lockstep:
      return "lockstep";
  }
  return "unknown";
}

std::string_view to_string(Transport transport) noexcept {
  switch (transport) {
    case Transport::none:
      return "none";
    case Transport::zero_copy:
      return "zero_copy";
    case Transport::host_bridge:
      return "host_bridge";
    case Transport::peer_copy:
      return "peer_copy";
    case Transport::pinned_copy:
      return "pinned_copy";
    case Transport::host_copy:
      return "host_copy";
  }
  return "unknown";
}

std::string_view to_string(SubscriberState state) noexcept {
  switch (state) {
    case SubscriberState::attached:
      return "attached";
    case SubscriberState::waiting:
      return "waiting";
    case SubscriberState::ended:
      return "ended";
  }
  return "unknown";
}

}  // namespace geyser
