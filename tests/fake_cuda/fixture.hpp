// What every test here asserts besides its own: nothing left alive in the driver, no descriptor left open.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "fake_cuda/fake_cuda.hpp"
#include "fake_vulkan/fake_driver.hpp"
#include "geyser/cuda.hpp"
#include "geyser/geyser.hpp"
#include "geyser/host.hpp"
#include "support/check.hpp"
#include "support/content.hpp"
#include "support/kinds.hpp"
#include "support/log_capture.hpp"

namespace fake_cuda {

using geyser::Errc;
using geyser::SharedTexture;
using geyser::TextureDescriptor;
using geyser::TextureFormat;
using geyser::TextureRegion;
using geyser::TextureShareManager;
using geyser::test::fails;
using geyser::test::ok;

class Fixture : public testing::Test {
 protected:
  void SetUp() override {
    reset();
    fds_ = fake_vulkan::process_fds();
  }
  void TearDown() override {
    stop_failing();
    hold_streams(false);
    open_gate();
    join();
    drain();
    EXPECT_EQ(live_objects(), (std::map<std::string, std::size_t>{}));
    EXPECT_EQ(fake_vulkan::process_fds(), fds_ + left_behind_);
  }
  /// Descriptors that a test leaves open on purpose.
  std::size_t left_behind_ = 0;

 private:
  std::size_t fds_ = 0;
};

inline geyser::test::Random& random() {
  static geyser::test::Random one(geyser::test::seed_for("fake_cuda"));
  return one;
}

inline TextureDescriptor plain(TextureFormat format = TextureFormat::rgba8_unorm, std::uint32_t width = 67, std::uint32_t height = 29) {
  TextureDescriptor descriptor;
  descriptor.extent = {width, height, 1};
  descriptor.format = format;
  return descriptor;
}

inline std::vector<std::byte> content_of(const TextureDescriptor& descriptor, const TextureRegion& region = {}) {
  const auto layout = geyser::region_layout(descriptor, region);
  return geyser::test::random_content(random(), *geyser::format_info(descriptor.format), region.plane, layout ? layout->total_bytes : 0);
}

/// Reads the region into poisoned memory and compares.
inline testing::AssertionResult holds(TextureShareManager& manager, SharedTexture& texture, const TextureRegion& region,
                                      const std::vector<std::byte>& wanted, const geyser::AccessInfo& info = {}) {
  std::vector<std::byte> found(wanted.size());
  geyser::test::poison(found);
  if (auto read = manager.read_back(texture, region, found, info); !read) return geyser::test::describe_failure(read.error());
  return geyser::test::same_content(*geyser::format_info(texture.descriptor().format), region.plane, wanted, found);
}

}  // namespace fake_cuda
