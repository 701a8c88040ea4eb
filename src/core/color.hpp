// Colours that come as numbers from another process.
#pragma once

#include "geyser/texture.hpp"
#include "platform/internal_api.hpp"

namespace geyser::detail {

/// True when every field is one that validate() accepts. Readers ask it for every frame: it is cheap.
[[nodiscard]] GEYSER_INTERNAL_API bool is_color(const ColorInfo& color) noexcept;

}  // namespace geyser::detail
