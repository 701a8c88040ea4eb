#include "tools/common/pattern_frames.hpp"

#include <algorithm>
#include <cstring>

#include "core/message.hpp"
#include "tools/common/planar.hpp"

namespace geyser::tools {
namespace {

[[nodiscard]] std::uint64_t square_of(std::uint32_t height) { return std::max<std::uint64_t>(1, height / 16); }

/// One texel of `format` in that colour.
[[nodiscard]] Result<std::vector<std::byte>> encode_pixel(Pixel value, TextureFormat format) {
  Picture one{1, 1, std::vector<std::byte>(4)};
  set_pixel(one, 0, 0, value);
  return encode(one, format);
}

}  // namespace

Result<PatternFrames> PatternFrames::still(const Picture& picture, TextureFormat format) {
  if (picture.width == 0 || picture.height == 0) return Error(Errc::invalid_argument, "The picture is empty; give one with pixels.");
  PatternFrames frames;
  frames.pattern_ = Pattern::smpte;
  frames.width_ = picture.width;
  frames.height_ = picture.height;
  frames.format_ = format;
  auto bytes = encode(picture, format);
  if (!bytes) return std::move(bytes).error();
  frames.stored_ = *std::move(bytes);
  return frames;
}

Result<PatternFrames> PatternFrames::create(Pattern pattern, std::uint32_t width, std::uint32_t height, TextureFormat format) {
  if (width == 0 || height == 0) return Error(Errc::invalid_argument, "The picture is empty; give a width and a height above 0.");
  if (pattern == Pattern::smpte) return still(make_pattern(pattern, width, height), format);
  PatternFrames frames;
  frames.pattern_ = pattern;
  frames.width_ = width;
  frames.height_ = height;
  frames.format_ = format;
  if (is_planar(format)) {
    // A single pixel shows whether the size suits the format, before anything is announced.
    if (auto probe = encode(Picture{width, height, std::vector<std::byte>(std::size_t{4} * width * height)}, format); !probe) {
      return std::move(probe).error();
    }
    return frames;
  }
  const auto probe = encode_pixel({}, format);
  if (!probe) return probe.error().clone();
  frames.texel_ = probe->size();
  frames.current_.resize(frames.texel_ * width * height);
  if (pattern == Pattern::counter) return frames;
  const std::uint64_t period = pattern == Pattern::checker ? 2 * square_of(height) : width;
  frames.stored_width_ = (width + period - 1) / period * period;
  Picture wide = make_pattern(pattern, pattern == Pattern::checker ? static_cast<std::uint32_t>(frames.stored_width_) : width, height);
  auto bytes = encode(wide, format);
  if (!bytes) return std::move(bytes).error();
  frames.stored_ = *std::move(bytes);
  return frames;
}

Result<std::span<const std::byte>> PatternFrames::frame(std::uint64_t number) {
  switch (pattern_) {
    case Pattern::smpte:
      return std::span<const std::byte>(stored_);
    case Pattern::gradient:
    case Pattern::checker:
    case Pattern::counter:
      break;
  }
  if (texel_ == 0) {
    auto bytes = encode(make_pattern(pattern_, width_, height_, number), format_);
    if (!bytes) return std::move(bytes).error();
    current_ = *std::move(bytes);
  } else if (pattern_ == Pattern::counter) {
    draw_counter(number);
  } else {
    scroll(pattern_ == Pattern::gradient ? 4 * (number % width_) % width_ : number % (2 * square_of(height_)));
  }
  return std::span<const std::byte>(current_);
}

void PatternFrames::scroll(std::uint64_t texels) {
  const std::size_t stored_row = stored_width_ * texel_;
  const std::size_t row = std::size_t{width_} * texel_;
  const std::size_t from = texels * texel_;
  const std::size_t first = std::min(row, stored_row - from);
  for (std::size_t y = 0; y < height_; ++y) {
    std::memcpy(current_.data() + y * row, stored_.data() + y * stored_row + from, first);
    std::memcpy(current_.data() + y * row + first, stored_.data() + y * stored_row, row - first);
  }
}

void PatternFrames::draw_counter(std::uint64_t number) {
  const CounterLayout layout(width_, height_, number);
  // Three colours are all there is; create() has seen that the format takes them.
  const std::vector<std::byte> background = *encode_pixel(layout.background, format_);
  const std::vector<std::byte> white = *encode_pixel({255, 255, 255}, format_);
  const std::vector<std::byte> black = *encode_pixel({0, 0, 0}, format_);
  const std::size_t row = std::size_t{width_} * texel_;
  for (std::uint64_t y = 0; y < height_;) {
    std::byte* const first = current_.data() + y * row;
    for (std::uint64_t x = 0; x < width_; ++x) {
      const Pixel color = layout.at(x, y);
      const auto& texel = color == layout.background ? background : color == Pixel{0, 0, 0} ? black : white;
      std::memcpy(first + x * texel_, texel.data(), texel_);
    }
    const std::uint64_t end = std::min<std::uint64_t>(layout.band_end(y), height_);
    for (std::uint64_t below = y + 1; below < end; ++below) std::memcpy(current_.data() + below * row, first, row);
    y = end;
  }
}

}  // namespace geyser::tools
