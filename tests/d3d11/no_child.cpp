#include "d3d11/child.hpp"

namespace d3d11_test {

int run_child(int, char**) { return 2; }

}  // namespace d3d11_test
