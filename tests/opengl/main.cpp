#include <gtest/gtest.h>

#include <iostream>

#include "opengl/fixture.hpp"
#include "support/devices.hpp"
#include "support/log_capture.hpp"
#include "support/watchdog.hpp"

int main(int argc, char** argv) {
  geyser::test::select_drivers();
  geyser::test::capture_log();
  ::testing::InitGoogleTest(&argc, argv);
  if (geyser::test::shared_device() == nullptr) {
    std::cout << "SKIPPED: this machine has no Vulkan device that OpenGL could share with\n";
    return 77;
  }
  geyser::test::start_watchdog();
  const int status = RUN_ALL_TESTS();
  geyser::test::close_vulkan_side();
  return status;
}
