// What the user asked for.
#pragma once

#include <string>

#include "geyser/vulkan.hpp"

namespace geyser::demo {

struct Options {
  std::string path = "build/demo/geyser-demo.png";
  std::string device;
  std::string size = "1920x1080";
  std::string pattern = "smpte";
  std::string format = "rgba8_unorm";
  double seconds = 5;
  double fps = 60;
  int repetitions = 20;
  bool validate = false;
  bool sabotage = false;
  bool json = false;

  // Made of the above.
  TextureDescriptor texture;
  vulkan::DeviceOptions device_options;

  // What the demo starts itself with.
  std::string role;
  std::string stream;
};

/// "picture.png" and "-returned": "picture-returned.png".
[[nodiscard]] inline std::string beside(const std::string& path, const std::string& suffix) {
  const auto dot = path.rfind('.');
  const bool has_extension = dot != std::string::npos && path.find('/', dot) == std::string::npos;
  return has_extension ? path.substr(0, dot) + suffix + path.substr(dot) : path + suffix;
}

}  // namespace geyser::demo
