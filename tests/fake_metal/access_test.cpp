// Accesses in command buffers of the program's own, submitted ahead: a wait that is missing shows as old content (emulated).
#include "backends/metal/metal_api.hpp"
#include "fixture.hpp"

namespace fake_metal {
namespace {

using namespace std::chrono_literals;
using geyser::SemaphoreKind;

class Accesses : public Fixture {};

/// One side of a hand-over: a manager on a queue of its own.
struct Side {
  Side() : queue(new_queue(device())) {
    auto made = geyser::metal::create_manager({.device = device(), .queue = queue.get()});
    EXPECT_TRUE(ok(made));
    manager.emplace(*std::move(made));
  }
  Owned queue;
  std::optional<TextureShareManager> manager;
};

std::vector<std::uint32_t> all_of(std::uint32_t value, std::size_t count) { return std::vector<std::uint32_t>(count, value); }

void hand_over(TextureFormat format, SemaphoreKind kind) {
  Side writer;
  Side reader;
  auto texture = writer.manager->create_shareable_texture(plain(format));
  ASSERT_TRUE(ok(texture));
  auto twin = reader.manager->import_texture(*writer.manager->export_texture(*texture));
  ASSERT_TRUE(ok(twin));
  auto semaphore = writer.manager->create_shared_semaphore({.kind = kind, .initial_value = 0, .label = {}});
  ASSERT_TRUE(ok(semaphore));
  auto its = reader.manager->import_semaphore(*writer.manager->export_semaphore(*semaphore));
  ASSERT_TRUE(ok(its));
  constexpr std::uint32_t turns = 30;
  std::vector<std::vector<std::uint32_t>> found(turns);
  std::vector<Owned> kept;
  for (std::uint32_t turn = 0; turn < turns; ++turn) {
    const std::uint64_t base = 2 * std::uint64_t{turn};
    {
      geyser::AccessInfo info;
      const SyncPoint before{*semaphore, base};
      if (turn > 0) info.wait_for = std::span(&before, 1);
      info.signal = SyncPoint{*semaphore, base + 1};
      auto access = texture->begin_write(info);
      ASSERT_TRUE(ok(access));
      kept.emplace_back(new_command_buffer(writer.queue.get()));
      ASSERT_TRUE(ok(geyser::metal::acquire(*access, kept.back().get())));
      encode_fill(kept.back().get(), geyser::metal::native(*texture)->texture, 0xABC000 + turn);
      ASSERT_TRUE(ok(geyser::metal::release(*access, kept.back().get())));
      commit(kept.back().get());
      ASSERT_TRUE(ok(std::move(*access).end()));
    }
    {
      geyser::AccessInfo info = written();
      info.state->points.push_back({*its, base + 1});
      info.signal = SyncPoint{*its, base + 2};
      auto access = twin->begin_read(info);
      ASSERT_TRUE(ok(access));
      kept.emplace_back(new_command_buffer(reader.queue.get()));
      ASSERT_TRUE(ok(geyser::metal::acquire(*access, kept.back().get())));
      encode_fetch(kept.back().get(), geyser::metal::native(*twin)->texture, &found[turn]);
      ASSERT_TRUE(ok(geyser::metal::release(*access, kept.back().get())));
      commit(kept.back().get());
      ASSERT_TRUE(ok(std::move(*access).end()));
    }
  }
  ASSERT_TRUE(ok(its->wait(2 * turns, 10s)));
  ASSERT_TRUE(wait_completed(kept.back().get()));
  for (std::uint32_t turn = 0; turn < turns; ++turn) EXPECT_EQ(found[turn], all_of(0xABC000 + turn, 67 * 29)) << "turn " << turn;
}

TEST_F(Accesses, surfaces_pass_in_order_by_events) { hand_over(TextureFormat::rgba8_unorm, SemaphoreKind::timeline); }
TEST_F(Accesses, surfaces_pass_in_order_by_host_timelines) { hand_over(TextureFormat::rgba8_unorm, SemaphoreKind::host_timeline); }
TEST_F(Accesses, shared_textures_pass_in_order_by_events) { hand_over(TextureFormat::r32_uint, SemaphoreKind::timeline); }
TEST_F(Accesses, shared_textures_pass_in_order_by_host_timelines) { hand_over(TextureFormat::r32_uint, SemaphoreKind::host_timeline); }

TEST_F(Accesses, without_the_wait_the_fake_shows_old_content) {
  // The test above must be able to fail: two queues, no wait, a writer that is held.
  Side writer;
  Side reader;
  auto texture = writer.manager->create_shareable_texture(plain(TextureFormat::r32_uint));
  ASSERT_TRUE(ok(texture));
  auto gate = geyser::metal::create_shared_event(*writer.manager);
  ASSERT_TRUE(ok(gate));
  void* native = geyser::metal::native(*texture)->texture;
  auto access = texture->begin_write({.state = {}, .wait_for = std::span<const SyncPoint>(), .signal = {}});
  ASSERT_TRUE(ok(access));
  Owned late(new_command_buffer(writer.queue.get()));
  ASSERT_TRUE(ok(std::move(*access).end()));
  const SyncPoint point{*gate, 1};
  auto waiting = texture->begin_write({.state = {}, .wait_for = std::span(&point, 1), .signal = {}});
  ASSERT_TRUE(ok(waiting));
  ASSERT_TRUE(ok(geyser::metal::acquire(*waiting, late.get())));
  encode_fill(late.get(), native, 0x77);
  commit(late.get());
  std::vector<std::uint32_t> found;
  Owned early(new_command_buffer(reader.queue.get()));
  encode_fetch(early.get(), native, &found);
  commit(early.get());
  ASSERT_TRUE(wait_completed(early.get()));
  EXPECT_NE(found, all_of(0x77, 67 * 29));
  ASSERT_TRUE(ok(gate->signal(1)));
  ASSERT_TRUE(wait_completed(late.get()));
  ASSERT_TRUE(ok(std::move(*waiting).end()));
}

TEST_F(Accesses, order_and_arguments_are_checked) {
  Side side;
  auto texture = side.manager->create_shareable_texture(plain());
  ASSERT_TRUE(ok(texture));
  auto access = texture->begin_write();
  ASSERT_TRUE(ok(access));
  Owned commands(new_command_buffer(side.queue.get()));
  EXPECT_TRUE(fails(geyser::metal::release(*access, commands.get()), Errc::invalid_state));
  EXPECT_TRUE(fails(geyser::metal::acquire(*access, nullptr), Errc::invalid_argument));
  EXPECT_TRUE(fails(geyser::metal::acquire(*access, device()), Errc::invalid_argument));
  ASSERT_TRUE(ok(geyser::metal::acquire(*access, commands.get())));
  EXPECT_TRUE(fails(geyser::metal::acquire(*access, commands.get()), Errc::invalid_state));
  EXPECT_TRUE(fails(geyser::metal::release(*access, commands.get(), geyser::TextureLayout::undefined), Errc::invalid_argument));
  commit(commands.get());
  EXPECT_TRUE(fails(geyser::metal::release(*access, commands.get()), Errc::invalid_state)) << "committed already";
  Owned next(new_command_buffer(side.queue.get()));
  EXPECT_TRUE(ok(geyser::metal::release(*access, next.get())));
  commit(next.get());
  ASSERT_TRUE(wait_completed(next.get()));
  EXPECT_TRUE(ok(std::move(*access).end()));
}

TEST_F(Accesses, a_command_buffer_of_another_device_is_refused) {
  DeviceConfig other;
  other.registry_id = 3;
  start({DeviceConfig{}, other});
  auto manager = open_manager(0);
  ASSERT_TRUE(ok(manager));
  auto texture = manager->create_shareable_texture(plain());
  ASSERT_TRUE(ok(texture));
  Owned queue(new_queue(device(1)));
  Owned commands(new_command_buffer(queue.get()));
  auto access = texture->begin_write();
  ASSERT_TRUE(ok(access));
  EXPECT_TRUE(fails(geyser::metal::acquire(*access, commands.get()), Errc::device_mismatch));
  EXPECT_TRUE(ok(std::move(*access).end()));
}

TEST_F(Accesses, a_command_buffer_that_fails_signals_no_host_timeline) {
  Side side;
  auto texture = side.manager->create_shareable_texture(plain());
  ASSERT_TRUE(ok(texture));
  auto semaphore = side.manager->create_shared_semaphore({.kind = SemaphoreKind::host_timeline, .initial_value = 0, .label = {}});
  ASSERT_TRUE(ok(semaphore));
  auto access = texture->begin_write({.state = {}, .wait_for = {}, .signal = SyncPoint{*semaphore, 1}});
  ASSERT_TRUE(ok(access));
  Owned commands(new_command_buffer(side.queue.get()));
  ASSERT_TRUE(ok(geyser::metal::acquire(*access, commands.get())));
  ASSERT_TRUE(ok(geyser::metal::release(*access, commands.get())));
  const std::size_t mark = geyser::test::log_mark();
  fail_command_buffer(3);
  commit(commands.get());
  ASSERT_TRUE(wait_completed(commands.get()));
  EXPECT_TRUE(drain());
  EXPECT_EQ(*semaphore->value(), 0U);
  EXPECT_FALSE(geyser::test::lines_since(mark, geyser::LogLevel::error).empty());
  ASSERT_TRUE(ok(semaphore->signal(1)));  // so that the texture is freed without waiting
  EXPECT_TRUE(ok(std::move(*access).end()));
}

TEST_F(Accesses, the_fake_sees_a_gpu_in_a_locked_surface) {
  Side side;
  auto texture = side.manager->create_shareable_texture(plain());
  ASSERT_TRUE(ok(texture));
  auto device = geyser::metal::api::adopt_device(fake_metal::device(), nullptr);
  ASSERT_TRUE(ok(device));
  auto surface = (*device)->surface_from_native(geyser::metal::native(*texture)->surface);
  ASSERT_TRUE(ok(surface));
  ASSERT_TRUE(ok((*surface)->lock(false)));
  Owned commands(new_command_buffer(side.queue.get()));
  encode_fill(commands.get(), geyser::metal::native(*texture)->texture, 1);
  commit(commands.get());
  ASSERT_TRUE(wait_completed(commands.get()));
  (*surface)->unlock(false);
  EXPECT_EQ(lock_violations(), 1U);
  forgive_lock_violations();
}

}  // namespace
}  // namespace fake_metal
