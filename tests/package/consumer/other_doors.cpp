// Compiles and links against the OpenGL and CUDA components, and runs as far as this machine has drivers.
#include <cstdio>

#include "geyser/cuda.hpp"
#include "geyser/geyser.hpp"
#include "geyser/opengl.hpp"

int main() {
  const auto context = geyser::opengl::identify();  // none is current
  if (context || (context.error().code() != geyser::Errc::invalid_state && context.error().code() != geyser::Errc::not_found)) {
    return std::fprintf(stderr, "OpenGL finds a context that nobody made, or does not say that there is none\n"), 1;
  }
  std::printf("OpenGL: %s\n", context.error().describe().c_str());
  const auto devices = geyser::cuda::enumerate_devices();
  if (!devices) {
    std::printf("CUDA: %s\n", devices.error().describe().c_str());
    return devices.error().code() == geyser::Errc::not_found ? 0 : 1;
  }
  for (const auto& device : *devices) std::printf("CUDA %d: %s\n", device.ordinal, device.identity.name.c_str());
  return 0;
}
