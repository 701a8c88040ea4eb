// Clocks, and the names of what streams have to choose from: there in every build.
#include "geyser/frame.hpp"

#include "c/support.hpp"

using namespace geyser::c;

geyser_status geyser_timestamp_now(geyser_clock clock, geyser_timestamp* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(out)}, [&]() -> geyser::Result<void> {
    if (clock != GEYSER_CLOCK_MONOTONIC && clock != GEYSER_CLOCK_REALTIME) {
      return invalid(
          geyser::detail::text("clock is ", clock, "; it can be 1 (monotonic) or 2 (realtime): only the producer knows the media clock."));
    }
    const auto now = geyser::Timestamp::now(static_cast<geyser::ClockType>(clock));
    *out = {now.nanoseconds, clock, 0};
    return {};
  });
}
const char* geyser_clock_name(geyser_clock clock) GEYSER_NOEXCEPT { return name_of<geyser::ClockType>(clock); }
const char* geyser_pacing_name(geyser_pacing pacing) GEYSER_NOEXCEPT {
  switch (pacing) {
    case GEYSER_PACING_LATEST:
      return "latest";
    case GEYSER_PACING_QUEUE:
      return "queue";
    case GEYSER_PACING_LOCKSTEP:
      return "lockstep";
    default:
      return "unknown";
  }
}
const char* geyser_transport_name(geyser_transport transport) GEYSER_NOEXCEPT {
  switch (transport) {
    case GEYSER_TRANSPORT_NONE:
      return "none";
    case GEYSER_TRANSPORT_ZERO_COPY:
      return "zero_copy";
    case GEYSER_TRANSPORT_HOST_BRIDGE:
      return "host_bridge";
    case GEYSER_TRANSPORT_PEER_COPY:
      return "peer_copy";
    case GEYSER_TRANSPORT_PINNED_COPY:
      return "pinned_copy";
    case GEYSER_TRANSPORT_HOST_COPY:
      return "host_copy";
    default:
      return "unknown";
  }
}
const char* geyser_subscriber_state_name(geyser_subscriber_state state) GEYSER_NOEXCEPT {
  switch (state) {
    case GEYSER_SUBSCRIBER_STATE_ATTACHED:
      return "attached";
    case GEYSER_SUBSCRIBER_STATE_WAITING:
      return "waiting";
    case GEYSER_SUBSCRIBER_STATE_ENDED:
      return "ended";
    default:
      return "unknown";
  }
}
