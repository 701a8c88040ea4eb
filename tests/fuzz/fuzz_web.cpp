// What a web page may send to `geyser serve`: texts and binary frames are refused with a sentence, or are within the protocol's limits.
#include <algorithm>
#include <vector>

#include "reader.hpp"
#include "tools/geyser/serve_wire.hpp"

using namespace geyser;
using namespace geyser::tools::web;

namespace {

struct Limits {
  void operator()(const ListMessage&) const {}
  void operator()(const SubscribeMessage& message) const {
    fuzz::require(message.stream.size() <= 128, "a name is short");
    fuzz::require(message.codecs.size() <= max_codecs, "codecs are few");
    fuzz::require(message.window >= 1 && message.window <= max_window, "the window is bounded");
    fuzz::require(!message.max_width || *message.max_width >= 1, "a width is not 0");
    fuzz::require(!message.max_fps || (*message.max_fps >= 0.01 && *message.max_fps <= 10000), "a rate is a number");
  }
  void operator()(const UnsubscribeMessage&) const {}
  void operator()(const AckMessage&) const {}
  void operator()(const KeyframeMessage&) const {}
  void operator()(const PublishMessage& message) const {
    fuzz::require(message.name.size() <= 128 && message.format.size() <= 64, "words are short");
    fuzz::require(message.width >= 1 && message.width <= max_side && message.height >= 1 && message.height <= max_side,
                  "sides are bounded");
  }
  void operator()(const UnpublishMessage&) const {}
  void operator()(const PingMessage& message) const { fuzz::require(message.time >= -1e18 && message.time <= 1e18, "a time is a number"); }
};

void check_frame(std::span<const std::byte> message) {
  const auto header = read_header(message);
  if (!header) {
    fuzz::require(header.error().code() == Errc::protocol_error && !header.error().message().empty(), "a refusal says why");
    return;
  }
  fuzz::require(message.size() == header_bytes + std::size_t{header->width} * header->height * 4, "the payload is the pixels");
  const HeaderBytes again = write_header(*header);
  fuzz::require(std::equal(again.begin(), again.end(), message.begin()), "a header survives reading and writing");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Reader in(data, size);
  const auto kind = in.value<std::uint8_t>();
  const auto rest = in.rest();
  if (kind == 'f') {
    check_frame(std::as_bytes(rest));
    return 0;
  }
  const auto message = parse_message({reinterpret_cast<const char*>(rest.data()), rest.size()});
  if (message) {
    std::visit(Limits{}, *message);
  } else {
    fuzz::require(message.error().code() == Errc::protocol_error && !message.error().message().empty(), "a refusal says why");
  }
  return 0;
}
