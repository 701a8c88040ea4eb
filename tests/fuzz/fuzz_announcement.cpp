// A stream's file in the directory, as any program of the user may write it.
#include "ipc/codec.hpp"
#include "reader.hpp"

using namespace geyser;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto stream = ipc::decode_announcement(std::as_bytes(std::span(data, size)));
  if (!stream) {
    fuzz::require(stream.error().code() == Errc::protocol_error, "bad bytes are a protocol error");
    fuzz::require(!stream.error().message().empty(), "a refusal says why");
    return 0;
  }
  fuzz::require(validate(stream->texture).has_value(), "the descriptor is valid");
  fuzz::require(!stream->name.empty() && stream->name.size() <= max_stream_name_bytes, "the name has an allowed length");
  const auto bytes = ipc::encode_announcement(*stream);
  fuzz::require(bytes.has_value(), "what is believed could have been said");
  const auto again = ipc::decode_announcement(*bytes);
  fuzz::require(again.has_value(), "what was said is believed");
  fuzz::require(again->name == stream->name && again->uuid == stream->uuid && again->texture == stream->texture &&
                    again->generation == stream->generation && again->ring == stream->ring,
                "an announcement survives a second trip");
  return 0;
}
