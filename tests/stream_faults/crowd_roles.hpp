// Children that come in great numbers, lag behind, or speak over a channel alone.
#pragma once

#include <string_view>

#include "stage.hpp"

namespace geyser::test {

[[nodiscard]] Role find_crowd_role(std::string_view name);

}  // namespace geyser::test
