#include "tools/demo/checksum.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

namespace geyser::demo {
namespace {

/// Odd, so that every step can be undone: two different words never give the same sum.
constexpr std::uint64_t odd = 0x9e37'79b9'7f4a'7c15;

[[nodiscard]] std::uint64_t mixed(std::uint64_t sum, std::uint64_t word) noexcept { return std::rotl((sum ^ word) * odd, 29); }

[[nodiscard]] std::uint64_t word_at(std::span<const std::byte> bytes, std::size_t at, std::size_t count = 8) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes.data() + at, count);
  return word;
}

}  // namespace

Checksum checksum_of(std::span<const std::byte> pixels) noexcept {
  // Four sums side by side, since each step of one waits for the step before.
  std::array<std::uint64_t, 4> sums{1, 2, 3, 4};
  std::size_t at = 0;
  for (; at + 32 <= pixels.size(); at += 32) {
    for (std::size_t i = 0; i < 4; ++i) sums[i] = mixed(sums[i], word_at(pixels, at + 8 * i));
  }
  std::uint64_t all = pixels.size();
  for (; at < pixels.size(); at += 8) all = mixed(all, word_at(pixels, at, std::min<std::size_t>(8, pixels.size() - at)));
  for (const std::uint64_t sum : sums) all = mixed(all, sum);
  Checksum result;
  std::memcpy(result.bytes.data(), &all, sizeof all);
  return result;
}

std::optional<Checksum> checksum_in(std::span<const std::byte> user_data) noexcept {
  Checksum sum;
  if (user_data.size() != sum.bytes.size()) return std::nullopt;
  std::memcpy(sum.bytes.data(), user_data.data(), user_data.size());
  return sum;
}

}  // namespace geyser::demo
