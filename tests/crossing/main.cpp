#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <string_view>

#include "support/devices.hpp"
#include "support/log_capture.hpp"
#include "support/watchdog.hpp"
#include "tests/crossing/pairs.hpp"
#include "tests/crossing/reader.hpp"

int main(int argc, char** argv) {
  using namespace geyser::test;
  select_drivers();
  if (argc > 2 && std::string_view(argv[1]) == "--run") {  // another program, on the devices that these tests find
    ::execv(argv[2], argv + 2);
    std::perror(argv[2]);
    return 1;
  }
  capture_log();
  ::testing::InitGoogleTest(&argc, argv);
  start_watchdog();
  if (argc == 4 && std::string_view(argv[1]) == "--reader") return read_in_child(argv[2], argv[3]);
  if (device_pairs().empty()) {
    std::cout << "SKIPPED: there are no two Vulkan devices here.\n";
    return 77;
  }
  return RUN_ALL_TESTS();
}
