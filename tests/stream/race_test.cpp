// Both sides at full speed: no frame that a reader holds is ever written, and none that it reads is torn.
#include <array>
#include <thread>

#include "fixture.hpp"

namespace geyser::stream_test {
namespace {

constexpr std::uint32_t slot_count = 4;
constexpr std::uint64_t frame_count = sanitized ? 100'000 : 1'000'000;

/// Stands for a texture: words that all belong to one frame.
using Pixels = std::array<std::atomic<std::uint64_t>, 16>;

void fill(Pixels& pixels, std::uint64_t number) {
  for (auto& word : pixels) word.store(number, std::memory_order_relaxed);
}
bool is_filled(const Pixels& pixels, std::uint64_t number) {
  bool whole = true;
  for (const auto& word : pixels) whole = whole && word.load(std::memory_order_relaxed) == number;
  return whole;
}

/// The publisher's rule, without a lane around it.
std::uint32_t free_slot(BoardWriter& board, std::array<std::uint64_t, slot_count>& numbers, std::vector<ClaimReader>& readers) {
  const std::uint32_t newest = board.newest() == 0 ? slot_count : detail::slot_of(board.newest());
  for (std::uint32_t i = 0;; i = (i + 1) % slot_count) {
    if (i == newest) continue;
    if (numbers[i] != 0) board.withdraw(numbers[i]);
    bool held = false;
    for (const auto& reader : readers) held = held || reader.holds(i);
    if (!held) return i;
  }
}

TEST(Race, a_claimed_frame_is_never_torn) {
  BoardWriter board = must(BoardWriter::create());
  std::vector<ClaimReader> claims;
  claims.push_back(must(ClaimReader::create(1)));
  claims.push_back(must(ClaimReader::create(1)));
  std::array<Pixels, slot_count> pixels{};
  std::atomic<bool> stop{false};
  std::array<std::uint64_t, 2> taken{};
  std::array<std::uint64_t, 2> torn{};
  std::array<std::uint64_t, 2> refused{};
  std::vector<std::thread> threads;
  for (std::size_t r = 0; r < 2; ++r) {
    threads.emplace_back([&, r] {
      BoardReader reader = open_page<BoardReader>(board.handle());
      ClaimWriter mine = open_page<ClaimWriter>(claims[r].handle());
      BoardFrame frame;
      for (std::uint32_t index = 0; !stop; index = (index + 1) % max_held_frames) {
        const FrameRef ref = reader.newest();
        if (ref == 0) continue;
        mine.claim(index, ref);
        if (reader.find(detail::frame_of(ref)) != ref) {
          mine.drop(index);
          ++refused[r];
          continue;
        }
        const Pixels& texture = pixels[detail::slot_of(ref)];
        const bool whole = reader.read(ref, frame) && is_whole(frame) && is_filled(texture, frame.number) && reader.read(ref, frame) &&
                           frame.number == detail::frame_of(ref);
        mine.drop(index);
        ++taken[r];
        torn[r] += whole ? 0U : 1U;
      }
    });
  }
  std::array<std::uint64_t, slot_count> numbers{};
  BoardFrame frame = numbered_frame(1);
  for (std::uint64_t n = 1; n <= frame_count; ++n) {
    const std::uint32_t slot = free_slot(board, numbers, claims);
    numbers[slot] = n;
    fill(pixels[slot], n);
    frame = numbered_frame(n);
    board.publish(slot, frame);
  }
  stop = true;
  for (auto& thread : threads) thread.join();
  for (std::size_t r = 0; r < 2; ++r) {
    EXPECT_EQ(torn[r], 0U) << "of " << taken[r];
    EXPECT_GT(taken[r], 100U);
  }
  std::cout << "[          ] taken " << taken[0] << " and " << taken[1] << ", lost to the publisher " << refused[0] << " and " << refused[1]
            << " of " << frame_count << " frames\n";
}

// The check above has to see a torn frame when there is one.
TEST(Race, a_frame_written_while_it_is_held_is_seen_to_be_torn) {
  BoardWriter board = must(BoardWriter::create());
  BoardReader reader = open_page<BoardReader>(board.handle());
  board.publish(0, numbered_frame(1));
  const FrameRef ref = reader.newest();
  BoardFrame mixed = numbered_frame(1);
  mixed.info.user_storage[700] = std::byte{0xff};
  board.publish(0, mixed);
  BoardFrame frame;
  ASSERT_TRUE(reader.read(ref, frame));
  EXPECT_FALSE(is_whole(frame));
  board.publish(0, numbered_frame(2));
  EXPECT_FALSE(reader.read(ref, frame));
  Pixels pixels{};
  fill(pixels, 4);
  pixels[9] = 5;
  EXPECT_FALSE(is_filled(pixels, 4));
}

TEST_F(LaneTest, frames_through_a_lane_are_whole_while_readers_come_and_go) {
  make_lane(Pacing::latest, 3);
  constexpr std::uint64_t last = sanitized ? 5'000 : 50'000;
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> taken{0};
  std::atomic<std::uint64_t> torn{0};
  std::vector<std::thread> threads;
  for (std::uint32_t r = 0; r < 2; ++r) {
    threads.emplace_back([&, r] {
      while (!stop) {
        Reader reader(lane());
        for (std::uint32_t round = 0; round < 200 && !stop; ++round) {
          const std::uint32_t index = round % max_held_frames;
          const FrameRef ref = reader.take_newest(index);
          if (ref == 0) continue;
          const BoardFrame frame = reader.read(ref);
          torn += reader.is_filled(frame, static_cast<std::uint32_t>(frame.number)) ? 0U : 1U;
          ++taken;
          if ((round + r) % 2 == 0) {
            reader.release_later(index);
            reader.finish(index);
          } else {
            reader.release(index);
          }
        }
        reader.detach();
      }
    });
  }
  for (std::uint64_t n = 1; n <= last; ++n) {
    const auto done = publish(10s);
    EXPECT_TRUE(ok(done)) << n;
    if (!done) break;
    if (n % 5'000 == 2'500) {
      EXPECT_TRUE(ok(lane().reconfigure(small_texture(n % 10'000 == 2'500 ? 8 : 16), n)));
    }
  }
  stop = true;
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(torn, 0U);
  EXPECT_GT(taken, 100U);
}

}  // namespace
}  // namespace geyser::stream_test
