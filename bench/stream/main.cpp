// geyser_stream_bench: see usage() in options.cpp.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "bench/stream/cases.hpp"

namespace geyser::bench {
namespace {

// Each has a device of its own: a software one is as many threads as there are cores, and opening 64 of a GPU's takes minutes.
constexpr std::uint32_t most_device_readers = 16;

/// A folder for this run's streams alone; gone afterwards.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "geyser-bench-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no folder can be made as " + pattern);
    path_ = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

void describe(Record& record, const DeviceWords* device) {
  record.describe("program", "geyser_stream_bench");
  record.describe("device", device != nullptr ? device->name : "host memory");
  record.describe("driver", device != nullptr ? device->driver : "none");
  record.describe("vulkan", device != nullptr ? device->vulkan : "none");
  record.describe_run();
}

using Case = void (*)(const Bench&, const Place&);
struct Named {
  const char* name;
  Case run;
};
// Those that end processes or leave memory to the driver come last.
constexpr Named all_cases[] = {{"call", call_cases},
                               {"cost", cost_cases},
                               {"rate", rate_cases},
                               {"stopped", stop_cases},
                               {"beside", beside_cases},
                               {"copy", copy_cases},
                               {"memory", memory_cases},
                               {"first_frame/attach", attach_cases},
                               {"first_frame/resize", resize_cases},
                               {"first_frame/restart", restart_cases}};

/// A case that fails leaves its crew in the middle of something: the next one gets a new crew.
void run_case(const Options& options, std::unique_ptr<Crew>& crew, Record& record, const Named& what, const Place& place) {
  try {
    what.run({options, *crew, record}, place);
  } catch (const std::exception& failure) {
    record.add_error(place.name(what.name), std::string("failed: ") + failure.what());
    crew = std::make_unique<Crew>(options);
  }
  record.save(false);
}

/// Opens the device in as many processes as there shall be readers, a few at a time; how many got there before it took too long.
[[nodiscard]] std::uint32_t open_readers(Crew& crew, std::uint32_t most) {
  constexpr std::uint32_t at_once = 8;
  constexpr std::int64_t long_enough = 20'000'000'000;  // nanoseconds
  const std::int64_t begin = now_ns();
  std::uint32_t open = 0;
  while (open < most && now_ns() - begin < long_enough) {
    Order order;
    order.task = Task::open;
    order.gpu = true;
    const std::uint32_t count = std::min(at_once, most - open);
    crew.begin(open, count, order);
    for (std::uint32_t i = open; i < open + count; ++i) crew.await_end(i);
    open += count;
  }
  return open;
}

int lead(Options options) {
  const Folder folder;
  options.folder = folder.path();
  std::optional<DeviceWords> device;
  if (options.device != "host") {
    try {
      device = find_vulkan(options.device);
    } catch (const std::exception& failure) {
      if (!options.device.empty()) throw;
      std::fprintf(stderr, "host memory only: %s\n", failure.what());
    }
  }
  if (device) options.index = device->index;
  if (device && !options.other) options.other = find_other_vulkan(device->index);
  Record record(options.out);
  describe(record, device ? &*device : nullptr);

  auto crew = std::make_unique<Crew>(options);
  const auto host = open_host();
  const auto most = std::min<std::uint32_t>(options.most_readers, most_members);
  const Place in_memory{.most_readers = most, .engine = *host};
  run_case(options, crew, record, {"wake", wake_cases}, in_memory);
  for (const Named& what : all_cases) run_case(options, crew, record, what, in_memory);
  if (device) {
    const auto gpu = open_vulkan(device->index);
    const std::uint32_t readers = open_readers(*crew, std::min(most, most_device_readers));
    record.describe("vulkan_readers", std::to_string(readers));
    const Place on_device{.gpu = true, .software = device->software, .most_readers = readers, .engine = *gpu};
    for (const Named& what : all_cases) run_case(options, crew, record, what, on_device);
    crew.reset();
  }
  record.save(true);
  return record.failed() ? 1 : 0;
}

int run(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--help") {
    std::fputs(usage().c_str(), stdout);
    return 0;
  }
  const Options options = parse(argc, argv);
  return options.member >= 0 ? serve(options) : lead(options);
}

}  // namespace
}  // namespace geyser::bench

int main(int argc, char** argv) {
  try {
    return geyser::bench::run(argc, argv);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "geyser_stream_bench: %s\n", failure.what());
    return 1;
  }
}
