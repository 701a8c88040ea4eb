// Small things that every file here needs.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <stdexcept>
#include <string>
#include <vector>

#include "geyser/result.hpp"

namespace geyser::bench {

/// CLOCK_MONOTONIC, the same in every process. Units: nanoseconds.
[[nodiscard]] inline std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
/// What the calling thread has used of the processor: a thread that others push aside does not pay for them. Units: nanoseconds.
[[nodiscard]] inline std::int64_t thread_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}
/// Keeps the core busy, so that no pause of the processor stands between one measurement and the next.
inline void busy_until(std::int64_t moment) {
  while (now_ns() < moment) {
  }
}

/// The value, or the library's sentence as an exception.
template <class T>
[[nodiscard]] T must(Result<T>&& result) {
  if (!result) throw std::runtime_error(result.error().describe());
  return *std::move(result);
}
inline void must(Result<void>&& result) {
  if (!result) throw std::runtime_error(result.error().describe());
}

/// Part 0 to 1 of the sorted values; 0 when there are none.
[[nodiscard]] inline double quantile(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(part * static_cast<double>(values.size() - 1) + 0.5);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}
[[nodiscard]] inline double median(const std::vector<double>& values) { return quantile(values, 0.5); }

struct Size {
  const char* name;
  std::uint32_t width;
  std::uint32_t height;
  [[nodiscard]] std::size_t bytes() const { return std::size_t{4} * width * height; }
};
inline constexpr Size sizes[] = {{"720p", 1280, 720}, {"1080p", 1920, 1080}, {"4K", 3840, 2160}, {"8K", 7680, 4320}};

}  // namespace geyser::bench
