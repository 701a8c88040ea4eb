// Channels between peers that behave.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <thread>

#include "exchange_textures.hpp"
#include "geyser/host.hpp"
#include "handles.hpp"
#include "peers.hpp"
#include "platform/socket.hpp"
#include "support/check.hpp"
#include "support/content.hpp"
#include "support/devices.hpp"
#include "temporary_folder.hpp"

namespace geyser::test {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 60s;

std::vector<std::string> device_keys() {
  std::vector<std::string> keys;
  for (const DeviceEntry& device : devices()) {
    const auto capabilities = capabilities_of(device);
    EXPECT_TRUE(ok(capabilities));
    if (capabilities && capabilities->memory.empty()) {
      std::cout << device.key << " shares nothing on this system: left out\n";
    } else {
      keys.push_back(device.key);
    }
  }
  return keys;
}

void exchange_with(Peer& peer, const std::string& key) {
  auto participant = Participant::open(*find_device(key));
  ASSERT_TRUE(ok(participant));
  const Quiet quiet({participant->get()});
  EXPECT_TRUE(ok(offer_texture(peer.channel, (*participant)->manager(), patience)));
  auto status = peer.child.wait(patience);
  ASSERT_TRUE(ok(status));
  EXPECT_EQ(*status, 0);
}

TEST(ChannelBetweenProcesses, TexturesAndTimelinesOfEveryDevice) {
  for (const std::string& key : device_keys()) {
    SCOPED_TRACE(key);
    auto peer = start_peer({"exchange", key});
    ASSERT_TRUE(ok(peer));
    exchange_with(*peer, key);
  }
}

TEST(ChannelBetweenProcesses, MeetUnderAName) {
  const TemporaryFolder folder;
  auto listener = ChannelListener::listen("camera/1 é", folder.path());
  ASSERT_TRUE(ok(listener));
  auto child = Child::start({"--peer", "connect", "camera/1 é", folder.path(), "host"});
  ASSERT_TRUE(ok(child));
  auto channel = listener->accept(patience);
  ASSERT_TRUE(ok(channel));
  auto peer = channel->peer();
  ASSERT_TRUE(ok(peer));
  EXPECT_EQ(peer->process_id, static_cast<std::uint32_t>(child->pid()));
  EXPECT_EQ(peer->user_id, platform::current_user());
  Peer both{std::move(*child), std::move(*channel)};
  exchange_with(both, "host");
}

TEST(ChannelNames, AreHeldByOneAndFreeAfterwards) {
  const TemporaryFolder folder;
  EXPECT_TRUE(fails(geyser::Channel::connect("nobody", 10ms, folder.path()), Errc::not_found, "nobody"));
  {
    auto first = ChannelListener::listen("one", folder.path());
    ASSERT_TRUE(ok(first));
    EXPECT_TRUE(fails(ChannelListener::listen("one", folder.path()), Errc::invalid_state, "one"));
    auto other = ChannelListener::listen("two", folder.path());
    EXPECT_TRUE(ok(other));
    const ChannelListener moved = std::move(*first);
    EXPECT_TRUE(fails(ChannelListener::listen("one", folder.path()), Errc::invalid_state)) << "moving keeps the name";
  }
  auto again = ChannelListener::listen("one", folder.path());
  EXPECT_TRUE(ok(again));
  EXPECT_TRUE(fails(ChannelListener::listen("", folder.path()), Errc::invalid_argument));
  EXPECT_TRUE(fails(ChannelListener::listen(std::string(129, 'x'), folder.path()), Errc::invalid_argument));
  EXPECT_TRUE(fails(geyser::Channel::connect(std::string("a\0b", 3), 10ms, folder.path()), Errc::invalid_argument));
}

TEST(ChannelNames, OfAKilledProcessAreFree) {
  const TemporaryFolder folder;
  auto holder = start_peer({"listen", "held", folder.path()});
  ASSERT_TRUE(ok(holder));
  ASSERT_TRUE(ok(holder->channel.receive(patience)));
  EXPECT_TRUE(fails(ChannelListener::listen("held", folder.path()), Errc::invalid_state));
  holder->child.kill();
  ASSERT_TRUE(ok(holder->child.wait(patience)));
  EXPECT_TRUE(fails(geyser::Channel::connect("held", 10ms, folder.path()), Errc::not_found));
  auto listener = ChannelListener::listen("held", folder.path());
  ASSERT_TRUE(ok(listener));
  auto channel = geyser::Channel::connect("held", patience, folder.path());
  EXPECT_TRUE(ok(channel));
  EXPECT_TRUE(ok(listener->accept(patience)));
}

TEST(ChannelNames, WaitingIsBounded) {
  const TemporaryFolder folder;
  const std::size_t before = open_descriptors();
  {
    auto listener = ChannelListener::listen("busy", folder.path());
    ASSERT_TRUE(ok(listener));
    EXPECT_TRUE(fails(listener->accept(10ms), Errc::timed_out, "10 ms"));
    std::vector<geyser::Channel> queued;
    for (;;) {
      auto channel = geyser::Channel::connect("busy", 20ms, folder.path());
      if (!channel) {
        EXPECT_TRUE(fails(channel, Errc::timed_out));
        break;
      }
      queued.push_back(std::move(*channel));
      ASSERT_LT(queued.size(), 2000U) << "the queue is not bounded";
    }
    EXPECT_TRUE(ok(listener->accept(0ns))) << "who queued is served";
    EXPECT_TRUE(ok(geyser::Channel::connect("busy", 1s, folder.path()))) << "and there is room again";
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST(ChannelPair, KeepsOrderBordersAndSizes) {
  auto pair = geyser::Channel::create_pair();
  ASSERT_TRUE(ok(pair));
  auto& [a, b] = *pair;
  Random random(seed_for("pair"));
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{4095}, max_channel_message_bytes}) {
    std::vector<std::byte> bytes(size);
    for (auto& byte : bytes) byte = static_cast<std::byte>(random.below(256));
    ASSERT_TRUE(ok(a.send(bytes, 1s)));
    ASSERT_TRUE(ok(a.send({}, 1s)));
    auto received = b.receive(1s);
    ASSERT_TRUE(ok(received));
    EXPECT_EQ(*received, bytes);
    received = b.receive(1s);
    ASSERT_TRUE(ok(received));
    EXPECT_TRUE(received->empty());
  }
  EXPECT_TRUE(fails(a.send(std::vector<std::byte>(max_channel_message_bytes + 1), 1s), Errc::invalid_argument, "32768"));
  EXPECT_TRUE(fails(a.send_handle(TextureHandle{}, 1s), Errc::protocol_error));
  EXPECT_TRUE(fails(a.send_handle(SemaphoreHandle{}, 1s), Errc::protocol_error));
  ASSERT_TRUE(ok(b.send({}, 1s)));
  EXPECT_TRUE(ok(a.receive(1s))) << "refusing to send does not end the connection";
}

TEST(ChannelPair, AnotherKindThanAskedForEndsTheConnection) {
  auto pair = geyser::Channel::create_pair();
  ASSERT_TRUE(ok(pair));
  auto& [a, b] = *pair;
  ASSERT_TRUE(ok(a.send({}, 1s)));
  ASSERT_TRUE(ok(a.send({}, 1s)));
  EXPECT_TRUE(fails(b.receive_handle(1s), Errc::protocol_error, "sent bytes where a texture"));
  EXPECT_TRUE(fails(b.receive(1s), Errc::peer_gone));
  EXPECT_TRUE(fails(b.send({}, 1s), Errc::peer_gone));
  EXPECT_TRUE(fails(a.send({}, 1s), Errc::peer_gone));
  EXPECT_TRUE(fails(a.receive(1s), Errc::peer_gone));
}

TEST(ChannelPair, BothWaysAtOnceFromTwoThreadsEach) {
  auto pair = geyser::Channel::create_pair();
  ASSERT_TRUE(ok(pair));
  constexpr std::uint32_t count = 2000;
  const auto send_all = [](geyser::Channel& channel) {
    for (std::uint32_t i = 0; i < count; ++i) {
      if (auto sent = channel.send(std::as_bytes(std::span(&i, 1)), patience); !sent) return sent;
    }
    return Result<void>();
  };
  const auto receive_all = [](geyser::Channel& channel) -> Result<void> {
    for (std::uint32_t i = 0; i < count; ++i) {
      auto bytes = channel.receive(patience);
      if (!bytes) return std::move(bytes).error();
      if (!std::ranges::equal(*bytes, std::as_bytes(std::span(&i, 1)))) return Error(Errc::internal, "a message is out of order");
    }
    return {};
  };
  std::array<Result<void>, 4> results;
  {
    const std::jthread first([&] { results[0] = send_all(pair->first); });
    const std::jthread second([&] { results[1] = send_all(pair->second); });
    const std::jthread third([&] { results[2] = receive_all(pair->first); });
    const std::jthread fourth([&] { results[3] = receive_all(pair->second); });
  }
  for (const auto& result : results) EXPECT_TRUE(ok(result));
}

TEST(ChannelPair, AThousandHandlesLeaveNothingBehind) {
  auto manager = host::create_manager();
  ASSERT_TRUE(ok(manager));
  auto texture = manager->create_shareable_texture({.extent = {8, 8}, .format = TextureFormat::r8_unorm});
  ASSERT_TRUE(ok(texture));
  auto semaphore = manager->create_shared_semaphore({});
  ASSERT_TRUE(ok(semaphore));
  ASSERT_TRUE(ok(manager->attach_semaphore(*texture, *semaphore)));
  const std::size_t before = open_descriptors();
  {
    auto pair = geyser::Channel::create_pair();
    ASSERT_TRUE(ok(pair));
    for (int i = 0; i < 1000; ++i) {
      auto handle = manager->export_texture(*texture);
      ASSERT_TRUE(ok(handle));
      ASSERT_TRUE(ok(pair->first.send_handle(*handle, 1s)));
      auto received = pair->second.receive_handle(1s);
      ASSERT_TRUE(ok(received));
      EXPECT_TRUE(received->ready_semaphore.has_value());
    }
    for (int i = 0; i < 5; ++i) {  // and some that nobody receives
      auto handle = manager->export_texture(*texture);
      ASSERT_TRUE(ok(handle));
      ASSERT_TRUE(ok(pair->first.send_handle(*handle, 1s)));
    }
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST(ChannelAdopt, TakesConnectedMessageSocketsOnly) {
  for (OsHandle& wrong : no_sockets()) {
    EXPECT_TRUE(fails(geyser::Channel::adopt(std::move(wrong)), Errc::invalid_argument));
    EXPECT_TRUE(wrong) << "a refused handle stays the caller's";
  }
  EXPECT_TRUE(fails(geyser::Channel::adopt(OsHandle()), Errc::invalid_argument));
  auto pair = geyser::Channel::create_pair();
  ASSERT_TRUE(ok(pair));
  auto copy = pair->first.handle().duplicate();
  ASSERT_TRUE(ok(copy));
  auto adopted = geyser::Channel::adopt(std::move(*copy));
  ASSERT_TRUE(ok(adopted));
  ASSERT_TRUE(ok(adopted->send({}, 1s)));
  EXPECT_TRUE(ok(pair->second.receive(1s)));
}

}  // namespace
}  // namespace geyser::test
