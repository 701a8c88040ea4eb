// Reads values out of a fuzzer's bytes, in order; zeros after the end.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>

#include "geyser/texture.hpp"

namespace geyser::fuzz {

class Reader {
 public:
  Reader(const std::uint8_t* data, std::size_t size) noexcept : rest_(data, size) {}

  template <class T>
  [[nodiscard]] T value() noexcept {
    static_assert(std::is_trivially_copyable_v<T>);
    if constexpr (std::is_same_v<T, bool>) {
      return (value<std::uint8_t>() & 1U) != 0;
    } else {
      T result{};
      const std::size_t n = std::min(sizeof(T), rest_.size());
      if (n != 0) std::memcpy(&result, rest_.data(), n);
      rest_ = rest_.subspan(n);
      return result;
    }
  }
  /// At most `limit` bytes; the length comes first.
  [[nodiscard]] std::span<const std::uint8_t> bytes(std::size_t limit) noexcept {
    const std::size_t n = std::min({static_cast<std::size_t>(value<std::uint16_t>()), limit, rest_.size()});
    const auto result = rest_.first(n);
    rest_ = rest_.subspan(n);
    return result;
  }
  [[nodiscard]] std::string text(std::size_t limit) {
    const auto b = bytes(limit);
    return {b.begin(), b.end()};
  }
  [[nodiscard]] bool empty() const noexcept { return rest_.empty(); }
  [[nodiscard]] std::span<const std::uint8_t> rest() const noexcept { return rest_; }

 private:
  std::span<const std::uint8_t> rest_;
};

/// Any descriptor at all; half of the time one that keeps near the rules, so that valid ones are met often.
[[nodiscard]] inline TextureDescriptor read_descriptor(Reader& in) {
  TextureDescriptor d;
  if (in.value<bool>()) {
    d.dimension = static_cast<TextureDimension>(in.value<std::uint8_t>() % 6U);
    d.extent = {in.value<std::uint8_t>(), in.value<std::uint8_t>(), 1};
    if (d.dimension == TextureDimension::d3) d.extent.depth = in.value<std::uint8_t>() % 32U;
    if (d.dimension == TextureDimension::cube || d.dimension == TextureDimension::cube_array) d.extent.height = d.extent.width;
    d.mip_levels = in.value<std::uint8_t>() % 10U;
    d.array_layers = d.dimension == TextureDimension::cube                                        ? 6
                     : d.dimension == TextureDimension::d2 || d.dimension == TextureDimension::d3 ? 1
                                                                                                  : in.value<std::uint8_t>() % 25U;
    d.format = static_cast<TextureFormat>(in.value<std::uint8_t>() % (format_count + 2));
    d.usage = static_cast<TextureUsage>(in.value<std::uint8_t>() % 8U);
    return d;
  }
  d.dimension = in.value<TextureDimension>();
  d.extent = {in.value<std::uint32_t>(), in.value<std::uint32_t>(), in.value<std::uint32_t>()};
  d.mip_levels = in.value<std::uint32_t>();
  d.array_layers = in.value<std::uint32_t>();
  d.format = in.value<TextureFormat>();
  d.usage = in.value<TextureUsage>();
  d.color.primaries = in.value<ColorPrimaries>();
  d.color.transfer = in.value<TransferFunction>();
  d.color.range = in.value<ColorRange>();
  d.color.alpha = in.value<AlphaMode>();
  d.label = in.text(600);
  return d;
}

/// What must hold whatever the bytes are.
inline void require(bool condition, const char* what) noexcept {
  if (condition) return;
  std::fprintf(stderr, "the invariant does not hold: %s\n", what);
  std::abort();
}

}  // namespace geyser::fuzz
