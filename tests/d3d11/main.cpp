#include <gtest/gtest.h>

#include <string_view>

#include "d3d11/child.hpp"
#include "support/log_capture.hpp"

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "--child") return d3d11_test::run_child(argc, argv);
  testing::InitGoogleTest(&argc, argv);
  geyser::test::capture_log();
  return RUN_ALL_TESTS();
}
