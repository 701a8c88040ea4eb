#include "bench/stream/cases.hpp"

#include <cstring>
#include <thread>

namespace geyser::bench {
namespace {
constexpr std::size_t most_times = 1'000'000;
constexpr std::chrono::seconds patience{10};
}  // namespace

std::vector<std::uint32_t> Bench::reader_counts(const Place& place, const Size& size, bool none) const {
  std::uint32_t most = place.most_readers;
  if (place.software && size.height > 1080) most = std::min(most, 4U);
  std::vector<std::uint32_t> made;
  for (const std::uint32_t count : {0U, 1U, 4U, 16U, 64U}) {
    if ((count != 0 || none) && count <= most) made.push_back(count);
  }
  if (most > 1 && most < 4) made.push_back(most);
  return made;
}

std::vector<Size> Bench::frame_sizes(const Place& place) const {
  std::vector<Size> made;
  for (const Size& size : sizes) {
    if (options.quick ? size.height == 720 : !place.software || size.height <= 2160) made.push_back(size);
  }
  return made;
}

Publisher make_publisher(const Bench& bench, const Place& place, const std::string& name, const Size& size, Pacing pacing) {
  PublisherOptions options;
  options.name = name;
  options.texture = descriptor_of(size.width, size.height);
  options.pacing = pacing;
  options.directory = bench.options.folder;
  return must(Publisher::create(place.engine.manager(), options));
}

Order order_for(Task task, const Place& place, const std::string& stream, const Size& size) {
  Order made;
  made.task = task;
  made.gpu = place.gpu;
  std::strncpy(made.stream, stream.c_str(), sizeof made.stream - 1);
  made.spin_ns = 20'000;
  made.width = size.width;
  made.height = size.height;
  return made;
}

Published publish_for(Engine& engine, Publisher& publisher, const Pace& pace) {
  Published made;
  const auto expected = static_cast<std::size_t>(
      pace.period_ns == 0 ? most_times : std::min<double>(most_times, pace.seconds * 1e9 / static_cast<double>(pace.period_ns) + 16));
  made.begin_ns.reserve(expected);
  made.publish_ns.reserve(expected);
  const std::int64_t start = now_ns();
  const auto limit = start + static_cast<std::int64_t>(pace.seconds * 1e9);
  std::int64_t next = start;
  while (made.frames < pace.least || now_ns() < limit) {
    const std::int64_t a = pace.clock();
    auto frame = must(publisher.begin_frame(patience));
    const std::int64_t b = pace.clock();
    engine.draw(frame, pace.drawing);
    const std::int64_t c = pace.clock();
    (void)must(publisher.publish(std::move(frame)));
    const std::int64_t d = pace.clock();
    ++made.frames;
    if (made.begin_ns.size() < expected) {
      made.begin_ns.push_back(static_cast<double>(b - a));
      made.publish_ns.push_back(static_cast<double>(d - c));
    }
    if (pace.period_ns != 0) {
      next = std::max(next + pace.period_ns, now_ns());
      if (pace.busy) {
        busy_until(next);
      } else {
        std::this_thread::sleep_for(std::chrono::nanoseconds(next - now_ns()));
      }
    }
  }
  engine.settle();
  made.seconds = static_cast<double>(now_ns() - start) / 1e9;
  return made;
}

}  // namespace geyser::bench
