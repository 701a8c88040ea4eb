// From publish() in one process to the frame in the hands of another, beside a bare futex and a bare flag between the same two.
// Figures: p50 (library_ns, floor_ns), p99_ns, p999_ns, floor_p99_ns, floor_p999_ns, samples.
#include "bench/stream/cases.hpp"
#include "bench/stream/futex.hpp"

namespace geyser::bench {
namespace {

constexpr int repetitions = 5;
constexpr Size small{"small", 64, 64};
// A reader that sleeps needs the time to fall asleep; one that spins to come round.
constexpr std::int64_t asleep_ns = 150'000;
constexpr std::int64_t spinning_ns = 5'000;
constexpr std::uint32_t enough_turns = 1000;
constexpr std::int64_t stuck_ns = 10'000'000'000;

[[nodiscard]] std::vector<double> taken(const Page& page, std::size_t side, std::uint32_t turns) {
  const auto first = page.samples[side].begin();
  return {first, first + turns / 2};
}

void measure(const Bench& bench, const Place& host, bool spins) {
  const std::string name = host.name(spins ? "wake/spinning" : "wake/sleeping");
  if (!bench.wanted(name)) return;
  Page& page = bench.crew.page();
  Publisher publisher = make_publisher(bench, host, "wake", small);
  const std::int64_t pause = spins ? spinning_ns : asleep_ns;
  for (int repetition = 0; repetition < bench.repetitions(repetitions); ++repetition) {
    Order order = order_for(Task::wake, host, "wake", small);
    order.spin_ns = spins ? 10'000'000'000 : 0;
    order.turns = 2 * static_cast<std::uint32_t>(most_samples);
    (void)publish_for(host.engine, publisher, {.seconds = 0.002, .period_ns = 1'000'000, .drawing = Drawing::nothing});
    bench.crew.begin(0, 1, order);
    Cell& cell = bench.crew.cell(0);
    // On a busy machine a turn may take a slice of the scheduler's: then it goes on for a while, to have something to count.
    const auto end = now_ns() + static_cast<std::int64_t>(bench.seconds(4) / repetitions * 1e9);
    const auto latest_end = now_ns() + static_cast<std::int64_t>(bench.seconds(8) / repetitions * 1e9);
    std::uint32_t turns = 0;
    for (std::uint32_t turn = 1; turn <= order.turns && (turn % 2 == 0 || now_ns() < (turn < enough_turns ? latest_end : end)); ++turn) {
      turns = turn;
      const std::int64_t limit = now_ns() + stuck_ns;
      while (cell.turn.load(std::memory_order_acquire) != turn - 1) {
        relax();
        if (now_ns() > limit) throw std::runtime_error("the reader did not see turn " + std::to_string(turn - 1));
      }
      busy_until(now_ns() + pause);
      if (turn % 2 == 1) {
        auto frame = must(publisher.begin_frame());
        page.stamp.store(now_ns(), std::memory_order_relaxed);
        (void)must(publisher.publish(std::move(frame)));
      } else {
        page.stamp.store(now_ns(), std::memory_order_relaxed);
        page.bell.fetch_add(1, std::memory_order_release);
        if (!spins) futex_wake(page.bell);
      }
    }
    while (cell.turn.load(std::memory_order_acquire) != turns) relax();
    cell.halt.store(1);
    (void)publish_for(host.engine, publisher, {.seconds = 0.001, .period_ns = 1'000'000, .drawing = Drawing::nothing});  // it waits for one
    bench.crew.await_end(0);
    const auto library = taken(page, 0, turns);
    const auto floor = taken(page, 1, turns);
    bench.record.add(name, {{"library_ns", median(library)},
                            {"floor_ns", median(floor)},
                            {"ratio", median(library) / median(floor)},
                            {"p99_ns", quantile(library, 0.99)},
                            {"p999_ns", quantile(library, 0.999)},
                            {"floor_p99_ns", quantile(floor, 0.99)},
                            {"floor_p999_ns", quantile(floor, 0.999)},
                            {"samples", static_cast<double>(library.size())}});
  }
}

}  // namespace

void wake_cases(const Bench& bench, const Place& host) {
  measure(bench, host, false);
  measure(bench, host, true);
}

}  // namespace geyser::bench
