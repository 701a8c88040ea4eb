#include "prepare.hpp"

namespace geyser::test {

void prepare_metal() {}
bool end_metal() { return true; }

}  // namespace geyser::test
