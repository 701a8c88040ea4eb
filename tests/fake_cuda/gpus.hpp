// Two emulated GPUs, each with a Vulkan device and, on a context of its own, CUDA.
#pragma once

#include "backends/cuda/peer.hpp"
#include "partner.hpp"

namespace fake_cuda {

class GpusFixture : public PartnerFixture {
 protected:
  static constexpr std::array<std::uint8_t, 2> uuid_bytes{0x11, 0x22};

  void SetUp() override { use_two({}); }
  void use_two(Config config) {
    fake_vulkan::Config both;
    both.devices = {fake_vulkan::nvidia_like(uuid_bytes[0]), fake_vulkan::nvidia_like(uuid_bytes[1])};
    // Memory of another device would poison a device: nothing here may pass one on.
    fake_vulkan::reset(both);
    Fixture::SetUp();
    config.devices = {DeviceConfig{}, DeviceConfig{}};
    for (std::size_t i = 0; i < 2; ++i) {
      config.devices[i].name = i == 0 ? "Fake CUDA GPU A" : "Fake CUDA GPU B";
      config.devices[i].uuid.fill(uuid_bytes[i]);
    }
    reset(config);
  }
  static geyser::Uuid uuid(std::size_t gpu) {
    geyser::Uuid made;
    made.bytes.fill(uuid_bytes[gpu]);
    return made;
  }
  static TextureShareManager open_vulkan(std::size_t gpu) {
    geyser::vulkan::DeviceOptions options;
    options.get_instance_proc_addr = fake_vulkan::get_instance_proc_addr();
    options.selector.uuid = uuid(gpu);
    return Partners::must(Partners::must(geyser::vulkan::Device::create(options)).create_manager());
  }
};

/// One of the two.
struct Gpu {
  TextureShareManager vulkan;
  TextureShareManager cuda;
};

class Peers : public GpusFixture {
 protected:
  static Gpu open(std::size_t which) {
    auto vulkan = open_vulkan(which);
    auto cuda = Partners::must(geyser::cuda::create_private_manager(uuid(which), &vulkan));
    return {std::move(vulkan), std::move(cuda)};
  }
};

/// Copies within accesses of its own, which end afterwards.
inline geyser::Result<void> copy(geyser::cuda::PeerLink& link, SharedTexture& from, SharedTexture& to,
                                 std::span<const TextureRegion> regions, const geyser::AccessInfo& reading = {},
                                 const geyser::AccessInfo& writing = {}) {
  auto read = from.begin_read(reading);
  if (!read) return std::move(read).error();
  auto write = to.begin_write(writing);
  if (!write) {
    static_cast<void>(std::move(*read).end());
    return std::move(write).error();
  }
  auto done = link.copy({.texture = &from, .waits = read->waits(), .signal = reading.signal, .promise = &*read, .keep = {}},
                        {.texture = &to, .waits = write->waits(), .signal = writing.signal, .promise = &*write, .keep = {}}, regions);
  static_cast<void>(std::move(*read).end());
  static_cast<void>(std::move(*write).end());
  return done;
}

}  // namespace fake_cuda
