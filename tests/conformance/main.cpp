// geyser_conformance: see README.md. Exit status 77: the device asked for is not here.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>

#include "floors.hpp"
#include "pair.hpp"
#include "support/log_capture.hpp"
#include "support/watchdog.hpp"

namespace geyser::test {
namespace {

constexpr int device_missing = 77;

struct Arguments {
  std::string device;  // empty: all
  bool refusals_only = false;
  std::string matrix;
  std::string date = "no date given";
  std::string machine = "no machine named";
  std::string child;
  bool help = false;
};

constexpr std::string_view usage =
    "geyser_conformance [--device KEY] [--refusals] [--matrix FILE --date DATE --machine WORDS] [--gtest_...]\n"
    "  --device KEY    only pairs of this device with itself (host, lavapipe, swiftshader, nvidia, ...)\n"
    "  --refusals      only pairs of different devices\n"
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

void add_refusals() {
  for (const auto& exporter : devices()) {
    for (const auto& importer : devices()) {
      if (exporter.key != importer.key) add_refusal_tests(std::make_shared<Pair>(exporter, importer));
    }
  }
}

// Fewer cases than the floor: a failure, however green the rest is.
bool check_floors(const Arguments& arguments) {
  bool good = true;
  for (const auto& device : devices()) {
    if (arguments.refusals_only || (!arguments.device.empty() && device.key != arguments.device)) continue;
    const auto floor = std::find_if(floors.begin(), floors.end(), [&](const Floor& f) { return device.key.starts_with(f.device); });
    if (floor == floors.end()) {
      std::cout << "No floor is set for " << device.key << ".\n";
      continue;
    }
    const std::size_t formats = ledger().formats_passed(device.key);
    const std::size_t content = ledger().count(device.key, Outcome::passed, "content");
    const std::size_t all = ledger().count(device.key, Outcome::passed);
    const auto check = [&](const char* what, std::size_t ran, std::size_t least) {
      const bool enough = ran >= least;
      std::cout << (enough ? "Floor held: " : "FLOOR MISSED: ") << device.key << " " << what << ": " << ran << " (at least " << least
                << ")\n";
      good = good && enough;
    };
    check("formats shared", formats, floor->formats);
    check("content cases", content, floor->content);
    check("other cases", all - content, floor->others);
  }
  if (arguments.refusals_only) {
    std::size_t refused = 0;
    for (const auto& device : devices()) refused += ledger().count(device.key, Outcome::refused);
    const std::size_t pairs = devices().size() * (devices().size() - 1);
    const bool enough = pairs > 0 && refused >= pairs * 2;
    std::cout << (enough ? "Floor held: " : "FLOOR MISSED: ") << "refusals: " << refused << " (at least " << pairs * 2 << ")\n";
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
  if (!arguments.child.empty()) {
    const Watched watched("the child process " + arguments.child);
    return run_child(arguments.child);
  }
  for (const char* key : {"lavapipe", "swiftshader", "nvidia"}) {
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
  if (arguments.refusals_only && devices().size() < 2) {
    std::cout << "SKIPPED: one device alone has nobody to refuse.\n";
    return device_missing;
  }
  const bool host_only = arguments.device == "host";
  if (!host_only && !validation_missing().empty()) {
    std::cout << "VALIDATION IS OFF: " << validation_missing() << "\n";
    if (required("validation")) return 1;
  }
  for (const auto& device : devices()) {
    if (!arguments.refusals_only && (arguments.device.empty() || device.key == arguments.device)) add_pair(device);
  }
  if (arguments.refusals_only || arguments.device.empty()) add_refusals();
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
  } else if (!check_floors(arguments)) {
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
