#include "tools/common/picture.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/message.hpp"
#include "tools/common/planar.hpp"

namespace geyser::tools {
namespace {

using detail::text;

/// Channels between 0 and 1, in the order R, G, B, A.
using Color = std::array<double, 4>;

/// Floats without a sign: five bits of exponent and `mantissa_bits` below it (half without its sign, and the channels of rg11b10).
[[nodiscard]] std::uint32_t small_float(double value, int mantissa_bits) {
  if (value <= 0.0) return 0;
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);  // in [0.5, 1)
  const int biased = exponent - 1 + 15;
  if (biased <= 0) return static_cast<std::uint32_t>(std::nearbyint(std::ldexp(value, 14 + mantissa_bits)));
  // A mantissa that rounds up to the next power of two carries into the exponent by the addition.
  const double mantissa = std::nearbyint(std::ldexp(2.0 * fraction - 1.0, mantissa_bits));
  return (static_cast<std::uint32_t>(biased) << mantissa_bits) + static_cast<std::uint32_t>(mantissa);
}

[[nodiscard]] double from_small_float(std::uint32_t bits, int mantissa_bits) {
  const int exponent = static_cast<int>(bits >> mantissa_bits);
  const auto mantissa = static_cast<double>(bits & ((1U << mantissa_bits) - 1U));
  if (exponent == 0) return std::ldexp(mantissa, -14 - mantissa_bits);
  if (exponent == 31) return mantissa == 0.0 ? std::numeric_limits<double>::infinity() : 0.0;
  return std::ldexp(1.0 + std::ldexp(mantissa, -mantissa_bits), exponent - 15);
}

/// 2^bits - 1.
[[nodiscard]] double top(int bits) { return std::ldexp(1.0, bits) - 1.0; }
[[nodiscard]] std::uint32_t scaled(double value, int bits) { return static_cast<std::uint32_t>(std::nearbyint(value * top(bits))); }

/// One channel of `bits` bits as the bit pattern of `type`.
[[nodiscard]] std::uint32_t encode_channel(double value, NumericType type, int bits) {
  switch (type) {
    case NumericType::unorm:
    case NumericType::uint:
      return scaled(value, bits);
    case NumericType::snorm:
    case NumericType::sint:
      return scaled(value, bits - 1);
    case NumericType::sfloat:
    case NumericType::ufloat:
      return bits == 32 ? std::bit_cast<std::uint32_t>(static_cast<float>(value)) : small_float(value, 10);
  }
  return 0;
}

[[nodiscard]] double decode_channel(std::uint32_t pattern, NumericType type, int bits) {
  const bool negative = ((pattern >> (bits - 1)) & 1U) != 0;
  switch (type) {
    case NumericType::unorm:
    case NumericType::uint:
      return pattern / top(bits);
    case NumericType::snorm:
    case NumericType::sint:
      return negative ? 0.0 : pattern / top(bits - 1);
    case NumericType::sfloat:
    case NumericType::ufloat:
      if (bits == 32) return std::bit_cast<float>(pattern);
      return negative ? 0.0 : from_small_float(pattern, 10);
  }
  return 0.0;
}

/// Vulkan's E5B9G9R9: three mantissas of nine bits under one exponent (bias 15).
[[nodiscard]] std::uint32_t shared_exponent(const Color& color) {
  const double brightest = std::max({color[0], color[1], color[2]});
  if (brightest <= 0.0) return 0;
  int exponent = 0;
  (void)std::frexp(brightest, &exponent);
  int shared = std::max(exponent + 15, 0);
  if (std::nearbyint(std::ldexp(brightest, 9 + 15 - shared)) >= 512.0) ++shared;  // rounded up to the next power of two
  std::uint32_t word = static_cast<std::uint32_t>(shared) << 27;
  for (int channel = 0; channel < 3; ++channel) {
    word |= static_cast<std::uint32_t>(std::nearbyint(std::ldexp(color[static_cast<std::size_t>(channel)], 9 + 15 - shared)))
            << (9 * channel);
  }
  return word;
}

/// Formats whose channels share one 32-bit word; nullopt for all others.
[[nodiscard]] std::optional<std::uint32_t> encode_packed(const Color& color, TextureFormat format) {
  switch (format) {
    case TextureFormat::rgb10a2_unorm:
    case TextureFormat::rgb10a2_uint:
      return scaled(color[0], 10) | scaled(color[1], 10) << 10 | scaled(color[2], 10) << 20 | scaled(color[3], 2) << 30;
    case TextureFormat::rg11b10_float:
      return small_float(color[0], 6) | small_float(color[1], 6) << 11 | small_float(color[2], 5) << 22;
    case TextureFormat::rgb9e5_float:
      return shared_exponent(color);
    default:
      return std::nullopt;
  }
}

[[nodiscard]] Color decode_packed(std::uint32_t word, TextureFormat format) {
  if (format == TextureFormat::rg11b10_float) {
    return {from_small_float(word & 0x7ffU, 6), from_small_float(word >> 11 & 0x7ffU, 6), from_small_float(word >> 22, 5), 1.0};
  }
  if (format == TextureFormat::rgb9e5_float) {
    const int shift = static_cast<int>(word >> 27) - 15 - 9;
    return {std::ldexp(word & 0x1ffU, shift), std::ldexp(word >> 9 & 0x1ffU, shift), std::ldexp(word >> 18 & 0x1ffU, shift), 1.0};
  }
  return {(word & 0x3ffU) / 1023.0, (word >> 10 & 0x3ffU) / 1023.0, (word >> 20 & 0x3ffU) / 1023.0, (word >> 30) / 3.0};
}

struct Codec {
  TextureFormat format = TextureFormat::undefined;
  NumericType type = NumericType::unorm;
  std::size_t texel_bytes = 0;
  std::size_t channels = 0;
  bool packed = false;
  std::array<std::size_t, 4> order{0, 1, 2, 3};  // which colour channel is stored at each place

  [[nodiscard]] int bits() const { return static_cast<int>(8 * texel_bytes / channels); }

  void write(const Color& color, std::byte* texel) const {
    if (packed) {
      const std::uint32_t word = *encode_packed(color, format);
      std::memcpy(texel, &word, sizeof word);
      return;
    }
    const std::size_t step = texel_bytes / channels;
    for (std::size_t place = 0; place < channels; ++place) {
      const std::uint32_t pattern = encode_channel(color[order[place]], type, bits());
      std::memcpy(texel + place * step, &pattern, step);  // little endian, as every API here is
    }
  }
  [[nodiscard]] Color read(const std::byte* texel) const {
    if (packed) {
      std::uint32_t word = 0;
      std::memcpy(&word, texel, sizeof word);
      return decode_packed(word, format);
    }
    Color color{0.0, 0.0, 0.0, 1.0};
    const std::size_t step = texel_bytes / channels;
    for (std::size_t place = 0; place < channels; ++place) {
      std::uint32_t pattern = 0;
      std::memcpy(&pattern, texel + place * step, step);
      color[order[place]] = decode_channel(pattern, type, bits());
    }
    return color;
  }
};

[[nodiscard]] Result<Codec> codec(TextureFormat format) {
  static_assert(std::endian::native == std::endian::little);
  const FormatInfo* info = format_info(format);
  if (info == nullptr || info->kind != FormatKind::color) {
    return Error(Errc::unsupported_format,
                 text("A picture has no bytes in format ", to_string(format),
                      "; choose an uncompressed colour format such as rgba8_unorm or rgba16_float, or nv12, p010 or i420."));
  }
  Codec result{.format = format, .type = info->type, .texel_bytes = info->planes[0].block_bytes, .channels = info->channels};
  result.packed = encode_packed({}, format).has_value();
  if (format == TextureFormat::bgra8_unorm || format == TextureFormat::bgra8_srgb) result.order = {2, 1, 0, 3};
  return result;
}

[[nodiscard]] std::size_t byte_offset(const Picture& picture, std::uint32_t x, std::uint32_t y) {
  assert(x < picture.width && y < picture.height);
  return 4 * (std::size_t{y} * picture.width + x);
}

[[nodiscard]] Result<void> check_fits(const Picture& picture, std::uint64_t x, std::uint64_t y, std::uint64_t width, std::uint64_t height) {
  if (x + width <= picture.width && y + height <= picture.height) return {};
  return Error(Errc::invalid_argument, text("A box of ", width, "x", height, " at (", x, ", ", y, ") does not fit into a picture of ",
                                            picture.width, "x", picture.height, "."));
}

}  // namespace

Pixel pixel(const Picture& picture, std::uint32_t x, std::uint32_t y) {
  Pixel value;
  std::memcpy(&value, picture.rgba.data() + byte_offset(picture, x, y), sizeof value);
  return value;
}

void set_pixel(Picture& picture, std::uint32_t x, std::uint32_t y, Pixel value) {
  static_assert(sizeof(Pixel) == 4);
  std::memcpy(picture.rgba.data() + byte_offset(picture, x, y), &value, sizeof value);
}

Result<Picture> crop(const Picture& picture, std::uint32_t x, std::uint32_t y, std::uint32_t width, std::uint32_t height) {
  if (auto ok = check_fits(picture, x, y, width, height); !ok) return std::move(ok).error();
  Picture box{width, height, std::vector<std::byte>(std::size_t{4} * width * height)};
  for (std::uint32_t row = 0; width != 0 && row < height; ++row) {
    std::memcpy(box.rgba.data() + byte_offset(box, 0, row), picture.rgba.data() + byte_offset(picture, x, y + row), std::size_t{4} * width);
  }
  return box;
}

Result<void> paste(Picture& picture, const Picture& box, std::uint32_t x, std::uint32_t y) {
  if (auto ok = check_fits(picture, x, y, box.width, box.height); !ok) return ok;
  for (std::uint32_t row = 0; box.width != 0 && row < box.height; ++row) {
    std::memcpy(picture.rgba.data() + byte_offset(picture, x, y + row), box.rgba.data() + byte_offset(box, 0, row),
                std::size_t{4} * box.width);
  }
  return {};
}

Result<std::vector<std::byte>> encode(const Picture& picture, TextureFormat format) {
  if (is_planar(format)) return encode_planar(picture, format);
  auto with = codec(format);
  if (!with) return std::move(with).error();
  if (format == TextureFormat::rgba8_unorm || format == TextureFormat::rgba8_srgb) return std::vector<std::byte>(picture.rgba);
  const std::size_t pixels = std::size_t{picture.width} * picture.height;
  std::vector<std::byte> texels(pixels * with->texel_bytes);
  for (std::size_t i = 0; i < pixels; ++i) {
    Color color;
    for (std::size_t channel = 0; channel < 4; ++channel) color[channel] = std::to_integer<int>(picture.rgba[4 * i + channel]) / 255.0;
    with->write(color, texels.data() + i * with->texel_bytes);
  }
  return texels;
}

Result<Picture> decode(std::span<const std::byte> texels, std::uint32_t width, std::uint32_t height, TextureFormat format) {
  if (is_planar(format)) return decode_planar(texels, width, height, format);
  auto with = codec(format);
  if (!with) return std::move(with).error();
  const std::size_t pixels = std::size_t{width} * height;
  if (texels.size() != pixels * with->texel_bytes) {
    return Error(Errc::invalid_argument, text("A ", width, "x", height, " picture in ", to_string(format), " has ",
                                              pixels * with->texel_bytes, " bytes, but ", texels.size(), " are given."));
  }
  Picture picture{width, height, std::vector<std::byte>(4 * pixels)};
  if (format == TextureFormat::rgba8_unorm || format == TextureFormat::rgba8_srgb) {
    picture.rgba.assign(texels.begin(), texels.end());
    return picture;
  }
  for (std::size_t i = 0; i < pixels; ++i) {
    const Color color = with->read(texels.data() + i * with->texel_bytes);
    for (std::size_t channel = 0; channel < 4; ++channel) {
      const double value = color[channel] > 0.0 ? std::min(color[channel], 1.0) : 0.0;  // NaN becomes 0
      picture.rgba[4 * i + channel] = static_cast<std::byte>(std::nearbyint(value * 255.0));
    }
  }
  return picture;
}

}  // namespace geyser::tools
