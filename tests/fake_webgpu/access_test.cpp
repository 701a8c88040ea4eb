// Every kind of memory with every kind of fence, emulated: opaque file descriptors, dma-bufs, semaphores, sync files.
#include "fixture.hpp"

namespace fake_dawn {
namespace {

class Emulated : public Fixture, public testing::WithParamInterface<Kinds> {
 protected:
  void SetUp() override {
    Fixture::SetUp();
    make(GetParam().features());
    manager_ = must(adopt());
  }
  void TearDown() override {
    manager_.reset();
    Fixture::TearDown();
  }
  [[nodiscard]] TextureShareManager& dawn() { return *manager_; }
  struct Both {
    SharedTexture vulkan;
    SharedTexture dawn;
    std::vector<std::byte> bytes;
  };
  [[nodiscard]] Both share(const TextureDescriptor& descriptor = plain()) {
    geyser::CreateOptions options{.handle_type = GetParam().memory};
    std::vector<geyser::ModifierSupport> modifiers;
    if (GetParam().memory == geyser::MemoryHandleType::dma_buf) {
      for (const auto& each : must(vulkan().format_support(descriptor))) {
        if (each.type == GetParam().memory) modifiers = each.modifiers;
      }
      options.modifiers = modifiers;
    }
    auto made = must(vulkan().create_shareable_texture(descriptor, options));
    auto bytes = content(descriptor);
    EXPECT_TRUE(ok(vulkan().upload(made, {}, bytes)));
    auto imported = must(dawn().import_texture(must(vulkan().export_texture(made))));
    return {std::move(made), std::move(imported), std::move(bytes)};
  }
  [[nodiscard]] std::vector<std::byte> by_vulkan(SharedTexture& texture, std::size_t bytes, const geyser::AccessInfo& info = {}) {
    std::vector<std::byte> found(bytes);
    geyser::test::poison(found);
    EXPECT_TRUE(ok(vulkan().read_back(texture, {}, found, info)));
    return found;
  }

 private:
  std::optional<TextureShareManager> manager_;
};

TEST_P(Emulated, pixels_both_ways) {
  auto both = share();
  for (int i = 0; i < 5; ++i) {
    auto access = must(both.dawn.begin_read());
    EXPECT_EQ(read(device(), must(geyser::webgpu::acquire(access))), both.bytes);
    ASSERT_TRUE(ok(geyser::webgpu::release(access)));
    ASSERT_TRUE(ok(std::move(access).end()));
    both.bytes = content(both.vulkan.descriptor());
    access = must(both.dawn.begin_write());
    write(device(), must(geyser::webgpu::acquire(access)), both.bytes);
    ASSERT_TRUE(ok(geyser::webgpu::release(access)));
    ASSERT_TRUE(ok(std::move(access).end()));
    EXPECT_EQ(by_vulkan(both.vulkan, both.bytes.size()), both.bytes);
  }
}

TEST_P(Emulated, the_librarys_copies) {
  auto both = share();
  std::vector<std::byte> found(both.bytes.size());
  geyser::test::poison(found);
  ASSERT_TRUE(ok(dawn().read_back(both.dawn, {}, found)));
  EXPECT_EQ(found, both.bytes);
  const auto next = content(both.vulkan.descriptor());
  ASSERT_TRUE(ok(dawn().upload(both.dawn, {}, next)));
  EXPECT_EQ(by_vulkan(both.vulkan, next.size()), next);
}

// Fences go in at the beginning and come out at the end, whether or not something was submitted in between.
TEST_P(Emulated, points_are_waited_for_and_signalled) {
  auto both = share();
  auto there = must(vulkan().create_shared_semaphore({.kind = geyser::SemaphoreKind::timeline}));
  auto here = must(dawn().import_semaphore(must(vulkan().export_semaphore(there))));
  for (std::uint64_t round = 1; round <= 8; ++round) {
    both.bytes = content(both.vulkan.descriptor());
    geyser::AccessInfo by_producer;
    by_producer.signal = geyser::SyncPoint{there, round * 2 - 1};
    ASSERT_TRUE(ok(vulkan().upload(both.vulkan, {}, both.bytes, by_producer)));
    geyser::AccessInfo info;
    info.state = geyser::TextureState{true, geyser::TextureLayout::general, {geyser::SyncPoint{here, round * 2 - 1}}};
    info.signal = geyser::SyncPoint{here, round * 2};
    auto access = must(both.dawn.begin_read(info));
    const auto texture = must(geyser::webgpu::acquire(access));
    if (round % 2 == 0) {
      EXPECT_EQ(read(device(), texture), both.bytes);
    }
    ASSERT_TRUE(ok(geyser::webgpu::release(access)));
    const auto left = must(std::move(access).end());
    EXPECT_EQ(left.layout, geyser::TextureLayout::general);
    EXPECT_TRUE(left.initialized);
    ASSERT_TRUE(ok(there.wait(round * 2, std::chrono::seconds(5))));
  }
}

TEST_P(Emulated, an_access_that_is_abandoned_is_ended) {
  auto both = share();
  for (int i = 0; i < 3; ++i) {
    auto access = must(both.dawn.begin_read());
    const auto texture = must(geyser::webgpu::acquire(access));
    if (i != 1) {
      EXPECT_EQ(read(device(), texture), both.bytes);
    }
  }
  auto access = must(both.dawn.begin_read());
  EXPECT_EQ(read(device(), must(geyser::webgpu::acquire(access))), both.bytes);
  ASSERT_TRUE(ok(geyser::webgpu::release(access)));
  ASSERT_TRUE(ok(std::move(access).end()));
}

// Dawn refuses a begin once, and its memory object is of no use any more: the backend imports another one.
TEST_P(Emulated, a_refused_access_poisons_nothing) {
  auto both = share();
  for (const bool imported : {true, false}) {
    auto own = must(dawn().create_shareable_texture(plain()));
    auto& texture = imported ? both.dawn : own;
    if (!imported) {
      ASSERT_TRUE(ok(dawn().upload(own, {}, both.bytes)));
    }
    for (int i = 0; i < 3; ++i) {
      auto access = must(texture.begin_read());
      fail_function("wgpuSharedTextureMemoryBeginAccess", 1);
      EXPECT_FALSE(geyser::webgpu::acquire(access));
      stop_failing();
      const auto native = geyser::webgpu::acquire(access);
      ASSERT_TRUE(ok(native));
      EXPECT_EQ(read(device(), *native), both.bytes);
      ASSERT_TRUE(ok(geyser::webgpu::release(access)));
      ASSERT_TRUE(ok(std::move(access).end()));
    }
  }
}

TEST_P(Emulated, a_lost_device_ends_everything_by_name) {
  auto both = share();
  auto access = must(both.dawn.begin_read());
  static_cast<void>(must(geyser::webgpu::acquire(access)));
  lose_device("emulated");
  EXPECT_TRUE(fails(geyser::webgpu::release(access), Errc::device_lost));
  static_cast<void>(std::move(access).end());
  auto again = must(both.dawn.begin_read());
  EXPECT_TRUE(fails(geyser::webgpu::acquire(again), Errc::device_lost));
  static_cast<void>(std::move(again).end());
  EXPECT_TRUE(fails(dawn().create_shareable_texture(plain()), Errc::device_lost));
  EXPECT_EQ(by_vulkan(both.vulkan, both.bytes.size()), both.bytes);
}

TEST_P(Emulated, formats_that_dawn_does_not_import_are_refused_by_name) {
  auto descriptor = plain(TextureFormat::rgba8_srgb);
  const bool dma_buf = GetParam().memory == geyser::MemoryHandleType::dma_buf;
  if (dma_buf) {
    EXPECT_TRUE(fails(dawn().create_shareable_texture(descriptor), Errc::unsupported_format, "dma_buf"));
  }
  descriptor.format = TextureFormat::bc1_rgba_unorm;
  descriptor.extent = {64, 32, 1};
  EXPECT_TRUE(fails(dawn().create_shareable_texture(descriptor), Errc::unsupported_format, "TextureCompressionBC"));
}

INSTANTIATE_TEST_SUITE_P(Kinds, Emulated, testing::ValuesIn(all_kinds), [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace fake_dawn
