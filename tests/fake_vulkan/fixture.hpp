// What every test here asserts besides its own: nothing left alive, no descriptor left open, no misuse of Vulkan.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fake_vulkan/fake_driver.hpp"

namespace fake_vulkan {

/// True when exactly one violation was recorded and it contains `part`; forgets it.
inline testing::AssertionResult violated(const std::string& part) {
  const auto all = take_violations();
  if (all.size() != 1) return testing::AssertionFailure() << all.size() << " violations: " << testing::PrintToString(all);
  if (all[0].find(part) == std::string::npos) return testing::AssertionFailure() << all[0];
  return testing::AssertionSuccess();
}

/// True when nothing is alive and nothing was misused.
inline testing::AssertionResult clean() {
  if (const auto live = live_objects(); !live.empty()) return testing::AssertionFailure() << "left alive: " << testing::PrintToString(live);
  if (const auto all = violations(); !all.empty()) return testing::AssertionFailure() << "misuse: " << testing::PrintToString(all);
  if (const auto fds = owned_fds(); fds != 0) return testing::AssertionFailure() << fds << " descriptors left in the driver";
  return testing::AssertionSuccess();
}

class Fixture : public testing::Test {
 protected:
  void SetUp() override {
    fds_ = process_fds();
    reset();
  }
  void TearDown() override {
    EXPECT_TRUE(clean());
    reset();
    EXPECT_EQ(process_fds(), fds_);
  }
  /// Starts again with these devices.
  static void use(std::vector<DeviceConfig> devices) {
    Config config;
    config.devices = std::move(devices);
    reset(config);
  }

 private:
  std::size_t fds_ = 0;
};

}  // namespace fake_vulkan
