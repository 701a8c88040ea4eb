// Children that break the protocol on purpose.
#pragma once

#include <string_view>

#include "stage.hpp"

namespace geyser::test {

/// "lying_reader" and "lying_publisher"; the setting lie=NAME says how. Step 1: at it. Step 2: the victim ended the connection.
[[nodiscard]] Role find_liar_role(std::string_view name);

}  // namespace geyser::test
