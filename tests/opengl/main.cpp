#include <gtest/gtest.h>

#include "support/devices.hpp"
#include "support/log_capture.hpp"
#include "support/watchdog.hpp"

int main(int argc, char** argv) {
  geyser::test::select_drivers();
  geyser::test::capture_log();
  ::testing::InitGoogleTest(&argc, argv);
  geyser::test::start_watchdog();
  return RUN_ALL_TESTS();
}
