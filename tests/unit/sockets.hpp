// What the tests of sockets and of the poller share.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <utility>
#include <vector>

#include "platform/socket.hpp"
#include "system.hpp"

namespace geyser::unit {

[[nodiscard]] inline std::vector<std::byte> pattern(std::size_t size, unsigned seed = 7) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>((i * 31 + seed) & 0xFF);
  return bytes;
}

struct Pair {
  platform::Socket a;
  platform::Socket b;
};
[[nodiscard]] inline Pair connected() {
  auto ends = platform::Socket::pair();
  if (!ends) std::abort();
  return {std::move(ends->first), std::move(ends->second)};
}
[[nodiscard]] inline Result<platform::SendOutcome> send(const platform::Socket& socket, std::size_t bytes) {
  return socket.send(pattern(bytes), {});
}

}  // namespace geyser::unit
