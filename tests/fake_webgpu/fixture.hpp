// A Vulkan manager on the fake driver, a WebGPU manager on the fake Dawn with the first as its partner; and what every test here asserts
// besides its own: nothing left alive, nobody misused, no scope open, no descriptor left.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <vector>

#include "fake_vulkan/fake_driver.hpp"
#include "fake_webgpu/fake_dawn.hpp"
#include "geyser/geyser.hpp"
#include "geyser/vulkan.hpp"
#include "geyser/webgpu.hpp"
#include "support/check.hpp"
#include "support/content.hpp"

namespace fake_dawn {

using geyser::Errc;
using geyser::SharedTexture;
using geyser::TextureDescriptor;
using geyser::TextureFormat;
using geyser::TextureShareManager;
using geyser::test::fails;
using geyser::test::ok;

/// Which kinds of memory and fences a test has. dma_buf and sync files: nothing here has them but this emulation.
struct Kinds {
  const char* name;
  geyser::MemoryHandleType memory;
  bool sync_files;
  [[nodiscard]] std::set<WGPUFeatureName> features() const {
    return {memory == geyser::MemoryHandleType::dma_buf ? WGPUFeatureName_SharedTextureMemoryDmaBuf
                                                        : WGPUFeatureName_SharedTextureMemoryOpaqueFD,
            sync_files ? WGPUFeatureName_SharedFenceSyncFD : WGPUFeatureName_SharedFenceVkSemaphoreOpaqueFD};
  }
};
inline constexpr Kinds all_kinds[] = {{"opaque_fd", geyser::MemoryHandleType::opaque_fd, false},
                                      {"opaque_fd_sync_fd", geyser::MemoryHandleType::opaque_fd, true},
                                      {"dma_buf", geyser::MemoryHandleType::dma_buf, false},
                                      {"dma_buf_sync_fd", geyser::MemoryHandleType::dma_buf, true}};

template <class T>
T must(geyser::Result<T> result) {
  if (!result) {
    ADD_FAILURE() << result.error().describe();
    std::abort();
  }
  return *std::move(result);
}

inline TextureDescriptor plain(TextureFormat format = TextureFormat::rgba8_unorm, std::uint32_t width = 67, std::uint32_t height = 29) {
  TextureDescriptor descriptor;
  descriptor.extent = {width, height, 1};
  descriptor.format = format;
  return descriptor;
}

/// Drivers and devices for one test. Managers are made by adopt(), so that its failures can be tested.
class Fixture : public testing::Test {
 protected:
  void SetUp() override { start(fake_vulkan::mesa_like()); }
  void start(const fake_vulkan::DeviceConfig& config, const Config& dawn = {}) {
    fake_vulkan::Config vulkan;
    vulkan.devices = {config};
    vulkan.devices[0].vendor_id = 0x10DE;
    fake_vulkan::reset(vulkan);
    reset(dawn);
    fds_ = fake_vulkan::process_fds();
    vulkan_device_ = must(geyser::vulkan::Device::create({.get_instance_proc_addr = fake_vulkan::get_instance_proc_addr()}));
    vulkan_ = must(vulkan_device_->create_manager());
  }
  void TearDown() override {
    stop_failing();
    close();
    EXPECT_EQ(live_objects(), (std::map<std::string, std::size_t>{}));
    EXPECT_EQ(take_violations(), std::vector<std::string>{});
    EXPECT_EQ(take_uncaptured(), std::vector<std::string>{});
    EXPECT_EQ(open_scopes(), 0U);
    vulkan_.reset();
    vulkan_device_.reset();
    EXPECT_EQ(fake_vulkan::live_objects(), fake_vulkan::LiveObjects{});
    EXPECT_EQ(fake_vulkan::process_fds(), fds_);
    EXPECT_EQ(fake_vulkan::take_violations(), std::vector<std::string>{});
  }
  /// The device as a user has it; once a test.
  void make(const std::set<WGPUFeatureName>& enabled) { made_ = make_device(enabled); }
  [[nodiscard]] geyser::Result<TextureShareManager> adopt() {
    return geyser::webgpu::create_manager(
        {.instance = made_->instance, .device = made_->device, .get_proc_address = &get_proc_address, .partner = &*vulkan_});
  }
  [[nodiscard]] WGPUDevice device() const { return made_->device; }
  [[nodiscard]] TextureShareManager& vulkan() { return *vulkan_; }
  [[nodiscard]] geyser::test::Random& random() { return random_; }
  [[nodiscard]] std::vector<std::byte> content(const TextureDescriptor& descriptor) {
    return geyser::test::random_content(random_, *geyser::format_info(descriptor.format), 0,
                                        geyser::region_layout(descriptor, {})->total_bytes);
  }
  void close() {
    if (made_) release(*made_);
    made_.reset();
  }

 private:
  std::size_t fds_ = 0;
  std::optional<geyser::vulkan::Device> vulkan_device_;
  std::optional<TextureShareManager> vulkan_;
  std::optional<Made> made_;
  geyser::test::Random random_{geyser::test::seed_for("fake_webgpu")};
};

}  // namespace fake_dawn
