// Every call that can fail does so once, and nothing is left behind (emulated).
#include "fixture.hpp"

namespace fake_metal {
namespace {

class Failures : public Fixture {};

/// A whole life: two managers, a texture across, contents both ways, a semaphore across.
geyser::Result<void> live(TextureFormat format, const std::vector<std::byte>& bytes) {
  auto one = open_manager();
  if (!one) return std::move(one).error();
  auto two = open_manager();
  if (!two) return std::move(two).error();
  auto texture = one->create_shareable_texture(plain(format, 64, 32));
  if (!texture) return std::move(texture).error();
  auto event = geyser::metal::create_shared_event(*one);
  if (!event) return std::move(event).error();
  if (auto done = one->attach_semaphore(*texture, *event); !done) return done;
  if (auto done = one->upload(*texture, {}, bytes); !done) return done;
  if (auto ready = one->signal_texture_ready(*texture); !ready) return std::move(ready).error();
  auto handle = one->export_texture(*texture);
  if (!handle) return std::move(handle).error();
  auto there = two->import_texture(*std::move(handle));
  if (!there) {
    EXPECT_TRUE(handle->handles[0]) << "a refused handle stays the caller's";
    return std::move(there).error();
  }
  if (auto waited = two->wait_for_texture(*there, std::chrono::seconds(5)); !waited) return std::move(waited).error();
  std::vector<std::byte> found(bytes.size());
  if (auto done = two->read_back(*there, {}, found); !done) return done;
  EXPECT_EQ(found, bytes);
  auto handle_of_event = geyser::metal::export_event(*event);
  if (!handle_of_event) return std::move(handle_of_event).error();
  auto again = geyser::metal::import_event(*two, handle_of_event->get());
  if (!again) return std::move(again).error();
  if (format != TextureFormat::r32_uint) return {};
  auto exported = geyser::metal::export_shared_texture(*texture);
  if (!exported) return std::move(exported).error();
  auto taken = geyser::metal::import_shared_texture(*two, exported->handle.get(), exported->info);
  return taken ? geyser::Result<void>() : std::move(taken).error();
}

TEST_F(Failures, every_call_of_a_life_fails_once) {
  for (const auto format : {TextureFormat::bgra8_unorm, TextureFormat::nv12, TextureFormat::r32_uint}) {
    const auto bytes = content_of(plain(format, 64, 32));
    std::size_t failed = 0;
    for (std::uint64_t nth = 1;; ++nth) {
      const std::size_t descriptors = geyser::test::open_descriptors();
      fail_call(nth);
      auto result = live(format, bytes);
      const std::string which = injected();
      stop_failing();
      ASSERT_TRUE(drain());
      EXPECT_EQ(geyser::detail::process_object_count(), 0U) << which;
      EXPECT_EQ(live_objects(), (std::map<std::string, std::size_t>{})) << which;
      EXPECT_EQ(geyser::test::open_descriptors(), descriptors) << which;
      if (which.empty()) {
        EXPECT_TRUE(ok(result));
        break;
      }
      if (which == "notifyListener:atValue:block:") continue;  // counted; it cannot fail
      ++failed;
      EXPECT_FALSE(result.has_value()) << which << " failed and nobody said so";
      if (!result) {
        EXPECT_NE(result.error().code(), Errc::internal) << which;
      }
    }
    EXPECT_GE(failed, format == TextureFormat::r32_uint ? 12U : 11U) << to_string(format);
  }
}

TEST_F(Failures, a_gpu_that_hangs_ends_a_wait_and_leaks_nothing) {
  auto manager = open_manager();
  ASSERT_TRUE(ok(manager));
  auto texture = manager->create_shareable_texture(plain(TextureFormat::r32_uint));
  ASSERT_TRUE(ok(texture));
  auto event = geyser::metal::create_shared_event(*manager);
  ASSERT_TRUE(ok(event));
  ASSERT_TRUE(ok(manager->attach_semaphore(*texture, *event)));
  hold_gpu(true);
  ASSERT_TRUE(ok(manager->signal_texture_ready(*texture)));
  EXPECT_TRUE(fails(manager->wait_for_texture(*texture, std::chrono::milliseconds(20)), Errc::timed_out));
  hold_gpu(false);
  EXPECT_TRUE(ok(event->wait(1, std::chrono::seconds(5))));
}

}  // namespace
}  // namespace fake_metal
