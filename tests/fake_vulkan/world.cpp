#include "fake_vulkan/world.hpp"

#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>

namespace fake_vulkan {

Pages::Pages(std::size_t bytes)
    : data_(static_cast<std::byte*>(mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))), size_(bytes) {
  if (data_ == MAP_FAILED) std::abort();
}
Pages::~Pages() { munmap(data_, size_); }

void must(const geyser::Result<void>& result) {
  if (result) return;
  std::fprintf(stderr, "set-up fails: %s\n", result.error().describe().c_str());
  std::abort();
}

geyser::vulkan::DeviceOptions options_for(std::uint32_t index) {
  geyser::vulkan::DeviceOptions options;
  options.selector.index = index;
  options.get_instance_proc_addr = get_instance_proc_addr();
  return options;
}

void open_managers(World& world, std::uint32_t producer, std::uint32_t consumer) {
  const std::uint32_t indices[] = {producer, consumer};
  for (std::size_t i = 0; i < 2; ++i) {
    world.devices[i] = must(geyser::vulkan::Device::create(options_for(indices[i])));
    world.managers[i] = must(world.devices[i]->create_manager());
  }
}

void open_raw(World& world, std::size_t index, std::uint32_t api_version) {
  world.raw_instance = std::make_unique<RawInstance>(api_version);
  RawDeviceOptions options;
  options.index = index;
  world.raw_device = std::make_unique<RawDevice>(*world.raw_instance, options);
}

std::unique_ptr<Adoption> adoption_of(const World& world) {
  auto adoption = std::make_unique<Adoption>();
  for (const auto& each : world.raw_device->extensions) adoption->extensions.push_back(each.c_str());
  auto& info = adoption->info;
  info.instance = world.raw_instance->handle;
  info.physical_device = world.raw_device->physical;
  info.device = world.raw_device->handle;
  info.queue = world.raw_device->queue;
  info.get_instance_proc_addr = get_instance_proc_addr();
  info.api_version = world.raw_instance->api_version;
  info.enabled_device_extensions = adoption->extensions;
  info.timeline_semaphore_enabled = world.raw_device->timeline;
  return adoption;
}

geyser::TextureDescriptor descriptor(geyser::TextureFormat format, std::uint32_t width, std::uint32_t height) {
  geyser::TextureDescriptor result;
  result.extent = {width, height, 1};
  result.format = format;
  return result;
}

std::vector<std::byte> content(const geyser::TextureDescriptor& of, std::uint8_t seed) {
  const auto layout = must(geyser::region_layout(of, {}));
  std::vector<std::byte> bytes(layout.total_bytes);
  std::uint32_t state = seed * 2654435761U + 1U;
  for (auto& byte : bytes) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<std::byte>(state >> 24U);
  }
  return bytes;
}

}  // namespace fake_vulkan
