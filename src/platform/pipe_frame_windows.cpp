#include "platform/pipe_frame_windows.hpp"

#include <cstring>

namespace geyser::platform {

std::string_view read_head(std::span<const std::byte> frame, FrameHead& head) noexcept {
  if (frame.size() < sizeof(FrameHead)) return "is shorter than its head";
  std::memcpy(&head, frame.data(), sizeof(head));
  if (head.magic != FrameHead::magic_value || head.reserved != 0) return "does not begin as one of this library does";
  if (head.bytes != frame.size() - sizeof(FrameHead)) return "has another size than it says";
  if (head.handles > max_datagram_handles) return "has more than 8 handles";
  if ((head.handles != 0) != (head.carriage == Carriage::pushed || head.carriage == Carriage::kept))
    return "has handles, but no way for them";
  switch (head.kind) {
    case FrameKind::message:
      if (head.bytes == 0) return head.handles == 0 ? "has no bytes" : "has handles and no bytes";
      break;
    case FrameKind::welcome:
      if (head.bytes != 0 || head.handles != 1) return "is no welcome";
      break;
    case FrameKind::end:
      if (head.bytes != 0 || head.handles != 0) return "is no end";
      break;
    default:
      return "is of no known kind";
  }
  for (std::size_t i = 0; i < head.handles; ++i) {
    // Handles are multiples of four; what is negative stands for the caller itself, and must never be duplicated for somebody else.
    if (head.values[i] <= 0 || (head.values[i] & 3) != 0) return "has a number that is no handle";
    for (std::size_t j = 0; j < i; ++j) {
      if (head.values[i] == head.values[j]) return "has one handle twice";
    }
  }
  return {};
}

}  // namespace geyser::platform
