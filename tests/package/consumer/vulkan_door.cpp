// Compiles and links against the Vulkan component, and runs as far as this machine has drivers.
#include <cstdio>

#include "geyser/geyser.hpp"
#include "geyser/vulkan.hpp"

int main() {
  if (geyser::vulkan::recommended_device_extensions().empty()) return std::fprintf(stderr, "no extension is recommended\n"), 1;
  auto devices = geyser::vulkan::enumerate_devices();
  if (!devices) {
    std::printf("no Vulkan device: %s\n", devices.error().describe().c_str());
    return devices.error().code() == geyser::Errc::not_found ? 0 : 1;
  }
  for (const auto& device : *devices) std::printf("%u: %s\n", device.index, device.identity.name.c_str());
  return 0;
}
