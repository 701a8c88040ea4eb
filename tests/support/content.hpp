// Random content, and what "bit for bit equal" means for formats that have bits without a meaning.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "geyser/format.hpp"
#include "geyser/texture.hpp"

namespace geyser::test {

/// SplitMix64: small, and the same everywhere, so that two processes agree on content from a seed alone.
class Random {
 public:
  explicit Random(std::uint64_t seed) noexcept : state_(seed) {}
  std::uint64_t next() noexcept {
    state_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31U);
  }
  /// 0 .. bound - 1.
  std::uint32_t below(std::uint32_t bound) noexcept { return static_cast<std::uint32_t>((next() >> 32U) * bound >> 32U); }

 private:
  std::uint64_t state_;
};

/// GEYSER_TEST_SEED, or 1, mixed with `name`: every test has its own content, and a run can be repeated.
[[nodiscard]] std::uint64_t seed_for(std::string_view name);

/// Bytes that may stand in `plane` of a texture of that format: any bits (NaN and denormals included) where every pattern is a value that a
/// copy must keep; depth floats in 0..1; zero where the format has no meaning for a bit.
[[nodiscard]] std::vector<std::byte> random_content(Random& random, const FormatInfo& format, std::uint32_t plane, std::uint64_t bytes);

/// Sets the bits without a meaning to zero: the 8 unused ones of 24-bit depth, the 6 low ones of 10-bit planes in 16 bits.
void clear_meaningless_bits(const FormatInfo& format, std::uint32_t plane, std::span<std::byte> bytes) noexcept;

/// A destination that no correct read-back leaves as it is.
void poison(std::span<std::byte> bytes) noexcept;

/// Compares bit for bit; names the first byte that differs and how many do.
[[nodiscard]] ::testing::AssertionResult same_content(const FormatInfo& format, std::uint32_t plane, std::span<const std::byte> wanted,
                                                      std::span<const std::byte> found);

/// Writes a region's bytes into a copy of its whole subresource, as an upload would: the model that read-backs are compared with.
/// `whole` is the layout of the subresource, `part` that of `region`.
void paste(const FormatInfo& format, const TextureRegion& region, const RegionLayout& whole, const RegionLayout& part,
           std::span<const std::byte> bytes, std::span<std::byte> subresource);
/// The reverse: what a read-back of `region` must give.
[[nodiscard]] std::vector<std::byte> cut(const FormatInfo& format, const TextureRegion& region, const RegionLayout& whole,
                                         const RegionLayout& part, std::span<const std::byte> subresource);

}  // namespace geyser::test
