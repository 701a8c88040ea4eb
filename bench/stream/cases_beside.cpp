// A reader on another device beside one on the publisher's own: the frames of the latter with and without, turn by turn. Figures:
// library_ns = time of a frame of the reader here while one on the other device reads too, floor_ns = while none does; publisher_fps,
// floor_publisher_fps, other_fps, longest_begin_ns.

#include <algorithm>

#include "bench/stream/cases.hpp"
#include "geyser/directory.hpp"

namespace geyser::bench {
namespace {

constexpr int turns = 4;
constexpr std::int64_t bridge_patience_ns = 20'000'000'000;  // two devices are opened

struct Rate {
  double local_ns = 0;
  double other_fps = 0;
  Published run;
};

[[nodiscard]] Rate run(const Bench& bench, const Place& place, Publisher& publisher, std::int64_t period_ns) {
  const std::uint64_t local = bench.crew.cell(0).frames.load();
  const std::uint64_t other = bench.crew.cell(1).frames.load();
  Rate made;
  made.run = publish_for(place.engine, publisher, {.seconds = bench.seconds(0.8), .period_ns = period_ns});
  made.local_ns = made.run.seconds * 1e9 / std::max<double>(static_cast<double>(bench.crew.cell(0).frames.load() - local), 1e-3);
  made.other_fps = static_cast<double>(bench.crew.cell(1).frames.load() - other) / made.run.seconds;
  return made;
}

/// Frames come to the reader on the other device by the bridge, and no longer by the host's memory.
void await_bridge(const Bench& bench, const Place& place, Publisher& publisher, const std::string& stream) {
  const auto directory = must(Directory::open(bench.options.folder));
  const std::int64_t limit = now_ns() + bridge_patience_ns;
  while (now_ns() < limit) {
    (void)publish_for(place.engine, publisher, {.seconds = 0.02, .period_ns = 4'000'000});
    const auto status = must(directory.status(stream));
    const bool bridged = std::any_of(status.readers.begin(), status.readers.end(), [](const auto& reader) {
      return reader.transport == Transport::peer_copy || reader.transport == Transport::pinned_copy ||
             reader.transport == Transport::host_copy;
    });
    if (bridged && bench.crew.cell(1).frames.load() > 3) return;
  }
  throw std::runtime_error("the bridge to the other device did not open");
}

void measure(const Bench& bench, const Place& place, std::int64_t period_ns, const char* word) {
  const std::string name = place.name("beside/" + std::string(word));
  if (!bench.wanted(name)) return;
  const Size size = bench.options.quick || place.software ? sizes[0] : sizes[2];
  Publisher publisher = make_publisher(bench, place, "beside", size);
  bench.crew.begin(0, 1, order_for(Task::read, place, "beside", size));
  must(publisher.wait_for_subscribers(1, std::chrono::seconds(10)));
  (void)publish_for(place.engine, publisher, {.seconds = bench.seconds(0.2), .period_ns = period_ns});
  for (int turn = 0; turn < bench.repetitions(turns); ++turn) {
    const Rate alone = run(bench, place, publisher, period_ns);
    Order order = order_for(Task::read, place, "beside", size);
    order.other = true;
    order.look = true;
    bench.crew.begin(1, 1, order);
    await_bridge(bench, place, publisher, "beside");
    const Rate both = run(bench, place, publisher, period_ns);
    bench.crew.end(1, 1);
    bench.record.add(name, {{"library_ns", both.local_ns},
                            {"floor_ns", alone.local_ns},
                            {"ratio", both.local_ns / alone.local_ns},
                            {"reader_fps", 1e9 / both.local_ns},
                            {"floor_reader_fps", 1e9 / alone.local_ns},
                            {"publisher_fps", 1e9 / both.run.frame_ns()},
                            {"floor_publisher_fps", 1e9 / alone.run.frame_ns()},
                            {"other_fps", both.other_fps},
                            {"longest_begin_ns", quantile(both.run.begin_ns, 1)}});
  }
  bench.crew.end(0, 1);
}

}  // namespace

void beside_cases(const Bench& bench, const Place& place) {
  if (!place.gpu || !bench.options.other) return;
  measure(bench, place, 4'000'000, "250_fps");
  measure(bench, place, 0, "full_speed");
}

}  // namespace geyser::bench
