// Names of streams.
#pragma once

#include <string_view>

#include "geyser/result.hpp"

namespace geyser::detail {

/// The kind under which streams stand in the runtime directory.
inline constexpr std::string_view stream_kind = "stream";

/// 1 to max_stream_name_bytes bytes of UTF-8 without control characters. Errors: invalid_argument naming what is wrong.
[[nodiscard]] Result<void> check_stream_name(std::string_view name);

}  // namespace geyser::detail
