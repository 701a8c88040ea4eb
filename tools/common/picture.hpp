// A picture in memory, and its bytes in any uncompressed colour format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "geyser/format.hpp"
#include "geyser/result.hpp"

namespace geyser::tools {

/// Rows of RGBA, 8 bits a channel, without gaps, top row first.
struct Picture {
  std::uint32_t width = 0;      ///< pixels
  std::uint32_t height = 0;     ///< pixels
  std::vector<std::byte> rgba;  ///< 4 x width x height bytes
  friend bool operator==(const Picture&, const Picture&) = default;
};

struct Pixel {
  std::uint8_t r = 0;
  std::uint8_t g = 0;
  std::uint8_t b = 0;
  std::uint8_t a = 255;
  friend constexpr bool operator==(const Pixel&, const Pixel&) = default;
};

/// Valid usage: the position lies inside the picture (asserted).
[[nodiscard]] Pixel pixel(const Picture& picture, std::uint32_t x, std::uint32_t y);
void set_pixel(Picture& picture, std::uint32_t x, std::uint32_t y, Pixel value);

/// The rectangle of `picture` at (x, y). Errors: invalid_argument when it does not fit.
[[nodiscard]] Result<Picture> crop(const Picture& picture, std::uint32_t x, std::uint32_t y, std::uint32_t width, std::uint32_t height);
/// Puts `box` into `picture` at (x, y). Errors: invalid_argument when it does not fit.
[[nodiscard]] Result<void> paste(Picture& picture, const Picture& box, std::uint32_t x, std::uint32_t y);

/// The picture as texels of `format`, rows without gaps. Channels that the format lacks are dropped; numbers are scaled to the format's
/// range (signed types use the half above zero; sRGB formats take the bytes as they are; planar formats as planar.hpp says). Errors:
/// unsupported_format for anything but uncompressed colour and planar formats.
[[nodiscard]] Result<std::vector<std::byte>> encode(const Picture& picture, TextureFormat format);
/// The other way: channels that the format lacks become 0, alpha 255. Errors: unsupported_format; invalid_argument when the byte count is
/// wrong.
[[nodiscard]] Result<Picture> decode(std::span<const std::byte> texels, std::uint32_t width, std::uint32_t height, TextureFormat format);

}  // namespace geyser::tools
