// How long until the first frame: of a new reader, of a publisher that was killed and starts again, of a new size. Opening the device is
// not counted. Figures: library_ns = median, longest_ns; floor_ns where there is one.
#include <thread>

#include "bench/stream/bare_socket.hpp"
#include "bench/stream/cases.hpp"
#include "bench/stream/futex.hpp"

namespace geyser::bench {
namespace {

constexpr std::int64_t period_ns = 4'000'000;
constexpr std::int64_t stuck_ns = 20'000'000'000;

[[nodiscard]] std::uint32_t turns_of(const Bench& bench) { return bench.options.quick ? 2 : 20; }

[[nodiscard]] Figures figures_of(const std::vector<double>& times) {
  return {{"library_ns", median(times)}, {"longest_ns", quantile(times, 1)}, {"samples", static_cast<double>(times.size())}};
}

/// Three textures of that size that belong to no stream.
[[nodiscard]] double bare_ring_ns(const Place& place, const Size& size) {
  std::vector<double> times;
  for (int i = 0; i < 5; ++i) {
    const std::int64_t begin = now_ns();
    std::vector<SharedTexture> ring;
    for (int k = 0; k < 3; ++k)
      ring.push_back(must(place.engine.manager().create_shareable_texture(descriptor_of(size.width, size.height))));
    times.push_back(static_cast<double>(now_ns() - begin));
  }
  return median(times);
}

}  // namespace

void attach_cases(const Bench& bench, const Place& place) {
  const std::string name = place.name("first_frame/attach");
  if (!bench.wanted(name)) return;
  const Size size = sizes[1];
  const std::uint32_t turns = turns_of(bench);
  const BareHost bare(bench.options.folder + "/bare");
  Publisher publisher = make_publisher(bench, place, "attach", size);
  (void)publish_for(place.engine, publisher, {.seconds = 0.05, .period_ns = period_ns});
  Order order = order_for(Task::attach, place, "attach", size);
  order.turns = turns;
  bench.crew.begin(0, 1, order);
  while (bench.crew.cell(0).done.load() != bench.crew.cell(0).sequence.load()) {
    (void)publish_for(place.engine, publisher, {.seconds = 0.02, .period_ns = period_ns});
  }
  bench.crew.await_end(0);
  order.bare = true;
  bench.crew.begin(0, 1, order);
  bench.crew.await_end(0);
  const auto& samples = bench.crew.page().samples;
  Figures figures = figures_of({samples[0].begin(), samples[0].begin() + turns});
  const double floor = median({samples[1].begin(), samples[1].begin() + turns});
  figures["floor_ns"] = floor;
  figures["ratio"] = figures["library_ns"] / floor;
  bench.record.add(name, figures);
}

void restart_cases(const Bench& bench, const Place& place) {
  const std::string name = place.name("first_frame/restart");
  if (!bench.wanted(name)) return;
  Order order = order_for(Task::publish, place, "restart", sizes[1]);
  order.period_ns = period_ns;
  std::size_t now = 0;
  std::size_t next = 1;
  const auto let_go = [&](std::size_t member) {
    Cell& cell = bench.crew.cell(member);
    cell.go.store(1);
    futex_wake(cell.go);
  };
  bench.crew.begin(now, 1, order);
  let_go(now);
  SubscriberOptions options;
  options.directory = bench.options.folder;
  options.connect_timeout = std::chrono::seconds(10);
  auto reader = must(Subscriber::connect(place.engine.manager(), "restart", options));
  std::vector<double> from_start;
  std::vector<double> from_end;
  for (std::uint32_t turn = 0; turn < turns_of(bench); ++turn) {
    for (int i = 0; i < 5; ++i) {
      auto frame = must(reader.acquire(std::chrono::seconds(5)));
      place.engine.use(frame);
    }
    bench.crew.begin(next, 1, order);
    const std::uint64_t before = reader.statistics().attachments;
    const std::int64_t killed = now_ns();
    bench.crew.kill(now);
    let_go(next);
    while (true) {
      auto frame = reader.acquire(std::chrono::milliseconds(500));
      const std::int64_t moment = now_ns();
      if (frame && reader.statistics().attachments > before) {
        from_start.push_back(static_cast<double>(moment - bench.crew.cell(next).begun.load()));
        from_end.push_back(static_cast<double>(moment - killed));
        place.engine.use(*frame);
        break;
      }
      if (moment - killed > stuck_ns) throw std::runtime_error("the reader did not come back to a stream that started again");
    }
    place.engine.settle();
    bench.crew.revive(now);
    std::swap(now, next);
  }
  bench.crew.end(now, 1);
  Figures figures = figures_of(from_start);
  figures["floor_ns"] = bare_ring_ns(place, sizes[1]);
  figures["ratio"] = figures["library_ns"] / figures["floor_ns"];
  figures["from_kill_ns"] = median(from_end);
  figures["from_kill_longest_ns"] = quantile(from_end, 1);
  bench.record.add(name, figures);
}

void resize_cases(const Bench& bench, const Place& place) {
  const std::string name = place.name("first_frame/resize");
  if (!bench.wanted(name)) return;
  Publisher publisher = make_publisher(bench, place, "resize", sizes[0]);
  bench.crew.begin(0, 1, order_for(Task::read, place, "resize", sizes[0]));
  must(publisher.wait_for_subscribers(1, std::chrono::seconds(10)));
  const Cell& cell = bench.crew.cell(0);
  std::vector<double> times;
  for (std::uint32_t turn = 0; turn < turns_of(bench); ++turn) {
    (void)publish_for(place.engine, publisher, {.seconds = 0.03, .period_ns = period_ns});
    const Size& size = sizes[(turn + 1) % 2];
    const std::uint64_t before = cell.generation.load();
    const std::int64_t begin = now_ns();
    must(publisher.reconfigure(descriptor_of(size.width, size.height)));
    auto frame = must(publisher.begin_frame());
    place.engine.draw(frame, Drawing::clear);
    (void)must(publisher.publish(std::move(frame)));
    // This one frame must arrive: no other follows it.
    while (cell.generation.load() == before) {
      std::this_thread::sleep_for(std::chrono::microseconds(200));
      if (now_ns() - begin > stuck_ns) throw std::runtime_error("the first frame of a new size did not arrive");
    }
    times.push_back(static_cast<double>(cell.generation_moment.load() - begin));
    place.engine.settle();
  }
  bench.crew.end(0, 1);
  Figures figures = figures_of(times);
  figures["floor_ns"] = (bare_ring_ns(place, sizes[0]) + bare_ring_ns(place, sizes[1])) / 2;
  figures["ratio"] = figures["library_ns"] / figures["floor_ns"];
  bench.record.add(name, figures);
}

}  // namespace geyser::bench
