// Whom a publisher waits for: latest, queue and lockstep; slow, stopped, late and leaving readers.
#include <algorithm>
#include <thread>

#include "fixture.hpp"

namespace geyser::stream_test {
namespace {

using Clock = std::chrono::steady_clock;

TEST_F(LaneTest, latest_never_waits_and_a_held_frame_stays_as_it_is) {
  make_lane(Pacing::latest, 3);
  Reader reader(lane());
  publish_many(1);
  const BoardFrame held = reader.read(reader.take_newest(0));
  publish_many(500);
  EXPECT_TRUE(reader.is_filled(held, 1));
  EXPECT_EQ(lane().usage().textures, 3U);  // one held, one newest, one to write
  EXPECT_EQ(detail::frame_of(reader.take_newest(1)), 501U);
}

TEST_F(LaneTest, latest_grows_for_stalled_readers_and_shrinks_when_they_let_go) {
  make_lane(Pacing::latest, 3);
  Reader first(lane());
  Reader second(lane());
  std::vector<BoardFrame> held;
  const auto hold = [&](Reader& reader, std::uint32_t claim) {
    publish_many(1);
    held.push_back(reader.read(reader.take_newest(claim)));
  };
  for (std::uint32_t claim = 0; claim < max_held_frames; ++claim) {
    hold(first, claim);
    hold(second, claim);
  }
  publish_many(500);
  EXPECT_EQ(lane().usage().textures, 2 * max_held_frames + 2);
  EXPECT_GE(changes_, static_cast<int>(2 * max_held_frames + 2 - 3));
  for (const auto& frame : held) EXPECT_TRUE(first.is_filled(frame, static_cast<std::uint32_t>(frame.number))) << frame.number;
  const int before = changes_;
  for (std::uint32_t claim = 0; claim < max_held_frames; ++claim) {
    first.release(claim);
    second.release(claim);
  }
  publish_many(100);
  EXPECT_GT(lane().usage().textures, 3U);  // not at once: the readers may be back
  publish_many(100);
  EXPECT_EQ(lane().usage().textures, 3U);
  EXPECT_GT(changes_, before);
  publish_many(10);
}

TEST_F(LaneTest, latest_gives_a_busy_device_a_moment_before_it_spends_a_texture) {
  make_lane(Pacing::latest, 2);
  Reader reader(lane());
  publish_many(1);
  static_cast<void>(reader.take_newest(0));
  publish_many(1);
  reader.release_later(0);
  const auto start = Clock::now();
  auto begun = lane().begin(10s);
  const auto waited = Clock::now() - start;
  ASSERT_TRUE(ok(begun));
  EXPECT_EQ(lane().usage().textures, 3U);
  EXPECT_GE(waited, 200us);
  EXPECT_LT(waited, 5s);  // not the whole time-out
  lane().give_back(*std::move(begun));
  reader.finish(0);
  publish_many(200);
  EXPECT_EQ(lane().usage().textures, 2U);
}

TEST_F(LaneTest, a_slot_is_not_written_before_the_readers_device_is_done) {
  make_lane(Pacing::latest, 2);
  Reader reader(lane());
  publish_many(1);
  const BoardFrame held = reader.read(reader.take_newest(0));
  publish_many(1);
  reader.release_later(0);
  publish_many(200);
  EXPECT_TRUE(reader.is_filled(held, 1));
  reader.finish(0);
  publish_many(200);
  EXPECT_FALSE(reader.is_filled(held, 1));
  EXPECT_EQ(lane().usage().textures, 2U);
}

TEST_F(LaneTest, releases_in_any_order_and_of_one_frame_twice) {
  make_lane(Pacing::lockstep, 2);
  Reader reader(lane());
  publish_many(1);
  const FrameRef ref = reader.take_newest(0);
  ASSERT_TRUE(reader.take(1, ref));
  reader.want(2);
  reader.release_later(1);
  EXPECT_TRUE(fails(lane().begin(0ns), Errc::timed_out, {"still holds frame 1"}));
  reader.release_later(0);
  EXPECT_TRUE(fails(lane().begin(0ns), Errc::timed_out, {"device", "frame 1"}));
  reader.finish(1);
  EXPECT_TRUE(fails(lane().begin(0ns), Errc::timed_out, {"device", "frame 1"}));
  reader.finish(0);
  EXPECT_TRUE(ok(publish()));
}

TEST_F(LaneTest, queue_lets_a_reader_fall_behind_by_the_ring_and_then_waits) {
  make_lane(Pacing::queue, 3);
  Reader reader(lane(), "recorder");
  publish_many(3);
  const auto start = Clock::now();
  EXPECT_TRUE(fails(lane().begin(20ms), Errc::timed_out, {"process 4711", "recorder", "frame 1", "20 ms"}));
  EXPECT_GE(Clock::now() - start, 20ms);
  for (std::uint64_t n = 1; n <= 3; ++n) {
    const FrameRef ref = reader.board().find(n);
    ASSERT_TRUE(reader.take(0, ref)) << n;
    EXPECT_TRUE(reader.is_filled(reader.read(ref), static_cast<std::uint32_t>(n)));
    reader.want(n + 1);
    EXPECT_TRUE(fails(lane().begin(0ns), Errc::timed_out, {"still holds frame", std::to_string(n)}));
    reader.release(0);
    publish_many(1);
    EXPECT_TRUE(fails(lane().begin(0ns), Errc::timed_out, {"has not taken frame", std::to_string(n + 1)}));
  }
  EXPECT_EQ(lane().usage().textures, 3U);
}

TEST_F(LaneTest, queue_shows_every_reader_every_frame) {
  make_lane(Pacing::queue, 3);
  constexpr std::uint64_t last = 3000;
  std::vector<std::unique_ptr<Reader>> readers;
  for (int r = 0; r < 3; ++r) readers.push_back(std::make_unique<Reader>(lane()));
  std::vector<std::thread> threads;
  threads.reserve(readers.size());
  for (auto& each : readers) {
    threads.emplace_back([&reader = *each] {
      for (std::uint64_t n = 1; n <= last; ++n) {
        const auto deadline = Clock::now() + 20s;
        FrameRef ref = 0;
        while ((ref = reader.board().find(n)) == 0 && Clock::now() < deadline) reader.board().wait(reader.board().ticket(), 1ms);
        ASSERT_TRUE(reader.take(n % 2, ref)) << n;
        ASSERT_TRUE(reader.is_filled(reader.read(ref), static_cast<std::uint32_t>(n))) << n;
        reader.want(n + 1);
        if (n % 3 == 0) {
          reader.release_later(n % 2);
          reader.finish(n % 2);
        } else {
          reader.release(n % 2);
        }
      }
    });
  }
  for (std::uint64_t n = 1; n <= last; ++n) {
    const auto done = publish(20s);
    ASSERT_TRUE(ok(done)) << n;
    lane().board().wake();
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(lane().usage().textures, 3U);
}

TEST_F(LaneTest, lockstep_waits_until_everybody_has_let_go_of_the_frame_before) {
  make_lane(Pacing::lockstep, 2);
  Reader first(lane(), "first");
  Reader second(lane(), "second");
  publish_many(1);
  EXPECT_TRUE(fails(lane().begin(0ns), Errc::timed_out, {"first", "has not taken frame 1"}));
  static_cast<void>(first.take_newest(0));
  first.want(2);
  first.release(0);
  EXPECT_TRUE(fails(lane().begin(0ns), Errc::timed_out, {"second", "has not taken frame 1"}));
  static_cast<void>(second.take_newest(0));
  second.want(2);
  EXPECT_TRUE(fails(lane().begin(0ns), Errc::timed_out, {"second", "still holds frame 1"}));
  second.release_later(0);
  EXPECT_TRUE(fails(lane().begin(5ms), Errc::timed_out, {"second", "device"}));
  std::thread gpu([&] {
    std::this_thread::sleep_for(20ms);
    second.finish(0);
  });
  EXPECT_TRUE(ok(publish(20s)));
  gpu.join();
  EXPECT_EQ(lane().usage().textures, 2U);
}

TEST_F(LaneTest, a_late_reader_starts_with_the_current_frame) {
  for (const Pacing pacing : {Pacing::latest, Pacing::queue, Pacing::lockstep}) {
    next_ = 1;
    make_lane(pacing, 3);
    publish_many(7);
    Reader reader(lane());
    EXPECT_EQ(reader.claims().cursor(), 7U);
    ASSERT_TRUE(reader.take(0, reader.board().find(reader.claims().cursor()))) << to_string(pacing);
    EXPECT_TRUE(reader.is_filled(reader.read(reader.board().newest()), 7));
    if (pacing == Pacing::lockstep) {
      EXPECT_TRUE(fails(lane().begin(0ns), Errc::timed_out, {"frame 7"}));
    } else {
      publish_many(2);
      EXPECT_TRUE(reader.is_filled(reader.read(detail::frame_ref(7, detail::slot_of(reader.board().find(7)))), 7) ||
                  pacing == Pacing::latest);
    }
    if (pacing == Pacing::queue) {
      EXPECT_TRUE(fails(lane().begin(0ns), Errc::timed_out, {"frame 7"}));
    }
  }
}

TEST_F(LaneTest, a_reader_before_the_first_frame_starts_with_that) {
  Lane::Options options;
  options.texture = small_texture();
  options.pacing = Pacing::queue;
  options.first_frame = 40;
  auto made = Lane::create(manager(), options, {});
  ASSERT_TRUE(ok(made));
  Reader reader(**made);
  EXPECT_EQ(reader.claims().cursor(), 40U);
}

TEST_F(LaneTest, a_reader_that_leaves_holds_nobody_up) {
  make_lane(Pacing::lockstep, 2);
  Reader stays(lane());
  Reader leaves(lane());
  publish_many(1);
  static_cast<void>(leaves.take_newest(0));
  static_cast<void>(stays.take_newest(0));
  stays.want(2);
  stays.release(0);
  std::thread other([&] {
    std::this_thread::sleep_for(20ms);
    leaves.detach();
    leaves.detach();  // nothing happens
  });
  const auto start = Clock::now();
  EXPECT_TRUE(ok(publish(20s)));
  EXPECT_LT(Clock::now() - start, 5s);
  other.join();
}

TEST_F(LaneTest, queue_keeps_unread_frames_of_the_size_before) {
  make_lane(Pacing::queue, 3);
  Reader reader(lane());
  publish_many(2);
  ASSERT_TRUE(ok(lane().reconfigure(small_texture(8), 2)));
  publish_many(1);
  // The ring is new and empty, but no reader falls further behind for it.
  EXPECT_TRUE(fails(lane().begin(0ns), Errc::timed_out, {"has not taken frame 1"}));
  for (std::uint64_t n = 1; n <= 3; ++n) {
    const FrameRef ref = reader.board().find(n);
    ASSERT_TRUE(reader.take(0, ref)) << n;
    const BoardFrame frame = reader.read(ref);
    EXPECT_EQ(frame.generation, n < 3 ? 1U : 2U);
    EXPECT_TRUE(reader.is_filled(frame, static_cast<std::uint32_t>(n)));
    reader.want(n + 1);
    reader.release(0);
  }
  publish_many(3);
  EXPECT_EQ(lane().usage().textures, 3U);
}

}  // namespace
}  // namespace geyser::stream_test
