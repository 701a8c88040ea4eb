#include "handmade.hpp"

namespace geyser::test {

// A pipe's frames have no room for what the library refuses to send: tests/unit writes those by hand.
Result<void> send_bytes(const platform::Socket& socket, std::span<const std::byte> bytes, std::span<const OsHandle::Value> handles) {
  const auto sent = socket.send(bytes, handles);
  if (!sent) return sent.error().clone();
  if (*sent == platform::SendOutcome::full) return Error(Errc::timed_out, "the peer's queue is full");
  return {};
}

// A pipe ends in both directions at once.
bool end_sending(const platform::Socket& socket) noexcept {
  socket.shut_down();
  return true;
}

}  // namespace geyser::test
