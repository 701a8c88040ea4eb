// A Vulkan manager on the fake Vulkan driver and a CUDA manager on the same device, with the first as its partner.
#pragma once

#include "fixture.hpp"
#include "geyser/vulkan.hpp"

namespace fake_cuda {

struct Partners {
  geyser::vulkan::Device device;
  TextureShareManager vulkan;
  TextureShareManager cuda;

  static Partners open(const geyser::cuda::AdoptInfo& given = {}) {
    geyser::vulkan::DeviceOptions options;
    options.get_instance_proc_addr = fake_vulkan::get_instance_proc_addr();
    auto device = must(geyser::vulkan::Device::create(options));
    auto vulkan = must(device.create_manager());
    auto info = given;
    info.partner = &vulkan;
    auto cuda = must(geyser::cuda::create_manager(info));
    return {std::move(device), std::move(vulkan), std::move(cuda)};
  }

  template <class T>
  static T must(geyser::Result<T> result) {
    if (!result) {
      ADD_FAILURE() << result.error().describe();
      std::abort();
    }
    return *std::move(result);
  }
};

class PartnerFixture : public Fixture {
 protected:
  void SetUp() override { use(Config{}); }
  /// Starts both drivers again.
  void use(const Config& config, const fake_vulkan::DeviceConfig& vulkan = fake_vulkan::nvidia_like()) {
    fake_vulkan::Config both;
    both.devices = {vulkan};
    fake_vulkan::reset(both);
    Fixture::SetUp();
    reset(config);
  }
  void TearDown() override {
    Fixture::TearDown();
    EXPECT_EQ(fake_vulkan::live_objects(), fake_vulkan::LiveObjects{});
    // The fake Vulkan driver knows no API beside its own that could have released an image: CUDA has no layouts and no queue families.
    auto misuse = fake_vulkan::violations();
    std::erase_if(misuse, [](const std::string& each) { return each.find("acquired from outside with content, but nobody") != each.npos; });
    EXPECT_EQ(misuse, std::vector<std::string>{});
  }
};

}  // namespace fake_cuda
