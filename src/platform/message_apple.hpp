// Apple: the layout of our Mach messages. Bytes and rights of a message that came in are nobody's word until they are checked.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "platform/mach.hpp"
#include "platform/socket.hpp"

namespace geyser::platform::mach {

// Chosen to mean nothing to MIG servers, which reserve small numbers and those around 100 each.
inline constexpr mach_msg_id_t datagram_id = 0x47590001;
inline constexpr mach_msg_id_t room_id = 0x47590002;
inline constexpr mach_msg_id_t token_id = 0x47590003;
inline constexpr mach_msg_id_t bell_id = 0x47590004;
inline constexpr mach_msg_id_t introduction_id = 0x47590005;

/// A message with `bytes` of room behind up to `rights` descriptors: header, [body, descriptors,] a length, the bytes, and a trailer.
template <std::size_t rights, std::size_t bytes>
class MessageBuffer {
 public:
  static constexpr std::size_t head = sizeof(mach_msg_header_t) + sizeof(mach_msg_body_t) + rights * sizeof(mach_msg_port_descriptor_t);
  [[nodiscard]] mach_msg_header_t& header() noexcept { return *reinterpret_cast<mach_msg_header_t*>(data_.data()); }
  [[nodiscard]] std::size_t size() const noexcept { return data_.size(); }
  [[nodiscard]] std::byte* data() noexcept { return data_.data(); }

 private:
  alignas(8) std::array<std::byte, head + sizeof(std::uint32_t) + (bytes + 3) / 4 * 4 + sizeof(mach_msg_max_trailer_t)> data_;
};

/// One right of a message that goes out.
struct OutgoingRight {
  mach_port_name_t name = MACH_PORT_NULL;
  mach_msg_type_name_t disposition = MACH_MSG_TYPE_COPY_SEND;
};
/// Writes header, descriptors, length and bytes; `destination` is a send right that is copied. The buffer has room.
void write_message(mach_msg_header_t& message, mach_port_name_t destination, mach_msg_id_t id, std::span<const OutgoingRight> rights,
                   std::span<const std::byte> bytes) noexcept;

/// A message that came in. The rights are still its own: mach_msg_destroy() gives up all of them.
struct IncomingMessage {
  const char* complaint = nullptr;  ///< what is wrong with it; null when all is as write_message() makes it
  std::size_t right_count = 0;
  std::array<mach_msg_port_descriptor_t, max_datagram_handles> rights{};
  std::span<const std::byte> bytes;
};
/// Every descriptor is a port's with one of `dispositions`' kinds in turn (the last one repeats), and names a right. Its port may have died
/// on the way where `dead_too`.
[[nodiscard]] IncomingMessage read_message(const mach_msg_header_t& message, mach_msg_id_t id,
                                           std::span<const mach_msg_type_name_t> dispositions, bool dead_too = false) noexcept;

}  // namespace geyser::platform::mach
