// Frames a second, as fast as it goes: the publisher clears each frame, every reader takes what it can. Floor: the same clears into three
// textures of which no stream knows. Figures: library_ns and floor_ns a frame, publisher_fps, floor_fps, reader_fps (median),
// reader_fps_least, begin_ns, publish_ns, readers.
#include "bench/stream/cases.hpp"

namespace geyser::bench {
namespace {

[[nodiscard]] double plain_frame_ns(const Place& place, const Size& size, double seconds) {
  auto clears = place.engine.plain_clears(size);
  for (int i = 0; i < 6; ++i) clears->run();
  const std::int64_t begin = now_ns();
  const auto limit = begin + static_cast<std::int64_t>(seconds * 1e9);
  std::uint64_t frames = 0;
  while (now_ns() < limit) {
    clears->run();
    ++frames;
  }
  return static_cast<double>(now_ns() - begin) / static_cast<double>(frames);
}

}  // namespace

void rate_cases(const Bench& bench, const Place& place) {
  for (const Size& size : bench.frame_sizes(place)) {
    const std::string group = place.name("rate/" + std::string(size.name) + "/");
    if (!bench.wanted(group)) continue;
    // The lower of two, around the publisher's runs: what else the machine does only ever slows it.
    const double before_all = plain_frame_ns(place, size, bench.seconds(0.3));
    std::vector<std::pair<std::string, Figures>> measured;
    Publisher publisher = make_publisher(bench, place, "rate", size);
    std::size_t there = 0;
    for (const std::uint32_t readers : bench.reader_counts(place, size, true)) {
      Order order = order_for(Task::read, place, "rate", size);
      order.look = true;
      if (readers > there) bench.crew.begin(there, readers - there, order);
      there = readers;
      must(publisher.wait_for_subscribers(readers, std::chrono::seconds(10)));
      (void)publish_for(place.engine, publisher, {.seconds = bench.seconds(0.15)});
      std::vector<double> before;
      for (std::size_t i = 0; i < readers; ++i) before.push_back(static_cast<double>(bench.crew.cell(i).frames.load()));
      const Published run = publish_for(place.engine, publisher, {.seconds = bench.seconds(0.6)});
      std::vector<double> rates;
      for (std::size_t i = 0; i < readers; ++i) {
        rates.push_back((static_cast<double>(bench.crew.cell(i).frames.load()) - before[i]) / run.seconds);
      }
      measured.emplace_back(group + std::to_string(readers), Figures{{"library_ns", run.frame_ns()},
                                                                     {"publisher_fps", 1e9 / run.frame_ns()},
                                                                     {"reader_fps", median(rates)},
                                                                     {"reader_fps_least", quantile(rates, 0)},
                                                                     {"begin_ns", median(run.begin_ns)},
                                                                     {"publish_ns", median(run.publish_ns)},
                                                                     {"readers", readers}});
    }
    bench.crew.end(0, there);
    const double floor = std::min(before_all, plain_frame_ns(place, size, bench.seconds(0.3)));
    for (auto& [name, figures] : measured) {
      figures["floor_ns"] = floor;
      figures["floor_fps"] = 1e9 / floor;
      figures["ratio"] = figures["library_ns"] / floor;
      bench.record.add(name, figures);
    }
  }
}

}  // namespace geyser::bench
