// Pictures to video, for browsers. serve_encoder.cpp is libav's; no_serve_encoder.cpp has no codec.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "geyser/result.hpp"
#include "tools/geyser/serve_wire.hpp"

namespace geyser::tools::web {

enum class Codec : std::uint8_t { h264, vp9, vp8 };
/// "h264", as --encoder names it.
[[nodiscard]] std::string_view to_string(Codec codec) noexcept;
/// The codec that a WebCodecs string ("avc1.42E01F") belongs to.
[[nodiscard]] std::optional<Codec> codec_from_string(std::string_view webcodecs) noexcept;
/// What WebCodecs calls it: with the lowest level that `width` x `height` at 60 frames a second needs; 0: the one that stands for the
/// codec.
[[nodiscard]] std::string webcodecs_string(Codec codec, std::uint32_t width, std::uint32_t height);
/// Those that an encoder opens for here, best first.
[[nodiscard]] std::vector<Codec> available_codecs();

/// Sides of a video: even, at least this.
inline constexpr std::uint32_t least_video_side = 16;

struct PictureView {
  std::span<const std::byte> bytes;  ///< rows of `pitch` bytes
  std::size_t pitch = 0;
  PixelOrder order = PixelOrder::rgba;
};
struct EncodedPicture {
  bool key = false;
  std::vector<std::byte> bytes;
};

/// Low latency: every picture comes out at once, no picture depends on a later one. H.264 is an Annex B stream with its parameter sets
/// before each key frame. Threading: one thread at a time.
class VideoEncoder {
 public:
  /// `bitrate` in bits a second; 0: by size. Errors: unsupported_feature, invalid_argument.
  [[nodiscard]] static Result<std::unique_ptr<VideoEncoder>> create(Codec codec, std::uint32_t width, std::uint32_t height,
                                                                    std::uint64_t bitrate);
  VideoEncoder(const VideoEncoder&) = delete;
  VideoEncoder& operator=(const VideoEncoder&) = delete;
  virtual ~VideoEncoder() = default;
  /// The left upper width x height pixels. `time` in microseconds rises with each call. Errors: internal, out_of_memory.
  [[nodiscard]] virtual Result<EncodedPicture> encode(const PictureView& picture, std::int64_t time, bool key) = 0;

 protected:
  VideoEncoder() = default;
};

}  // namespace geyser::tools::web
