// No descriptors, no disk.
#include <gtest/gtest.h>

#include "frames.hpp"
#include "resource_roles.hpp"
#include "support/devices.hpp"
#include "support/log_capture.hpp"

namespace geyser::test {
namespace {

TEST(Exhaustion, AReaderWithoutDescriptorsFailsWithAReasonAndLeaksNone) {
  const Scene scene;
  auto station = Station::open(stream_named(scene, "few"));
  ASSERT_TRUE(ok(station));
  PublishLoop loop(*station->publisher);
  loop.pause = 1ms;
  auto reader = Actor::start(scene, "starved_reader", {{"name", "few"}});
  ASSERT_TRUE(ok(reader));
  loop.reset();
  EXPECT_TRUE(loop.until(60s * patience(), [&] { return reader->ended(); })) << reader->words();
  EXPECT_TRUE(reader->finish());
  EXPECT_EQ(loop.errors(), 0U) << loop.last_error();
  EXPECT_GT(reader->page().rounds.load(), 3U) << "so many descriptors are enough";
  EXPECT_TRUE(loop.until(5s, [&] { return !station->publisher->has_subscribers(); }));
}

TEST(Exhaustion, APublisherWithoutDescriptorsFailsWithAReasonAndLeaksNone) {
  const Scene scene;
  auto publisher = Actor::start(scene, "starved_publisher", {{"name", "few"}});
  ASSERT_TRUE(ok(publisher));
  EXPECT_TRUE(publisher->finish(60s));
  EXPECT_GT(publisher->page().rounds.load(), 3U) << "so many descriptors are enough";
}

// The publisher's descriptors end while readers come: those that are there notice nothing, and who comes later is let in later.
TEST(Exhaustion, APublisherThatRunsOutKeepsItsReaders) {
  const Scene scene;
  auto station = Station::open(stream_named(scene, "out"));
  ASSERT_TRUE(ok(station));
  PublishLoop loop(*station->publisher);
  auto first = Actor::start(scene, "reader", {{"name", "out"}});
  ASSERT_TRUE(ok(first));
  ASSERT_TRUE(loop.until(20s, [&] { return first->page().frames.load() >= 20; })) << first->words();
  for (const std::size_t headroom : {0U, 1U, 2U, 4U, 6U, 9U}) {
    loop.reset();
    auto late = Actor::start(scene, "reader", {{"name", "out"}, {"connect_ms", "20000"}});
    ASSERT_TRUE(ok(late));
    const std::uint64_t before = first->page().frames.load();
    {
      const FewDescriptors few(headroom);
      loop.run_for(250ms);
    }
    EXPECT_GT(first->page().frames.load(), before + 10) << "with " << headroom << " free";
    EXPECT_EQ(loop.errors(), 0U) << loop.last_error();
    EXPECT_LT(loop.longest(), publish_bound() * patience());
    // Who came meanwhile waits for its turn, or was told why not; who comes now is let in.
    ASSERT_TRUE(loop.until(10s * patience(), [&] { return late->page().step.load() >= 2 || late->ended(); }))
        << "with " << headroom << " free";
    if (late->ended()) {
      EXPECT_NE(late->words().find("out_of_memory"), std::string::npos) << late->words();
      auto again = Actor::start(scene, "reader", {{"name", "out"}});
      ASSERT_TRUE(ok(again));
      EXPECT_TRUE(loop.until(10s * patience(), [&] { return again->page().step.load() >= 2; })) << again->words();
      EXPECT_TRUE(again->finish());
    } else {
      EXPECT_TRUE(late->finish());
    }
  }
  EXPECT_TRUE(first->finish());
  EXPECT_EQ(first->page().attachments.load(), 1U);
}

TEST(Exhaustion, AFullDiskIsAnErrorAtTheStartAndNoneLater) {
  const Scene scene;
  auto child = Actor::start(scene, "full_disk", {{"place", scene.path() + "/tiny"}});
  ASSERT_TRUE(ok(child));
  auto status = child->wait(20s);
  ASSERT_TRUE(ok(status));
  if (*status == 77) GTEST_SKIP() << child->words();
  EXPECT_EQ(*status, 0) << child->words();
  EXPECT_NE(child->words().find("No space left"), std::string::npos) << child->words();
}

}  // namespace
}  // namespace geyser::test
