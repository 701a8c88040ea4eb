// geyser serve in a build without libav: pixels alone, no video.
#include "tools/geyser/serve_encoder.hpp"

namespace geyser::tools::web {

std::vector<Codec> available_codecs() { return {}; }

Result<std::unique_ptr<VideoEncoder>> VideoEncoder::create(Codec, std::uint32_t, std::uint32_t, std::uint64_t) {
  return Error(Errc::unsupported_feature,
               "This geyser was built without libav and encodes no video; subscribe with the transport \"raw\".");
}

}  // namespace geyser::tools::web
