// What this program does as a second process of a test: `--child WHAT ...`.
#pragma once

#include <string>
#include <vector>

namespace geyser::test::dawn {

/// Which driver the child is shown: lavapipe for the test of what Dawn says of it, else the one under test.
[[nodiscard]] std::string child_driver(const std::string& what);
/// Exit status: 0 when everything was as it should; what was not is on stderr.
[[nodiscard]] int run_child(const std::vector<std::string>& arguments);

}  // namespace geyser::test::dawn
