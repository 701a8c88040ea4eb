#include "platform/message_apple.hpp"

#include <algorithm>
#include <cstring>

namespace geyser::platform::mach {

void write_message(mach_msg_header_t& message, mach_port_name_t destination, mach_msg_id_t id, std::span<const OutgoingRight> rights,
                   std::span<const std::byte> bytes) noexcept {
  auto* const base = reinterpret_cast<std::byte*>(&message);
  std::size_t at = sizeof(mach_msg_header_t);
  if (!rights.empty()) {
    const mach_msg_body_t body{static_cast<mach_msg_size_t>(rights.size())};
    std::memcpy(base + at, &body, sizeof(body));
    at += sizeof(body);
    for (const OutgoingRight& right : rights) {
      mach_msg_port_descriptor_t descriptor{};
      descriptor.name = right.name;
      descriptor.disposition = right.disposition & 0xFFU;
      descriptor.type = MACH_MSG_PORT_DESCRIPTOR;
      std::memcpy(base + at, &descriptor, sizeof(descriptor));
      at += sizeof(descriptor);
    }
  }
  const auto length = static_cast<std::uint32_t>(bytes.size());
  std::memcpy(base + at, &length, sizeof(length));
  at += sizeof(length);
  if (!bytes.empty()) std::memcpy(base + at, bytes.data(), bytes.size());
  const std::size_t end = (at + bytes.size() + 3) / 4 * 4;
  std::memset(base + at + bytes.size(), 0, end - at - bytes.size());  // sizes are multiples of four, and nothing unwritten goes out
  message = {};
  message.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0U) | (rights.empty() ? 0U : MACH_MSGH_BITS_COMPLEX);
  message.msgh_size = static_cast<mach_msg_size_t>(end);
  message.msgh_remote_port = destination;
  message.msgh_id = id;
}

IncomingMessage read_message(const mach_msg_header_t& message, mach_msg_id_t id, std::span<const mach_msg_type_name_t> dispositions,
                             bool dead_too) noexcept {
  IncomingMessage in;
  const auto refuse = [&](const char* why) {
    in.complaint = why;
    return in;
  };
  const auto* const base = reinterpret_cast<const std::byte*>(&message);
  std::size_t at = sizeof(mach_msg_header_t);
  if (message.msgh_id != id) return refuse("is of another kind");
  if (message.msgh_remote_port != MACH_PORT_NULL) return refuse("asks for a reply");
  if ((message.msgh_bits & MACH_MSGH_BITS_COMPLEX) != 0) {
    mach_msg_body_t body{};
    if (message.msgh_size < at + sizeof(body)) return refuse("is cut off");
    std::memcpy(&body, base + at, sizeof(body));
    at += sizeof(body);
    if (body.msgh_descriptor_count > in.rights.size()) return refuse("has more than 8 handles");
    if (message.msgh_size < at + body.msgh_descriptor_count * sizeof(mach_msg_port_descriptor_t)) return refuse("is cut off");
    for (; in.right_count < body.msgh_descriptor_count; ++in.right_count) {
      mach_msg_port_descriptor_t& right = in.rights[in.right_count];
      std::memcpy(&right, base + at, sizeof(right));
      at += sizeof(right);
      if (right.type != MACH_MSG_PORT_DESCRIPTOR) return refuse("carries memory or lists of ports");
      if (right.disposition != dispositions[std::min(in.right_count, dispositions.size() - 1)])
        return refuse("carries a right of the wrong kind");
      if (right.name == MACH_PORT_NULL) return refuse("carries no right where one should be");
      if (right.name == MACH_PORT_DEAD && !dead_too) return refuse("carries a right to a port that is dead");
    }
  }
  std::uint32_t length = 0;
  if (message.msgh_size < at + sizeof(length)) return refuse("is cut off");
  std::memcpy(&length, base + at, sizeof(length));
  at += sizeof(length);
  if (length > max_datagram_bytes) return refuse("has more than 65536 bytes");
  if (length > message.msgh_size - at) return refuse("is cut off");
  in.bytes = {base + at, length};
  return in;
}

}  // namespace geyser::platform::mach
