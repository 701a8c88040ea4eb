// The textures that every pair of devices passes on, and the child that publishes one after the other.
#pragma once

#include <string_view>
#include <vector>

#include "geyser/texture.hpp"
#include "stage.hpp"

namespace geyser::test {

/// rgba8, nv12, rgba16_float, bc1, depth, array, mip chain.
[[nodiscard]] const std::vector<TextureDescriptor>& catalogue();

/// Role "catalogue": publishes entry 1 (index 0), 2, ... each as a generation of its own, again and again until `allowed` is above its
/// number; `step` is the number. An entry that the device cannot share is skipped, and its bit is set in `skipped`. Afterwards the stream
/// ends and begins again with the first entry: step is the number of entries + 1.
[[nodiscard]] Role find_catalogue_role(std::string_view name);

}  // namespace geyser::test
