// Test pictures: real content whose every pixel is known.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tools/common/counter_code.hpp"
#include "tools/common/picture.hpp"

namespace geyser::tools {

enum class Pattern : std::uint8_t {
  smpte,     ///< colour bars with castellations, I, Q and the black steps below them; a still picture
  gradient,  ///< hue from left to right, brightness from top to bottom; moves to the left by four pixels a frame
  checker,   ///< squares of 1/16 of the height; moves by one pixel a frame
  counter,   ///< the frame number in large digits and in cells for programs (read_counter()), over a background that differs each frame
};

/// All of them, in the order of the enum. Static storage.
[[nodiscard]] std::span<const Pattern> all_patterns() noexcept;
[[nodiscard]] std::string_view to_string(Pattern pattern) noexcept;
[[nodiscard]] std::optional<Pattern> pattern_from_name(std::string_view name) noexcept;
/// Depends on the arguments alone: the same frame is the same bytes in every process.
[[nodiscard]] Picture make_pattern(Pattern pattern, std::uint32_t width, std::uint32_t height, std::uint64_t frame = 0);

/// The pattern `counter` as rows that repeat, for those who draw it into other formats.
class CounterLayout {
 public:
  CounterLayout(std::uint32_t picture_width, std::uint32_t picture_height, std::uint64_t frame);
  Pixel background;
  [[nodiscard]] Pixel at(std::uint64_t x, std::uint64_t y) const;
  /// The first row below `y` that may differ from it.
  [[nodiscard]] std::uint64_t band_end(std::uint64_t y) const noexcept;

 private:
  std::uint64_t frame_ = 0;
  CodeBox box_;
  std::string number_;
  std::uint64_t columns_ = 0;
  std::uint64_t cell_ = 1;
  std::uint64_t left_ = 0;
  std::uint64_t top_ = 0;
};

}  // namespace geyser::tools
