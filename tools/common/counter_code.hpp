// The frame number that a program can read from the pixels: a box of black and white cells in the upper left corner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "tools/common/picture.hpp"

namespace geyser::tools {

/// Sixteen columns of cells by six rows: a row that is always the same, four rows of number (the highest bits first), a row of CRC-16.
inline constexpr std::uint32_t code_columns = 16;
inline constexpr std::uint32_t code_rows = 6;

/// Where the box lies: from the upper left corner on.
struct CodeBox {
  std::uint32_t cell = 0;  ///< pixels a side; 0: the picture is too small for a box (less than 16x6 pixels)
  [[nodiscard]] std::uint32_t width() const noexcept { return cell * code_columns; }
  [[nodiscard]] std::uint32_t height() const noexcept { return cell * code_rows; }
};
[[nodiscard]] CodeBox code_box(std::uint32_t width, std::uint32_t height) noexcept;
/// True when the cell in that column and row is white for that number. Valid usage: inside the box (asserted).
[[nodiscard]] bool code_cell(std::uint64_t number, std::uint32_t column, std::uint32_t row) noexcept;

/// The number in a picture's box; empty when there is none, or when it is damaged: the CRC tells.
[[nodiscard]] std::optional<std::uint64_t> read_counter(const Picture& picture);
/// The same from a frame's bytes (planes one after the other, rows without gaps) in an uncompressed colour format or a planar one, without
/// decoding more than the box. Empty also for other formats and when the bytes are too few.
[[nodiscard]] std::optional<std::uint64_t> read_counter(std::span<const std::byte> frame, std::uint32_t width, std::uint32_t height,
                                                        TextureFormat format);

}  // namespace geyser::tools
