// Streams with Dawn on either end, in one process and across two.
#include <algorithm>
#include <thread>

#include "support/log_capture.hpp"
#include "support/process.hpp"
#include "tests/ipc/temporary_folder.hpp"
#include "webgpu/stream_ends.hpp"

namespace geyser::test::dawn {
namespace {

using namespace std::chrono_literals;

class Stream : public DawnTest {
 protected:
  [[nodiscard]] Result<Subscriber> connect(const std::string& folder, bool by_dawn) {
    SubscriberOptions options;
    options.directory = folder;
    options.connect_timeout = peer_time;
    options.require_zero_copy = true;
    return Subscriber::connect(manager_of(sides(), by_dawn), stream_name, options);
  }
  /// Publisher and reader in this process, taking turns.
  void in_turns(bool publisher_by_dawn, bool reader_by_dawn, Pacing pacing, int frames) {
    const TemporaryFolder folder;
    auto publisher = Publisher::create(manager_of(sides(), publisher_by_dawn), stream_options(folder.path(), pacing));
    ASSERT_TRUE(ok(publisher));
    auto subscriber = connect(folder.path(), reader_by_dawn);
    ASSERT_TRUE(ok(subscriber));
    for (int i = 0; i < frames; ++i) {
      const auto number = publish_frame(sides(), publisher_by_dawn, *publisher);
      ASSERT_TRUE(ok(number)) << "frame " << i + 1;
      auto frame = subscriber->acquire(peer_time);
      ASSERT_TRUE(ok(frame)) << "frame " << i + 1;
      ASSERT_EQ(frame->info().number, *number);
      ASSERT_EQ(check_frame(sides(), reader_by_dawn, *std::move(frame)), "");
    }
  }
  void read_some(Subscriber& subscriber, bool by_dawn, int frames) {
    for (int i = 0; i < frames; ++i) {
      auto frame = subscriber.acquire(peer_time);
      ASSERT_TRUE(ok(frame));
      ASSERT_EQ(check_frame(sides(), by_dawn, *std::move(frame)), "");
    }
  }
};

TEST_F(Stream, vulkan_to_dawn_1000_frames) { in_turns(false, true, Pacing::queue, 1000); }
TEST_F(Stream, dawn_to_vulkan_1000_frames) { in_turns(true, false, Pacing::queue, 1000); }
TEST_F(Stream, dawn_to_dawn) { in_turns(true, true, Pacing::latest, 100); }

TEST_F(Stream, frames_held_at_once_and_released_out_of_order) {
  const TemporaryFolder folder;
  auto publisher = Publisher::create(vulkan(), stream_options(folder.path(), Pacing::latest));
  ASSERT_TRUE(ok(publisher));
  auto subscriber = connect(folder.path(), true);
  ASSERT_TRUE(ok(subscriber));
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(ok(publish_frame(sides(), false, *publisher)));
    auto first = subscriber->acquire(peer_time);
    ASSERT_TRUE(ok(first));
    ASSERT_TRUE(ok(publish_frame(sides(), false, *publisher)));
    auto second = subscriber->acquire(peer_time);
    ASSERT_TRUE(ok(second));
    ASSERT_EQ(check_frame(sides(), true, *std::move(second)), "");
    ASSERT_EQ(check_frame(sides(), true, *std::move(first)), "");
  }
}

// A frame that the reader never looks at is a frame like any other.
TEST_F(Stream, frames_that_are_released_unread) {
  const TemporaryFolder folder;
  auto publisher = Publisher::create(vulkan(), stream_options(folder.path(), Pacing::queue));
  ASSERT_TRUE(ok(publisher));
  auto subscriber = connect(folder.path(), true);
  ASSERT_TRUE(ok(subscriber));
  for (int i = 0; i < 60; ++i) {
    ASSERT_TRUE(ok(publish_frame(sides(), false, *publisher)));
    auto frame = subscriber->acquire(peer_time);
    ASSERT_TRUE(ok(frame));
    if (i % 3 == 0) {
      ASSERT_EQ(check_frame(sides(), true, *std::move(frame)), "");
    } else if (i % 3 == 1) {
      ASSERT_TRUE(ok(webgpu::acquire(frame->access())));
      ASSERT_TRUE(ok(webgpu::release(frame->access())));
    }
  }
}

TEST_F(Stream, a_new_size_and_format_are_followed) {
  const TemporaryFolder folder;
  for (const bool by_dawn : {false, true}) {
    SCOPED_TRACE(by_dawn ? "published by Dawn" : "published by Vulkan");
    auto options = stream_options(folder.path(), Pacing::latest);
    auto publisher = Publisher::create(manager_of(sides(), by_dawn), options);
    ASSERT_TRUE(ok(publisher));
    auto subscriber = connect(folder.path(), !by_dawn);
    ASSERT_TRUE(ok(subscriber));
    for (std::uint32_t step = 0; step < 6; ++step) {
      auto descriptor = options.texture;
      descriptor.extent = {31 + step * 50, 17 + step * 9, 1};
      ASSERT_TRUE(ok(publisher->reconfigure(descriptor)));
      for (int i = 0; i < 4; ++i) {
        ASSERT_TRUE(ok(publish_frame(sides(), by_dawn, *publisher)));
        auto frame = subscriber->acquire(peer_time);
        ASSERT_TRUE(ok(frame));
        ASSERT_EQ(frame->texture().descriptor().extent, descriptor.extent);
        ASSERT_EQ(check_frame(sides(), !by_dawn, *std::move(frame)), "");
      }
    }
  }
}

struct Processes {
  const char* publisher;
  const char* reader;
  const char* pacing;
};
class TwoProcesses : public Stream, public ::testing::WithParamInterface<Processes> {};

TEST_P(TwoProcesses, every_pixel_arrives) {
  const auto& param = GetParam();
  const bool by_dawn = std::string_view(param.publisher) == "dawn";
  const bool queue = std::string_view(param.pacing) == "queue";
  const std::uint64_t frames = queue ? 1000 : 200;
  const TemporaryFolder folder;
  auto publisher = Publisher::create(manager_of(sides(), by_dawn), stream_options(folder.path(), queue ? Pacing::queue : Pacing::latest));
  ASSERT_TRUE(ok(publisher));
  auto reader = Child::start({"--child", "read", param.reader, folder.path(), std::to_string(frames)});
  ASSERT_TRUE(ok(reader));
  ASSERT_TRUE(ok(publisher->wait_for_subscribers(1, peer_time)));
  for (std::uint64_t i = 0; i < frames; ++i) {
    ASSERT_TRUE(ok(publish_frame(sides(), by_dawn, *publisher))) << "frame " << i + 1;
    if (!queue) std::this_thread::sleep_for(2ms);
  }
  const auto status = reader->wait(peer_time);
  ASSERT_TRUE(ok(status));
  EXPECT_EQ(*status, 0);
}
INSTANTIATE_TEST_SUITE_P(Stream, TwoProcesses,
                         ::testing::Values(Processes{"vulkan", "dawn", "queue"}, Processes{"vulkan", "dawn", "latest"},
                                           Processes{"dawn", "vulkan", "queue"}, Processes{"dawn", "vulkan", "latest"},
                                           Processes{"dawn", "dawn", "latest"}),
                         [](const auto& each) {
                           return std::string(each.param.publisher) + "_to_" + each.param.reader + "_" + each.param.pacing;
                         });

constexpr const char* unfinished = "its last frame was never finished";

class Deaths : public Stream, public ::testing::WithParamInterface<const char*> {};

// Killed with frames under way; the reader goes on where the next publisher of that name starts.
TEST_P(Deaths, a_killed_publisher_is_followed_by_another) {
  const TemporaryFolder folder;
  std::optional<Subscriber> subscriber;
  for (int life = 0; life < 3; ++life) {
    auto publisher = Child::start({"--child", "publish", GetParam(), folder.path(), "latest", "0"});
    ASSERT_TRUE(ok(publisher));
    if (!subscriber) {
      auto connected = connect(folder.path(), true);
      ASSERT_TRUE(ok(connected));
      subscriber.emplace(*std::move(connected));
    }
    read_some(*subscriber, true, 30);
    if (HasFatalFailure()) return;
    auto held = subscriber->acquire(peer_time);
    ASSERT_TRUE(ok(held));
    publisher->kill();
    const auto status = publisher->wait(peer_time);
    ASSERT_TRUE(ok(status));
    EXPECT_EQ(*status, 128 + 9);
    // What was held when it died is whole, or was never finished: then its waits are released, the log says so, and pixels are the dead
    // process's.
    expect_logged(unfinished);
    const auto mark = log_mark();
    const auto why = check_frame(sides(), true, *std::move(held));
    const auto lines = lines_since(mark, LogLevel::warning);
    const bool said =
        std::any_of(lines.begin(), lines.end(), [](const auto& line) { return line.text.find(unfinished) != std::string::npos; });
    EXPECT_TRUE(why.empty() || said || why.find("timed_out") != std::string::npos || why.find("peer_gone") != std::string::npos) << why;
  }
}

TEST_P(Deaths, a_killed_reader_holds_nobody_up) {
  const bool by_dawn = std::string_view(GetParam()) == "dawn";
  const TemporaryFolder folder;
  auto publisher = Publisher::create(manager_of(sides(), by_dawn), stream_options(folder.path(), Pacing::latest));
  ASSERT_TRUE(ok(publisher));
  for (int life = 0; life < 3; ++life) {
    auto reader = Child::start({"--child", "read", "dawn", folder.path(), "1000000"});
    ASSERT_TRUE(ok(reader));
    ASSERT_TRUE(ok(publisher->wait_for_subscribers(1, peer_time)));
    for (int i = 0; i < 40; ++i) {
      ASSERT_TRUE(ok(publish_frame(sides(), by_dawn, *publisher)));
      std::this_thread::sleep_for(2ms);
    }
    reader->kill();
    for (int i = 0; i < 40; ++i) ASSERT_TRUE(ok(publish_frame(sides(), by_dawn, *publisher)));
    const auto status = reader->wait(peer_time);
    ASSERT_TRUE(ok(status));
    EXPECT_EQ(*status, 128 + 9);
  }
}
INSTANTIATE_TEST_SUITE_P(Stream, Deaths, ::testing::Values("vulkan", "dawn"), [](const auto& each) { return std::string(each.param); });

}  // namespace
}  // namespace geyser::test::dawn
