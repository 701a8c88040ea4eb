// A picture made smaller: what `maxWidth` asks for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace geyser::tools::web {

struct Size {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  friend constexpr bool operator==(const Size&, const Size&) = default;
};

/// `size` with at most `max_width` pixels in a row and the same shape; at least 1x1.
[[nodiscard]] Size fit_width(Size size, std::uint32_t max_width) noexcept;
/// Each pixel of `to` is the mean of those of `from` that it covers; four bytes a pixel, rows without gaps. Valid usage: `to` is no larger
/// than `from` in either direction, the spans have 4 x width x height bytes (both asserted).
void shrink(std::span<const std::byte> from, Size from_size, std::span<std::byte> to, Size to_size);

}  // namespace geyser::tools::web
