#include "tools/common/pattern.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "tools/common/counter_code.hpp"

namespace geyser::tools {
namespace {

constexpr std::array<Pattern, 4> patterns{Pattern::smpte, Pattern::gradient, Pattern::checker, Pattern::counter};

template <class Shade>
[[nodiscard]] Picture draw(std::uint32_t width, std::uint32_t height, Shade shade) {
  Picture picture{width, height, std::vector<std::byte>(std::size_t{4} * width * height)};
  for (std::uint32_t y = 0; y < height; ++y) {
    for (std::uint32_t x = 0; x < width; ++x) set_pixel(picture, x, y, shade(x, y));
  }
  return picture;
}

/// SMPTE ECR 1-1978 in 8-bit RGB: 75% bars, the reversed blue bars, then -I, white, +Q and the steps around black.
[[nodiscard]] Picture smpte(std::uint32_t width, std::uint32_t height) {
  constexpr Pixel gray{191, 191, 191}, yellow{191, 191, 0}, cyan{0, 191, 191}, green{0, 191, 0}, magenta{191, 0, 191}, red{191, 0, 0},
      blue{0, 0, 191};
  constexpr Pixel black{19, 19, 19}, below{9, 9, 9}, above{29, 29, 29}, white{255, 255, 255}, minus_i{0, 33, 76}, plus_q{50, 0, 106};
  constexpr std::array<Pixel, 7> bars{gray, yellow, cyan, green, magenta, red, blue};
  constexpr std::array<Pixel, 7> castellations{blue, black, magenta, black, cyan, black, gray};
  return draw(width, height, [&](std::uint64_t x, std::uint64_t y) {
    const auto bar = static_cast<std::size_t>(x * 7 / width);
    if (y * 12 < std::uint64_t{height} * 8) return bars[bar];
    if (y * 12 < std::uint64_t{height} * 9) return castellations[bar];
    const std::uint64_t fine = x * 84 / width;  // 12 steps a bar
    if (fine < 15) return minus_i;
    if (fine < 30) return white;
    if (fine < 45) return plus_q;
    if (fine < 60) return black;
    if (fine < 64) return below;
    if (fine < 68) return black;
    if (fine < 72) return above;
    return black;
  });
}

/// A hue between 0 and 1535 (six ramps of 256) at a brightness between 0 and 255.
[[nodiscard]] Pixel hue(std::uint32_t position, std::uint32_t brightness) {
  const std::uint32_t up = position % 256;
  const std::uint32_t down = 255 - up;
  const std::array<std::array<std::uint32_t, 3>, 6> ramps{
      {{255, up, 0}, {down, 255, 0}, {0, 255, up}, {0, down, 255}, {up, 0, 255}, {255, 0, down}}};
  const auto& ramp = ramps[position / 256 % 6];
  const auto dim = [brightness](std::uint32_t value) { return static_cast<std::uint8_t>(value * brightness / 255); };
  return {dim(ramp[0]), dim(ramp[1]), dim(ramp[2])};
}

[[nodiscard]] Picture gradient(std::uint32_t width, std::uint32_t height, std::uint64_t frame) {
  return draw(width, height, [&](std::uint64_t x, std::uint64_t y) {
    const std::uint64_t column = (x + 4 * (frame % width)) % width;
    return hue(static_cast<std::uint32_t>(column * 1536 / width), static_cast<std::uint32_t>(255 - y * 256 / height));
  });
}

[[nodiscard]] Picture checker(std::uint32_t width, std::uint32_t height, std::uint64_t frame) {
  const std::uint64_t square = std::max<std::uint64_t>(1, height / 16);
  return draw(width, height, [&](std::uint64_t x, std::uint64_t y) {
    const bool bright = ((x + frame % (2 * square)) / square + y / square) % 2 == 0;
    return bright ? Pixel{235, 235, 235} : Pixel{40, 44, 52};
  });
}

/// Five columns by seven rows a digit, the leftmost column in the highest bit.
constexpr std::array<std::array<std::uint8_t, 7>, 10> digits{{
    {0b01110, 0b10001, 0b10011, 0b10101, 0b11001, 0b10001, 0b01110},
    {0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110},
    {0b01110, 0b10001, 0b00001, 0b00010, 0b00100, 0b01000, 0b11111},
    {0b11111, 0b00010, 0b00100, 0b00010, 0b00001, 0b10001, 0b01110},
    {0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010},
    {0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110},
    {0b00110, 0b01000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110},
    {0b11111, 0b00001, 0b00010, 0b00100, 0b01000, 0b01000, 0b01000},
    {0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110},
    {0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00010, 0b01100},
}};

}  // namespace

CounterLayout::CounterLayout(std::uint32_t picture_width, std::uint32_t picture_height, std::uint64_t frame)
    : background(hue(static_cast<std::uint32_t>(frame * 97 % 1536), 110)), frame_(frame), box_(code_box(picture_width, picture_height)) {
  number_ = std::to_string(frame);
  if (number_.size() < 4) number_.insert(0, 4 - number_.size(), '0');
  // A digit takes six cells (one of them a gap) by seven; the number fills at most four fifths of the picture.
  columns_ = 6 * number_.size() - 1;
  cell_ = std::max<std::uint64_t>(1, std::min(std::uint64_t{picture_width} * 4 / 5 / columns_, std::uint64_t{picture_height} * 4 / 5 / 7));
  left_ = picture_width > columns_ * cell_ ? (picture_width - columns_ * cell_) / 2 : 0;
  top_ = picture_height > 7 * cell_ ? (picture_height - 7 * cell_) / 2 : 0;
}

Pixel CounterLayout::at(std::uint64_t x, std::uint64_t y) const {
  if (x < box_.width() && y < box_.height()) {
    const bool white = code_cell(frame_, static_cast<std::uint32_t>(x) / box_.cell, static_cast<std::uint32_t>(y) / box_.cell);
    return white ? Pixel{255, 255, 255} : Pixel{0, 0, 0};
  }
  if (x < left_ || y < top_) return background;
  const std::uint64_t column = (x - left_) / cell_;
  const std::uint64_t row = (y - top_) / cell_;
  if (column >= columns_ || row >= 7 || column % 6 == 5) return background;
  const auto digit = static_cast<std::size_t>(number_[static_cast<std::size_t>(column / 6)] - '0');
  const bool set = (digits[digit][static_cast<std::size_t>(row)] >> (4 - column % 6) & 1U) != 0;
  return set ? Pixel{255, 255, 255} : background;
}

std::uint64_t CounterLayout::band_end(std::uint64_t y) const noexcept {
  // Rows change where a row of cells of the box, or of the digits, begins.
  std::uint64_t end = ~std::uint64_t{0};
  const auto edge = [&](std::uint64_t at) {
    if (at > y) end = std::min(end, at);
  };
  if (y < box_.height()) edge((y / box_.cell + 1) * box_.cell);
  if (y < top_) edge(top_);
  if (y >= top_ && y < top_ + 7 * cell_) edge(top_ + ((y - top_) / cell_ + 1) * cell_);
  return end;
}

std::span<const Pattern> all_patterns() noexcept { return patterns; }

std::string_view to_string(Pattern pattern) noexcept {
  switch (pattern) {
    case Pattern::smpte:
      return "smpte";
    case Pattern::gradient:
      return "gradient";
    case Pattern::checker:
      return "checker";
    case Pattern::counter:
      return "counter";
  }
  return "unknown";
}

std::optional<Pattern> pattern_from_name(std::string_view name) noexcept {
  const auto found = std::ranges::find_if(patterns, [name](Pattern p) { return to_string(p) == name; });
  if (found == patterns.end()) return std::nullopt;
  return *found;
}

namespace {

[[nodiscard]] Picture counter(std::uint32_t width, std::uint32_t height, std::uint64_t frame) {
  const CounterLayout layout(width, height, frame);
  return draw(width, height, [&](std::uint64_t x, std::uint64_t y) { return layout.at(x, y); });
}

}  // namespace

Picture make_pattern(Pattern pattern, std::uint32_t width, std::uint32_t height, std::uint64_t frame) {
  switch (pattern) {
    case Pattern::smpte:
      return smpte(width, height);
    case Pattern::gradient:
      return gradient(width, height, frame);
    case Pattern::checker:
      return checker(width, height, frame);
    case Pattern::counter:
      return counter(width, height, frame);
  }
  return {};
}

}  // namespace geyser::tools
