// Work on shared textures in the queue of a participant's own API.
#pragma once

#include "support/devices.hpp"

namespace geyser::test {

/// Enters. `participant` outlives the result. Errors: unsupported_feature for the host, which has no queue, and for OpenGL ES.
[[nodiscard]] Result<std::unique_ptr<Painter>> create_painter(Participant& participant, std::uint32_t width, std::uint32_t height,
                                                              std::uint32_t slots);

}  // namespace geyser::test
