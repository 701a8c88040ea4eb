// The folder in which streams meet: missing, foreign, a link, full of what the dead left behind, gone.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "frames.hpp"
#include "geyser/host.hpp"
#include "platform/socket.hpp"
#include "support/devices.hpp"
#include "support/log_capture.hpp"

namespace geyser::test {
namespace {

namespace fs = std::filesystem;

Result<Publisher> publish_in(const std::string& folder, const std::string& name = "stream") {
  auto manager = host::create_manager();
  if (!manager) return std::move(manager).error();
  PublisherOptions options;
  options.name = name;
  options.texture = small_texture();
  options.directory = folder;
  return Publisher::create(*manager, options);
}

TEST(RuntimeFolder, ThatCannotBeMadeIsAnErrorThatNamesIt) {
  const Scene scene;
  const std::string folder = scene.path() + "/no/such/place";
  auto refused = publish_in(folder);
  EXPECT_TRUE(fails(refused, Errc::os_error, folder));
}

TEST(RuntimeFolder, ThatIsAFileIsRefused) {
  const Scene scene;
  const std::string folder = scene.path() + "/file";
  std::ofstream(folder) << "x";
  EXPECT_TRUE(fails(publish_in(folder), Errc::invalid_state, folder));
}

TEST(RuntimeFolder, ThatIsALinkIsRefused) {
  const Scene scene;
  fs::create_directory(scene.path() + "/real");
  fs::create_directory_symlink(scene.path() + "/real", scene.path() + "/link");
  EXPECT_TRUE(fails(publish_in(scene.path() + "/link"), Errc::invalid_state, "link"));
  EXPECT_TRUE(fails(publish_in(scene.path() + "/link/"), Errc::invalid_state, "link"));
}

TEST(RuntimeFolder, ThatOthersMayWriteToIsRefused) {
  const Scene scene;
  const std::string folder = scene.path() + "/open";
  fs::create_directory(folder);
  ASSERT_EQ(::chmod(folder.c_str(), 0777), 0);
  EXPECT_TRUE(fails(publish_in(folder), Errc::invalid_state, "chmod 700"));
}

TEST(RuntimeFolder, ThatBelongsToSomebodyElseIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a folder away";
  const Scene scene;
  const std::string folder = scene.path() + "/foreign";
  fs::create_directory(folder);
  ASSERT_EQ(::chown(folder.c_str(), 65534, 65534), 0);
  EXPECT_TRUE(fails(publish_in(folder), Errc::invalid_state, "belongs to user 65534"));
}

TEST(RuntimeFolder, StaleSocketsAndLocksOfTheDeadDisturbNobody) {
  const Scene scene;
  for (int i = 0; i < 3; ++i) {
    auto victim = Actor::start(scene, "publisher", {{"name", "stale"}});
    ASSERT_TRUE(ok(victim));
    ASSERT_TRUE(victim->wait_step(2)) << victim->words();
    victim->kill();
    bool socket_left = false;
    for (const auto& entry : fs::directory_iterator(scene.streams())) socket_left = socket_left || entry.is_socket();
    EXPECT_TRUE(socket_left) << "nothing stale is there: the test tests nothing";
  }
  auto directory = Directory::open(scene.streams());
  ASSERT_TRUE(ok(directory));
  auto streams = directory->list();
  ASSERT_TRUE(ok(streams));
  EXPECT_TRUE(streams->empty());
  EXPECT_TRUE(fs::is_empty(scene.streams())) << "what the dead left is still there";
  EXPECT_TRUE(fails(directory->find("stale"), Errc::not_found));

  // A dead one's files and a live successor.
  auto victim = Actor::start(scene, "publisher", {{"name", "stale"}});
  ASSERT_TRUE(ok(victim));
  ASSERT_TRUE(victim->wait_step(2)) << victim->words();
  victim->kill();
  auto made = publish_in(scene.streams(), "stale");
  ASSERT_TRUE(ok(made));
  auto found = directory->find("stale");
  ASSERT_TRUE(ok(found));
  EXPECT_EQ(found->process_id, static_cast<std::uint32_t>(::getpid()));
}

TEST(RuntimeFolder, SquattersWithoutTheLockAreReplaced) {
  const Scene scene;
  {
    auto made = publish_in(scene.streams(), "squat");
    ASSERT_TRUE(ok(made));
  }
  // A socket of somebody who never took the name, and garbage in every file of it.
  auto squatter = platform::ListeningSocket::listen(scene.streams() + "/squat.stream.sock");
  ASSERT_TRUE(ok(squatter));
  std::ofstream(scene.streams() + "/squat.stream.info") << "garbage";
  auto made = publish_in(scene.streams(), "squat");
  ASSERT_TRUE(ok(made));
  auto manager = host::create_manager();
  ASSERT_TRUE(ok(manager));
  PublishLoop loop(*made);
  ASSERT_TRUE(ok(loop.once()));
  auto subscriber = subscribe(scene, *manager, "squat");
  ASSERT_TRUE(ok(subscriber));
  EXPECT_TRUE(ok(subscriber->acquire(1s)));
}

TEST(RuntimeFolder, MayVanishUnderALiveStream) {
  const Scene scene;
  auto station = Station::open(stream_named(scene, "vanish"));
  ASSERT_TRUE(ok(station));
  PublishLoop loop(*station->publisher);
  auto reader = Actor::start(scene, "reader", {{"name", "vanish"}});
  ASSERT_TRUE(ok(reader));
  ASSERT_TRUE(loop.until(20s, [&] { return reader->page().step.load() >= 2; })) << reader->words();
  fs::remove_all(scene.streams());
  loop.reset();
  const std::uint64_t before = reader->page().frames.load();
  ASSERT_TRUE(ok(station->publisher->reconfigure(small_texture(16, 16))));
  loop.run_for(300ms);
  EXPECT_EQ(loop.errors(), 0U) << loop.last_error();
  EXPECT_GT(reader->page().frames.load(), before + 50);
  EXPECT_EQ(reader->page().generations.load(), 2U);
  EXPECT_TRUE(reader->finish());
}

TEST(RuntimeFolder, AskingAPublisherThatStandsStillIsBounded) {
  const Scene scene;
  auto publisher = Actor::start(scene, "publisher", {{"name", "asked"}});
  ASSERT_TRUE(ok(publisher));
  ASSERT_TRUE(publisher->wait_step(2)) << publisher->words();
  auto directory = Directory::open(scene.streams());
  ASSERT_TRUE(ok(directory));
  auto status = directory->status("asked", 5s);
  ASSERT_TRUE(ok(status));
  EXPECT_EQ(status->stream.process_id, static_cast<std::uint32_t>(publisher->pid()));
  publisher->freeze();
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(fails(directory->status("asked", 100ms), Errc::timed_out));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 1s * patience());
  ASSERT_EQ(directory->list()->size(), 1U) << "it is stopped, and lives";
  publisher->kill();
  EXPECT_TRUE(fails(directory->status("asked", 100ms), Errc::not_found));
}

TEST(RuntimeFolder, WatchersNoticeADeathWithoutAGoodbye) {
  const Scene scene;
  auto publisher = Actor::start(scene, "publisher", {{"name", "watched"}});
  ASSERT_TRUE(ok(publisher));
  ASSERT_TRUE(publisher->wait_step(2)) << publisher->words();
  auto directory = Directory::open(scene.streams());
  ASSERT_TRUE(ok(directory));
  ASSERT_EQ(directory->list()->size(), 1U);
  publisher->kill();
  const auto start = std::chrono::steady_clock::now();
  auto streams = directory->wait_for_change(5s);
  ASSERT_TRUE(ok(streams));
  EXPECT_TRUE(streams->empty());
  EXPECT_LT(std::chrono::steady_clock::now() - start, 1s * patience());
}

// What tells time: nothing but a frame's metadata may read a clock that somebody can set.
TEST(Clock, NothingDependsOnTheTimeOfDay) {
  const auto tells_time_of_day = [](const std::string& text) {
    for (const char* clock : {"system_clock", "CLOCK_REALTIME", "gettimeofday", "high_resolution_clock", "utc_clock", "time(nullptr)"}) {
      if (text.find(clock) != std::string::npos) return true;
    }
    return false;
  };
  std::size_t files = 0;
  bool in_frame = false;
  for (const char* room : {"core", "platform", "ipc", "stream"}) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(GEYSER_SOURCE_FOLDER) / room)) {
      if (entry.path().extension() != ".cpp" && entry.path().extension() != ".hpp") continue;
      std::ifstream in(entry.path());
      const std::string text((std::istreambuf_iterator<char>(in)), {});
      ++files;
      const bool found = tells_time_of_day(text);
      if (entry.path().filename() == "frame.cpp") {
        in_frame = found;  // Timestamp::now(ClockType::realtime), so the search finds what it is to find
      } else {
        EXPECT_FALSE(found) << entry.path();
      }
    }
  }
  EXPECT_GT(files, 60U);
  EXPECT_TRUE(in_frame);
}

TEST(Clock, TimestampsThatJumpGoThroughAsTheyAre) {
  const Scene scene;
  auto station = Station::open(stream_named(scene, "jumps", Pacing::queue));
  ASSERT_TRUE(ok(station));
  auto subscriber = subscribe(scene, station->participant->manager(), "jumps");
  ASSERT_TRUE(ok(subscriber));
  ASSERT_TRUE(ok(station->publisher->wait_for_subscribers(1, 5s)));
  constexpr std::int64_t hour = 3'600'000'000'000;
  const Timestamp jumps[] = {{50 * hour, ClockType::realtime},
                             {-40 * hour, ClockType::realtime},
                             {0, ClockType::realtime},
                             {9'000'000'000'000'000'000, ClockType::media},
                             {-9'000'000'000'000'000'000, ClockType::media},
                             {1, ClockType::monotonic}};
  std::int64_t published = 0;
  for (const Timestamp& jump : jumps) {
    auto frame = station->publisher->begin_frame();
    ASSERT_TRUE(ok(frame));
    ASSERT_TRUE(ok(station->publisher->publish(std::move(*frame), {.timestamp = jump})));
    auto seen = subscriber->acquire(1s);
    ASSERT_TRUE(ok(seen));
    EXPECT_EQ(seen->info().timestamp, jump);
    EXPECT_EQ(seen->info().published.clock, ClockType::monotonic);
    EXPECT_GT(seen->info().published.nanoseconds, published);
    published = seen->info().published.nanoseconds;
  }
}

}  // namespace
}  // namespace geyser::test
