// The questions, and what each needs to answer.
#pragma once

#include <functional>

#include "bench/stream/crew.hpp"
#include "bench/stream/engine.hpp"
#include "bench/stream/record.hpp"

namespace geyser::bench {

/// One kind of memory to stream through.
struct Place {
  bool gpu = false;
  bool software = false;  ///< a Vulkan device that is the processor: large frames and many readers would only measure that
  std::uint32_t most_readers = 0;
  Engine& engine;
  /// "stream/host/NAME" or "stream/vulkan/NAME".
  [[nodiscard]] std::string name(const std::string& name) const { return (gpu ? "stream/vulkan/" : "stream/host/") + name; }
};

struct Bench {
  const Options& options;
  Crew& crew;
  Record& record;
  /// Part of the time that the user gave.
  [[nodiscard]] double seconds(double percent) const { return options.seconds * percent / 100; }
  [[nodiscard]] int repetitions(int usually) const { return options.quick ? 1 : usually; }
  [[nodiscard]] bool wanted(const std::string& name) const { return name.find(options.only) != std::string::npos; }
  /// 0 (with `none`), 1, 4, 16, 64: as many as there may be.
  [[nodiscard]] std::vector<std::uint32_t> reader_counts(const Place& place, const Size& size, bool none) const;
  [[nodiscard]] std::vector<Size> frame_sizes(const Place& place) const;
};

/// A publisher in this process.
[[nodiscard]] Publisher make_publisher(const Bench& bench, const Place& place, const std::string& name, const Size& size,
                                       Pacing pacing = Pacing::latest);
[[nodiscard]] Order order_for(Task task, const Place& place, const std::string& stream, const Size& size);

struct Pace {
  double seconds = 1;
  std::uint64_t least = 8;     ///< frames, even if they take longer: every texture has been touched
  std::int64_t period_ns = 0;  ///< 0: as fast as it can
  Drawing drawing = Drawing::clear;
  bool busy = false;                 ///< spins until the next frame is due instead of sleeping
  std::int64_t (*clock)() = now_ns;  ///< for begin_frame and publish
};
struct Published {
  std::uint64_t frames = 0;
  double seconds = 0;
  std::vector<double> begin_ns;    ///< Publisher::begin_frame
  std::vector<double> publish_ns;  ///< Publisher::publish
  [[nodiscard]] double frame_ns() const { return frames == 0 ? 0 : seconds * 1e9 / static_cast<double>(frames); }
};
[[nodiscard]] Published publish_for(Engine& engine, Publisher& publisher, const Pace& pace);

// One function per file.
void wake_cases(const Bench& bench, const Place& host);
void call_cases(const Bench& bench, const Place& place);
void cost_cases(const Bench& bench, const Place& place);
void rate_cases(const Bench& bench, const Place& place);
void stop_cases(const Bench& bench, const Place& place);
void beside_cases(const Bench& bench, const Place& place);
void attach_cases(const Bench& bench, const Place& place);
void restart_cases(const Bench& bench, const Place& place);
void resize_cases(const Bench& bench, const Place& place);
void copy_cases(const Bench& bench, const Place& place);
void memory_cases(const Bench& bench, const Place& place);

}  // namespace geyser::bench
