// Lanes in general: frames, signals, textures that come and go, readers that come and go.
#include <algorithm>
#include <set>
#include <thread>

#include "fixture.hpp"

namespace geyser::stream_test {
namespace {

TEST_F(LaneTest, starts_with_its_ring_and_shows_no_frame) {
  make_lane(Pacing::latest, 3);
  EXPECT_EQ(lane().usage().textures, 3U);
  EXPECT_EQ(lane().usage().bytes, 3U * 4096);
  EXPECT_EQ(lane().board().newest(), 0U);
  std::vector<std::uint64_t> ids;
  lane().for_each_texture([&](std::uint64_t id, const TextureHandle& handle) {
    ids.push_back(id);
    EXPECT_TRUE(ok(validate(handle)));
  });
  EXPECT_EQ(ids, (std::vector<std::uint64_t>{1, 2, 3}));
  EXPECT_EQ(lane().describe_types(), "shared_memory with host_timeline semaphores (host_page)");
  Negotiation same = must(negotiate(manager().capabilities(), manager().capabilities()));
  EXPECT_TRUE(lane().accepts(same));
  same.memory = MemoryHandleType::opaque_fd;
  EXPECT_FALSE(lane().accepts(same));
}

TEST_F(LaneTest, refuses_a_ring_of_one_and_a_bad_descriptor) {
  Lane::Options options;
  options.texture = small_texture();
  options.ring = 1;
  EXPECT_TRUE(fails(Lane::create(manager(), options, {}), Errc::invalid_argument, {"1", "2 to 16"}));
  options.ring = 2;
  options.texture.extent.width = 0;
  EXPECT_TRUE(fails(Lane::create(manager(), options, {}), Errc::invalid_argument, {"extent.width"}));
}

TEST_F(LaneTest, textures_are_of_the_type_that_was_asked_for) {
  Lane::Options options;
  options.texture = small_texture();
  options.handle_type = MemoryHandleType::shared_memory;
  const auto lane = must(Lane::create(manager(), options, [] {}));
  int seen = 0;
  lane->for_each_texture([&](std::uint64_t, const TextureHandle& handle) {
    ++seen;
    EXPECT_EQ(handle.info.type, MemoryHandleType::shared_memory);
  });
  EXPECT_EQ(seen, 3);
  options.handle_type = MemoryHandleType::dma_buf;
  EXPECT_TRUE(fails(Lane::create(manager(), options, [] {}), Errc::unsupported_handle, {"dma_buf"}));
}

TEST_F(LaneTest, shows_a_frame_with_everything_filled_in) {
  make_lane(Pacing::latest);
  Reader reader(lane());
  auto open = lane().begin(0ns);
  ASSERT_TRUE(ok(open));
  EXPECT_FALSE(open->access->state().initialized);
  BoardFrame in;
  in.number = 1;
  in.info.timestamp = {.nanoseconds = 5, .clock = ClockType::media};
  ASSERT_TRUE(ok(lane().publish(*std::move(open), in)));
  const FrameRef ref = reader.take_newest(0);
  const BoardFrame frame = reader.read(ref);
  EXPECT_EQ(frame.number, 1U);
  EXPECT_EQ(frame.generation, 1U);
  EXPECT_EQ(frame.info.generation, 1U);
  EXPECT_EQ(frame.info.timestamp, in.info.timestamp);
  EXPECT_EQ(frame.layout, TextureLayout::general);
  EXPECT_EQ(frame.written_value, 0U);  // nobody asked for the signal: the host is done, and nothing is to be waited for
  EXPECT_EQ(must(lane().written().value()), 1U);
  EXPECT_NE(lane().texture_of(frame.texture_id), nullptr);
  EXPECT_EQ(lane().texture_of(1000), nullptr);
}

TEST_F(LaneTest, one_frame_is_open_at_a_time) {
  make_lane(Pacing::latest);
  auto open = lane().begin(0ns);
  ASSERT_TRUE(ok(open));
  EXPECT_TRUE(fails(lane().begin(0ns), Errc::invalid_state, {"open"}));
  EXPECT_TRUE(fails(lane().reconfigure(small_texture(8), 2), Errc::invalid_state, {"open"}));
  ASSERT_TRUE(ok(publish(*std::move(open))));
  BoardFrame frame;
  frame.number = 2;
  EXPECT_TRUE(fails(lane().publish(Lane::Open{}, frame), Errc::invalid_state, {"not open"}));
  EXPECT_TRUE(ok(publish()));
}

TEST_F(LaneTest, numbers_must_rise_and_a_refused_frame_is_free_again) {
  make_lane(Pacing::latest, 2);
  publish_many(5);
  for (const std::uint64_t number : {0U, 1U, 5U}) {
    auto open = lane().begin(0ns);
    ASSERT_TRUE(ok(open));
    BoardFrame frame;
    frame.number = number;
    EXPECT_TRUE(fails(lane().publish(*std::move(open), frame), Errc::invalid_argument, {"number"}));
  }
  EXPECT_EQ(detail::frame_of(lane().board().newest()), 5U);
  EXPECT_TRUE(ok(publish()));
  EXPECT_EQ(lane().usage().textures, 2U);
}

TEST_F(LaneTest, a_frame_given_back_was_never_there) {
  make_lane(Pacing::latest, 2);
  publish_many(1);
  for (int i = 0; i < 10; ++i) {
    auto open = lane().begin(0ns);
    ASSERT_TRUE(ok(open));
    lane().give_back(*std::move(open));
  }
  lane().give_back(Lane::Open{});  // nothing to give back
  EXPECT_EQ(detail::frame_of(lane().board().newest()), 1U);
  publish_many(10);
  EXPECT_EQ(lane().usage().textures, 2U);
}

TEST_F(LaneTest, a_signal_that_was_asked_for_is_left_to_who_asked) {
  make_lane(Pacing::latest, 2);
  auto open = lane().begin(0ns);
  ASSERT_TRUE(ok(open));
  const SyncPoint point = open->access->signal().value();
  ASSERT_TRUE(ok(publish(*std::move(open))));
  EXPECT_LT(must(lane().written().value()), point.value);
  // The texture's next writer waits for it: the slot comes round after one other frame.
  auto second = lane().begin(0ns);
  ASSERT_TRUE(ok(second));
  EXPECT_TRUE(second->access->waits().empty());
  ASSERT_TRUE(second->access->signal().has_value());
  const SyncPoint later = *second->access->signal();
  ASSERT_TRUE(ok(publish(*std::move(second))));
  auto third = lane().begin(0ns);
  ASSERT_TRUE(ok(third));
  ASSERT_EQ(third->access->waits().size(), 1U);
  EXPECT_EQ(third->access->waits()[0], point);
  ASSERT_TRUE(ok(point.semaphore.signal(point.value)));
  ASSERT_TRUE(ok(later.semaphore.signal(later.value)));
  lane().give_back(*std::move(third));
}

TEST_F(LaneTest, a_host_frame_does_not_overtake_the_device) {
  make_lane(Pacing::latest, 3);
  auto device = lane().begin(0ns);
  ASSERT_TRUE(ok(device));
  const SyncPoint point = device->access->signal().value();
  ASSERT_TRUE(ok(publish(*std::move(device))));
  std::atomic<bool> done{false};
  std::thread gpu([&] {
    std::this_thread::sleep_for(30ms);
    done = true;
    EXPECT_TRUE(ok(point.semaphore.signal(point.value)));
  });
  EXPECT_TRUE(ok(publish()));  // its own signal would have gone past the device's
  EXPECT_TRUE(done);
  gpu.join();
}

TEST_F(LaneTest, a_frame_given_back_after_its_signal_was_asked_for_is_not_reused_early) {
  make_lane(Pacing::queue, 2);
  publish_many(1);
  auto open = lane().begin(0ns);
  ASSERT_TRUE(ok(open));
  const std::uint32_t slot = open->slot;
  const SyncPoint point = open->access->signal().value();
  lane().give_back(*std::move(open));
  // Its slot may still be written, and the other one is the newest frame: another texture.
  auto next = lane().begin(0ns);
  ASSERT_TRUE(ok(next));
  EXPECT_NE(next->slot, slot);
  EXPECT_EQ(lane().usage().textures, 3U);
  ASSERT_TRUE(ok(point.semaphore.signal(point.value)));
  ASSERT_TRUE(ok(publish(*std::move(next))));
  publish_many(300);
  EXPECT_EQ(lane().usage().textures, 2U);
}

TEST_F(LaneTest, written_can_be_had_by_every_reader) {
  make_lane(Pacing::latest);
  auto other = must(host::create_manager());
  for (int i = 0; i < 3; ++i) {
    auto semaphore = other.import_semaphore(must(lane().export_written()));
    ASSERT_TRUE(ok(semaphore));
    publish_many(1);
    EXPECT_EQ(must(semaphore->value()), must(lane().written().value()));
  }
}

TEST_F(LaneTest, a_raised_written_semaphore_ends_the_lane) {
  expected_log_lines_ = 1;
  make_lane(Pacing::latest);
  publish_many(3);
  EXPECT_FALSE(lane().tampered());
  auto other = must(host::create_manager());
  auto semaphore = must(other.import_semaphore(must(lane().export_written())));
  ASSERT_TRUE(ok(semaphore.signal(1000)));
  EXPECT_TRUE(fails(lane().begin(0ns), Errc::protocol_error, {"written"}));
  EXPECT_TRUE(lane().tampered());
  EXPECT_TRUE(fails(lane().begin(0ns), Errc::protocol_error, {"written"}));  // said once in the log
  EXPECT_EQ(detail::frame_of(lane().board().newest()), 3U);
}

TEST_F(LaneTest, a_written_semaphore_raised_during_a_frame_is_noticed_too) {
  expected_log_lines_ = 1;
  make_lane(Pacing::latest);
  auto open = lane().begin(0ns);
  ASSERT_TRUE(ok(open));
  auto other = must(host::create_manager());
  auto semaphore = must(other.import_semaphore(must(lane().export_written())));
  ASSERT_TRUE(ok(semaphore.signal(1)));        // what the frame itself would signal
  EXPECT_TRUE(ok(publish(*std::move(open))));  // its pixels are there
  EXPECT_TRUE(lane().tampered());
  EXPECT_EQ(detail::frame_of(lane().board().newest()), 1U);
  EXPECT_TRUE(fails(lane().begin(0ns), Errc::protocol_error, {"written"}));
}

TEST_F(LaneTest, semaphores_that_cannot_be_used_break_only_their_reader) {
  make_lane(Pacing::latest);
  Reader good(lane());
  Reader none(lane(), "none", false);
  Reader many(lane(), "many", false);
  {
    const std::lock_guard lock(none.shared()->mutex);
    none.shared()->arrived.emplace_back();
    none.shared()->has_arrived = true;
  }
  {
    const std::lock_guard lock(many.shared()->mutex);
    for (std::uint32_t i = 0; i <= max_held_frames; ++i) many.shared()->arrived.push_back(must(lane().export_written()));
    many.shared()->has_arrived = true;
  }
  publish_many(1);
  EXPECT_TRUE(none.shared()->broken);
  EXPECT_FALSE(none.shared()->why_broken.empty());
  EXPECT_TRUE(many.shared()->broken);
  EXPECT_NE(many.shared()->why_broken.find("5 semaphores"), std::string::npos) << many.shared()->why_broken;
  EXPECT_FALSE(good.shared()->broken);
  EXPECT_EQ(good.shared()->released.size(), max_held_frames);
  EXPECT_GE(changes_, 1);
  EXPECT_NE(good.take_newest(0), 0U);
}

TEST_F(LaneTest, a_sleeping_reader_is_woken) {
  make_lane(Pacing::latest);
  Reader reader(lane());
  std::thread sleeper([&] {
    const std::uint32_t seen = reader.board().ticket();
    reader.claims().set_sleeping(true);
    while (reader.board().newest() == 0) reader.board().wait(seen, 10s);
    reader.claims().set_sleeping(false);
  });
  const auto start = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(20ms);
  publish_many(1);
  sleeper.join();
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}

TEST_F(LaneTest, closing_says_so_on_the_board) {
  make_lane(Pacing::latest);
  Reader reader(lane());
  EXPECT_FALSE(reader.board().closed());
  lane().close();
  EXPECT_TRUE(reader.board().closed());
}

TEST_F(LaneTest, another_size_leaves_the_old_frames_to_their_readers) {
  make_lane(Pacing::latest, 3);
  Reader reader(lane());
  publish_many(5);
  const BoardFrame old = reader.read(reader.take_newest(0));
  ASSERT_TRUE(reader.is_filled(old, 5));
  SharedTexture* const held = lane().texture_of(old.texture_id);
  const int before = changes_;
  ASSERT_TRUE(ok(lane().reconfigure(small_texture(32), 2)));
  EXPECT_GT(changes_, before);
  EXPECT_EQ(lane().options().generation, 2U);
  EXPECT_EQ(lane().usage().textures, 4U);                    // three new ones and the one that is held
  EXPECT_EQ(detail::frame_of(lane().board().newest()), 5U);  // until there is a new one
  publish_many(50);
  EXPECT_EQ(lane().texture_of(old.texture_id), held);
  EXPECT_TRUE(reader.is_filled(old, 5));
  const BoardFrame now = reader.read(reader.take_newest(1));
  EXPECT_EQ(now.generation, 2U);
  EXPECT_TRUE(reader.is_filled(now, 55));
  EXPECT_EQ(lane().texture_of(now.texture_id)->descriptor().extent.width, 32U);
  reader.release(0);
  publish_many(1);
  EXPECT_EQ(lane().usage().textures, 3U);
  EXPECT_EQ(lane().texture_of(old.texture_id), nullptr);
}

TEST_F(LaneTest, a_size_that_cannot_be_leaves_everything_as_it_was) {
  make_lane(Pacing::latest, 3);
  publish_many(2);
  TextureDescriptor bad = small_texture();
  bad.extent.height = 0;
  EXPECT_TRUE(fails(lane().reconfigure(bad, 2), Errc::invalid_argument, {"extent.height"}));
  EXPECT_EQ(lane().options().generation, 1U);
  EXPECT_EQ(lane().options().texture, small_texture());
  EXPECT_EQ(lane().usage().textures, 3U);
  publish_many(3);
}

TEST_F(LaneTest, many_sizes_in_a_row_do_not_pile_up) {
  make_lane(Pacing::latest, 3);
  Reader reader(lane());
  publish_many(1);
  static_cast<void>(reader.take_newest(0));
  for (std::uint32_t i = 0; i < 100; ++i) {
    ASSERT_TRUE(ok(lane().reconfigure(small_texture(16 + i), 2 + i)));
    EXPECT_LE(lane().usage().textures, 5U);  // the ring, the newest frame, the one that is held
    if (i % 3 == 0) publish_many(2);
  }
}

TEST_F(LaneTest, readers_that_hold_every_old_texture_stop_a_change_and_it_can_be_repeated) {
  make_lane(Pacing::latest, 2);
  std::vector<std::unique_ptr<Reader>> readers;
  for (int r = 0; r < 8; ++r) {
    readers.push_back(std::make_unique<Reader>(lane()));
    for (std::uint32_t claim = 0; claim < max_held_frames; ++claim) {
      auto done = publish();
      if (!done) break;  // 32 are held
      static_cast<void>(readers.back()->take_newest(claim));
    }
  }
  EXPECT_EQ(lane().usage().textures, max_stream_textures);
  EXPECT_TRUE(fails(lane().reconfigure(small_texture(8), 2), Errc::limit_exceeded, {"process 4711", "viewer"}));
  EXPECT_EQ(lane().options().generation, 1U);
  readers.resize(4);  // their pages stay until they are detached
  EXPECT_TRUE(fails(lane().reconfigure(small_texture(8), 2), Errc::limit_exceeded, {}));
  for (auto& reader : readers) reader->detach();
  ASSERT_TRUE(ok(lane().reconfigure(small_texture(8), 2)));
  publish_many(3);
}

}  // namespace
}  // namespace geyser::stream_test
