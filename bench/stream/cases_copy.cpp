// The copy that a stream saves: frames that pass from one process to another untouched, three on their way, every one of them read; beside
// read-back into shared memory in one process and upload from it in the other, two on their way. Figures: library_ns (stream) and floor_ns
// (copy) a frame; ratio = floor / library, how many times the copy takes longer.
#include "bench/stream/cases.hpp"
#include "bench/stream/futex.hpp"

namespace geyser::bench {
namespace {

constexpr int repetitions = 3;
constexpr std::int64_t stuck_ns = 20'000'000'000;

[[nodiscard]] double streamed(const Bench& bench, const Place& place, const Size& size, double seconds) {
  Publisher publisher = make_publisher(bench, place, "copy", size, Pacing::queue);
  bench.crew.begin(0, 1, order_for(Task::read, place, "copy", size));
  must(publisher.wait_for_subscribers(1, std::chrono::seconds(10)));
  (void)publish_for(place.engine, publisher, {.seconds = seconds / 4, .drawing = Drawing::nothing});
  const Published run = publish_for(place.engine, publisher, {.seconds = seconds, .drawing = Drawing::nothing});
  bench.crew.end(0, 1);
  return run.frame_ns();
}

[[nodiscard]] double copied(const Bench& bench, const Place& place, const Size& size, double seconds) {
  TextureShareManager& manager = place.engine.manager();
  auto texture = must(manager.create_shareable_texture(descriptor_of(size.width, size.height)));
  must(manager.upload(texture, {}, std::vector<std::byte>(size.bytes(), std::byte{0x5a})));
  Page& page = bench.crew.page();
  page.filled.store(0);
  page.taken.store(0);
  bench.crew.begin(0, 1, order_for(Task::take_copy, place, "", size));
  const auto wait_until_taken = [&](std::uint32_t count) {
    const std::int64_t limit = now_ns() + stuck_ns;
    for (std::uint32_t taken = page.taken.load(); taken < count; taken = page.taken.load()) {
      futex_wait(page.taken, taken);
      if (now_ns() > limit) throw std::runtime_error("a copied frame was not taken");
    }
  };
  std::uint32_t filled = 0;
  std::uint32_t counted = 0;
  std::int64_t begin = 0;
  const auto fill = [&] {
    if (filled >= copy_slots) wait_until_taken(filled + 1 - static_cast<std::uint32_t>(copy_slots));
    must(manager.read_back(texture, {}, bench.crew.copy_slot(filled % copy_slots, size.bytes())));
    page.filled.store(++filled);
    futex_wake(page.filled);
  };
  for (int i = 0; i < 4; ++i) fill();  // touches all memory once
  begin = now_ns();
  const auto limit = begin + static_cast<std::int64_t>(seconds * 1e9);
  while (now_ns() < limit) {
    fill();
    ++counted;
  }
  wait_until_taken(filled);
  const auto end = now_ns();
  bench.crew.end(0, 1);
  return static_cast<double>(end - begin) / counted;
}

}  // namespace

void copy_cases(const Bench& bench, const Place& place) {
  for (const Size& size : {sizes[1], sizes[2]}) {
    const std::string name = place.name("copy/" + std::string(size.name));
    if (!bench.wanted(name) || (bench.options.quick && size.height > 1080)) continue;
    for (int repetition = 0; repetition < bench.repetitions(repetitions); ++repetition) {
      const double stream = streamed(bench, place, size, bench.seconds(0.5));
      const double copy = copied(bench, place, size, bench.seconds(0.5));
      bench.record.add(name, {{"library_ns", stream}, {"floor_ns", copy}, {"ratio", copy / stream}});
    }
  }
}

}  // namespace geyser::bench
