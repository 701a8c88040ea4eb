// What the Khronos validation layer says of Dawn's own VkInstance, whose debug callback is Dawn's: the layer writes it to a file too.
#pragma once

#include <string>

namespace geyser::test::dawn {

/// Turns the layer on for every instance of this process from now on. Before the first Vulkan call; once. Threading: one thread.
void start_layer_log();
/// Messages since the last call; empty when there were none. Threading: any thread. Errors: none.
[[nodiscard]] std::string take_layer_messages();

}  // namespace geyser::test::dawn
