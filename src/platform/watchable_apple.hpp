// What a Watchable means on Apple's systems: sets of ports, or one descriptor.
#pragma once

#include <algorithm>
#include <chrono>
#include <ctime>

#include "platform/socket.hpp"

namespace geyser::platform {

/// In the place of a set's name, where Watchable::readable is a descriptor. No port has this name, and it is not "none".
inline constexpr OsHandle::Value descriptor_mark = -2;

[[nodiscard]] inline Watchable watch_descriptor(int fd) noexcept { return {fd, descriptor_mark}; }
[[nodiscard]] inline bool is_descriptor(Watchable what) noexcept { return what.writable == descriptor_mark; }

/// The kernel takes no time of any length; who waits longer asks again.
inline constexpr std::chrono::nanoseconds longest_kevent = std::chrono::hours(1);
[[nodiscard]] inline timespec as_timespec(std::chrono::nanoseconds time) noexcept {
  time = std::clamp(time, std::chrono::nanoseconds::zero(), longest_kevent);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  timespec value{};
  value.tv_sec = static_cast<time_t>(seconds.count());
  value.tv_nsec = static_cast<long>((time - seconds).count());
  return value;
}

}  // namespace geyser::platform
