// What every test here asserts besides its own: nothing left alive behind the seam, no descriptor left open, no token kept, and no surface
// used by the GPU while the host had it locked.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "core/process_objects.hpp"
#include "fake_metal/fake_metal.hpp"
#include "geyser/geyser.hpp"
#include "geyser/host.hpp"
#include "geyser/metal.hpp"
#include "support/check.hpp"
#include "support/content.hpp"
#include "support/kinds.hpp"
#include "support/log_capture.hpp"
#include "support/process.hpp"

namespace fake_metal {

using geyser::Errc;
using geyser::MemoryHandleType;
using geyser::SharedSemaphore;
using geyser::SharedTexture;
using geyser::SyncPoint;
using geyser::TextureDescriptor;
using geyser::TextureFormat;
using geyser::TextureRegion;
using geyser::TextureShareManager;
using geyser::TextureUsage;
using geyser::test::fails;
using geyser::test::ok;

class Fixture : public testing::Test {
 protected:
  void SetUp() override { start({DeviceConfig{}}); }
  void TearDown() override {
    stop_failing();
    hold_gpu(false);
    EXPECT_TRUE(drain());
    join();
    EXPECT_EQ(geyser::detail::process_object_count(), 0U);
    EXPECT_EQ(live_objects(), (std::map<std::string, std::size_t>{}));
    EXPECT_EQ(lock_violations(), 0U);
    EXPECT_EQ(geyser::test::open_descriptors(), descriptors_);
  }
  void start(const std::vector<DeviceConfig>& devices) {
    reset(devices);
    descriptors_ = geyser::test::open_descriptors();
  }

 private:
  std::size_t descriptors_ = 0;
};

inline geyser::Result<TextureShareManager> open_manager(std::size_t index = 0) {
  return geyser::metal::create_manager({.device = device(index), .queue = nullptr});
}

inline geyser::test::Random& random() {
  static geyser::test::Random one(geyser::test::seed_for("fake_metal"));
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

/// What somebody else wrote: there is content, and nothing to wait for.
inline geyser::AccessInfo written() {
  geyser::AccessInfo info;
  info.state.emplace();
  info.state->initialized = true;
  info.state->layout = geyser::TextureLayout::general;
  return info;
}

/// A native object of the program's own.
class Owned {
 public:
  explicit Owned(void* object) : object_(object) {}
  [[nodiscard]] void* get() const noexcept { return object_.get(); }

 private:
  geyser::metal::NativeObject object_;
};

}  // namespace fake_metal
