#include "tools/geyser/serve_scale.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace geyser::tools::web {

Size fit_width(Size size, std::uint32_t max_width) noexcept {
  if (max_width == 0 || size.width <= max_width) return size;
  const std::uint64_t height = (std::uint64_t{size.height} * max_width + size.width / 2) / size.width;
  return {max_width, static_cast<std::uint32_t>(std::max<std::uint64_t>(height, 1))};
}

void shrink(std::span<const std::byte> from, Size from_size, std::span<std::byte> to, Size to_size) {
  assert(to_size.width <= from_size.width && to_size.height <= from_size.height);
  assert(from.size() == std::size_t{from_size.width} * from_size.height * 4 &&
         to.size() == std::size_t{to_size.width} * to_size.height * 4);
  const auto start = [](std::uint32_t at, std::uint32_t count, std::uint32_t all) {
    return static_cast<std::uint32_t>(std::uint64_t{at} * all / count);
  };
  std::byte* out = to.data();
  for (std::uint32_t y = 0; y < to_size.height; ++y) {
    const std::uint32_t top = start(y, to_size.height, from_size.height);
    const std::uint32_t bottom = std::max(start(y + 1, to_size.height, from_size.height), top + 1);
    for (std::uint32_t x = 0; x < to_size.width; ++x) {
      const std::uint32_t left = start(x, to_size.width, from_size.width);
      const std::uint32_t right = std::max(start(x + 1, to_size.width, from_size.width), left + 1);
      std::array<std::uint64_t, 4> sum{};
      for (std::uint32_t row = top; row < bottom; ++row) {
        const std::byte* pixel = from.data() + (std::size_t{row} * from_size.width + left) * 4;
        for (std::uint32_t column = left; column < right; ++column, pixel += 4) {
          for (std::size_t channel = 0; channel < 4; ++channel) sum[channel] += std::to_integer<std::uint64_t>(pixel[channel]);
        }
      }
      const std::uint64_t count = std::uint64_t{bottom - top} * (right - left);
      for (const std::uint64_t channel : sum) *out++ = static_cast<std::byte>((channel + count / 2) / count);
    }
  }
}

}  // namespace geyser::tools::web
