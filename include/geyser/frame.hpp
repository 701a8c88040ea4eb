// What travels with every frame of a stream besides its pixels.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "geyser/texture.hpp"

namespace geyser {

/// Which clock a timestamp was read from.
enum class ClockType : std::uint8_t {
  monotonic = 1,  ///< CLOCK_MONOTONIC of this machine (std::chrono::steady_clock); never set back
  realtime = 2,   ///< UTC since 1970 (std::chrono::system_clock); may be set at any time
  media = 3,      ///< the producer's own: time in a film, a simulation, a capture card
};
/// Name as written in this header. Ownership: static storage. Threading: any thread. Errors: none.
[[nodiscard]] GEYSER_API std::string_view to_string(ClockType clock) noexcept;

/// A moment on a named clock.
struct Timestamp {
  std::int64_t nanoseconds = 0;
  ClockType clock = ClockType::monotonic;
  /// Now, on the monotonic or the realtime clock. Threading: any thread. Errors: none (`media` gives 0: only the producer knows it).
  [[nodiscard]] GEYSER_API static Timestamp now(ClockType clock = ClockType::monotonic) noexcept;
  friend constexpr bool operator==(const Timestamp&, const Timestamp&) = default;
};

/// Texels of mip level 0.
struct Rect {
  std::uint32_t x = 0;
  std::uint32_t y = 0;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  friend constexpr bool operator==(const Rect&, const Rect&) = default;
};

/// Mastering display (SMPTE ST 2086) and content light level (CTA-861.3), in their units: chromaticity in CIE 1931 x and y, luminance in
/// candela per square metre.
struct HdrMetadata {
  std::array<std::array<float, 2>, 3> primaries{};  ///< red, green, blue
  std::array<float, 2> white_point{};
  float max_luminance = 0;
  float min_luminance = 0;
  float max_content_light_level = 0;
  float max_frame_average_light_level = 0;
  friend constexpr bool operator==(const HdrMetadata&, const HdrMetadata&) = default;
};

/// The most bytes of FrameMetadata::user_data.
inline constexpr std::size_t max_user_data_bytes = 1024;

/// What the publisher says about a frame. Every field may be left out.
struct FrameMetadata {
  std::optional<Timestamp> timestamp{};    ///< empty: the moment of publish(), monotonic
  std::optional<Rect> damage{};            ///< what changed since the frame before; empty: all of it
  std::optional<ColorInfo> color{};        ///< empty: the descriptor's
  std::optional<HdrMetadata> hdr{};        ///< empty: none
  std::span<const std::byte> user_data{};  ///< the publisher's own bytes; lives only during the call
};

/// What a subscriber reads about a frame.
/// Ownership: value. Threading: value type.
struct FrameInfo {
  std::uint64_t number = 0;      ///< 1 for a stream's first frame; rises by one with each publish, over resizes too
  std::uint64_t generation = 0;  ///< rises when size or format change
  std::uint64_t skipped = 0;     ///< frames published since the one acquired before, which this subscriber did not take
  Timestamp published;           ///< monotonic: when publish() was called
  Timestamp timestamp;           ///< what the publisher said, or `published`
  std::optional<Rect> damage{};  ///< relative to the frame number - 1; empty: all of it, also when `skipped` is not 0
  ColorInfo color{};
  std::optional<HdrMetadata> hdr{};
  std::array<std::byte, max_user_data_bytes> user_storage{};
  std::size_t user_bytes = 0;
  /// The publisher's own bytes. Lives as long as *this. Errors: none.
  [[nodiscard]] std::span<const std::byte> user_data() const noexcept { return std::span(user_storage).first(user_bytes); }
};

}  // namespace geyser
