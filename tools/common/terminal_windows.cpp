#include <cstdlib>

#include "platform/windows.hpp"
#include "tools/common/terminal.hpp"

namespace geyser::tools {
namespace {

[[nodiscard]] bool console_mode(Stream stream, DWORD& mode) noexcept {
  return GetConsoleMode(GetStdHandle(stream == Stream::out ? STD_OUTPUT_HANDLE : STD_ERROR_HANDLE), &mode) != 0;
}

}  // namespace

bool is_terminal(Stream stream) noexcept {
  DWORD mode = 0;
  return console_mode(stream, mode);
}

bool shows_escape_codes(Stream stream) noexcept {
  // CommandLine has asked for it; a console older than Windows 10 refuses.
  const char* term = std::getenv("TERM");
  DWORD mode = 0;
  return (term == nullptr || std::string_view(term) != "dumb") && console_mode(stream, mode) &&
         (mode & ENABLE_VIRTUAL_TERMINAL_PROCESSING) != 0;
}

}  // namespace geyser::tools
