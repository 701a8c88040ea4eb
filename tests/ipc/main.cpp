// geyser_ipc_tests: see README.md. With --peer PART it is the other end of a channel; --corpus FOLDER writes first inputs for tests/fuzz.
#include <gtest/gtest.h>

#include <iostream>

#include "peers.hpp"
#include "support/devices.hpp"
#include "support/log_capture.hpp"

int main(int argc, char** argv) {
  using namespace geyser::test;
  select_drivers();
  const auto words = arguments_of(argc, argv);
  if (words.size() >= 3 && words[1] == "--peer") return run_peer({words.begin() + 2, words.end()});
  if (words.size() == 3 && words[1] == "--corpus") return write_corpus(words[2]);
  capture_log();
  ::testing::InitGoogleTest(&argc, argv);
  if (devices().size() < 2) std::cout << "NO VULKAN DEVICE: channels carry host memory only.\n";
  return RUN_ALL_TESTS();
}
