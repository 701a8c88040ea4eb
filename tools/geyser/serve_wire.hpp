// What goes over the WebSocket of `geyser serve`: the header of binary frames, and the client's text messages. Pure: no socket, no thread.
// docs/web.md is the protocol in words.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "geyser/result.hpp"

namespace geyser::tools::web {

inline constexpr int protocol_version = 1;
inline constexpr std::string_view subprotocol = "geyser.1";
inline constexpr std::size_t header_bytes = 64;
inline constexpr std::size_t max_control_bytes = 65536;
inline constexpr std::uint32_t max_side = 8192;  ///< pixels; of a frame that a browser sends
inline constexpr std::uint32_t max_window = 8;   ///< frames that a browser may have unacknowledged
inline constexpr std::size_t max_codecs = 16;

enum class FrameKind : std::uint8_t { raw = 1, video_key = 2, video_delta = 3 };
enum class PixelOrder : std::uint32_t { rgba = 0, bgra = 1 };

/// A binary message without its payload. Times are microseconds; `published` and `sent` are of the server's monotonic clock.
struct FrameHeader {
  FrameKind kind = FrameKind::raw;
  std::uint32_t id = 0;
  std::uint32_t payload_bytes = 0;
  std::uint64_t number = 0;
  std::int64_t timestamp = 0;
  std::int64_t published = 0;
  std::int64_t sent = 0;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  PixelOrder format = PixelOrder::rgba;
  friend constexpr bool operator==(const FrameHeader&, const FrameHeader&) = default;
};
using HeaderBytes = std::array<std::byte, header_bytes>;

[[nodiscard]] HeaderBytes write_header(const FrameHeader& header);
/// Of a whole binary message from a browser: raw frames alone. Errors: protocol_error that names the field.
[[nodiscard]] Result<FrameHeader> read_header(std::span<const std::byte> message);

enum class Transmission : std::uint8_t { raw, video };

struct ListMessage {};
struct SubscribeMessage {
  std::uint32_t id = 0;
  std::string stream;
  Transmission transport = Transmission::raw;
  std::vector<std::string> codecs;  ///< the browser's order; empty: any
  std::uint32_t window = 2;
  std::optional<std::uint32_t> max_width;
  std::optional<double> max_fps;
};
struct UnsubscribeMessage {
  std::uint32_t id = 0;
};
struct AckMessage {
  std::uint32_t id = 0;
  std::uint64_t number = 0;
};
struct KeyframeMessage {
  std::uint32_t id = 0;
};
struct PublishMessage {
  std::uint32_t id = 0;
  std::string name;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::string format;
};
struct UnpublishMessage {
  std::uint32_t id = 0;
};
struct PingMessage {
  double time = 0;
};
using ClientMessage = std::variant<ListMessage, SubscribeMessage, UnsubscribeMessage, AckMessage, KeyframeMessage, PublishMessage,
                                   UnpublishMessage, PingMessage>;

/// Reads a text message. Keys that are not known are ignored. Errors: protocol_error that names what is wrong with it.
[[nodiscard]] Result<ClientMessage> parse_message(std::string_view text);

}  // namespace geyser::tools::web
