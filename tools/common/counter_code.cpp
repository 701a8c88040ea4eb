#include "tools/common/counter_code.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace geyser::tools {
namespace {

/// Runs of one, two and four cells: no still picture has this by chance, and every row of noise misses it.
constexpr std::uint16_t finder = 0b1010'1100'1111'0000;
constexpr std::uint8_t surely_white = 160;
constexpr std::uint8_t surely_black = 96;

/// CRC-16/CCITT with all bits set at the start, so that a number of 0 in black cells alone is no valid box.
[[nodiscard]] std::uint16_t crc16(std::uint64_t number) noexcept {
  std::uint16_t crc = 0xffff;
  for (int shift = 56; shift >= 0; shift -= 8) {
    crc = static_cast<std::uint16_t>(crc ^ static_cast<std::uint16_t>((number >> shift & 0xffU) << 8));
    for (int bit = 0; bit < 8; ++bit) crc = static_cast<std::uint16_t>((crc & 0x8000U) != 0 ? crc << 1 ^ 0x1021 : crc << 1);
  }
  return crc;
}

[[nodiscard]] std::uint16_t row_bits(std::uint64_t number, std::uint32_t row) noexcept {
  if (row == 0) return finder;
  if (row == code_rows - 1) return crc16(number);
  return static_cast<std::uint16_t>(number >> (16 * (4 - row)));
}

/// `box` begins at the picture's corner and holds at least the cells.
[[nodiscard]] std::optional<std::uint64_t> read_cells(const Picture& box, std::uint32_t cell) {
  std::uint64_t number = 0;
  for (std::uint32_t row = 0; row < code_rows; ++row) {
    std::uint16_t bits = 0;
    for (std::uint32_t column = 0; column < code_columns; ++column) {
      // Red, because every colour format has it.
      const std::uint8_t level = pixel(box, column * cell + cell / 2, row * cell + cell / 2).r;
      if (level < surely_white && level > surely_black) return std::nullopt;
      bits = static_cast<std::uint16_t>(bits << 1 | (level >= surely_white ? 1 : 0));
    }
    if (row == 0 && bits != finder) return std::nullopt;
    if (row == code_rows - 1) return bits == crc16(number) ? std::optional(number) : std::nullopt;
    if (row != 0) number = number << 16 | bits;
  }
  return std::nullopt;
}

/// What a frame's first plane is by itself: brightness, for planar formats.
[[nodiscard]] TextureFormat first_plane(TextureFormat format) noexcept {
  if (format == TextureFormat::nv12 || format == TextureFormat::i420) return TextureFormat::r8_unorm;
  return format == TextureFormat::p010 ? TextureFormat::r16_unorm : format;
}

}  // namespace

CodeBox code_box(std::uint32_t width, std::uint32_t height) noexcept {
  if (width < code_columns || height < code_rows) return {};
  return {std::max(1U, std::min(width / (4 * code_columns), height / (4 * code_rows)))};
}

bool code_cell(std::uint64_t number, std::uint32_t column, std::uint32_t row) noexcept {
  assert(column < code_columns && row < code_rows);
  return (row_bits(number, row) >> (code_columns - 1 - column) & 1U) != 0;
}

std::optional<std::uint64_t> read_counter(const Picture& picture) {
  const CodeBox box = code_box(picture.width, picture.height);
  if (box.cell == 0) return std::nullopt;
  return read_cells(picture, box.cell);
}

std::optional<std::uint64_t> read_counter(std::span<const std::byte> frame, std::uint32_t width, std::uint32_t height,
                                          TextureFormat format) {
  const TextureFormat plane = first_plane(format);
  const FormatInfo* info = format_info(plane);
  const CodeBox box = code_box(width, height);
  if (info == nullptr || info->kind != FormatKind::color || box.cell == 0) return std::nullopt;
  const std::size_t texel = info->planes[0].block_bytes;
  const std::size_t row = texel * width;
  if (frame.size() < row * height) return std::nullopt;
  std::vector<std::byte> corner(texel * box.width() * box.height());
  for (std::size_t y = 0; y < box.height(); ++y) {
    std::memcpy(corner.data() + y * texel * box.width(), frame.data() + y * row, texel * box.width());
  }
  const auto decoded = decode(corner, box.width(), box.height(), plane);
  if (!decoded) return std::nullopt;
  return read_cells(*decoded, box.cell);
}

}  // namespace geyser::tools
