// Two devices that share nothing.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "support/devices.hpp"

namespace geyser::test {

/// Keys of Vulkan devices, each with each other, both ways.
[[nodiscard]] inline std::vector<std::pair<std::string, std::string>> device_pairs() {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& from : devices()) {
    for (const auto& to : devices()) {
      if (from.vulkan && to.vulkan && from.key != to.key) pairs.emplace_back(from.key, to.key);
    }
  }
  return pairs;
}

[[nodiscard]] inline std::string pair_name(const std::pair<std::string, std::string>& pair) {
  std::string name = pair.first + "_to_" + pair.second;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

}  // namespace geyser::test
