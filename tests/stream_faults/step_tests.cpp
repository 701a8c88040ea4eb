// SIGKILL, and SIGSTOP with SIGCONT, of either side at every step of the protocol.
#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <tuple>

#include "frames.hpp"
#include "handmade_roles.hpp"
#include "support/devices.hpp"
#include "support/log_capture.hpp"

namespace geyser::test {
namespace {

enum class Fate { killed, stopped };
std::string to_string(Fate fate) { return fate == Fate::killed ? "killed" : "stopped"; }

const char* reader_step_name(std::uint32_t step) {
  static const char* const names[] = {"",      "connected", "greeted",  "welcomed",   "one_texture",   "all_textures",
                                      "ready", "claimed",   "released", "holds_four", "over_a_resize", "closing"};
  return names[step];
}
const char* publisher_step_name(std::uint32_t step) {
  static const char* const names[] = {"",         "named",      "listening", "accepted", "welcomed", "one_texture",
                                      "no_frame", "unfinished", "published", "resized",  "closing"};
  return names[step];
}

// A real publisher here, a real reader in one child, and in another a peer that stops at the step.
class ReaderSteps : public ::testing::TestWithParam<std::tuple<std::uint32_t, Fate>> {};

TEST_P(ReaderSteps, NobodyElseNotices) {
  const auto [step, fate] = GetParam();
  const Scene scene;
  auto station = Station::open(stream_named(scene, "steps"));
  ASSERT_TRUE(ok(station));
  PublishLoop loop(*station->publisher);
  auto honest = Actor::start(scene, "reader", {{"name", "steps"}});
  ASSERT_TRUE(ok(honest));
  ASSERT_TRUE(loop.until(20s, [&] { return honest->page().frames.load() >= 10; })) << honest->words();
  const std::size_t descriptors = open_descriptors() + child_handles;

  auto peer = Actor::start(scene, "handmade_reader", {{"name", "steps"}, {"step", std::to_string(step)}});
  ASSERT_TRUE(ok(peer));
  loop.reset();
  if (step == reader_over_a_resize) {
    ASSERT_TRUE(loop.until(20s, [&] { return peer->page().step.load() >= reader_claimed; })) << peer->words();
    ASSERT_TRUE(ok(station->publisher->reconfigure(small_texture(48, 24))));
  }
  ASSERT_TRUE(loop.until(20s, [&] { return peer->page().step.load() == step; })) << peer->words();
  if (fate == Fate::killed) {
    peer->kill();
  } else {
    peer->freeze();
  }
  const std::uint64_t before = honest->page().frames.load();
  loop.run_for(150ms * patience());
  EXPECT_GT(honest->page().frames.load(), before + 10);
  if (fate == Fate::stopped) {
    peer->thaw();
    EXPECT_TRUE(peer->finish());
  }
  EXPECT_EQ(loop.errors(), 0U) << loop.last_error();
  EXPECT_LT(loop.longest(), publish_bound() * patience());

  // All that the peer had is given back: its place among the readers, its textures, its descriptors. Extra textures go after 120 idle
  // frames.
  loop.pause = 100us;
  EXPECT_TRUE(loop.until(10s, [&] {
    auto status = station->publisher->status();
    return status && status->readers.size() == 1 && status->textures == 3;
  }));
  EXPECT_TRUE(loop.until(5s * patience(), [&] { return open_descriptors() <= descriptors; }))
      << open_descriptors() << " of " << descriptors;
  EXPECT_TRUE(honest->finish());
  EXPECT_EQ(honest->page().torn.load(), 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Steps, ReaderSteps,
    ::testing::Combine(::testing::Range(static_cast<std::uint32_t>(reader_connected), static_cast<std::uint32_t>(reader_steps_end)),
                       ::testing::Values(Fate::killed, Fate::stopped)),
    [](const auto& given) { return std::string(reader_step_name(std::get<0>(given.param))) + "_" + to_string(std::get<1>(given.param)); });

// A real subscriber here; in a child a publisher that stops at the step.
class PublisherSteps : public ::testing::TestWithParam<std::tuple<std::uint32_t, Fate>> {};

TEST_P(PublisherSteps, TheReaderWaitsAsLongAsItSaidAndFollowsTheNextOne) {
  const auto [step, fate] = GetParam();
  const Scene scene;
  auto self = Participant::open(*find_device("host"));
  ASSERT_TRUE(ok(self));
  auto peer = Actor::start(scene, "handmade_publisher", {{"name", "steps"}, {"step", std::to_string(step)}});
  ASSERT_TRUE(ok(peer));
  const bool silent = step < publisher_welcomed;
  ASSERT_TRUE(peer->wait_step(std::min<std::uint32_t>(step, publisher_listening))) << peer->words();
  const std::size_t descriptors = open_descriptors();
  SubscriberOptions options;
  options.connect_timeout = silent ? 300ms : 5s;
  if (silent) {
    if (step <= publisher_listening && fate == Fate::killed) peer->kill();
    if (step <= publisher_listening && fate == Fate::stopped) peer->freeze();
    const auto start = std::chrono::steady_clock::now();
    auto refused = subscribe(scene, (*self)->manager(), "steps", options);
    ASSERT_FALSE(refused);
    const Errc code = refused.error().code();
    EXPECT_TRUE(code == Errc::timed_out || code == Errc::not_found) << refused.error().describe();
    if (fate == Fate::stopped && step == publisher_listening) {
      EXPECT_EQ(code, Errc::timed_out) << refused.error().describe();
    }
    EXPECT_LT(std::chrono::steady_clock::now() - start, 3s * patience());
    if (fate == Fate::stopped) {
      peer->thaw();
    } else {
      peer->kill();
    }
  } else {
    auto subscriber = subscribe(scene, (*self)->manager(), "steps", options);
    ASSERT_TRUE(ok(subscriber));
    ASSERT_TRUE(peer->wait_step(step)) << peer->words();
    if (fate == Fate::killed) {
      peer->kill();
      ASSERT_TRUE(eventually(5s, [&] { return subscriber->state() == SubscriberState::waiting; }));
    } else {
      peer->freeze();
    }
    const auto start = std::chrono::steady_clock::now();
    auto frame = subscriber->acquire(600ms);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 2s * patience());
    if (frame) {
      // What was published before the end, and nothing else: the pixels are those of its number, or they are waited for and never come.
      EXPECT_GE(step, static_cast<std::uint32_t>(publisher_unfinished));
      EXPECT_EQ(frame->info().number, 1U);
      if (auto ready = frame->access().wait(100ms); ready) {
        auto different = compare_mapped(*frame, 0us);
        ASSERT_TRUE(ok(different));
        EXPECT_EQ(*different, "");
      } else {
        EXPECT_EQ(step, static_cast<std::uint32_t>(publisher_unfinished)) << ready.error().describe();
        EXPECT_EQ(ready.error().code(), Errc::timed_out);
      }
    } else if (fate == Fate::killed || step == publisher_closing) {
      EXPECT_TRUE(fails(frame, Errc::peer_gone));
    } else {
      EXPECT_TRUE(fails(frame, Errc::timed_out));
    }
    if (fate == Fate::killed) {
      if (frame) static_cast<void>(frame->release());
      EXPECT_EQ(subscriber->state(), SubscriberState::waiting);
      // The name is free at once, and the subscriber finds the next holder by itself.
      auto station = Station::open(stream_named(scene, "steps"));
      ASSERT_TRUE(ok(station));
      PublishLoop loop(*station->publisher);
      bool right = false;
      EXPECT_TRUE(loop.until(5s * patience(), [&] {
        auto next = subscriber->acquire(0ms);
        if (!next || next->info().published.nanoseconds < start.time_since_epoch().count()) return false;
        auto different = compare_mapped(*next, 0us);
        right = different && different->empty();
        return true;
      }));
      EXPECT_TRUE(right);
      EXPECT_EQ(subscriber->statistics().attachments, 2U);
    } else {
      peer->thaw();
    }
  }
  if (fate == Fate::stopped) {
    EXPECT_TRUE(peer->finish());
  }
  EXPECT_TRUE(eventually(5s, [&] { return open_descriptors() <= descriptors; })) << open_descriptors() << " of " << descriptors;
}

INSTANTIATE_TEST_SUITE_P(Steps, PublisherSteps,
                         ::testing::Combine(::testing::Range(static_cast<std::uint32_t>(publisher_named),
                                                             static_cast<std::uint32_t>(publisher_steps_end)),
                                            ::testing::Values(Fate::killed, Fate::stopped)),
                         [](const auto& given) {
                           return std::string(publisher_step_name(std::get<0>(given.param))) + "_" + to_string(std::get<1>(given.param));
                         });

// In queue and lockstep the publisher waits for its readers, as long as it said, and says for whom.
class WaitingPublisher : public ::testing::TestWithParam<Pacing> {};

TEST_P(WaitingPublisher, NamesTheStoppedReaderAndGoesOnWhenItDies) {
  const Scene scene;
  auto station = Station::open(stream_named(scene, "waits", GetParam()));
  ASSERT_TRUE(ok(station));
  PublishLoop loop(*station->publisher);
  auto reader = Actor::start(scene, "reader", {{"name", "waits"}});
  ASSERT_TRUE(ok(reader));
  ASSERT_TRUE(loop.until(20s, [&] { return reader->page().step.load() >= 2; })) << reader->words();
  EXPECT_EQ(loop.errors(), 0U) << loop.last_error();

  reader->freeze();
  loop.reset();
  loop.begin_timeout = 50ms;
  ASSERT_TRUE(loop.until(5s, [&] { return loop.errors() != 0; }));
  EXPECT_LE(loop.frames(), 3U);
  EXPECT_NE(loop.last_error().find("process " + std::to_string(reader->pid())), std::string::npos) << loop.last_error();
  EXPECT_LT(loop.longest(), (50ms + publish_bound()) * patience());
  reader->thaw();
  loop.reset();
  ASSERT_TRUE(loop.until(5s, [&] { return loop.frames() >= 50; })) << loop.last_error();
  EXPECT_EQ(reader->page().gaps.load(), 0U);
  EXPECT_EQ(reader->page().skipped.load(), 0U);

  reader->freeze();
  ASSERT_TRUE(loop.until(5s, [&] { return loop.errors() != 0; }));
  loop.begin_timeout = 5s;
  reader->kill();
  loop.reset();
  ASSERT_TRUE(ok(loop.once()));
  EXPECT_LT(loop.longest(), publish_bound() * patience());
}

INSTANTIATE_TEST_SUITE_P(Steps, WaitingPublisher, ::testing::Values(Pacing::queue, Pacing::lockstep),
                         [](const auto& given) { return std::string(to_string(given.param)); });

}  // namespace
}  // namespace geyser::test
