// What ipc_producer and ipc_consumer have agreed on: a name, a picture, and the box that the consumer draws into it.
#pragma once

#include "examples/support/numbered_picture.hpp"

namespace exchange {

inline constexpr char default_name[] = "geyser-ipc-example";
inline constexpr std::chrono::nanoseconds patience = std::chrono::seconds(60);  // a person starts the other program

inline constexpr example::NumberedPicture picture{640, 360};
inline constexpr std::uint64_t number = 0x5eed;

// The box lies below the cells, where the picture is all background.
inline constexpr geyser::TextureRegion box{.offset = {200, 100, 0}, .extent = geyser::Extent3D{160, 90, 1}};
inline constexpr example::Rgba box_color{12, 200, 34, 255};

[[nodiscard]] inline std::vector<std::byte> box_bytes() {
  std::vector<std::byte> bytes(std::size_t{4} * box.extent->width * box.extent->height);
  for (std::size_t i = 0; i < bytes.size(); i += 4) std::memcpy(bytes.data() + i, box_color.data(), 4);
  return bytes;
}
/// Checks the box, and everything around it.
[[nodiscard]] inline std::size_t wrong_pixels_with_box(std::vector<std::byte> seen) {
  std::size_t wrong = 0;
  const example::Rgba under = example::NumberedPicture::background(number);
  for (std::uint32_t y = box.offset.y; y < box.offset.y + box.extent->height; ++y) {
    for (std::uint32_t x = box.offset.x; x < box.offset.x + box.extent->width; ++x) {
      std::byte* pixel = seen.data() + std::size_t{4} * (std::size_t{y} * picture.width + x);
      wrong += std::memcmp(pixel, box_color.data(), 4) != 0 ? 1U : 0U;
      std::memcpy(pixel, under.data(), 4);
    }
  }
  return wrong + picture.wrong_pixels(number, seen);
}

}  // namespace exchange
