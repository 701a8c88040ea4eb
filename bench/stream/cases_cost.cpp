// What a frame costs its publisher (processor time of begin_frame and publish) with 1, 4, 16, 64 readers: asleep, so that publish wakes
// them, beside a bare futex that wakes as many processes; and looking by themselves, so that nobody is woken. Figures: library_ns =
// begin_ns + publish_ns.
#include "bench/stream/cases.hpp"
#include "bench/stream/futex.hpp"

namespace geyser::bench {
namespace {

constexpr int repetitions = 3;
// Long enough for 64 readers to fall asleep again on few cores. The publisher is awake meanwhile: what it costs to come back to cold caches
// is not the readers' doing.
constexpr std::int64_t period_ns = 2'000'000;

[[nodiscard]] double bare_wake(const Bench& bench, std::uint32_t readers, double seconds) {
  Order order;
  order.task = Task::listen;
  bench.crew.begin(0, readers, order);
  std::vector<double> times;
  const std::int64_t limit = now_ns() + static_cast<std::int64_t>(seconds * 1e9);
  while (now_ns() < limit) {
    busy_until(now_ns() + period_ns);
    const std::int64_t begin = thread_ns();
    bench.crew.page().bell.fetch_add(1);
    futex_wake(bench.crew.page().bell);
    times.push_back(static_cast<double>(thread_ns() - begin));
  }
  bench.crew.end(0, readers);
  return median(times);
}

void measure(const Bench& bench, const Place& place, const Size& size, bool asleep, std::uint32_t readers) {
  const double floor = asleep ? bare_wake(bench, readers, bench.seconds(0.1)) : 0;
  Publisher publisher = make_publisher(bench, place, "cost", size);
  Order order = order_for(Task::read, place, "cost", size);
  order.spin_ns = 0;
  order.period_ns = asleep ? 0 : period_ns;
  bench.crew.begin(0, readers, order);
  must(publisher.wait_for_subscribers(readers, std::chrono::seconds(10)));
  Pace pace{.seconds = bench.seconds(0.1), .period_ns = period_ns, .drawing = Drawing::nothing, .busy = true, .clock = thread_ns};
  (void)publish_for(place.engine, publisher, pace);
  pace.seconds = bench.seconds(0.3);
  const Published run = publish_for(place.engine, publisher, pace);
  bench.crew.end(0, readers);
  const double begin = median(run.begin_ns);
  const double publish = median(run.publish_ns);
  Figures figures{{"library_ns", begin + publish},
                  {"begin_ns", begin},
                  {"publish_ns", publish},
                  {"publish_p99_ns", quantile(run.publish_ns, 0.99)},
                  {"readers", readers},
                  {"samples", static_cast<double>(run.frames)}};
  if (asleep) {
    figures["floor_ns"] = floor;
    figures["ratio"] = (begin + publish) / floor;
  }
  bench.record.add(place.name(std::string(asleep ? "cost/sleeping/" : "cost/looking/") + std::to_string(readers)), figures);
}

}  // namespace

void cost_cases(const Bench& bench, const Place& place) {
  const Size size = place.software || bench.options.quick ? sizes[0] : sizes[2];
  for (const bool asleep : {true, false}) {
    if (!bench.wanted(place.name(asleep ? "cost/sleeping/" : "cost/looking/"))) continue;
    // All counts in turn, again and again, so that a busy moment of the machine does not count for one of them alone.
    for (int repetition = 0; repetition < bench.repetitions(repetitions); ++repetition) {
      for (const std::uint32_t readers : bench.reader_counts(place, size, false)) measure(bench, place, size, asleep, readers);
    }
  }
}

}  // namespace geyser::bench
