// Two processes, each a task of its own: channels by name, streams of the host backend, and peers that are killed.
#include <optional>
#include <random>
#include <thread>

#include "fixture.hpp"
#include "geyser/channel.hpp"
#include "geyser/host.hpp"
#include "geyser/publisher.hpp"
#include "geyser/subscriber.hpp"

namespace geyser {
namespace {

using namespace std::chrono_literals;
using unit::Child;
using unit::fails;
using unit::Folder;
using unit::Gate;
using unit::ok;

class EmulatedProcesses : public fake_mach::Counted {};

[[nodiscard]] std::vector<std::byte> content(std::uint64_t seed, std::size_t size) {
  std::mt19937_64 random(seed);
  std::vector<std::byte> bytes(size);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

constexpr std::uint32_t width = 61;
constexpr std::uint32_t height = 37;
const TextureDescriptor descriptor{.extent = {width, height}, .format = TextureFormat::rgba8_unorm};

int answer(Channel& channel) {
  auto manager = host::create_manager();
  if (!manager) return 10;
  auto handle = channel.receive_handle(10s);
  if (!handle) return 11;
  auto semaphore_handle = channel.receive_semaphore_handle(10s);
  if (!semaphore_handle) return 12;
  auto texture = manager->import_texture(std::move(*handle));
  auto semaphore = manager->import_semaphore(std::move(*semaphore_handle));
  if (!texture || !semaphore) return 13;
  if (!semaphore->wait(1, 10s)) return 14;
  std::vector<std::byte> seen(std::size_t{width} * height * 4, std::byte{0xAA});
  TextureState state = texture->state();
  state.initialized = true;
  if (state.layout == TextureLayout::undefined) state.layout = TextureLayout::general;
  state.points.clear();
  AccessInfo info;
  info.state = state;
  if (!manager->read_back(*texture, {}, seen, info)) return 15;
  if (seen != content(1, seen.size())) return 16;
  AccessInfo write;
  write.signal = SyncPoint{*semaphore, 2};
  if (!manager->upload(*texture, {}, content(2, seen.size()), write)) return 17;
  return channel.send({}, 10s) ? 0 : 18;
}

TEST_F(EmulatedProcesses, a_texture_and_a_timeline_both_ways) {
  const Folder folder;
  auto listener = ChannelListener::listen("camera/1 é", folder.path());
  ASSERT_TRUE(ok(listener));
  Child child([&] {
    auto channel = Channel::connect("camera/1 é", 10s, folder.path());
    return channel ? answer(*channel) : 1;
  });
  auto channel = listener->accept(10s);
  ASSERT_TRUE(ok(channel));
  auto peer = channel->peer();
  ASSERT_TRUE(ok(peer));
  EXPECT_EQ(peer->process_id, static_cast<std::uint32_t>(child.pid()));
  EXPECT_EQ(peer->user_id, ::geteuid());
  auto manager = host::create_manager();
  ASSERT_TRUE(ok(manager));
  auto texture = manager->create_shareable_texture(descriptor);
  auto semaphore = manager->create_shared_semaphore({.kind = SemaphoreKind::host_timeline});
  ASSERT_TRUE(ok(texture));
  ASSERT_TRUE(ok(semaphore));
  std::vector<std::byte> seen = content(1, std::size_t{width} * height * 4);
  AccessInfo write;
  write.signal = SyncPoint{*semaphore, 1};
  ASSERT_TRUE(ok(manager->upload(*texture, {}, seen, write)));
  auto handle = manager->export_texture(*texture);
  auto semaphore_handle = manager->export_semaphore(*semaphore);
  ASSERT_TRUE(ok(handle));
  ASSERT_TRUE(ok(semaphore_handle));
  ASSERT_TRUE(ok(channel->send_handle(*handle, 10s)));
  ASSERT_TRUE(ok(channel->send_handle(*semaphore_handle, 10s)));
  ASSERT_TRUE(ok(channel->receive(10s)));
  ASSERT_TRUE(ok(semaphore->wait(2, 10s)));
  TextureState state = texture->state();
  state.points.clear();
  AccessInfo info;
  info.state = state;
  ASSERT_TRUE(ok(manager->read_back(*texture, {}, seen, info)));
  EXPECT_EQ(seen, content(2, seen.size()));
  EXPECT_EQ(child.wait(), 0);
}

TEST_F(EmulatedProcesses, a_killed_peer_is_noticed_and_leaves_nothing) {
  const Folder folder;
  auto listener = ChannelListener::listen("flood", folder.path());
  ASSERT_TRUE(ok(listener));
  for (int round = 0; round < 10; ++round) {
    Child child([&] {
      auto channel = Channel::connect("flood", 10s, folder.path());
      auto manager = host::create_manager();
      if (!channel || !manager) return 1;
      auto texture = manager->create_shareable_texture(descriptor);
      if (!texture) return 2;
      while (true) {
        auto handle = manager->export_texture(*texture);
        if (!handle || !channel->send_handle(*handle, 10s)) return 3;
      }
    });
    auto channel = listener->accept(10s);
    ASSERT_TRUE(ok(channel));
    for (int i = 0; i < 1 + round * 7; ++i) ASSERT_TRUE(ok(channel->receive_handle(10s)));
    child.kill();
    int whole = 0;
    while (true) {
      auto handle = channel->receive_handle(10s);
      if (!handle) {
        EXPECT_TRUE(fails(handle, Errc::peer_gone, {}));
        break;
      }
      ASSERT_LT(++whole, 1'000);
    }
    EXPECT_TRUE(fails(channel->send({}, 1s), Errc::peer_gone, {}));
  }
}

TEST_F(EmulatedProcesses, a_name_of_a_killed_process_is_free) {
  const Folder folder;
  const Gate holding;
  Child child([&] {
    auto listener = ChannelListener::listen("held", folder.path());
    if (!listener) return 1;
    holding.pass();
    ::pause();
    return 0;
  });
  ASSERT_TRUE(holding.wait());
  EXPECT_TRUE(fails(ChannelListener::listen("held", folder.path()), Errc::invalid_state, {"held"}));
  auto waiting = Channel::connect("held", 1s, folder.path());
  ASSERT_TRUE(ok(waiting));
  child.kill();
  EXPECT_TRUE(fails(waiting->receive(5s), Errc::peer_gone, {}));
  EXPECT_TRUE(fails(Channel::connect("held", 10ms, folder.path()), Errc::not_found, {}));
  auto listener = ChannelListener::listen("held", folder.path());
  ASSERT_TRUE(ok(listener));
  EXPECT_TRUE(ok(Channel::connect("held", 5s, folder.path())));
  EXPECT_TRUE(ok(listener->accept(5s)));
}

/// Publishes frames whose content tells their number, until it is killed.
int publish(const std::string& folder) {
  auto manager = host::create_manager();
  if (!manager) return 1;
  auto publisher = Publisher::create(*manager, {.name = "stream", .texture = descriptor, .directory = folder});
  if (!publisher) return 2;
  for (std::uint64_t number = 1;; ++number) {
    auto frame = publisher->begin_frame();
    if (!frame || !frame->upload({}, content(number, std::size_t{width} * height * 4))) return 3;
    auto published = publisher->publish(std::move(*frame));
    if (!published || *published != number) return 4;
    std::this_thread::sleep_for(1ms);
  }
}

TEST_F(EmulatedProcesses, a_stream_is_read_and_its_publisher_killed_and_restarted) {
  const Folder folder;
  auto manager = host::create_manager();
  ASSERT_TRUE(ok(manager));
  std::optional<Child> child;
  child.emplace([&] { return publish(folder.path()); });
  auto subscriber = Subscriber::connect(*manager, "stream", {.connect_timeout = 10s, .directory = folder.path()});
  ASSERT_TRUE(ok(subscriber));
  for (int life = 0; life < 3; ++life) {
    std::uint64_t last = 0;
    for (int i = 0; i < 50; ++i) {
      auto frame = subscriber->acquire(10s);
      ASSERT_TRUE(ok(frame)) << "life " << life << ", frame " << i;
      ASSERT_GT(frame->info().number, last);
      last = frame->info().number;
      std::vector<std::byte> seen(std::size_t{width} * height * 4, std::byte{0xAA});
      ASSERT_TRUE(ok(frame->read_back({}, seen)));
      ASSERT_EQ(seen, content(last, seen.size())) << "frame " << last << " is torn";
    }
    child.reset();  // killed
    while (subscriber->acquire(300ms)) {
    }
    if (life < 2) child.emplace([&] { return publish(folder.path()); });
  }
}

}  // namespace
}  // namespace geyser
