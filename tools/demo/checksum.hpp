// What a frame says about itself: the publisher's checksum of the pixels, in the frame's user data.
#pragma once

#include <zlib.h>

#include <array>
#include <cstring>
#include <optional>
#include <span>

namespace geyser::demo {

struct Checksum {
  std::array<std::byte, 4> bytes{};
  friend bool operator==(const Checksum&, const Checksum&) = default;
};

[[nodiscard]] inline Checksum checksum_of(std::span<const std::byte> pixels) {
  const auto crc = static_cast<std::uint32_t>(::crc32_z(0, reinterpret_cast<const Bytef*>(pixels.data()), pixels.size()));
  Checksum sum;
  std::memcpy(sum.bytes.data(), &crc, sizeof crc);
  return sum;
}
[[nodiscard]] inline std::optional<Checksum> checksum_in(std::span<const std::byte> user_data) {
  Checksum sum;
  if (user_data.size() != sum.bytes.size()) return std::nullopt;
  std::memcpy(sum.bytes.data(), user_data.data(), user_data.size());
  return sum;
}

}  // namespace geyser::demo
