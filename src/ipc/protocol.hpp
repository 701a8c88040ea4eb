// What two processes say to each other: plain values. The wire form is the codec's business, delivery the link's.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "geyser/capabilities.hpp"
#include "geyser/directory.hpp"
#include "geyser/handle.hpp"

namespace geyser::ipc {

/// Both sides must speak the same one; a publisher refuses others by name.
inline constexpr std::uint32_t protocol_version = 1;
inline constexpr std::size_t max_text_bytes =
    1024;  ///< of any one string in a message; longer ones are cut by the sender, refused by the receiver

/// Where the textures of a lane are and how frames get there: a stream has a native lane, and others once somebody needs them. `native` and
/// those after `host` are on the reader's device; they differ in nothing that a reader does. Numbers are those of Transport.
enum class LaneKind : std::uint8_t { native = 1, host = 2, peer_copy = 3, pinned_copy = 4, host_copy = 5 };
[[nodiscard]] constexpr Transport transport_of(LaneKind kind) noexcept { return static_cast<Transport>(kind); }

// Reader to publisher.
struct Hello {
  std::uint32_t version = protocol_version;
  std::string application;
  bool require_zero_copy = false;
  bool require_peer = false;
  std::uint32_t max_held = 1;
  Capabilities capabilities;
};
/// The semaphores that the reader signals when it is done with a frame, one for each frame that it can hold; none when it copies frames on
/// the host and ends its claims there.
struct ReaderReady {
  std::uint64_t lane_id = 0;
  std::vector<SemaphoreHandle> released;
};
/// The reader's device refused a texture or semaphore of the lane: it asks for the next rung.
struct LaneFailed {
  std::uint64_t lane_id = 0;
  Errc code = Errc::internal;
  std::string message;
};
struct StatusRequest {
  std::uint32_t version = protocol_version;
};

// Publisher to reader.
/// Accepted. Comes again when the reader is moved to another lane. Handles: board, claim page, doorbell, written.
struct Welcome {
  std::uint32_t version = protocol_version;
  std::uint64_t lane_id = 0;
  LaneKind lane = LaneKind::native;
  StreamInfo stream;
  std::vector<std::string> rejected;  ///< why not native, rung by rung
  OsHandle board;
  OsHandle claims;
  OsHandle doorbell;
  SemaphoreHandle written;
};
struct Refusal {
  Errc code = Errc::internal;
  std::string message;
};
/// A texture that frames of the lane may be in from now on.
struct TextureOffer {
  std::uint64_t lane_id = 0;
  std::uint64_t texture_id = 0;
  TextureHandle texture;
};
/// No frame will be in it any more.
struct TextureGone {
  std::uint64_t lane_id = 0;
  std::uint64_t texture_id = 0;
};
/// Size, format or usage changed.
struct StreamChanged {
  StreamInfo stream;
};
/// The stream ends in good order.
struct Goodbye {};
struct StatusReply {
  StreamStatus status;
};

// Channel.
struct UserTexture {
  TextureHandle texture;
};
struct UserSemaphore {
  SemaphoreHandle semaphore;
};
struct UserBytes {
  std::vector<std::byte> bytes;
};

using Message = std::variant<Hello, ReaderReady, LaneFailed, StatusRequest, Welcome, Refusal, TextureOffer, TextureGone, StreamChanged,
                             Goodbye, StatusReply, UserTexture, UserSemaphore, UserBytes>;

}  // namespace geyser::ipc
