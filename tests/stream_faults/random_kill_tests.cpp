// Real publishers and readers, killed or stopped at moments that nobody chose. The seed is printed: GEYSER_TEST_SEED repeats a run.
#include <gtest/gtest.h>

#include <iostream>
#include <thread>
#include <vector>

#include "frames.hpp"
#include "support/content.hpp"
#include "support/devices.hpp"

namespace geyser::test {
namespace {

int rounds(int few) { return long_tests() ? few * 20 : few; }

class RandomKill : public ::testing::TestWithParam<Pacing> {
 protected:
  std::uint64_t seed_ = seed_for(::testing::UnitTest::GetInstance()->current_test_info()->name());
  Random random_{seed_};
  void SetUp() override { std::cout << "seed " << seed_ << "\n"; }
  [[nodiscard]] std::chrono::microseconds moment() { return std::chrono::microseconds(random_.below(25'000)); }
};

TEST_P(RandomKill, OfReaders) {
  const Scene scene;
  auto station = Station::open(stream_named(scene, "readers", GetParam()));
  ASSERT_TRUE(ok(station));
  PublishLoop loop(*station->publisher);
  loop.pause = 200us;
  auto honest = Actor::start(scene, "reader", {{"name", "readers"}});
  ASSERT_TRUE(ok(honest));
  ASSERT_TRUE(loop.until(20s, [&] { return honest->page().frames.load() >= 10; })) << honest->words();
  const std::size_t descriptors = open_descriptors();
  loop.begin_timeout = 5s;
  loop.reset();
  for (int i = 0; i < rounds(12); ++i) {
    auto victim = Actor::start(scene, "reader", {{"name", "readers"}, {"max_held", "4"}});
    ASSERT_TRUE(ok(victim));
    // Half of them before or while they attach, half in the middle of reading.
    if (random_.below(2) == 0) {
      ASSERT_TRUE(loop.until(20s, [&] { return victim->page().step.load() >= 1; }));
    }
    loop.run_for(std::chrono::duration_cast<std::chrono::milliseconds>(moment()));
    if (i % 4 == 3) {
      ASSERT_TRUE(ok(station->publisher->reconfigure(small_texture(24 + static_cast<std::uint32_t>(i), 16))));
    }
    std::this_thread::sleep_for(moment() / 20);
    if (random_.below(3) == 0) {
      victim->freeze();
      std::this_thread::sleep_for(moment() / 4);
    }
    victim->kill();
  }
  EXPECT_EQ(loop.errors(), 0U) << loop.last_error();
  EXPECT_LT(loop.longest(), publish_bound() * patience());
  EXPECT_TRUE(loop.until(10s,
                         [&] {
                           auto status = station->publisher->status();
                           return status && status->readers.size() == 1 && status->textures == 3 && open_descriptors() <= descriptors;
                         }))
      << station->publisher->status()->readers.size() << " readers, " << station->publisher->status()->textures << " textures, "
      << open_descriptors() << " of " << descriptors << " descriptors";
  EXPECT_TRUE(honest->finish());
  EXPECT_EQ(honest->page().torn.load(), 0U);
  if (GetParam() != Pacing::latest) {
    EXPECT_EQ(honest->page().gaps.load(), 0U);
  }
}

TEST_P(RandomKill, OfPublishers) {
  const Scene scene;
  const Settings settings{{"name", "publishers"},
                          {"pacing", std::to_string(static_cast<int>(GetParam()))},
                          {"reconfigure", "7"},
                          {"restart", "30"},
                          {"pause_us", "100"}};
  auto self = Participant::open(*find_device("host"));
  ASSERT_TRUE(ok(self));
  std::optional<Subscriber> subscriber;
  std::size_t descriptors = 0;
  std::uint64_t verified = 0;
  for (int i = 0; i < rounds(12); ++i) {
    // The name of the one before is free at once, whatever it was doing.
    auto victim = Actor::start(scene, "publisher", settings);
    ASSERT_TRUE(ok(victim));
    ASSERT_TRUE(victim->wait_step(1)) << victim->words();
    if (!subscriber) {
      auto made = subscribe(scene, (*self)->manager(), "publishers", {.connect_timeout = 10s});
      ASSERT_TRUE(ok(made));
      subscriber.emplace(std::move(*made));
    }
    const auto end = std::chrono::steady_clock::now() + 40ms + moment();
    bool one = false;
    // Until the moment has come and this publisher was seen: a restarted one is found within a quarter of a second.
    while (std::chrono::steady_clock::now() < end || !one) {
      ASSERT_LT(std::chrono::steady_clock::now(), end + 10s * patience()) << "no frame of publisher " << i << "; " << victim->words();
      auto frame = subscriber->acquire(5ms);
      if (!frame) {
        ASSERT_TRUE(frame.error().code() == Errc::timed_out || frame.error().code() == Errc::peer_gone) << frame.error().describe();
        continue;
      }
      auto different = compare_mapped(*frame, 0us);
      ASSERT_TRUE(ok(different));
      ASSERT_EQ(*different, "");
      one = one || subscriber->stream().process_id == static_cast<std::uint32_t>(victim->pid());
      ++verified;
    }
    victim->kill();
    EXPECT_EQ(victim->page().errors.load(), 0U) << victim->words();
    ASSERT_TRUE(eventually(5s, [&] { return subscriber->state() == SubscriberState::waiting; }));
    while (subscriber->acquire(0ms)) {
    }
    if (i == 1) descriptors = open_descriptors();
  }
  EXPECT_GT(verified, 100U);
  // What the last victim still owed keeps its attachment for a moment, and with it the descriptors of its textures.
  EXPECT_TRUE(eventually(5s,
                         [&] {
                           static_cast<void>(subscriber->acquire(0ms));
                           return open_descriptors() <= descriptors + 2;
                         }))
      << open_descriptors() << " descriptors are open, and there were " << descriptors;
}

INSTANTIATE_TEST_SUITE_P(Moments, RandomKill, ::testing::Values(Pacing::latest, Pacing::queue, Pacing::lockstep),
                         [](const auto& given) { return std::string(to_string(given.param)); });

}  // namespace
}  // namespace geyser::test
