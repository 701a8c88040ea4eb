// geyser_unit_tests on Windows: with --part it is the other process of a test.
#include <gtest/gtest.h>

#include "child_windows.hpp"

int main(int argc, char** argv) {
  const auto words = geyser::test::arguments_of(argc, argv);
  if (words.size() >= 3 && words[1] == "--part") return geyser::unit::run_part({words.begin() + 2, words.end()});
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
