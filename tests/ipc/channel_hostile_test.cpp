// Channels whose other end lies, stops or dies: bounded, a clear error, nothing left behind.
#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "geyser/host.hpp"
#include "handles.hpp"
#include "messages.hpp"
#include "peers.hpp"
#include "platform/socket.hpp"
#include "support/check.hpp"

namespace geyser::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto patience = 60s;

class HostileChannel : public ::testing::Test {
 protected:
  void SetUp() override {
    before_ = open_descriptors();
    connect();
  }
  void TearDown() override {
    channel_.reset();
    raw_.reset();
    EXPECT_EQ(open_descriptors(), before_) << "a handle was left open";
  }
  /// Ours, and a socket without the channel's manners.
  void connect() {
    channel_.reset();
    raw_.reset();
    auto pair = platform::Socket::pair();
    ASSERT_TRUE(ok(pair));
    raw_.emplace(std::move(pair->second));
    auto end = pair->first.handle().duplicate();
    ASSERT_TRUE(ok(end));
    pair->first = platform::Socket(OsHandle());
    auto channel = geyser::Channel::adopt(std::move(*end));
    ASSERT_TRUE(ok(channel));
    channel_.emplace(std::move(*channel));
  }
  void say(std::span<const std::byte> bytes, std::span<const OsHandle::Value> handles = {}) {
    auto sent = raw_->send(bytes, handles);
    ASSERT_TRUE(ok(sent));
    ASSERT_EQ(*sent, platform::SendOutcome::sent);
  }
  void say(const ipc::Encoded& encoded, std::size_t handles) {
    std::vector<OsHandle::Value> values;
    for (std::size_t i = 0; i < handles; ++i) values.push_back(encoded.handles[i % encoded.handles.size()]);
    say(encoded.bytes, values);
  }
  /// The peer sees that it has lost the connection.
  void expect_lost() {
    ASSERT_TRUE(raw_->wait_readable(1s));
    EXPECT_TRUE(fails(raw_->receive(), Errc::peer_gone));
  }

  std::optional<geyser::Channel> channel_;
  std::optional<platform::Socket> raw_;

 private:
  std::size_t before_ = 0;
};

TEST_F(HostileChannel, RandomBytes) {
  Random random(seed_for("hostile bytes"));
  for (int i = 0; i < 500; ++i) {
    connect();
    std::vector<std::byte> bytes(1 + random.below(2000));
    for (auto& byte : bytes) byte = static_cast<std::byte>(random.below(256));
    say(bytes);
    ASSERT_TRUE(fails(channel_->receive(1s), Errc::protocol_error, "no message of this protocol"));
    expect_lost();
    ASSERT_TRUE(fails(channel_->receive(1s), Errc::peer_gone));
  }
}

TEST_F(HostileChannel, NoHandlesTooFewTooManyAndTheWrongKind) {
  Random random(seed_for("hostile handles"));
  for (int i = 0; i < 30; ++i) {
    const ipc::Message message = random_message(random, 11);
    auto encoded = ipc::encode(message);
    ASSERT_TRUE(ok(encoded));
    for (const std::size_t count : {0U, 1U, 2U, 3U, 5U, 8U}) {
      connect();
      say(*encoded, count);
      auto received = channel_->receive_handle(1s);
      if (count == encoded->handles.size()) {
        EXPECT_TRUE(ok(received));
      } else {
        EXPECT_TRUE(fails(received, Errc::protocol_error, "handles"));
        expect_lost();
      }
    }
    connect();
    const auto wrong = no_memory();
    say(encoded->bytes, std::vector<OsHandle::Value>(encoded->handles.size(), wrong.front().borrow()));
    EXPECT_TRUE(fails(channel_->receive_handle(1s), Errc::protocol_error, "cannot be memory"));
  }
}

TEST_F(HostileChannel, AMessageOfAStream) {
  auto hello = ipc::encode(ipc::Goodbye{});
  ASSERT_TRUE(ok(hello));
  say(hello->bytes);
  EXPECT_TRUE(fails(channel_->receive(1s), Errc::protocol_error, "a message of a stream"));
  expect_lost();
}

TEST_F(HostileChannel, SilenceIsBounded) {
  const auto start = steady_clock::now();
  EXPECT_TRUE(fails(channel_->receive_handle(30ms), Errc::timed_out, "within 30 ms"));
  EXPECT_GE(steady_clock::now() - start, 30ms);
  EXPECT_LT(steady_clock::now() - start, 5s);
  auto bytes = ipc::encode_user(std::span<const std::byte>{});
  ASSERT_TRUE(ok(bytes));
  say(bytes->bytes);
  EXPECT_TRUE(ok(channel_->receive(1s))) << "who was late may still speak";
}

TEST_F(HostileChannel, ClosedWithMessagesUnread) {
  ASSERT_TRUE(ok(channel_->send({}, 1s)));
  raw_.reset();
  EXPECT_TRUE(fails(channel_->receive(1s), Errc::peer_gone));
  EXPECT_TRUE(fails(channel_->send({}, 1s), Errc::peer_gone));
}

TEST(ChannelDeath, KilledWhileItSends) {
  const std::size_t before = open_descriptors();
  Random random(seed_for("killed sender"));
  for (int round = 0; round < 10; ++round) {
    auto peer = start_peer({"flood"});
    ASSERT_TRUE(ok(peer));
    for (std::uint32_t i = 1 + random.below(200); i > 0; --i) ASSERT_TRUE(ok(peer->channel.receive_handle(patience)));
    peer->child.kill();
    int whole = 0;
    for (;;) {
      auto handle = peer->channel.receive_handle(patience);
      if (!handle) {
        EXPECT_TRUE(fails(handle, Errc::peer_gone));
        break;
      }
      EXPECT_TRUE(ok(validate(*handle)));
      ASSERT_LT(++whole, 100000);
    }
    EXPECT_TRUE(fails(peer->channel.send({}, 1s), Errc::peer_gone));
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST(ChannelDeath, KilledWhileItShouldRead) {
  const std::size_t before = open_descriptors();
  for (int round = 0; round < 5; ++round) {
    auto peer = start_peer({"echo"});
    ASSERT_TRUE(ok(peer));
    ASSERT_TRUE(ok(peer->channel.send({}, patience)));
    ASSERT_TRUE(ok(peer->channel.receive(patience)));
    peer->child.stop();
    // Stopped, it reads nothing: sending ends at its time.
    const std::vector<std::byte> bytes(16384);
    const auto start = steady_clock::now();
    Result<void> sent;
    for (int i = 0; i < 10000 && sent; ++i) sent = peer->channel.send(bytes, 20ms);
    EXPECT_TRUE(fails(sent, Errc::timed_out, "takes no message within 20 ms"));
    EXPECT_LT(steady_clock::now() - start, 20s);
    EXPECT_TRUE(fails(peer->channel.receive(20ms), Errc::timed_out));
    round % 2 == 0 ? peer->child.kill() : peer->child.go_on();
    if (round % 2 == 0) {
      ASSERT_TRUE(ok(peer->child.wait(patience)));
      EXPECT_TRUE(fails(peer->channel.send(bytes, 1s), Errc::peer_gone));
    } else {
      EXPECT_TRUE(ok(peer->channel.receive(patience))) << "it goes on where it was";
    }
  }
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace geyser::test
