// Text over a picture: a small font of five by seven dots, drawn by the CPU into rows of pixels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace geyser::tools {

/// The dots of a printable ASCII character: seven rows, the leftmost dot in bit 4. Others look like '?'. Static storage.
[[nodiscard]] std::span<const std::uint8_t, 7> glyph(char character) noexcept;

/// Lines of text, white on dark, as 4 bytes a pixel (grey, so that RGBA and BGRA look the same; alpha 255).
struct Overlay {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::vector<std::byte> pixels;
};
/// `scale`: pixels a dot. What is beyond `max_width` pixels is cut off.
[[nodiscard]] Overlay draw_overlay(std::span<const std::string> lines, std::uint32_t scale, std::uint32_t max_width);

}  // namespace geyser::tools
