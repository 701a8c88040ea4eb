// One way to build the sentences of errors and logs.
#pragma once

#include <sstream>
#include <string>

namespace geyser::detail {

/// Joins its arguments as a stream would print them.
template <class... Parts>
[[nodiscard]] std::string text(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return std::move(out).str();
}

}  // namespace geyser::detail
