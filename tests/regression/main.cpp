// geyser_regression_tests: see README.md.
#include <gtest/gtest.h>

#include <iostream>

#include "support/devices.hpp"
#include "support/log_capture.hpp"
#include "support/watchdog.hpp"

namespace geyser::test {
void close_participants();
}

int main(int argc, char** argv) {
  using namespace geyser::test;
  select_drivers();
  capture_log();
  ::testing::InitGoogleTest(&argc, argv);
  start_watchdog();
  std::cout << "Devices:";
  for (const auto& device : devices()) std::cout << " " << device.key;
  std::cout << "\n";
  if (devices().size() < 2) std::cout << "NO VULKAN DEVICE: only the host backend is tested.\n";
  if (!validation_missing().empty()) std::cout << "VALIDATION IS OFF: " << validation_missing() << "\n";
  const int status = RUN_ALL_TESTS();
  const std::size_t mark = log_mark();
  {
    const Watched watched("the end of all devices");
    close_participants();
  }
  // Objects that outlive their device are reported by the layer now.
  for (const auto& line : lines_since(mark, geyser::LogLevel::error)) {
    std::cout << "FAILED at the end: " << line.text << "\n";
    return 1;
  }
  return status;
}
