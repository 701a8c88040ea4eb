// The poller tells an end apart from a message where the system does.
#include <vector>

#include "check.hpp"
#include "platform/socket.hpp"
#include "sockets.hpp"

namespace geyser::platform {
namespace {

using namespace std::chrono_literals;
using unit::connected;
using unit::ok;
using unit::send;

TEST(Poller, says_that_a_peer_hung_up) {
  auto [a, b] = connected();
  auto poll = Poller::create();
  ASSERT_TRUE(ok(poll));
  std::vector<Poller::Event> events;
  ASSERT_TRUE(ok(poll->add(b.watchable(), 42)));
  ASSERT_TRUE(ok(send(a, 1)));
  poll->wait(10s, events);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_FALSE(events[0].closed);
  a = Socket(OsHandle());
  poll->wait(10s, events);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_TRUE(events[0].readable);
  EXPECT_TRUE(events[0].closed);
}

}  // namespace
}  // namespace geyser::platform
