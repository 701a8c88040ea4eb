#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <iostream>

#include "fake_cuda/fake_cuda.hpp"
#include "support/devices.hpp"
#include "support/emulation.hpp"

namespace geyser::test {
namespace {

// lavapipe puts file size, offset of the memory and the driver's name with its build before the memory.
std::vector<std::uint8_t> mark_of(TextureShareManager& manager) {
  TextureDescriptor descriptor;
  descriptor.extent = {8, 8, 1};
  descriptor.format = TextureFormat::rgba8_unorm;
  auto texture = manager.create_shareable_texture(descriptor);
  if (!texture) return {};
  auto handle = manager.export_texture(*texture);
  if (!handle) return {};
  std::array<char, 64> name{};
  const auto got = ::pread(handle->handles[0].fd(), name.data(), name.size() - 1, 16);
  const std::size_t length = got > 0 ? ::strnlen(name.data(), static_cast<std::size_t>(got)) : 0;
  return {name.begin(), name.begin() + static_cast<std::ptrdiff_t>(length)};
}

}  // namespace

bool emulate_cuda() {
  fake_cuda::Config config;
  config.asynchronous = true;
  const DeviceEntry* lavapipe = nullptr;
  for (const auto& entry : devices()) {
    if (entry.key == "lavapipe") lavapipe = &entry;
  }
  if (lavapipe != nullptr) {
    auto participant = Participant::open(*lavapipe);
    if (participant) config.memory_mark = mark_of((*participant)->manager());
    const auto& uuid = lavapipe->identity.device_uuid.bytes;
    std::copy(uuid.begin(), uuid.end(), config.devices[0].uuid.begin());
  }
  if (lavapipe != nullptr) config.devices[0].compressed_row_alignment = 1;
  config.devices[0].name = "emulated CUDA device";
  fake_cuda::reset(config);
  std::cout << "EMULATED: CUDA is a driver on the CPU here; nothing of this says what NVIDIA's driver does.\n";
  return true;
}

}  // namespace geyser::test
