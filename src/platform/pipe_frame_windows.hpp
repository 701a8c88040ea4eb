// Windows: what lies around each message in a pipe. Both ends are this library, of one machine: native layout and byte order.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "platform/socket.hpp"

namespace geyser::platform {

using PipeToken = std::array<std::uint64_t, 2>;

enum class FrameKind : std::uint8_t {
  message = 1,  ///< what send() was given
  welcome = 2,  ///< a server's first: the page of counters
  end = 3,      ///< shut_down()
};

/// How handles travel. The end that serves does all the work between two processes, so a client needs no rights on a publisher.
enum class Carriage : std::uint8_t {
  none = 0,
  pushed = 1,  ///< values are of the receiver's table: the sender put them there
  kept = 2,    ///< values are of the sender's table, which keeps them until the receiver has fetched duplicates
};

struct FrameHead {
  static constexpr std::uint32_t magic_value = 0x52535947;
  std::uint32_t magic = magic_value;
  FrameKind kind = FrameKind::message;
  std::uint8_t handles = 0;
  Carriage carriage = Carriage::none;
  std::uint8_t reserved = 0;
  std::uint32_t process = 0;   ///< the sender's
  std::uint32_t bytes = 0;     ///< what follows this head
  std::uint64_t sequence = 0;  ///< counts the messages with handles of one direction, from 1
  PipeToken token{};           ///< of what is kept, for a receiver in the same process
  std::array<std::int64_t, max_datagram_handles> values{};
};
static_assert(sizeof(FrameHead) == 104);

inline constexpr std::size_t max_frame_bytes = sizeof(FrameHead) + max_datagram_bytes;

/// Reads the head of `frame`, which another process wrote. Empty: all is well; else what is wrong with it.
[[nodiscard]] std::string_view read_head(std::span<const std::byte> frame, FrameHead& head) noexcept;

/// What both ends of a connection look at, in memory that both map. Either side may write anything into it, and harms only itself.
struct PipeCounters {
  std::atomic<std::uint64_t> taken_by_server{0};  ///< the last sequence whose handles were fetched, or given up
  std::atomic<std::uint64_t> taken_by_client{0};
  std::atomic<std::uint64_t> sent_by_server{0};  ///< of a pair, whose ends may go from one process to another
  std::atomic<std::uint64_t> sent_by_client{0};
  std::atomic<std::uint32_t> ended{0};  ///< one side called shut_down(): nothing more is to be sent
};

}  // namespace geyser::platform
