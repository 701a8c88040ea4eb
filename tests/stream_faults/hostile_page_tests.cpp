// A reader may write to its claims, to the doorbell and, where "written" is a counter in shared memory, to that. It writes what it likes.
#include <gtest/gtest.h>

#include <string>

#include "frames.hpp"
#include "handmade.hpp"
#include "support/content.hpp"
#include "support/devices.hpp"
#include "support/log_capture.hpp"

namespace geyser::test {
namespace {

// What the honest reader and the publisher must see of it: nothing.
struct Scenario {
  const char* name;
  const char* role;
  Settings settings;
};
std::ostream& operator<<(std::ostream& out, const Scenario& scenario) { return out << scenario.name; }

class HostilePages : public ::testing::TestWithParam<Scenario> {};

TEST_P(HostilePages, HonestReadersKeepTheirPace) {
  const Scene scene;
  auto station = Station::open(stream_named(scene, "pages"));
  ASSERT_TRUE(ok(station));
  PublishLoop loop(*station->publisher);
  loop.pause = 1ms;
  auto honest = Actor::start(scene, "reader", {{"name", "pages"}, {"hold_us", "300"}});
  ASSERT_TRUE(ok(honest));
  ASSERT_TRUE(loop.until(20s, [&] { return honest->page().frames.load() >= 10; })) << honest->words();

  const auto pace = [&](std::chrono::milliseconds time) {
    loop.reset();
    const std::uint64_t before = honest->page().frames.load();
    loop.run_for(time);
    return std::pair(static_cast<double>(honest->page().frames.load() - before), static_cast<double>(loop.frames()));
  };
  const auto [quiet_read, quiet_published] = pace(400ms);
  ASSERT_GT(quiet_read, 20.0);

  Settings settings = GetParam().settings;
  settings.set("name", "pages");
  settings.set("seed", std::to_string(seed_for(GetParam().name)));
  auto hostile = Actor::start(scene, GetParam().role, settings);
  ASSERT_TRUE(ok(hostile));
  loop.reset();
  ASSERT_TRUE(loop.until(20s, [&] { return hostile->page().step.load() >= 1; })) << hostile->words();
  EXPECT_EQ(loop.errors(), 0U) << loop.last_error();
  const auto [read, published] = pace(1500ms);
  EXPECT_EQ(loop.errors(), 0U) << loop.last_error();
  EXPECT_LT(loop.longest(), publish_bound() * patience());
  // The hostile one spins on a core of its own, if there is one; what is shared is at most halved by that.
  EXPECT_GT(published * 400.0 / 1500.0, quiet_published * 0.3);
  EXPECT_GT(read * 400.0 / 1500.0, quiet_read * 0.3)
      << "read " << read << " in 1500 ms, " << quiet_read << " in 400 ms before; published " << published << " and " << quiet_published;
  EXPECT_TRUE(hostile->finish());
  // It has left nothing behind that those who come later would stumble over.
  auto later = Actor::start(scene, "reader", {{"name", "pages"}});
  ASSERT_TRUE(ok(later));
  EXPECT_TRUE(loop.until(20s, [&] { return later->page().frames.load() >= 10; })) << later->words();
  EXPECT_TRUE(later->finish());
  EXPECT_EQ(honest->page().torn.load(), 0U) << honest->words();
  loop.pause = 100us;
  EXPECT_TRUE(loop.until(10s, [&] {
    auto status = station->publisher->status();
    return status && status->readers.size() == 1 && status->textures == 3;
  }));
  EXPECT_TRUE(honest->finish());
}

INSTANTIATE_TEST_SUITE_P(
    Hostile, HostilePages,
    ::testing::Values(Scenario{"random_claims", "scribbler", {{"what", "claims"}}},
                      Scenario{"random_claims_and_few_semaphores", "scribbler", {{"what", "claims"}, {"semaphores", "1"}}},
                      Scenario{"random_doorbell", "scribbler", {{"what", "doorbell"}}}, Scenario{"random_everything", "scribbler", {}},
                      Scenario{"plausible_promises_on_every_slot", "squatter", {}},
                      Scenario{"written_raised", "written_liar", {{"how", "raise"}}},
                      Scenario{"written_lowered", "written_liar", {{"how", "lower"}}}),
    [](const auto& given) { return std::string(given.param.name); });

// The same in order: the publisher may have to wait for the liar, as for any reader, but never longer than it said.
class HostilePagesInOrder : public ::testing::TestWithParam<Pacing> {};

TEST_P(HostilePagesInOrder, ThePublisherWaitsNoLongerThanItSaid) {
  const Scene scene;
  auto station = Station::open(stream_named(scene, "order", GetParam()));
  ASSERT_TRUE(ok(station));
  PublishLoop loop(*station->publisher);
  auto hostile = Actor::start(scene, "scribbler", {{"name", "order"}, {"seed", std::to_string(seed_for("order"))}});
  ASSERT_TRUE(ok(hostile));
  loop.begin_timeout = 50ms;
  loop.run_for(1000ms);
  EXPECT_LT(loop.longest(), (50ms + publish_bound()) * patience());
  hostile->kill();
  loop.begin_timeout = 2s;
  loop.reset();
  EXPECT_TRUE(loop.until(5s, [&] { return loop.frames() > 20; }));
  EXPECT_EQ(loop.errors(), 0U) << loop.last_error();
}

INSTANTIATE_TEST_SUITE_P(Hostile, HostilePagesInOrder, ::testing::Values(Pacing::queue, Pacing::lockstep),
                         [](const auto& given) { return std::string(to_string(given.param)); });

// The board is what everybody believes: no reader can write it, whichever way it tries.
TEST(HostileReader, CannotWriteTheBoard) {
  const Scene scene;
  auto publisher = Actor::start(scene, "publisher", {{"name", "board"}});
  ASSERT_TRUE(ok(publisher));
  auto peer = HandmadeReader::connect(scene.streams(), "board");
  ASSERT_TRUE(ok(peer));
  ASSERT_TRUE(ok(peer->greet()));
  auto copy = peer->board_handle().duplicate();
  ASSERT_TRUE(ok(copy));
  EXPECT_TRUE(fails(platform::SharedMemory::open(*copy, 1), Errc::protocol_error));
  EXPECT_TRUE(publisher->finish());
}

// A reader that raises "written" once is an accident of one moment: the others are moved to a new lane and go on.
TEST(HostileReader, RaisedWrittenIsToldAndMended) {
  const Scene scene;
  auto station = Station::open(stream_named(scene, "raised"));
  ASSERT_TRUE(ok(station));
  PublishLoop loop(*station->publisher);
  auto honest = Actor::start(scene, "reader", {{"name", "raised"}});
  ASSERT_TRUE(ok(honest));
  ASSERT_TRUE(loop.until(20s, [&] { return honest->page().frames.load() >= 10; })) << honest->words();
  const std::size_t mark = log_mark();
  auto liar = Actor::start(scene, "written_liar", {{"name", "raised"}, {"how", "raise"}, {"once", "1"}});
  ASSERT_TRUE(ok(liar));
  loop.reset();
  ASSERT_TRUE(loop.until(20s, [&] { return liar->page().step.load() >= 1; })) << liar->words();
  const std::uint64_t before = honest->page().frames.load();
  EXPECT_TRUE(loop.until(5s, [&] { return honest->page().frames.load() > before + 50; }));
  EXPECT_LE(loop.errors(), 1U) << loop.last_error();
  if (liar->words().empty()) {
    EXPECT_TRUE(logged(mark, "written"));
  }
  EXPECT_TRUE(liar->finish());
  EXPECT_TRUE(honest->finish());
  EXPECT_EQ(honest->page().torn.load(), 0U) << honest->words();
}

}  // namespace
}  // namespace geyser::test
