// Whether somebody looks at the output, and colour for them alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace geyser::tools {

enum class Stream : std::uint8_t { out, err };
/// True when the stream is a terminal.
[[nodiscard]] bool is_terminal(Stream stream) noexcept;
/// True when the stream is a terminal that moves its cursor and changes colours as escape codes say.
[[nodiscard]] bool shows_escape_codes(Stream stream) noexcept;
/// True when the stream is a terminal that understands colour and nobody asked for none (NO_COLOR set and not empty).
[[nodiscard]] bool wants_color(Stream stream) noexcept;

enum class Tint : std::uint8_t { plain, bold, dim, red, green, yellow };
/// `text` in that colour; unchanged when `enabled` is false.
[[nodiscard]] std::string tinted(std::string_view text, Tint tint, bool enabled);

}  // namespace geyser::tools
