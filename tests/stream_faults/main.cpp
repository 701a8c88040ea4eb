// geyser_stream_faults: see README.md.
#include <gtest/gtest.h>

#include <iostream>
#include <string_view>

#include "geyser/geyser.hpp"
#include "stage.hpp"
#include "support/devices.hpp"
#include "support/log_capture.hpp"

int main(int argc, char** argv) {
  using namespace geyser::test;
  select_drivers();
  capture_log();
  geyser::set_log_level(geyser::LogLevel::info);  // refusals are told at this level
  if (argc > 1 && std::string_view(argv[1]) == "--role") return run_role(argc, argv);
  ::testing::InitGoogleTest(&argc, argv);
  std::cout << "Devices:";
  for (const auto& device : devices()) std::cout << " " << device.key;
  std::cout << (long_tests() ? "; long forms" : "") << "\n";
  if (!validation_missing().empty()) std::cout << "VALIDATION IS OFF: " << validation_missing() << "\n";
  return RUN_ALL_TESTS();
}
