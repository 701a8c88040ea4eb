// One side writes anything at all into what it may write: the other neither crashes nor hangs, and other readers notice nothing.
#include <random>
#include <span>
#include <thread>

#include "fixture.hpp"

namespace geyser::stream_test {
namespace {

using Clock = std::chrono::steady_clock;

/// A peer's mapping of a page, as words.
class Words {
 public:
  explicit Words(const OsHandle& handle) : copy_(must(handle.duplicate())), memory_(must(platform::SharedMemory::open(copy_, 1))) {}
  [[nodiscard]] std::span<std::uint64_t> all() const {
    const auto bytes = memory_.bytes();
    return {reinterpret_cast<std::uint64_t*>(bytes.data()), bytes.size() / sizeof(std::uint64_t)};
  }

 private:
  OsHandle copy_;
  platform::SharedMemory memory_;
};

/// What is on a page that may only be read.
std::vector<std::byte> content_of(const OsHandle& handle) {
  OsHandle copy = must(handle.duplicate());
  const auto memory = must(platform::SharedMemory::open_read_only(copy, 1));
  return {memory.bytes().begin(), memory.bytes().end()};
}

/// Random bits, with a liking for what has a meaning: small numbers, references, extremes.
std::uint64_t any_word(std::mt19937_64& random) {
  switch (unit::between(random, 0, 5)) {
    case 0:
      return 0;
    case 1:
      return unit::between(random, 0, 64);
    case 2:
      return detail::frame_ref(unit::between(random, 0, 300), unit::between(random, 0, 40));
    case 3:
      return ~std::uint64_t{0} - unit::between(random, 0, 3);
    default:
      return random();
  }
}

void scribble(const Words& page, std::mt19937_64& random, std::size_t first = 0) {
  for (std::size_t i = first; i < page.all().size(); ++i) {
    std::atomic_ref(page.all()[i]).store(any_word(random), std::memory_order_relaxed);
  }
}

TEST_F(LaneTest, any_claim_page_only_delays) {
  auto random = unit::random_source();
  for (const Pacing pacing : {Pacing::latest, Pacing::queue, Pacing::lockstep}) {
    next_ = 1;
    make_lane(pacing, 3);
    Reader bad(lane(), "bad");
    publish_many(1);
    const Words page(bad.shared()->claims.handle());
    const Words bell(lane().doorbell().handle());
    for (int round = 0; round < 100; ++round) {
      scribble(page, random);
      scribble(bell, random);
      const auto start = Clock::now();
      const auto done = publish(2ms);
      EXPECT_LT(Clock::now() - start, 2s);
      EXPECT_TRUE(done.has_value() || done.error().code() == Errc::timed_out) << done.error().describe();
      EXPECT_LE(lane().usage().textures, max_stream_textures);
      const auto& claims = bad.shared()->claims;
      static_cast<void>(claims.counters());
      EXPECT_LE(claims.held(), max_held_frames);
      if (round % 10 == 9) {
        auto changed = lane().reconfigure(small_texture(8), static_cast<std::uint64_t>(round) + 2);
        EXPECT_TRUE(changed.has_value() || changed.error().code() == Errc::limit_exceeded) << changed.error().describe();
      }
    }
    bad.detach();
    publish_many(300);
    EXPECT_EQ(lane().usage().textures, 3U);
  }
}

TEST_F(LaneTest, a_scribbling_reader_tears_nobody_elses_frames) {
  make_lane(Pacing::latest, 3);
  const auto seed = unit::random_source()();
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> taken{0};
  std::atomic<std::uint64_t> torn{0};
  std::atomic<int> found_out{0};
  // Comes back whenever it is thrown out.
  std::thread scribbler([&] {
    std::mt19937_64 random(seed);
    const Words bell(lane().doorbell().handle());
    while (!stop) {
      Reader bad(lane(), "bad");
      const Words page(bad.shared()->claims.handle());
      while (!stop && !bad.shared()->broken) {
        scribble(page, random);
        scribble(bell, random);
      }
      found_out += bad.shared()->broken ? 1 : 0;
      bad.detach();
    }
  });
  std::thread good([&] {
    Reader reader(lane(), "good");
    while (!stop) {
      const FrameRef ref = reader.take_newest(0);
      if (ref == 0) continue;
      const BoardFrame frame = reader.read(ref);
      torn += reader.is_filled(frame, static_cast<std::uint32_t>(frame.number)) ? 0U : 1U;
      ++taken;
      reader.release(0);
    }
  });
  const std::uint64_t last = sanitized ? 500 : 5'000;
  const auto deadline = Clock::now() + 30s;
  // Threads may begin later than this loop takes.
  while ((next_ <= last || taken <= 100) && Clock::now() < deadline) static_cast<void>(publish(1ms));
  stop = true;
  scribbler.join();
  good.join();
  EXPECT_GT(next_, last / 10);
  EXPECT_GT(taken, 10U);
  EXPECT_EQ(torn, 0U);
  std::cout << "[          ] " << next_ - 1 << " frames published, " << taken << " taken by the good reader, the bad one thrown out "
            << found_out << " times\n";
}

TEST_F(LaneTest, a_reader_that_promises_what_never_comes_is_found_out) {
  make_lane(Pacing::latest, 3);
  Reader liar(lane(), "liar");
  Reader honest(lane(), "honest");
  publish_many(1);
  static_cast<void>(honest.take_newest(0));
  // "My device is at work on every frame that you ever publish."
  Result<void> done;
  for (int i = 0; i < 100 && done; ++i) {
    done = publish();
    const FrameRef ref = liar.take_newest(0);
    ASSERT_NE(ref, 0U);
    liar.claims().release(0, ~std::uint64_t{0});
  }
  EXPECT_TRUE(ok(done));
  EXPECT_TRUE(liar.shared()->lied);
  EXPECT_TRUE(liar.shared()->broken);
  EXPECT_NE(liar.shared()->why_broken.find("no device has so much to do"), std::string::npos) << liar.shared()->why_broken;
  EXPECT_FALSE(honest.shared()->broken);
  liar.detach();
  publish_many(300);
  EXPECT_EQ(lane().usage().textures, 3U);
}

TEST_F(LaneTest, a_reader_that_speaks_of_semaphores_it_never_sent_only_keeps_its_own_frames) {
  make_lane(Pacing::latest, 3);
  Reader reader(lane(), "mute", false);
  publish_many(1);
  const BoardFrame held = reader.read(reader.take_newest(2));
  reader.claims().release(2, 7);
  publish_many(200);
  EXPECT_TRUE(reader.is_filled(held, 1));
  EXPECT_EQ(lane().usage().textures, 3U);
}

TEST_F(LaneTest, a_lying_cursor_delays_a_queue_and_no_longer_than_the_time_out) {
  make_lane(Pacing::queue, 2);
  Reader liar(lane(), "liar");
  for (const std::uint64_t cursor : {std::uint64_t{0}, std::uint64_t{1}}) {
    liar.want(cursor);
    while (publish()) {
    }
    const auto start = Clock::now();
    EXPECT_TRUE(fails(publish(10ms), Errc::timed_out, {"liar"}));
    EXPECT_LT(Clock::now() - start, 2s);
  }
  liar.want(~std::uint64_t{0});  // "I have read everything"
  publish_many(100);
}

TEST(HostileBoard, gives_nothing_that_is_out_of_range) {
  auto random = unit::random_source();
  const BoardWriter good = must(BoardWriter::create());
  const std::vector<std::byte> head = content_of(good.handle());
  auto memory = must(platform::SharedMemory::create(head.size(), "hostile"));
  const Words page(memory.handle());
  // Magic and version as in a good one, everything else at will.
  std::memcpy(page.all().data(), head.data(), 16);
  const BoardReader reader = open_page<BoardReader>(memory.handle());
  std::uint64_t read = 0;
  for (int round = 0; round < 300; ++round) {
    scribble(page, random, 2);
    static_cast<void>(reader.closed());
    reader.wait(reader.ticket(), 0ns);
    BoardFrame frame;
    for (std::uint64_t i = 0; i < 100; ++i) {
      const FrameRef ref = i == 0 ? reader.newest() : i < 70 ? reader.find(i) : any_word(random);
      if (!reader.read(ref, frame)) continue;
      ++read;
      EXPECT_EQ(frame.number, detail::frame_of(ref));
      EXPECT_LE(frame.info.user_bytes, max_user_data_bytes);
      EXPECT_NE(frame.layout, TextureLayout::undefined);
      EXPECT_LE(frame.layout, TextureLayout::transfer_dst);
    }
  }
  // Frames that pass all checks are met seldom by chance; one that is made to pass shows that the page is really read.
  std::memset(page.all().data() + 2, 0, page.all().size_bytes() - 16);
  BoardWriter other = must(BoardWriter::create());
  other.publish(3, numbered_frame(9));
  const std::vector<std::byte> bytes = content_of(other.handle());
  std::memcpy(page.all().data(), bytes.data(), bytes.size());
  BoardFrame frame;
  ASSERT_TRUE(reader.read(reader.newest(), frame));
  EXPECT_TRUE(is_whole(frame));
  std::cout << "[          ] " << read << " random frames passed the checks\n";
}

}  // namespace
}  // namespace geyser::stream_test
