// The same faults where a driver is in between: publishers and readers of the software devices, killed, and lied to over the host bridge.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <tuple>

#include "frames.hpp"
#include "support/content.hpp"
#include "support/devices.hpp"
#include "support/log_capture.hpp"

namespace geyser::test {
namespace {

class DeviceFaults : public ::testing::TestWithParam<std::string> {
 protected:
  std::uint64_t seed_ = seed_for(::testing::UnitTest::GetInstance()->current_test_info()->name());
  Random random_{seed_};
  void SetUp() override {
    if (find_device(GetParam()) == nullptr) GTEST_SKIP() << "this machine has no device " << GetParam();
    std::cout << "seed " << seed_ << "\n";
  }
  [[nodiscard]] std::chrono::milliseconds moment() { return std::chrono::milliseconds(random_.below(60)); }
};

TEST_P(DeviceFaults, ReadersAreKilledAtAnyMoment) {
  const Scene scene;
  auto station = Station::open(stream_named(scene, "device"), GetParam());
  ASSERT_TRUE(ok(station));
  const Quiet quiet({station->participant.get()});
  PublishLoop loop(*station->publisher);
  loop.pause = 1ms;
  auto honest = Actor::start(scene, "reader", {{"name", "device"}, {"device", GetParam()}, {"check", "read"}});
  ASSERT_TRUE(ok(honest));
  ASSERT_TRUE(loop.until(60s, [&] { return honest->page().frames.load() >= 10; })) << honest->words();
  loop.reset();
  for (int i = 0; i < (long_tests() ? 40 : 4); ++i) {
    auto victim = Actor::start(scene, "reader", {{"name", "device"}, {"device", GetParam()}, {"check", "read"}, {"max_held", "4"}});
    ASSERT_TRUE(ok(victim));
    if (random_.below(4) != 0) {
      ASSERT_TRUE(loop.until(60s, [&] { return victim->page().step.load() >= 1; })) << victim->words();
    }
    loop.run_for(moment());
    if (random_.below(2) == 0) {
      victim->freeze();
      loop.run_for(moment());
    }
    victim->kill();
  }
  EXPECT_EQ(loop.errors(), 0U) << loop.last_error();
  loop.pause = 100us;
  EXPECT_TRUE(loop.until(20s, [&] {
    auto status = station->publisher->status();
    return status && status->readers.size() == 1 && status->textures == 3;
  }));
  EXPECT_TRUE(honest->finish(60s));
  EXPECT_EQ(honest->page().torn.load(), 0U) << honest->words();
  EXPECT_EQ(honest->page().attachments.load(), 1U);
}

TEST_P(DeviceFaults, PublishersAreKilledAtAnyMoment) {
  const Scene scene;
  auto self = Participant::open(*find_device(GetParam()));
  ASSERT_TRUE(ok(self));
  const Settings settings{{"name", "device"}, {"device", GetParam()}, {"reconfigure", "9"}, {"restart", "40"}, {"pause_us", "500"}};
  std::optional<Subscriber> subscriber;
  for (int i = 0; i < (long_tests() ? 40 : 4); ++i) {
    auto victim = Actor::start(scene, "publisher", settings);
    ASSERT_TRUE(ok(victim));
    ASSERT_TRUE(victim->wait_step(1, 60s)) << victim->words();
    if (!subscriber) {
      auto made = subscribe(scene, (*self)->manager(), "device", {.connect_timeout = 20s});
      ASSERT_TRUE(ok(made));
      subscriber.emplace(std::move(*made));
    }
    const auto end = std::chrono::steady_clock::now() + 100ms + moment();
    bool seen = false;
    while (std::chrono::steady_clock::now() < end || !seen) {
      ASSERT_LT(std::chrono::steady_clock::now(), end + 20s * patience()) << "no frame of publisher " << i << "; " << victim->words();
      auto frame = subscriber->acquire(20ms);
      if (!frame) {
        ASSERT_TRUE(frame.error().code() == Errc::timed_out || frame.error().code() == Errc::peer_gone) << frame.error().describe();
        continue;
      }
      auto different = compare(*frame);
      ASSERT_TRUE(ok(different));
      ASSERT_EQ(*different, "");
      seen = seen || subscriber->stream().process_id == static_cast<std::uint32_t>(victim->pid());
    }
    victim->kill();
    EXPECT_EQ(victim->page().errors.load(), 0U) << victim->words();
    ASSERT_TRUE(eventually(5s, [&] { return subscriber->state() == SubscriberState::waiting; }));
  }
  EXPECT_EQ((*self)->validation_messages(), 0U);
}

// A hostile reader on the host lane of a stream whose publisher has a device: the lane's other readers, and those on the device.
TEST_P(DeviceFaults, LiarsOnTheHostBridge) {
  const Scene scene;
  auto station = Station::open(stream_named(scene, "device"), GetParam());
  ASSERT_TRUE(ok(station));
  PublishLoop loop(*station->publisher);
  loop.pause = 1ms;
  auto native = Actor::start(scene, "reader", {{"name", "device"}, {"device", GetParam()}, {"check", "read"}});
  ASSERT_TRUE(ok(native));
  auto bridged = Actor::start(scene, "reader", {{"name", "device"}});
  ASSERT_TRUE(ok(bridged));
  ASSERT_TRUE(loop.until(60s, [&] { return native->page().frames.load() >= 10 && bridged->page().frames.load() >= 10; }))
      << native->words() << bridged->words();
  EXPECT_EQ(native->page().transport.load(), static_cast<std::uint64_t>(Transport::zero_copy));
  EXPECT_EQ(bridged->page().transport.load(), static_cast<std::uint64_t>(Transport::host_bridge));
  const std::pair<const char*, Settings> liars[] = {{"scribbler", {{"name", "device"}}},
                                                    {"squatter", {{"name", "device"}}},
                                                    {"written_liar", {{"name", "device"}, {"how", "lower"}}},
                                                    {"written_liar", {{"name", "device"}, {"how", "raise"}}}};
  for (const auto& [role, settings] : liars) {
    auto liar = Actor::start(scene, role, settings);
    ASSERT_TRUE(ok(liar));
    ASSERT_TRUE(loop.until(20s, [&] { return liar->page().step.load() >= 1; })) << role << ": " << liar->words();
    loop.reset();
    const std::uint64_t before_native = native->page().frames.load();
    const std::uint64_t before_bridged = bridged->page().frames.load();
    loop.run_for(700ms * patience());
    EXPECT_EQ(loop.errors(), 0U) << role << ": " << loop.last_error();
    EXPECT_LT(loop.longest(), publish_bound() * patience()) << role;
    EXPECT_GT(native->page().frames.load(), before_native + 15) << role << settings.text("how");
    EXPECT_GT(bridged->page().frames.load(), before_bridged + 15) << role << settings.text("how");
    EXPECT_TRUE(liar->finish());
  }
  EXPECT_TRUE(native->finish(60s));
  EXPECT_TRUE(bridged->finish(60s));
  EXPECT_EQ(native->page().torn.load() + bridged->page().torn.load(), 0U) << native->words() << bridged->words();
}

INSTANTIATE_TEST_SUITE_P(Devices, DeviceFaults, ::testing::Values("lavapipe", "emulated-lavapipe", "swiftshader", "nvidia"),
                         [](const auto& given) {
                           std::string name = given.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace geyser::test
