// geyser_bench [--device=INDEX] [--repetition_ms=20] [--limit_s=3600] [Google Benchmark's own flags]
// --repetition_ms: how long one repetition of a case takes at least; --limit_s: cases that have not begun by then are skipped.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string_view>
#include <thread>

#include "bench/adopted.hpp"
#include "bench/pair.hpp"
#include "bench/revision.hpp"
#include "geyser/version.hpp"
#include "geyser/vulkan.hpp"

namespace geyser::bench {
namespace {

/// Takes "FLAG=NUMBER" out of the arguments.
[[nodiscard]] double take_number(int& argc, char** argv, std::string_view flag, double otherwise) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (!word.starts_with(flag) || word.size() <= flag.size() || word[flag.size()] != '=') continue;
    const double number = std::strtod(argv[i] + flag.size() + 1, nullptr);
    for (int k = i; k + 1 < argc; ++k) argv[k] = argv[k + 1];
    --argc;
    return number;
  }
  return otherwise;
}

[[nodiscard]] std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

void describe(const RawDevice& device) {
  const std::uint32_t api = device.properties.apiVersion;
  benchmark::AddCustomContext("device", device.properties.deviceName);
  benchmark::AddCustomContext("driver", device.driver);
  benchmark::AddCustomContext("vulkan", std::to_string(VK_API_VERSION_MAJOR(api)) + '.' + std::to_string(VK_API_VERSION_MINOR(api)) + '.' +
                                            std::to_string(VK_API_VERSION_PATCH(api)));
  benchmark::AddCustomContext("processor", processor_name());
  benchmark::AddCustomContext("cores", std::to_string(std::thread::hardware_concurrency()));
  benchmark::AddCustomContext("compiler", compiler);
  benchmark::AddCustomContext("build", build_type);
  benchmark::AddCustomContext("revision", revision);
}

int run(int argc, char** argv) {
  const auto index = static_cast<std::uint32_t>(take_number(argc, argv, "--device", 0));
  const std::chrono::duration<double, std::milli> repetition{take_number(argc, argv, "--repetition_ms", 20)};
  const std::chrono::duration<double> whole{take_number(argc, argv, "--limit_s", 3600)};
  using Clock = std::chrono::steady_clock;
  set_limits({std::chrono::duration_cast<std::chrono::nanoseconds>(repetition),
              Clock::now() + std::chrono::duration_cast<Clock::duration>(whole)});
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;

  const PFN_vkGetInstanceProcAddr loader = open_loader();
  RawDevice a(loader, index, vulkan::recommended_device_extensions());
  RawDevice b(loader, index, vulkan::recommended_device_extensions());
  TextureShareManager manager_a = take(vulkan::create_manager(adopt(a)));
  TextureShareManager manager_b = take(vulkan::create_manager(adopt(b)));
  describe(a);

  const Bench bench{a, b, manager_a, manager_b};
  add_texture_cases(bench);
  add_semaphore_cases(bench);
  add_access_cases(bench);
  add_transfer_cases(bench);
  add_handoff_cases(bench);
  add_crossing_cases(bench);
  add_libplacebo_cases(bench);
  const std::size_t ran = benchmark::RunSpecifiedBenchmarks();
  close_crossing_cases();
  if (ran == 0) {
    std::fputs("no benchmark matches the filter\n", stderr);
    return 1;
  }
  benchmark::Shutdown();
  return 0;
}

}  // namespace
}  // namespace geyser::bench

int main(int argc, char** argv) {
  try {
    return geyser::bench::run(argc, argv);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "geyser_bench: %s\n", failure.what());
    return 1;
  }
}
