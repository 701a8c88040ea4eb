// What other systems of this kind got wrong about readers that lie; the rest is in peers_tests.cpp.
#include <gtest/gtest.h>

#include <vector>

#include "frames.hpp"
#include "support/log_capture.hpp"

namespace geyser::test {
namespace {

// texture-share-vk: any error of one client ends the server. Every lie of hostile_message_tests.cpp at once, from one connection each.
TEST(Peers, TextureShareVkAClientsErrorEndsTheServer) {
  const Scene scene;
  auto station = Station::open(stream_named(scene, "errors"));
  ASSERT_TRUE(ok(station));
  PublishLoop loop(*station->publisher);
  auto honest = Actor::start(scene, "reader", {{"name", "errors"}});
  ASSERT_TRUE(ok(honest));
  ASSERT_TRUE(loop.until(20s, [&] { return honest->page().frames.load() >= 10; })) << honest->words();
  std::vector<Actor> liars;
  for (const char* lie : {"random", "cut_hello", "ready_with_pipes", "replayed_ready"}) {
    auto liar = Actor::start(scene, "lying_reader", {{"name", "errors"}, {"lie", lie}});
    ASSERT_TRUE(ok(liar));
    liars.push_back(std::move(*liar));
  }
  loop.reset();
  for (auto& liar : liars) {
    EXPECT_TRUE(loop.until(20s * patience(), [&] { return liar.page().step.load() >= 2; })) << liar.words();
    EXPECT_TRUE(liar.finish());
  }
  EXPECT_EQ(loop.errors(), 0U) << loop.last_error();
  EXPECT_TRUE(honest->finish());
  EXPECT_EQ(honest->page().attachments.load(), 1U);
  EXPECT_EQ(honest->page().torn.load(), 0U);
}

// obs-vkcapture: the server copies as many descriptors as a client sends into room for four. The many are told apart in
// hostile_message_tests.cpp (many_handles, cut_control); here they come from several clients at once.
TEST(Peers, ObsVkcaptureTooManyDescriptorsOverflow) {
  const Scene scene;
  auto station = Station::open(stream_named(scene, "overflow"));
  ASSERT_TRUE(ok(station));
  PublishLoop loop(*station->publisher);
  const std::size_t mark = log_mark();
  const std::size_t descriptors = open_descriptors();
  for (const char* lie : {"many_handles", "cut_control", "ready_with_too_many_handles", "hello_with_a_handle"}) {
    auto liar = Actor::start(scene, "lying_reader", {{"name", "overflow"}, {"lie", lie}});
    ASSERT_TRUE(ok(liar));
    ASSERT_TRUE(loop.until(20s * patience(), [&] { return liar->page().step.load() >= 2; })) << liar->words();
    EXPECT_TRUE(liar->finish());
  }
  EXPECT_TRUE(logged(mark, "handle"));
  EXPECT_EQ(loop.errors(), 0U) << loop.last_error();
  EXPECT_TRUE(loop.until(5s, [&] { return open_descriptors() <= descriptors; }));
}

}  // namespace
}  // namespace geyser::test
