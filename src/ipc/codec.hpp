// Messages to bytes and back. Bytes come from another process: nothing in them is believed before it is checked.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "geyser/result.hpp"
#include "ipc/protocol.hpp"
#include "platform/internal_api.hpp"

namespace geyser::ipc {

struct Encoded {
  std::vector<std::byte> bytes;
  std::vector<OsHandle::Value> handles;  ///< borrowed from the message
};

/// Errors: limit_exceeded when it does not fit into one datagram, invalid_argument for a handle that validate() refuses.
[[nodiscard]] GEYSER_INTERNAL_API Result<Encoded> encode(const Message& message);
/// The same for UserTexture, UserSemaphore and UserBytes, whose content stays the caller's.
[[nodiscard]] GEYSER_INTERNAL_API Result<Encoded> encode_user(const TextureHandle& texture);
[[nodiscard]] GEYSER_INTERNAL_API Result<Encoded> encode_user(const SemaphoreHandle& semaphore);
/// Errors: also invalid_argument beyond max_channel_message_bytes.
[[nodiscard]] GEYSER_INTERNAL_API Result<Encoded> encode_user(std::span<const std::byte> bytes);
/// Takes exactly the handles that the message names. Enumerators, sizes, counts and texts are in range afterwards, texture and semaphore
/// handles have passed validate(), descriptors of streams too. Errors: protocol_error saying which field and why.
[[nodiscard]] GEYSER_INTERNAL_API Result<Message> decode(std::span<const std::byte> bytes, std::vector<OsHandle> handles);

/// What a stream's file in the directory says. Errors: as encode() and decode(). Process id and device are claims of its author.
[[nodiscard]] GEYSER_INTERNAL_API Result<std::vector<std::byte>> encode_announcement(const StreamInfo& stream);
[[nodiscard]] GEYSER_INTERNAL_API Result<StreamInfo> decode_announcement(std::span<const std::byte> bytes);

}  // namespace geyser::ipc
