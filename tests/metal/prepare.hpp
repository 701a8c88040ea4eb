// What stands behind the door: the system's Metal, or the fake. CMake picks.
#pragma once

namespace geyser::test {

void prepare_metal();
/// True when nothing is left that should not be.
[[nodiscard]] bool end_metal();

}  // namespace geyser::test
