// What a way from one device to another costs.
#pragma once

#include <chrono>
#include <cstdint>

#include "crossing/carrier.hpp"

namespace geyser::detail {

struct LinkMeasurement {
  Transport transport = Transport::none;
  std::uint64_t frame_bytes = 0;
  std::uint32_t frames = 0;            ///< carried and timed, one after the other
  std::chrono::nanoseconds median{0};  ///< from the copy's begin until the target has it all
  std::chrono::nanoseconds fastest{0};
  double bytes_per_second = 0;  ///< frame_bytes in the median time
};

/// Carries an RGBA8 texture of `extent` with random content from the carrier's source to its target, again and again for about `time`, at
/// least 5 and at most 1000 times behind two that are not timed, and compares what arrived, once. Threading: as the carrier's.
/// Valid usage: `extent` is one that validate() accepts for a d2 texture; `time` above 0 and at most a minute (both checked).
/// Errors: invalid_argument; internal when other content arrives; as create_shareable_texture(), upload(), read_back() and carry().
[[nodiscard]] GEYSER_INTERNAL_API Result<LinkMeasurement> measure_link(Carrier& carrier, Extent3D extent, std::chrono::nanoseconds time);

}  // namespace geyser::detail
