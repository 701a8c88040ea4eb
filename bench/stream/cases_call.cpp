// What each call costs its caller, beside two looks at the clock with nothing in between. Publisher and subscriber in one process, each
// with a device of its own; what the caller submits is not counted. Figures: medians, p99_ns.
#include <array>

#include "bench/stream/cases.hpp"

namespace geyser::bench {
namespace {
constexpr int repetitions = 5;
constexpr std::size_t most_turns = 20'000;
constexpr const char* calls[] = {"begin_frame", "publish", "acquire", "release", "nothing"};
}  // namespace

void call_cases(const Bench& bench, const Place& place) {
  const std::string group = place.name("call/");
  if (!bench.wanted(group)) return;
  const auto other = place.gpu ? open_vulkan(bench.options.index.value()) : open_host();
  Publisher publisher = make_publisher(bench, place, "call", sizes[1]);
  SubscriberOptions options;
  options.directory = bench.options.folder;
  options.require_zero_copy = true;
  auto subscriber = must(Subscriber::connect(other->manager(), "call", options));
  for (int repetition = -1; repetition < bench.repetitions(repetitions); ++repetition) {  // the first one warms up
    std::array<std::vector<double>, std::size(calls)> times;
    for (auto& series : times) series.reserve(most_turns);
    const std::int64_t limit = now_ns() + static_cast<std::int64_t>(bench.seconds(repetition < 0 ? 0.1 : 0.3) * 1e9);
    while (now_ns() < limit && times[0].size() < most_turns) {
      std::array<std::int64_t, 2 * std::size(calls)> t{};
      t[8] = now_ns();
      t[9] = now_ns();
      t[0] = now_ns();
      auto written = must(publisher.begin_frame());
      t[1] = now_ns();
      place.engine.draw(written, Drawing::nothing);
      place.engine.settle();
      t[2] = now_ns();
      (void)must(publisher.publish(std::move(written)));
      t[3] = now_ns();
      t[4] = now_ns();
      auto read = must(subscriber.acquire(std::chrono::seconds(1)));
      t[5] = now_ns();
      other->use(read);
      other->settle();
      t[6] = now_ns();
      must(read.release());
      t[7] = now_ns();
      for (std::size_t i = 0; i < times.size(); ++i) times[i].push_back(static_cast<double>(t[2 * i + 1] - t[2 * i]));
    }
    if (repetition < 0) continue;
    const double floor = median(times[4]);
    for (std::size_t i = 0; i < 4; ++i) {
      bench.record.add(group + calls[i], {{"library_ns", median(times[i])},
                                          {"floor_ns", floor},
                                          {"p99_ns", quantile(times[i], 0.99)},
                                          {"floor_p99_ns", quantile(times[4], 0.99)},
                                          {"samples", static_cast<double>(times[i].size())}});
    }
  }
}

}  // namespace geyser::bench
