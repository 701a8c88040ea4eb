// What readers cost their publisher: resident memory and file descriptors of its process, textures and their bytes. Figures:
// resident_bytes, descriptors, textures, texture_bytes, readers, and the first two a reader, against none.
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "bench/stream/cases.hpp"

namespace geyser::bench {
namespace {

[[nodiscard]] double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  file >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

[[nodiscard]] double descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<double>(std::distance(begin(all), end(all)) - 1);  // one is the iterator's own
}

}  // namespace

void memory_cases(const Bench& bench, const Place& place) {
  const std::string group = place.name("memory/");
  if (!bench.wanted(group)) return;
  const Size size = sizes[1];
  Publisher publisher = make_publisher(bench, place, "memory", size);
  std::size_t there = 0;
  Figures none;
  for (const std::uint32_t readers : bench.reader_counts(place, size, true)) {
    Order order = order_for(Task::read, place, "memory", size);
    order.period_ns = 5'000'000;
    bench.crew.hire(readers);  // starting processes is not what is asked
    if (readers > there) bench.crew.begin(there, readers - there, order);
    there = readers;
    must(publisher.wait_for_subscribers(readers, std::chrono::seconds(10)));
    (void)publish_for(place.engine, publisher, {.seconds = bench.seconds(0.3), .period_ns = 4'000'000, .drawing = Drawing::clear});
    const StreamStatus status = must(publisher.status());
    Figures figures{{"resident_bytes", resident_bytes()},
                    {"descriptors", descriptors()},
                    {"textures", status.textures},
                    {"texture_bytes", static_cast<double>(status.bytes)},
                    {"readers", readers}};
    if (readers == 0) {
      none = figures;
    } else {
      figures["resident_bytes_each"] = (figures["resident_bytes"] - none["resident_bytes"]) / readers;
      figures["descriptors_each"] = (figures["descriptors"] - none["descriptors"]) / readers;
    }
    bench.record.add(group + std::to_string(readers), figures);
  }
  bench.crew.end(0, there);
}

}  // namespace geyser::bench
