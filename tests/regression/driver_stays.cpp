// A driver that was unloaded while a thread that used it lives on: NVIDIA's leaves a destructor behind in it, and the thread's end crashed.
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <thread>

#include "geyser/vulkan.hpp"
#include "support/devices.hpp"

namespace {

/// How many mapped files are Vulkan drivers that the tests know.
int drivers_loaded() {
  int count = 0;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    for (const char* driver : {"libvulkan_lvp", "libvk_swiftshader", "libGLX_nvidia"}) {
      if (line.find(driver) != std::string::npos) ++count;
    }
  }
  return count;
}

}  // namespace

int main() {
  using namespace geyser;
  test::select_drivers();
  if (drivers_loaded() != 0) {
    std::cout << "FAILED: a driver is loaded before anything was done, so that nothing can be seen.\n";
    return 1;
  }
  bool skipped = false;
  std::string failed;
  std::thread([&] {
    auto devices = vulkan::enumerate_devices();
    skipped = !devices || devices->empty();
    for (std::uint32_t index = 0; !skipped && index < devices->size(); ++index) {
      auto device = vulkan::Device::create({.selector = {.index = index}});
      if (!device) failed = device.error().describe();
    }
  }).join();
  if (skipped) {
    std::cout << "SKIPPED: there is no Vulkan device here.\n";
    return 77;
  }
  if (!failed.empty()) {
    std::cout << "FAILED: " << failed << "\n";
    return 1;
  }
  if (drivers_loaded() == 0) {
    std::cout << "FAILED: every driver was unloaded with its last instance.\n";
    return 1;
  }
  std::cout << "the drivers are still here\n";
  return 0;
}
