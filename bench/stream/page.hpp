// What the processes of one run share: orders, counters and samples. All of them are this program.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace geyser::bench {

using Word = std::atomic<std::uint32_t>;

/// What a member of the crew does until it is told to halt.
enum class Task : std::uint32_t {
  leave,      ///< end the process
  read,       ///< follow a stream and count
  listen,     ///< sleep on the page's bell and count: the floor of waking readers
  wake,       ///< turn by turn: a frame, then the bell; and note how long each took to arrive
  attach,     ///< connect, take the first frame, leave; again and again
  take_copy,  ///< upload what the leader read back into shared memory
  publish,    ///< be the publisher of a stream
  open,       ///< open the device, and nothing else
};

struct Order {
  Task task = Task::leave;
  bool gpu = false;            ///< on the Vulkan device, otherwise in host memory
  bool other = false;          ///< on the other Vulkan device, by whatever way frames get there
  bool look = false;           ///< compare the content of the first frame with its number
  char stream[64] = {};        ///< its name
  std::int64_t spin_ns = 0;    ///< SubscriberOptions::spin
  std::int64_t period_ns = 0;  ///< read: 0 waits for each frame; else looks for the newest once a period, asleep in between. publish: pace
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t turns = 0;
  bool bare = false;  ///< attach: to the bare socket, which brings as many descriptors; the floor
};

/// One member. What it writes and what the leader writes are on cache lines of their own.
struct Cell {
  Order order{};
  alignas(64) Word sequence{0};  ///< the leader's: an order stands in `order`
  Word halt{0};                  ///< the leader's: the task shall end
  Word go{0};                    ///< the leader's: publish may begin
  alignas(64) Word done{0};      ///< sequence of the last order that is over
  Word started{0};               ///< sequence of the order whose preparations are over
  Word failed{0};
  Word turn{0};  ///< turns that are over
  std::atomic<std::uint64_t> frames{0};
  std::atomic<std::uint64_t> skipped{0};
  std::atomic<std::uint64_t> wrong{0};       ///< frames whose content did not fit their number
  std::atomic<std::uint64_t> generation{0};  ///< the newest seen
  std::atomic<std::int64_t> generation_moment{0};
  std::atomic<std::int64_t> begun{0};  ///< publish: just before Publisher::create()
  std::atomic<std::int64_t> ready{0};  ///< publish: the first frame is out
  char failure[400] = {};
};

inline constexpr std::size_t most_members = 64;
inline constexpr std::size_t most_samples = std::size_t{1} << 16U;

struct Page {
  alignas(64) Word bell{0};
  alignas(64) std::atomic<std::int64_t> stamp{0};  ///< when the bell was about to be rung, or the frame about to be published
  alignas(64) Word filled{0};                      ///< take_copy: frames in the shared memory
  alignas(64) Word taken{0};                       ///< take_copy: frames uploaded from it
  std::array<Cell, most_members> cells{};
  std::array<std::array<std::int64_t, most_samples>, 2> samples{};  ///< nanoseconds: the library's, the floor's
};
static_assert(Word::is_always_lock_free && std::atomic<std::uint64_t>::is_always_lock_free);

}  // namespace geyser::bench
