// Names of codecs, with libav and without.
#include <array>
#include <cstdio>

#include "tools/geyser/serve_encoder.hpp"

namespace geyser::tools::web {
namespace {

struct Level {
  std::uint64_t most_pixels;  ///< of a picture
  std::uint64_t most_rate;    ///< pixels a second
  int number;
};
// H.264, Annex A, table A-1 (macroblocks of 256 pixels). 31 is the least that is named.
constexpr std::array avc_levels{
    Level{3600ULL * 256, 108000ULL * 256, 31},     Level{5120ULL * 256, 216000ULL * 256, 32},
    Level{8704ULL * 256, 522240ULL * 256, 42},     Level{22080ULL * 256, 589824ULL * 256, 50},
    Level{36864ULL * 256, 983040ULL * 256, 51},    Level{36864ULL * 256, 2073600ULL * 256, 52},
    Level{139264ULL * 256, 4177920ULL * 256, 60},  Level{139264ULL * 256, 8355840ULL * 256, 61},
    Level{139264ULL * 256, 16711680ULL * 256, 62},
};
// VP9 bitstream and decoding process, Annex A.
constexpr std::array vp9_levels{
    Level{36864, 829440, 10},        Level{73728, 2764800, 11},       Level{122880, 4608000, 20},     Level{245760, 9216000, 21},
    Level{552960, 20736000, 30},     Level{983040, 36864000, 31},     Level{2228224, 83558400, 40},   Level{2228224, 160432128, 41},
    Level{8912896, 311951360, 50},   Level{8912896, 588251136, 51},   Level{8912896, 1176502272, 52}, Level{35651584, 1176502272, 60},
    Level{35651584, 2353004544, 61}, Level{35651584, 4706009088, 62},
};

template <class Levels>
[[nodiscard]] int level_of(const Levels& levels, std::uint64_t width, std::uint64_t height) {
  const std::uint64_t pixels = ((width + 15) & ~15ULL) * ((height + 15) & ~15ULL);
  for (const Level& level : levels) {
    if (pixels <= level.most_pixels && pixels * 60 <= level.most_rate) return level.number;
  }
  return levels.back().number;
}

}  // namespace

std::string_view to_string(Codec codec) noexcept {
  switch (codec) {
    case Codec::h264:
      return "h264";
    case Codec::vp9:
      return "vp9";
    case Codec::vp8:
      return "vp8";
  }
  return "unknown";
}

std::optional<Codec> codec_from_string(std::string_view webcodecs) noexcept {
  if (webcodecs.starts_with("avc1.") || webcodecs.starts_with("avc3.")) return Codec::h264;
  if (webcodecs.starts_with("vp09.") || webcodecs == "vp9") return Codec::vp9;
  if (webcodecs == "vp8") return Codec::vp8;
  return std::nullopt;
}

std::string webcodecs_string(Codec codec, std::uint32_t width, std::uint32_t height) {
  const bool any = width == 0 || height == 0;
  char buffer[32] = "vp8";
  // What stands for the codec is the string that everybody knows; what is sent sets two of those three constraints.
  if (codec == Codec::h264 && any) return "avc1.42E01F";
  if (codec == Codec::h264)
    std::snprintf(buffer, sizeof buffer, "avc1.42C0%02X", static_cast<unsigned>(level_of(avc_levels, width, height)));
  if (codec == Codec::vp9) std::snprintf(buffer, sizeof buffer, "vp09.00.%02d.08", any ? 10 : level_of(vp9_levels, width, height));
  return buffer;
}

}  // namespace geyser::tools::web
