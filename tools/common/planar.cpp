#include "tools/common/planar.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "core/message.hpp"
#include "geyser/texture.hpp"

namespace geyser::tools {
namespace {

using detail::text;

constexpr double red_weight = 0.2126;
constexpr double blue_weight = 0.0722;
constexpr double green_weight = 1.0 - red_weight - blue_weight;

/// Where one sample of a component lies: component 0 is brightness, 1 is Cb, 2 is Cr.
struct Component {
  std::size_t start = 0;  // bytes from the start of the frame
  std::size_t row = 0;    // bytes from one row to the next
  std::size_t step = 0;   // bytes from one sample to the next
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};

struct Layout {
  std::array<Component, 3> components;
  std::size_t total = 0;
  bool ten_bits = false;

  void write(std::byte* frame, std::size_t component, std::uint32_t x, std::uint32_t y, double value) const {
    const Component& c = components[component];
    std::byte* const at = frame + c.start + y * c.row + x * c.step;
    if (ten_bits) {
      // Ten bits in the upper part of sixteen.
      const auto word = static_cast<std::uint16_t>(static_cast<unsigned>(std::clamp(std::nearbyint(value * 4), 0.0, 1023.0)) << 6);
      std::memcpy(at, &word, sizeof word);
    } else {
      *at = static_cast<std::byte>(static_cast<unsigned>(std::clamp(std::nearbyint(value), 0.0, 255.0)));
    }
  }
  [[nodiscard]] double read(const std::byte* frame, std::size_t component, std::uint32_t x, std::uint32_t y) const {
    const Component& c = components[component];
    const std::byte* const at = frame + c.start + std::min(y, c.height - 1) * c.row + std::min(x, c.width - 1) * c.step;
    if (!ten_bits) return std::to_integer<int>(*at);
    std::uint16_t word = 0;
    std::memcpy(&word, at, sizeof word);
    return (word >> 6) / 4.0;
  }
};

[[nodiscard]] Result<Layout> layout_of(TextureFormat format, std::uint32_t width, std::uint32_t height) {
  if (!is_planar(format)) {
    return Error(Errc::unsupported_format, text("Format ", to_string(format), " is not planar; choose nv12, p010 or i420."));
  }
  TextureDescriptor descriptor;
  descriptor.extent = {width, height};
  descriptor.format = format;
  Layout layout;
  layout.ten_bits = format == TextureFormat::p010;
  const std::size_t sample = layout.ten_bits ? 2 : 1;
  const std::uint32_t planes = format_info(format)->plane_count;
  for (std::uint32_t plane = 0; plane < planes; ++plane) {
    const auto region = region_layout(descriptor, {.plane = plane});
    if (!region) return region.error().clone();
    Component component{layout.total, region->row_bytes, sample, region->extent.width, region->extent.height};
    if (plane == 1 && planes == 2) {  // Cb and Cr in turn
      component.step = 2 * sample;
      layout.components[2] = component;
      layout.components[2].start += sample;
    }
    layout.components[plane] = component;
    layout.total += region->total_bytes;
  }
  return layout;
}

}  // namespace

bool is_planar(TextureFormat format) noexcept {
  return format == TextureFormat::nv12 || format == TextureFormat::p010 || format == TextureFormat::i420;
}

Result<std::vector<std::byte>> encode_planar(const Picture& picture, TextureFormat format) {
  const auto layout = layout_of(format, picture.width, picture.height);
  if (!layout) return layout.error().clone();
  std::vector<std::byte> bytes(layout->total);
  for (std::uint32_t y = 0; y < picture.height; ++y) {
    for (std::uint32_t x = 0; x < picture.width; ++x) {
      const Pixel p = pixel(picture, x, y);
      layout->write(bytes.data(), 0, x, y, 16 + 219.0 / 255.0 * (red_weight * p.r + green_weight * p.g + blue_weight * p.b));
    }
  }
  const Component& chroma = layout->components[1];
  for (std::uint32_t y = 0; y < chroma.height; ++y) {
    for (std::uint32_t x = 0; x < chroma.width; ++x) {
      double r = 0;
      double g = 0;
      double b = 0;
      for (std::uint32_t i = 0; i < 4; ++i) {
        const Pixel p = pixel(picture, std::min(2 * x + i % 2, picture.width - 1), std::min(2 * y + i / 2, picture.height - 1));
        r += p.r / 4.0;
        g += p.g / 4.0;
        b += p.b / 4.0;
      }
      const double luma = red_weight * r + green_weight * g + blue_weight * b;
      layout->write(bytes.data(), 1, x, y, 128 + 224.0 / 255.0 * (b - luma) / (2 * (1 - blue_weight)));
      layout->write(bytes.data(), 2, x, y, 128 + 224.0 / 255.0 * (r - luma) / (2 * (1 - red_weight)));
    }
  }
  return bytes;
}

Result<Picture> decode_planar(std::span<const std::byte> bytes, std::uint32_t width, std::uint32_t height, TextureFormat format) {
  const auto layout = layout_of(format, width, height);
  if (!layout) return layout.error().clone();
  if (bytes.size() != layout->total) {
    return Error(Errc::invalid_argument, text("A ", width, "x", height, " picture in ", to_string(format), " has ", layout->total,
                                              " bytes, but ", bytes.size(), " are given."));
  }
  Picture picture{width, height, std::vector<std::byte>(std::size_t{4} * width * height)};
  const auto level = [](double value) { return static_cast<std::uint8_t>(std::clamp(std::nearbyint(value), 0.0, 255.0)); };
  for (std::uint32_t y = 0; y < height; ++y) {
    for (std::uint32_t x = 0; x < width; ++x) {
      const double luma = (layout->read(bytes.data(), 0, x, y) - 16) * 255.0 / 219.0;
      const double r = luma + (layout->read(bytes.data(), 2, x / 2, y / 2) - 128) * 255.0 / 224.0 * (2 * (1 - red_weight));
      const double b = luma + (layout->read(bytes.data(), 1, x / 2, y / 2) - 128) * 255.0 / 224.0 * (2 * (1 - blue_weight));
      const double g = (luma - red_weight * r - blue_weight * b) / green_weight;
      set_pixel(picture, x, y, {level(r), level(g), level(b), 255});
    }
  }
  return picture;
}

}  // namespace geyser::tools
