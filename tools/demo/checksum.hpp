// What a frame says about itself: the publisher's checksum of the pixels, in the frame's user data.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>

namespace geyser::demo {

struct Checksum {
  std::array<std::byte, 8> bytes{};
  friend bool operator==(const Checksum&, const Checksum&) = default;
};

/// A sum that any one changed byte, and any two rows that changed places, show in. It is made for every frame, so it must not cost more
/// than the copy beside it; it is no protection against malice.
[[nodiscard]] Checksum checksum_of(std::span<const std::byte> pixels) noexcept;
/// The one that a frame carries. Empty when it carries none.
[[nodiscard]] std::optional<Checksum> checksum_in(std::span<const std::byte> user_data) noexcept;

}  // namespace geyser::demo
