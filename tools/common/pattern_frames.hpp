// Test pictures as a stream needs them: the bytes of frame after frame in one format, drawn as far as possible before the first frame.
#pragma once

#include <optional>

#include "tools/common/pattern.hpp"

namespace geyser::tools {

/// Frame `n` has the bytes of encode(make_pattern(pattern, width, height, n), format), at the cost of copying them. Planar formats whose
/// picture moves are drawn frame by frame.
class PatternFrames {
 public:
  /// Errors: unsupported_format (neither uncompressed colour nor planar); invalid_argument (an empty picture).
  [[nodiscard]] static Result<PatternFrames> create(Pattern pattern, std::uint32_t width, std::uint32_t height, TextureFormat format);
  /// Every frame is this picture. Errors: as create().
  [[nodiscard]] static Result<PatternFrames> still(const Picture& picture, TextureFormat format);

  /// The bytes of a frame: planes one after the other, rows without gaps. They live until the next call. Errors: as create().
  [[nodiscard]] Result<std::span<const std::byte>> frame(std::uint64_t number);

 private:
  PatternFrames() = default;
  void draw_counter(std::uint64_t number);
  /// The stored picture, which is `stored_width_` wide and has no seam, moved to the left.
  void scroll(std::uint64_t texels);

  Pattern pattern_ = Pattern::smpte;
  std::uint32_t width_ = 0;
  std::uint32_t height_ = 0;
  TextureFormat format_ = TextureFormat::undefined;
  std::size_t texel_ = 0;           // bytes; 0: planar
  std::uint64_t stored_width_ = 0;  // texels
  std::vector<std::byte> stored_;
  std::vector<std::byte> current_;  // empty for still pictures
};

}  // namespace geyser::tools
