// The board: what goes in comes out, what is gone cannot be found, and a page that is none is refused.
#include <thread>

#include "fixture.hpp"

namespace geyser::stream_test {
namespace {

class Board : public ::testing::Test {
 protected:
  BoardWriter writer = must(BoardWriter::create());
  BoardReader reader = open_page<BoardReader>(writer.handle());
};

TEST_F(Board, is_empty_at_first) {
  EXPECT_EQ(writer.newest(), 0U);
  EXPECT_EQ(reader.newest(), 0U);
  EXPECT_EQ(reader.find(0), 0U);
  EXPECT_EQ(reader.find(1), 0U);
  EXPECT_FALSE(reader.closed());
  BoardFrame frame;
  EXPECT_FALSE(reader.read(0, frame));
  EXPECT_FALSE(reader.read(detail::frame_ref(1, 0), frame));
}

TEST_F(Board, carries_every_field) {
  BoardFrame in = numbered_frame(7);
  in.generation = 3;
  in.texture_id = 99;
  in.written_value = 1234567890123;
  in.layout = TextureLayout::shader_read_only;
  in.info.generation = 3;
  in.info.published = {.nanoseconds = -5, .clock = ClockType::monotonic};
  in.info.timestamp = {.nanoseconds = 77, .clock = ClockType::media};
  in.info.damage = Rect{1, 2, 3, 4};
  in.info.color = {ColorPrimaries::bt2020, TransferFunction::pq, ColorRange::limited, AlphaMode::straight};
  in.info.hdr = HdrMetadata{.primaries = {{{0.1F, 0.2F}, {0.3F, 0.4F}, {0.5F, 0.6F}}},
                            .white_point = {0.7F, 0.8F},
                            .max_luminance = 1000,
                            .min_luminance = 0.01F,
                            .max_content_light_level = 900,
                            .max_frame_average_light_level = 400};
  in.info.user_bytes = 13;  // no multiple of a word
  writer.publish(31, in);
  ASSERT_EQ(reader.newest(), detail::frame_ref(7, 31));
  ASSERT_EQ(reader.find(7), detail::frame_ref(7, 31));
  BoardFrame out = numbered_frame(1000);  // what was there before must not shine through
  out.info.skipped = 5;
  ASSERT_TRUE(reader.read(reader.newest(), out));
  EXPECT_EQ(out.number, 7U);
  EXPECT_EQ(out.generation, 3U);
  EXPECT_EQ(out.texture_id, 99U);
  EXPECT_EQ(out.written_value, 1234567890123U);
  EXPECT_EQ(out.layout, TextureLayout::shader_read_only);
  EXPECT_EQ(out.info.number, 7U);
  EXPECT_EQ(out.info.generation, 3U);
  EXPECT_EQ(out.info.skipped, 0U);
  EXPECT_EQ(out.info.published, in.info.published);
  EXPECT_EQ(out.info.timestamp, in.info.timestamp);
  EXPECT_EQ(out.info.damage, in.info.damage);
  EXPECT_EQ(out.info.color, in.info.color);
  EXPECT_EQ(out.info.hdr, in.info.hdr);
  const auto bytes = out.info.user_data();
  ASSERT_EQ(bytes.size(), 13U);
  EXPECT_EQ(std::memcmp(bytes.data(), in.info.user_storage.data(), 13), 0);

  writer.publish(0, numbered_frame(8));
  ASSERT_TRUE(reader.read(reader.newest(), out));
  EXPECT_FALSE(out.info.damage.has_value());
  EXPECT_FALSE(out.info.hdr.has_value());
  EXPECT_TRUE(is_whole(out));
}

TEST_F(Board, forgets_what_is_withdrawn_and_nothing_else) {
  writer.publish(0, numbered_frame(1));
  writer.publish(1, numbered_frame(2));
  writer.withdraw(1);
  EXPECT_EQ(reader.find(1), 0U);
  EXPECT_EQ(reader.find(2), detail::frame_ref(2, 1));
  writer.withdraw(2 + detail::board_history);  // shares its place with frame 2
  EXPECT_EQ(reader.find(2), detail::frame_ref(2, 1));
  EXPECT_EQ(reader.newest(), detail::frame_ref(2, 1));
}

TEST_F(Board, finds_frames_as_far_back_as_it_says) {
  for (std::uint64_t n = 1; n <= 200; ++n) writer.publish(static_cast<std::uint32_t>(n % max_stream_textures), numbered_frame(n));
  EXPECT_EQ(reader.find(200 - detail::board_history), 0U);
  for (std::uint64_t n = 200 - detail::board_history + 1; n <= 200; ++n) {
    EXPECT_EQ(reader.find(n), detail::frame_ref(n, static_cast<std::uint32_t>(n % max_stream_textures)));
  }
  EXPECT_EQ(reader.find(201), 0U);
}

TEST_F(Board, steps_over_frames_that_were_never_there) {
  EXPECT_EQ(reader.next(0), 0U);
  EXPECT_EQ(reader.next(1), 0U);
  writer.publish(0, numbered_frame(5));
  writer.publish(1, numbered_frame(9));
  EXPECT_EQ(reader.next(0), detail::frame_ref(5, 0));
  EXPECT_EQ(reader.next(5), detail::frame_ref(5, 0));
  EXPECT_EQ(reader.next(6), detail::frame_ref(9, 1));
  EXPECT_EQ(reader.next(10), 0U);
  EXPECT_EQ(reader.next(~std::uint64_t{0}), 0U);
  writer.publish(2, numbered_frame(1000));  // further on than the board remembers
  EXPECT_EQ(reader.next(10), detail::frame_ref(1000, 2));
}

TEST_F(Board, refuses_content_that_contradicts_the_reference) {
  writer.publish(4, numbered_frame(5));
  BoardFrame frame;
  EXPECT_FALSE(reader.read(detail::frame_ref(6, 4), frame));
  EXPECT_FALSE(reader.read(detail::frame_ref(5, 5), frame));
  EXPECT_FALSE(reader.read(detail::frame_ref(5, max_stream_textures), frame));
  EXPECT_FALSE(reader.read(detail::frame_ref(5, 254), frame));
  EXPECT_FALSE(reader.read(std::uint64_t{5} << 8U, frame));  // slot "-1"
  writer.publish(4, numbered_frame(0));
  EXPECT_FALSE(reader.read(detail::frame_ref(0, 4), frame));  // frames count from 1
  BoardFrame bad = numbered_frame(6);
  const auto refused = [&](auto&& change) {
    BoardFrame changed = bad;
    change(changed);
    writer.publish(6, changed);
    return !reader.read(writer.newest(), frame);
  };
  EXPECT_FALSE(refused([](BoardFrame&) {}));
  EXPECT_TRUE(refused([](BoardFrame& f) { f.layout = TextureLayout::undefined; }));
  EXPECT_TRUE(refused([](BoardFrame& f) { f.layout = static_cast<TextureLayout>(99); }));
  EXPECT_TRUE(refused([](BoardFrame& f) { f.info.timestamp.clock = static_cast<ClockType>(0); }));
  EXPECT_TRUE(refused([](BoardFrame& f) { f.info.color.primaries = static_cast<ColorPrimaries>(200); }));
  EXPECT_TRUE(refused([](BoardFrame& f) { f.info.damage = Rect{UINT32_MAX, 0, 2, 1}; }));
  EXPECT_TRUE(refused([](BoardFrame& f) { f.texture_id = 0; }));
  EXPECT_TRUE(refused([](BoardFrame& f) { f.generation = 0; }));
}

TEST_F(Board, changes_its_ticket_with_every_frame_and_wakes_sleepers) {
  const std::uint32_t before = reader.ticket();
  writer.publish(0, numbered_frame(1));
  EXPECT_NE(reader.ticket(), before);
  reader.wait(before, 10s);  // it differs already: no sleep
  std::atomic<bool> awake{false};
  const std::uint32_t seen = reader.ticket();
  std::thread sleeper([&] {
    while (reader.ticket() == seen) reader.wait(seen, 10s);
    awake = true;
  });
  const auto start = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(20ms);
  EXPECT_FALSE(awake);
  writer.publish(1, numbered_frame(2));
  writer.wake();
  sleeper.join();
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}

TEST_F(Board, says_when_the_stream_ends) {
  const std::uint32_t seen = reader.ticket();
  std::thread sleeper([&] {
    while (!reader.closed()) reader.wait(seen, 10s);
  });
  const auto start = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(10ms);
  writer.close();
  sleeper.join();
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}

TEST_F(Board, is_read_only_for_readers) {
  OsHandle copy = must(writer.handle().duplicate());
  EXPECT_FALSE(platform::SharedMemory::open(copy, 4096).has_value());
  EXPECT_TRUE(platform::SharedMemory::open_read_only(copy, 4096).has_value());
}

TEST(BoardPages, that_are_none_are_refused_and_keep_their_handle) {
  OsHandle none;
  EXPECT_FALSE(BoardReader::open(none).has_value());
  EXPECT_FALSE(ClaimWriter::open(none).has_value());
  EXPECT_FALSE(Doorbell::open(none).has_value());
  auto doorbell = must(Doorbell::create());
  OsHandle small = must(doorbell.handle().duplicate());
  EXPECT_TRUE(fails(BoardReader::open(small), Errc::protocol_error, {}));
  EXPECT_TRUE(static_cast<bool>(small));
  auto blank = must(platform::SharedMemory::create(1 << 20, "blank"));
  OsHandle large = must(blank.handle().duplicate());
  EXPECT_TRUE(fails(BoardReader::open(large), Errc::protocol_error, {"board"}));
  EXPECT_TRUE(fails(ClaimWriter::open(large), Errc::protocol_error, {"claim page"}));
  EXPECT_TRUE(static_cast<bool>(large));
}

}  // namespace
}  // namespace geyser::stream_test
