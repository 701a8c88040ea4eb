#include <unistd.h>

#include <cstdlib>

#include "tools/common/terminal.hpp"

namespace geyser::tools {

bool is_terminal(Stream stream) noexcept { return isatty(stream == Stream::out ? STDOUT_FILENO : STDERR_FILENO) == 1; }

bool shows_escape_codes(Stream stream) noexcept {
  const char* term = std::getenv("TERM");
  return term != nullptr && std::string_view(term) != "dumb" && is_terminal(stream);
}

}  // namespace geyser::tools
