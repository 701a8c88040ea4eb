// geyser_ipc_tests: see README.md. With --peer PART it is the other end of a channel; --corpus FOLDER writes first inputs for tests/fuzz.
#include <gtest/gtest.h>

#include <iostream>
#include <string_view>

#include "peers.hpp"
#include "support/devices.hpp"
#include "support/log_capture.hpp"

int main(int argc, char** argv) {
  using namespace geyser::test;
  select_drivers();
  if (argc >= 3 && std::string_view(argv[1]) == "--peer") return run_peer({argv + 2, argv + argc});
  if (argc == 3 && std::string_view(argv[1]) == "--corpus") return write_corpus(argv[2]);
  capture_log();
  ::testing::InitGoogleTest(&argc, argv);
  if (devices().size() < 2) std::cout << "NO VULKAN DEVICE: channels carry host memory only.\n";
  return RUN_ALL_TESTS();
}
