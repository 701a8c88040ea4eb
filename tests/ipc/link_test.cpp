// Links: messages over a socket that fills up, stays silent or ends.
#include <gtest/gtest.h>

#include <chrono>

#include "ipc/link.hpp"
#include "messages.hpp"
#include "support/check.hpp"
#include "support/process.hpp"

namespace geyser::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

struct Ends {
  ipc::Link a;
  ipc::Link b;
};
Ends make_ends() {
  auto pair = platform::Socket::pair();
  EXPECT_TRUE(ok(pair));
  return {ipc::Link(std::move(pair->first)), ipc::Link(std::move(pair->second))};
}

TEST(Link, CarriesEveryKindInOrder) {
  Random random(seed_for("link"));
  const std::size_t before = open_descriptors();
  {
    const Ends ends = make_ends();
    std::vector<ipc::Message> sent;
    for (std::size_t kind = 0; kind < message_kinds; ++kind) {
      sent.push_back(random_message(random, kind));
      ASSERT_TRUE(ok(ends.a.send(sent.back(), 1s)));
    }
    for (const ipc::Message& message : sent) {
      auto received = ends.b.receive(1s);
      ASSERT_TRUE(ok(received));
      EXPECT_EQ(message_difference(message, *received), "");
    }
    auto nothing = ends.b.try_receive();
    ASSERT_TRUE(ok(nothing));
    EXPECT_FALSE(nothing->has_value());
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST(Link, AFullLinkSaysSoAndNeverBlocks) {
  const Ends ends = make_ends();
  const ipc::Message message = ipc::UserBytes{std::vector<std::byte>(8192)};
  std::size_t sent = 0;
  for (;; ++sent) {
    auto outcome = ends.a.try_send(message);
    ASSERT_TRUE(ok(outcome));
    if (*outcome == platform::SendOutcome::full) break;
    ASSERT_LT(sent, 100000U) << "the queue is not bounded";
  }
  ASSERT_GT(sent, 0U);
  const auto start = steady_clock::now();
  EXPECT_TRUE(fails(ends.a.send(message, 30ms), Errc::timed_out, "takes no message within 30 ms"));
  EXPECT_GE(steady_clock::now() - start, 30ms);
  EXPECT_LT(steady_clock::now() - start, 5s);
  for (std::size_t i = 0; i < sent; ++i) ASSERT_TRUE(ok(ends.b.receive(1s)));
  EXPECT_TRUE(ok(ends.a.send(message, 1s))) << "once the peer reads, it goes on";
}

TEST(Link, SilenceTimesOutWhateverTheTimeoutIs) {
  const Ends ends = make_ends();
  const auto start = steady_clock::now();
  EXPECT_TRUE(fails(ends.a.receive(20ms), Errc::timed_out, "sends no message within 20 ms"));
  EXPECT_GE(steady_clock::now() - start, 20ms);
  EXPECT_TRUE(fails(ends.a.receive(0ns), Errc::timed_out));
  EXPECT_TRUE(fails(ends.a.receive(std::chrono::nanoseconds::min()), Errc::timed_out));
  EXPECT_LT(steady_clock::now() - start, 5s);
  ASSERT_TRUE(ok(ends.b.send(ipc::Goodbye{}, std::chrono::nanoseconds::max())));
  EXPECT_TRUE(ok(ends.a.receive(std::chrono::nanoseconds::max())));
}

TEST(Link, TheEndIsSeenBehindTheLastMessage) {
  Ends ends = make_ends();
  ASSERT_TRUE(ok(ends.b.send(ipc::TextureGone{1, 2}, 1s)));
  {
    const ipc::Link gone = std::move(ends.b);
  }
  auto last = ends.a.receive(1s);
  ASSERT_TRUE(ok(last));
  EXPECT_EQ(std::get<ipc::TextureGone>(*last).texture_id, 2U);
  EXPECT_TRUE(fails(ends.a.receive(1s), Errc::peer_gone));
  EXPECT_TRUE(fails(ends.a.send(ipc::Goodbye{}, 1s), Errc::peer_gone));
}

}  // namespace
}  // namespace geyser::test
