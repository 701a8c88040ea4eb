// What the program's exit code says; the same for every verb. Printed by `geyser --help`.
#pragma once

#include <string_view>

namespace geyser::tools {

enum class ExitCode : int {
  success = 0,
  failure = 1,       ///< something went wrong; standard error says what and what to do
  usage = 2,         ///< the command line is not understood
  not_found = 3,     ///< nothing matches: no such device, no such format
  cannot_share = 4,  ///< doctor: textures cannot be shared on this machine
};

inline constexpr std::string_view exit_code_help =
    "Exit codes: 0 success, 1 failure, 2 wrong usage, 3 nothing found, 4 sharing does not work here (doctor).";

}  // namespace geyser::tools
