#include "support/emulation.hpp"

namespace geyser::test {
bool emulate_cuda() { return false; }
}  // namespace geyser::test
