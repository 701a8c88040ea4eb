// Names and clocks of streams.
#include "geyser/frame.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "geyser/directory.hpp"
#include "geyser/subscriber.hpp"

namespace geyser {
namespace {

TEST(Frame, EnumeratorsHaveTheNamesOfTheHeaders) {
  EXPECT_EQ(to_string(ClockType::monotonic), "monotonic");
  EXPECT_EQ(to_string(ClockType::realtime), "realtime");
  EXPECT_EQ(to_string(ClockType::media), "media");
  EXPECT_EQ(to_string(static_cast<ClockType>(0)), "unknown");
  EXPECT_EQ(to_string(Pacing::latest), "latest");
  EXPECT_EQ(to_string(Pacing::queue), "queue");
  EXPECT_EQ(to_string(Pacing::lockstep), "lockstep");
  EXPECT_EQ(to_string(static_cast<Pacing>(99)), "unknown");
  EXPECT_EQ(to_string(Transport::none), "none");
  EXPECT_EQ(to_string(Transport::zero_copy), "zero_copy");
  EXPECT_EQ(to_string(Transport::host_bridge), "host_bridge");
  EXPECT_EQ(to_string(static_cast<Transport>(99)), "unknown");
  EXPECT_EQ(to_string(SubscriberState::attached), "attached");
  EXPECT_EQ(to_string(SubscriberState::waiting), "waiting");
  EXPECT_EQ(to_string(SubscriberState::ended), "ended");
  EXPECT_EQ(to_string(static_cast<SubscriberState>(99)), "unknown");
}

TEST(Frame, NowIsReadFromTheClockThatIsNamed) {
  const auto nanoseconds = [](auto time) { return std::chrono::nanoseconds(time.time_since_epoch()).count(); };
  const auto steady = nanoseconds(std::chrono::steady_clock::now());
  const Timestamp monotonic = Timestamp::now();
  EXPECT_EQ(monotonic.clock, ClockType::monotonic);
  EXPECT_GE(monotonic.nanoseconds, steady);
  EXPECT_LE(monotonic.nanoseconds, nanoseconds(std::chrono::steady_clock::now()));
  const Timestamp realtime = Timestamp::now(ClockType::realtime);
  EXPECT_EQ(realtime.clock, ClockType::realtime);
  EXPECT_GT(realtime.nanoseconds, 1'700'000'000'000'000'000) << "after 2023";
  EXPECT_EQ(Timestamp::now(ClockType::media), (Timestamp{0, ClockType::media}));
}

}  // namespace
}  // namespace geyser
