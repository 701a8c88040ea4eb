#include <unistd.h>

#include "tools/common/terminal.hpp"

namespace geyser::tools {

bool is_terminal(Stream stream) noexcept { return isatty(stream == Stream::out ? STDOUT_FILENO : STDERR_FILENO) == 1; }

}  // namespace geyser::tools
