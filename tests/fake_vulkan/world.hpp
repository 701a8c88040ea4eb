// Two managers on the fake driver and what a scenario makes with them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "backends/vulkan/buffer_copies.hpp"
#include "fake_vulkan/fake_driver.hpp"
#include "fake_vulkan/raw_device.hpp"
#include "geyser/geyser.hpp"
#include "geyser/vulkan.hpp"

namespace fake_vulkan {

/// Page-aligned memory of the test's own.
class Pages {
 public:
  explicit Pages(std::size_t bytes);
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;
  ~Pages();
  [[nodiscard]] std::span<std::byte> bytes() const { return {data_, size_}; }

 private:
  std::byte* data_;
  std::size_t size_;
};

struct World {
  std::unique_ptr<Pages> pages;
  std::unique_ptr<RawInstance> raw_instance;
  std::unique_ptr<RawDevice> raw_device;
  std::optional<geyser::vulkan::Device> devices[2];
  std::optional<geyser::TextureShareManager> managers[2];
  std::optional<geyser::TexturePool> pool;
  std::optional<geyser::PooledTexture> pooled;
  std::optional<geyser::SharedTexture> texture;
  std::optional<geyser::SharedTexture> imported;
  std::optional<geyser::TextureHandle> handle;
  geyser::SharedSemaphore semaphore;
  geyser::SharedSemaphore imported_semaphore;
  std::optional<geyser::SemaphoreHandle> semaphore_handle;
  std::optional<geyser::vulkan::SharedFence> fence;
  std::optional<geyser::vulkan::SharedFence> imported_fence;
  std::optional<geyser::vulkan::FenceHandle> fence_handle;
  std::optional<geyser::vulkan::HostBuffer> host_buffer;
  std::unique_ptr<geyser::vulkan::BufferCopies> copies;
  std::vector<geyser::DeviceIdentity> identities;
  std::vector<std::byte> bytes;
  std::optional<geyser::vulkan::DeviceSummary> summary;

  [[nodiscard]] geyser::TextureShareManager& producer() { return *managers[0]; }
  [[nodiscard]] geyser::TextureShareManager& consumer() { return *managers[1]; }
};

/// Aborts with the error's text: set-up that no test asks about.
void must(const geyser::Result<void>& result);
template <class T>
T must(geyser::Result<T> result) {
  if (!result) must(geyser::Result<void>(std::move(result).error()));
  return *std::move(result);
}

[[nodiscard]] geyser::vulkan::DeviceOptions options_for(std::uint32_t index);
/// A device and a manager on `indices[i]` of the configuration's devices.
void open_managers(World& world, std::uint32_t producer = 0, std::uint32_t consumer = 0);
/// A plain device that the test owns, and what a manager needs to adopt it.
void open_raw(World& world, std::size_t index = 0, std::uint32_t api_version = VK_API_VERSION_1_3);
struct Adoption {
  std::vector<const char*> extensions;
  geyser::vulkan::AdoptInfo info;
};
[[nodiscard]] std::unique_ptr<Adoption> adoption_of(const World& world);

[[nodiscard]] geyser::TextureDescriptor descriptor(geyser::TextureFormat format = geyser::TextureFormat::rgba8_unorm,
                                                   std::uint32_t width = 32, std::uint32_t height = 16);
/// Bytes of the first level, layer and plane, different for every seed.
[[nodiscard]] std::vector<std::byte> content(const geyser::TextureDescriptor& of, std::uint8_t seed);

}  // namespace fake_vulkan
