#include <gtest/gtest.h>

#include "support/log_capture.hpp"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  geyser::test::capture_log();
  return RUN_ALL_TESTS();
}
