// What timeline_ipc_producer and timeline_ipc_consumer have agreed on.
//
// A ring of three textures. `written` counts frames drawn (producer -> consumer), `released` counts frames checked (consumer -> producer).
// Frame n uses texture n mod 3; drawing it waits on the GPU for released >= n - 3, reading it waits on the GPU for written >= n.
//
// Over the Channel, once: three textures and `written` to the consumer, `released` back. Then one small message a frame, with its number
// and the time of its submit, and at the end the consumer's verdict. Pixels never touch the Channel, and no message orders them: the
// timelines do.
#pragma once

#include "examples/support/numbered_picture.hpp"

namespace plan {

inline constexpr char default_name[] = "geyser-timeline-example";
inline constexpr std::chrono::nanoseconds patience = std::chrono::seconds(60);  // a person starts the other program
inline constexpr std::uint64_t ring_size = 3;
inline constexpr example::NumberedPicture picture{640, 360};

/// Instead of a frame's number: to be skipped. Sending it fails when nobody is there.
inline constexpr std::uint64_t are_you_there = 0;

/// Steady time is the same in all processes of a machine.
[[nodiscard]] inline std::uint64_t now_nanoseconds() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count());
}

}  // namespace plan
