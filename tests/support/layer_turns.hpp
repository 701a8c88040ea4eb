// Keeps the validation layer's own deadlock out of the tests.
#pragma once

#include <vulkan/vulkan_core.h>

namespace geyser::test {

/// Null where the loader may be used as it is: no validation layer, or one that is repaired. Else the loader's vkGetInstanceProcAddr with
/// waits that take turns with submits and signals; layer_turns.cpp says why. Threading: any thread.
[[nodiscard]] PFN_vkGetInstanceProcAddr loader_for_validation();

}  // namespace geyser::test
