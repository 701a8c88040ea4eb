// Windows: Wine's loader knows no layers, and layers of today have the repairs.
#include "support/layer_turns.hpp"

namespace geyser::test {

PFN_vkGetInstanceProcAddr loader_for_validation() { return nullptr; }

}  // namespace geyser::test
