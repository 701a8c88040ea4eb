// What the other process of a test does.
#pragma once

#include <string_view>

namespace fake_metal {

/// Exit status. `argument` is the role's.
int run_child(std::string_view role, std::string_view argument);

}  // namespace fake_metal
