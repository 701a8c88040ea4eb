#include "tools/common/terminal.hpp"

#include <cstdlib>

namespace geyser::tools {

bool wants_color(Stream stream) noexcept {
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return false;
  return shows_escape_codes(stream);
}

std::string tinted(std::string_view text, Tint tint, bool enabled) {
  if (!enabled || tint == Tint::plain) return std::string(text);
  std::string_view code;
  switch (tint) {
    case Tint::plain:
      break;
    case Tint::bold:
      code = "\x1b[1m";
      break;
    case Tint::dim:
      code = "\x1b[2m";
      break;
    case Tint::red:
      code = "\x1b[31m";
      break;
    case Tint::green:
      code = "\x1b[32m";
      break;
    case Tint::yellow:
      code = "\x1b[33m";
      break;
  }
  return std::string(code) + std::string(text) + "\x1b[0m";
}

}  // namespace geyser::tools
