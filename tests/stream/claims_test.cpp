// Claims and the doorbell, one side at a time.
#include <thread>

#include "fixture.hpp"

namespace geyser::stream_test {
namespace {

class Claims : public ::testing::Test {
 protected:
  ClaimReader publisher = must(ClaimReader::create(17));
  ClaimWriter reader = open_page<ClaimWriter>(publisher.handle());
  static constexpr std::array<std::uint64_t, max_held_frames> nothing{};
};

TEST_F(Claims, start_with_nothing_held) {
  EXPECT_EQ(publisher.held(), 0U);
  for (std::uint32_t slot = 0; slot < max_stream_textures; ++slot) {
    EXPECT_FALSE(publisher.holds(slot));
    EXPECT_EQ(publisher.releases(slot), nothing);
  }
  EXPECT_EQ(publisher.cursor(), 17U);
  EXPECT_EQ(reader.cursor(), 17U);
  EXPECT_FALSE(publisher.sleeping());
}

TEST_F(Claims, say_which_slots_are_held) {
  reader.claim(0, detail::frame_ref(5, 2));
  reader.claim(3, detail::frame_ref(6, 31));
  EXPECT_TRUE(publisher.holds(2));
  EXPECT_TRUE(publisher.holds(31));
  EXPECT_FALSE(publisher.holds(0));
  EXPECT_EQ(publisher.held(), 2U);
  reader.claim(1, detail::frame_ref(5, 2));  // the same frame twice is one slot
  EXPECT_EQ(publisher.held(), 2U);
  reader.drop(0);
  EXPECT_TRUE(publisher.holds(2));
  reader.drop(1);
  EXPECT_FALSE(publisher.holds(2));
  EXPECT_EQ(publisher.releases(2), nothing);
}

TEST_F(Claims, remember_what_to_wait_for_until_it_is_forgotten) {
  reader.claim(1, detail::frame_ref(5, 2));
  reader.release(1, 40);
  EXPECT_FALSE(publisher.holds(2));
  EXPECT_EQ(publisher.releases(2), (std::array<std::uint64_t, max_held_frames>{0, 40, 0, 0}));
  EXPECT_EQ(publisher.releases(3), nothing);
  reader.claim(0, detail::frame_ref(5, 2));
  reader.release(0, 9);
  EXPECT_EQ(publisher.releases(2), (std::array<std::uint64_t, max_held_frames>{9, 40, 0, 0}));
  publisher.forget(2);
  EXPECT_EQ(publisher.releases(2), nothing);
  reader.claim(1, detail::frame_ref(8, 2));
  reader.release(1, 41);
  EXPECT_EQ(publisher.releases(2), (std::array<std::uint64_t, max_held_frames>{0, 41, 0, 0}));
}

TEST_F(Claims, carry_the_cursor_and_whether_the_reader_sleeps) {
  reader.set_cursor(18);
  EXPECT_EQ(publisher.cursor(), 18U);
  reader.set_sleeping(true);
  EXPECT_TRUE(publisher.sleeping());
  reader.set_sleeping(false);
  EXPECT_FALSE(publisher.sleeping());
}

TEST_F(Claims, count_frames_and_latencies) {
  EXPECT_EQ(publisher.counters().latency_p50, 0ns);
  for (std::uint64_t n = 1; n <= 3000; ++n) reader.count(2 * n, 1, std::chrono::nanoseconds(n));
  const auto counters = publisher.counters();
  EXPECT_EQ(counters.frames, 3000U);
  EXPECT_EQ(counters.skipped, 3000U);
  EXPECT_EQ(counters.last_frame, 6000U);
  // The last 1024 are 1977 to 3000.
  EXPECT_EQ(counters.latency_p50, std::chrono::nanoseconds(1977 + 511));
  EXPECT_EQ(counters.latency_p99, std::chrono::nanoseconds(1977 + 1012));
  reader.count(1, 0, -5ns);  // a clock that ran backwards
  EXPECT_EQ(publisher.counters().frames, 3001U);
}

TEST(DoorbellTest, wakes_who_waits_and_never_keeps_him_longer_than_a_few_milliseconds) {
  auto publisher = must(Doorbell::create());
  auto reader = open_page<Doorbell>(publisher.handle());
  const std::uint32_t seen = publisher.ticket();
  reader.ring();
  EXPECT_NE(publisher.ticket(), seen);
  publisher.wait(seen, 10s);  // rung already
  const auto start = std::chrono::steady_clock::now();
  publisher.wait(publisher.ticket(), 10s);  // nobody rings
  EXPECT_LT(std::chrono::steady_clock::now() - start, 2s);
  publisher.wait(publisher.ticket(), -1s);
}

}  // namespace
}  // namespace geyser::stream_test
