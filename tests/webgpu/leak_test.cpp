// Nothing grows: descriptors, memory, objects, over thousands of accesses and hundreds of textures.
#include "support/process.hpp"
#include "webgpu/fixture.hpp"

namespace geyser::test::dawn {
namespace {

using Leak = DawnTest;

TEST_F(Leak, descriptors_and_memory_are_flat_over_2000_accesses) {
  auto both = share(plain());
  ASSERT_TRUE(ok(both));
  auto bytes = fill(both->vulkan);
  std::size_t descriptors = 0;
  std::uint64_t memory = 0;
  for (int i = 0; i < 2000; ++i) {
    if (i % 2 == 0) {
      auto found = fetch(both->dawn);
      ASSERT_TRUE(ok(found));
      ASSERT_EQ(*found, bytes);
    } else {
      ASSERT_TRUE(ok(put(both->dawn, bytes)));
    }
    if (i == 500) {  // pools and caches are full by then
      descriptors = open_descriptors();
      memory = resident_bytes();
    }
  }
  ASSERT_TRUE(gpu().finish());
  EXPECT_LE(open_descriptors(), descriptors + 8);  // what is on its way varies a little
  const std::uint64_t grown = resident_bytes() > memory ? resident_bytes() - memory : 0;
  EXPECT_LT(grown, 24U << 20U) << "the process has grown by " << grown << " bytes";
}

TEST_F(Leak, semaphores_are_flat_too) {
  auto made = vulkan().create_shared_semaphore({.kind = SemaphoreKind::host_timeline});
  ASSERT_TRUE(ok(made));
  auto handle = vulkan().export_semaphore(*made);
  ASSERT_TRUE(ok(handle));
  auto here = dawn().import_semaphore(*std::move(handle));
  ASSERT_TRUE(ok(here));
  auto both = share(plain());
  ASSERT_TRUE(ok(both));
  const auto bytes = fill(both->vulkan);
  std::size_t descriptors = 0;
  for (std::uint64_t value = 1; value <= 1000; ++value) {
    AccessInfo info;
    info.signal = SyncPoint{*here, value};
    auto found = fetch(both->dawn, info);
    ASSERT_TRUE(ok(found));
    ASSERT_EQ(*found, bytes);
    ASSERT_TRUE(ok(made->wait(value, std::chrono::seconds(10))));
    if (value == 250) descriptors = open_descriptors();
  }
  EXPECT_LE(open_descriptors(), descriptors + 8);
}

TEST_F(Leak, textures_come_and_go) {
  std::size_t descriptors = 0;
  for (int i = 0; i < 150; ++i) {
    auto both = share(plain());
    ASSERT_TRUE(ok(both));
    const auto bytes = fill(both->vulkan);
    auto found = fetch(both->dawn);
    ASSERT_TRUE(ok(found));
    ASSERT_EQ(*found, bytes);
    if (i == 50) descriptors = open_descriptors();
  }
  EXPECT_LE(open_descriptors(), descriptors + 8);
}

TEST_F(Leak, devices_and_managers_come_and_go) {
  std::size_t descriptors = 0;
  for (int i = 0; i < 8; ++i) {
    {
      auto more = Sides::open();
      ASSERT_TRUE(ok(more));
      auto made = more->dawn->create_shareable_texture(plain());
      ASSERT_TRUE(ok(made));
      ASSERT_TRUE(ok(more->dawn->upload(*made, {}, content_of(random(), plain()))));
    }
    if (i == 3) descriptors = open_descriptors();
  }
  EXPECT_LE(open_descriptors(), descriptors + 8);
}

}  // namespace
}  // namespace geyser::test::dawn
