// geyser_conformance: see README.md. Exit status 77: the device asked for is not here.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <set>
#include <sstream>
#include <string>

#include "floors.hpp"
#include "pair.hpp"
#include "support/emulation.hpp"
#include "support/log_capture.hpp"
#include "support/watchdog.hpp"

namespace geyser::test {
namespace {

constexpr int device_missing = 77;

struct Arguments {
  std::string device;  // empty: all
  std::string api;     // "opengl", "cuda": only pairs across APIs with a side of it
  bool refusals_only = false;
  bool plain = false;
  std::string matrix;
  std::string date = "no date given";
  std::string machine = "no machine named";
  std::string child;
  std::string forged;
  bool help = false;
};

constexpr std::string_view usage =
    "geyser_conformance [--device KEY | --api API | --refusals] [--matrix FILE --date DATE --machine WORDS] [--gtest_...]\n"
    "  --device KEY    only pairs of this device with itself (host, lavapipe, swiftshader, nvidia, ...)\n"
    "  --api API       only pairs across APIs: opengl (with opengl, vulkan and host), cuda (with cuda and all others),\n"
    "                  webgpu (with all), or metal\n"
    "  --refusals      only pairs that cannot share\n"
    "  --plain         only 2D textures with one level and one layer: what an emulated driver lays out as its partner does\n"
    "  --matrix FILE   write what ran as JSON, for scripts/support_matrix.py\n"
    "GEYSER_TEST_REQUIRE=lavapipe,swiftshader,validation makes the absence of one of them a failure.\n"
    "GEYSER_TEST_SEED=N changes the random content.\n"
    "GEYSER_TEST_CASE_SECONDS=N is how long one case may run before the watchdog ends the program and prints all stacks.\n";

bool parse(int argc, char** argv, Arguments& arguments) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto value = [&](std::string& into) {
      if (i + 1 >= argc) return false;
      into = argv[++i];
      return true;
    };
    bool known = true;
    if (word == "--device")
      known = value(arguments.device);
    else if (word == "--api")
      known = value(arguments.api);
    else if (word == "--plain")
      arguments.plain = true;
    else if (word == "--refusals")
      arguments.refusals_only = true;
    else if (word == "--matrix")
      known = value(arguments.matrix);
    else if (word == "--date")
      known = value(arguments.date);
    else if (word == "--machine")
      known = value(arguments.machine);
    else if (word == "--child")
      known = value(arguments.child);
    else if (word == "--forged")
      known = value(arguments.forged);
    else if (word == "--help")
      arguments.help = true;
    else
      known = false;
    if (!known) {
      std::cerr << "geyser_conformance: " << word << " is not understood\n" << usage;
      return false;
    }
  }
  return true;
}

bool required(std::string_view what) {
  const char* list = std::getenv("GEYSER_TEST_REQUIRE");
  if (list == nullptr) return false;
  std::istringstream words{list};
  for (std::string word; std::getline(words, word, ',');) {
    if (word == what) return true;
  }
  return false;
}

void add_pair(const DeviceEntry& device) {
  auto pair = std::make_shared<Pair>(device, device);
  add_content_tests(pair);
  add_sync_tests(pair);
  add_process_tests(pair);
  if (device.vulkan) {
    add_gpu_tests(pair);
    add_fence_tests(pair);
  }
}

/// Empty when the exporter's memory and semaphores can pass to the importer; else why not.
std::string why_not(const DeviceEntry& exporter, const DeviceEntry& importer) {
  auto from = capabilities_of(exporter);
  if (!from) return from.error().describe();
  auto to = capabilities_of(importer);
  if (!to) return to.error().describe();
  auto chosen = negotiate(*from, *to);
  return chosen ? std::string() : chosen.error().describe();
}

/// Belongs to `--api api`: OpenGL's pairs are those without CUDA, and both those without WebGPU, so that none runs twice.
bool is_of(const DeviceEntry& exporter, const DeviceEntry& importer, std::string_view api) {
  const bool cuda = exporter.api == Api::cuda || importer.api == Api::cuda;
  const bool opengl = exporter.api == Api::opengl || importer.api == Api::opengl;
  const bool metal = exporter.api == Api::metal || importer.api == Api::metal;
  const bool webgpu = exporter.api == Api::webgpu || importer.api == Api::webgpu;
  if (api == "webgpu") return webgpu;
  if (api == "cuda") return cuda && !webgpu;
  if (api == "opengl") return opengl && !cuda && !webgpu;
  if (api == "metal") return metal;
  return cuda || opengl || metal || webgpu;
}

/// Every ordered pair across APIs that can share. Returns how many.
std::size_t add_across(const Arguments& arguments) {
  std::size_t added = 0;
  for (const auto& exporter : all_devices()) {
    for (const auto& importer : all_devices()) {
      if (!is_of(exporter, importer, arguments.api) || !why_not(exporter, importer).empty()) continue;
      auto pair = std::make_shared<Pair>(exporter, importer);
      add_content_tests(pair);
      add_sync_tests(pair);
      add_process_tests(pair);
      add_order_tests(pair);
      ++added;
    }
  }
  return added;
}

std::size_t refusal_pairs = 0;

void add_refusals() {
  for (const auto& exporter : all_devices()) {
    for (const auto& importer : all_devices()) {
      if (exporter.key == importer.key || why_not(exporter, importer).empty()) continue;
      // What makes nothing that can be handed over has nothing that could be refused.
      const auto from = capabilities_of(exporter);
      if (!from || std::none_of(from->memory.begin(), from->memory.end(), [](const auto& m) { return m.can_export; })) continue;
      const auto pair = std::make_shared<Pair>(exporter, importer);
      add_refusal_tests(pair);
      if (pair->vulkan()) add_forged_tests(pair);
      ++refusal_pairs;
    }
  }
}

struct Counts {
  std::set<std::string> formats;
  std::size_t content = 0;
  std::size_t others = 0;
};
Counts count(const std::string& exporter, const std::string& importer) {
  Counts counts;
  for (const auto& r : ledger().records()) {
    if (r.exporter != exporter || r.importer != importer || r.outcome != Outcome::passed) continue;
    if (r.suite == "content") {
      counts.formats.insert(r.format);
      ++counts.content;
    } else {
      ++counts.others;
    }
  }
  return counts;
}

template <class Limits>
bool check_floor(const std::string& name, const Counts& ran, const Limits& floor) {
  bool good = true;
  const auto check = [&](const char* what, std::size_t got, std::size_t least) {
    const bool enough = got >= least;
    std::cout << (enough ? "Floor held: " : "FLOOR MISSED: ") << name << " " << what << ": " << got << " (at least " << least << ")\n";
    good = good && enough;
  };
  check("formats shared", ran.formats.size(), floor.formats);
  check("content cases", ran.content, floor.content);
  check("other cases", ran.others, floor.others);
  return good;
}

// Fewer cases than the floor: a failure, however green the rest is.
bool check_floors(const Arguments& arguments, bool emulated_run) {
  bool good = true;
  const bool own = !arguments.refusals_only && arguments.api.empty();
  const bool across = !arguments.refusals_only && arguments.device.empty();
  for (const auto& device : devices()) {
    if (!own || (!arguments.device.empty() && device.key != arguments.device)) continue;
    const auto floor = std::find_if(floors.begin(), floors.end(), [&](const Floor& f) { return device.key.starts_with(f.device); });
    if (floor == floors.end()) {
      std::cout << "No floor is set for " << device.key << ".\n";
      continue;
    }
    good = check_floor(device.key, count(device.key, device.key), *floor) && good;
  }
  for (const auto& exporter : all_devices()) {
    for (const auto& importer : all_devices()) {
      if (!across || arguments.plain || !is_of(exporter, importer, arguments.api)) continue;
      const auto floor = std::find_if(pair_floors.begin(), pair_floors.end(), [&](const PairFloor& f) {
        return exporter.key.starts_with(f.exporter) && importer.key.starts_with(f.importer);
      });
      const std::string name = exporter.key + " -> " + importer.key;
      const bool same_partner =
          exporter.partner == importer.partner || exporter.partner == importer.key || exporter.key == importer.partner;
      if (floor != pair_floors.end() && same_partner) {
        good = check_floor(name, count(exporter.key, importer.key), *floor) && good;
      } else if (const auto ran = count(exporter.key, importer.key); ran.content + ran.others != 0) {
        std::cout << "No floor is set for " << name << ".\n";
      }
    }
  }
  if (emulated_run && across) {
    for (const char* other : {"lavapipe", "gl-lavapipe", "host"}) {
      const std::string name = std::string(other) + " -> cuda-lavapipe";
      if (find_device(other) != nullptr) good = check_floor(name, count(other, "cuda-lavapipe"), emulated_floor) && good;
    }
  }
  if (arguments.refusals_only) {
    std::size_t refused = 0;
    for (const auto& device : all_devices()) refused += ledger().count(device.key, Outcome::refused);
    const bool enough = refusal_pairs > 0 && refused >= refusal_pairs * 2;
    std::cout << (enough ? "Floor held: " : "FLOOR MISSED: ") << "refusals: " << refused << " (at least " << refusal_pairs * 2 << ")\n";
    good = good && enough;
  }
  return good;
}

int run(int argc, char** argv) {
  select_drivers();
  capture_log();
  ::testing::InitGoogleTest(&argc, argv);
  Arguments arguments;
  if (!parse(argc, argv, arguments)) return 2;
  if (arguments.help) {
    std::cout << usage;
    return 0;
  }
  start_watchdog();
  const bool emulated = emulate_cuda();
  if (!arguments.child.empty()) {
    const Watched watched("the child process " + arguments.child);
    return run_child(arguments.child);
  }
  if (!arguments.forged.empty()) {
    const Watched watched("the child process that imports a forged handle into " + arguments.forged);
    return run_forged_child(arguments.forged);
  }
  for (const char* key : {"lavapipe", "emulated-lavapipe", "swiftshader", "nvidia", "gl-lavapipe", "gl-nvidia", "cuda-nvidia",
                          "swiftshader-webgpu", "nvidia-webgpu"}) {
    if (required(key) && find_device(key) == nullptr) {
      std::cout << "FAILED: GEYSER_TEST_REQUIRE names " << key << ", which is not here.\n";
      return 1;
    }
  }
  if (!arguments.device.empty() && find_device(arguments.device) == nullptr) {
    std::cout << "SKIPPED: there is no device " << arguments.device << " here; there are";
    for (const auto& d : devices()) std::cout << " " << d.key;
    std::cout << ".\n";
    return device_missing;
  }
  if (!arguments.api.empty() &&
      std::none_of(all_devices().begin(), all_devices().end(), [&](const DeviceEntry& d) { return to_string(d.api) == arguments.api; })) {
    std::cout << "SKIPPED: there is no device of " << arguments.api << " here, or this build is without it.\n";
    return device_missing;
  }
  if (arguments.refusals_only && devices().size() < 2) {
    std::cout << "SKIPPED: one device alone has nobody to refuse.\n";
    return device_missing;
  }
  plain_only() = arguments.plain;
  const bool host_only = arguments.device == "host";
  if (!host_only && !validation_missing().empty()) {
    std::cout << "VALIDATION IS OFF: " << validation_missing() << "\n";
    if (required("validation")) return 1;
  }
  for (const auto& device : devices()) {
    const bool own = !arguments.refusals_only && arguments.api.empty();
    if (own && (arguments.device.empty() || device.key == arguments.device)) add_pair(device);
  }
  if (!arguments.refusals_only && arguments.device.empty() && add_across(arguments) == 0 && !arguments.api.empty()) {
    std::cout << "FAILED: there are devices of " << arguments.api << ", and no pair with one can share anything.\n";
    return 1;
  }
  if (arguments.refusals_only || (arguments.device.empty() && arguments.api.empty())) add_refusals();
  if (arguments.device.empty()) {
    for (const auto& why : missing_devices()) std::cout << "Not here: " << why << "\n";
  }
  const bool filtered = ::testing::GTEST_FLAG(filter) != "*" || ::testing::GTEST_FLAG(list_tests);
  int status = RUN_ALL_TESTS();
  const std::size_t mark = log_mark();
  {
    const Watched watched("the end of all devices");
    close_pairs();
  }
  // Objects that outlive their device are reported by the layer now.
  for (const auto& line : lines_since(mark, LogLevel::error)) {
    std::cout << "FAILED at the end: " << line.text << "\n";
    status = 1;
  }
  ledger().print_summary(std::cout);
  if (filtered) {
    std::cout << "A filter is set: floors are not checked.\n";
  } else if (!check_floors(arguments, emulated)) {
    status = 1;
  }
  if (!host_only && !validation_missing().empty()) std::cout << "REMINDER: this run had no validation layer.\n";
  if (!arguments.matrix.empty()) {
    if (auto written = write_matrix(arguments.matrix, arguments.date, arguments.machine); !written) {
      std::cerr << written.error().describe() << "\n";
      status = 1;
    }
  }
  return status;
}

}  // namespace
}  // namespace geyser::test

int main(int argc, char** argv) { return geyser::test::run(argc, argv); }
