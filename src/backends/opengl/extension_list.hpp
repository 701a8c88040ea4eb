// Lists of names as EGL gives them.
#pragma once

#include <algorithm>
#include <string_view>

namespace geyser::opengl {

/// Whether the list of names, separated by spaces, has this one; null has none.
[[nodiscard]] inline bool lists(const char* extensions, std::string_view name) {
  std::string_view rest = extensions == nullptr ? "" : extensions;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    if (rest.substr(0, end) == name) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

}  // namespace geyser::opengl
