// One of four readers is stopped (SIGSTOP): the frames of the others with and without, turn by turn. Figures: library_ns = time of a frame
// of the other readers while one is stopped, floor_ns = while none is; publisher_fps, longest_begin_ns.
#include "bench/stream/cases.hpp"

namespace geyser::bench {
namespace {

constexpr int turns = 3;

void measure(const Bench& bench, const Place& place, std::int64_t period_ns, const char* word) {
  const std::string name = place.name("stopped/" + std::string(word));
  if (!bench.wanted(name)) return;
  const Size size = bench.options.quick || place.software ? sizes[0] : sizes[1];
  const std::uint32_t readers = std::min<std::uint32_t>(4, place.most_readers);
  Publisher publisher = make_publisher(bench, place, "stopped", size);
  bench.crew.begin(0, readers, order_for(Task::read, place, "stopped", size));
  must(publisher.wait_for_subscribers(readers, std::chrono::seconds(10)));
  (void)publish_for(place.engine, publisher, {.seconds = bench.seconds(0.2), .period_ns = period_ns});
  for (int turn = 0; turn < bench.repetitions(turns); ++turn) {
    double frame_ns[2] = {};
    Published runs[2];
    for (const int stopped : {0, 1}) {
      if (stopped == 1) bench.crew.stop(0);
      std::vector<double> before;
      for (std::size_t i = 1; i < readers; ++i) before.push_back(static_cast<double>(bench.crew.cell(i).frames.load()));
      runs[stopped] = publish_for(place.engine, publisher, {.seconds = bench.seconds(0.5), .period_ns = period_ns});
      std::vector<double> rates;
      for (std::size_t i = 1; i < readers; ++i) {
        rates.push_back((static_cast<double>(bench.crew.cell(i).frames.load()) - before[i - 1]) / runs[stopped].seconds);
      }
      frame_ns[stopped] = 1e9 / std::max(median(rates), 1e-3);
      if (stopped == 1) bench.crew.go_on(0);
    }
    bench.record.add(name, {{"library_ns", frame_ns[1]},
                            {"floor_ns", frame_ns[0]},
                            {"ratio", frame_ns[1] / frame_ns[0]},
                            {"reader_fps", 1e9 / frame_ns[1]},
                            {"floor_reader_fps", 1e9 / frame_ns[0]},
                            {"publisher_fps", 1e9 / runs[1].frame_ns()},
                            {"longest_begin_ns", quantile(runs[1].begin_ns, 1)},
                            {"readers", readers}});
  }
  bench.crew.end(0, readers);
}

}  // namespace

void stop_cases(const Bench& bench, const Place& place) {
  measure(bench, place, 4'000'000, "250_fps");
  measure(bench, place, 0, "full_speed");
}

}  // namespace geyser::bench
