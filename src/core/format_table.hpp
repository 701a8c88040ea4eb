// The rows behind format_info(): one per TextureFormat, in the order of the enum.
#pragma once

#include <span>

#include "geyser/format.hpp"

namespace geyser::detail {

[[nodiscard]] std::span<const FormatInfo, format_count> format_table() noexcept;

}  // namespace geyser::detail
