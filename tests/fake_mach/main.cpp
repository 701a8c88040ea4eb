#include <gtest/gtest.h>

#include <iostream>

#include "fake_mach/fake_mach.hpp"

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  std::cout << "EMULATED: Apple's platform files over a fake kernel on Linux. Says nothing about Darwin's kernel.\n";
  fake_mach::start_kernel();
  return RUN_ALL_TESTS();
}
