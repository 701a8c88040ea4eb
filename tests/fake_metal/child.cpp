#include "fake_metal/child.hpp"

#include <iostream>

#include "fixture.hpp"
#include "geyser/channel.hpp"
#include "geyser/subscriber.hpp"

namespace fake_metal {
namespace {

using namespace std::chrono_literals;

int fail(const geyser::Error& error) {
  std::cerr << "child: " << error.describe() << "\n";
  return 1;
}

/// Takes a texture and a semaphore over the channel, adds one to every byte, and signals 2.
int increment(TextureShareManager& manager) {
  auto channel = geyser::Channel::adopt(geyser::test::Child::inherited_channel());
  if (!channel) return fail(channel.error());
  auto handle = channel->receive_handle(10s);
  if (!handle) return fail(handle.error());
  auto sent = channel->receive_semaphore_handle(10s);
  if (!sent) return fail(sent.error());
  auto texture = manager.import_texture(*std::move(handle));
  if (!texture) return fail(texture.error());
  auto semaphore = manager.import_semaphore(*std::move(sent));
  if (!semaphore) return fail(semaphore.error());
  const auto& descriptor = texture->descriptor();
  for (std::uint32_t plane = 0; plane < geyser::format_info(descriptor.format)->plane_count; ++plane) {
    TextureRegion region;
    region.plane = plane;
    std::vector<std::byte> bytes(geyser::region_layout(descriptor, region)->total_bytes);
    const SyncPoint first{*semaphore, 1};
    geyser::AccessInfo info = written();
    info.wait_for = std::span(&first, 1);
    if (auto done = manager.read_back(*texture, region, bytes, info); !done) return fail(done.error());
    for (auto& byte : bytes) byte = static_cast<std::byte>(std::to_integer<unsigned>(byte) + 1);
    if (auto done = manager.upload(*texture, region, bytes, written()); !done) return fail(done.error());
  }
  if (auto done = semaphore->signal(2); !done) return fail(done.error());
  return 0;
}

/// Reads frames of a stream, each of one value that rises, until the last.
int read_stream(TextureShareManager& manager, std::string_view folder) {
  geyser::SubscriberOptions options;
  options.directory = std::string(folder);
  auto subscriber = geyser::Subscriber::connect(manager, "metal frames", options);
  if (!subscriber) return fail(subscriber.error());
  unsigned last = 0;
  while (last < 60) {
    auto frame = subscriber->acquire(10s);
    if (!frame) return fail(frame.error());
    if (frame->transport() != geyser::Transport::zero_copy) {
      std::cerr << "child: no zero copy: " << subscriber->why_not_zero_copy() << "\n";
      return 1;
    }
    std::vector<std::byte> bytes(64 * 36 * 4);
    if (auto done = frame->read_back({}, bytes); !done) return fail(done.error());
    const auto value = std::to_integer<unsigned>(bytes[0]);
    for (const auto byte : bytes) {
      if (std::to_integer<unsigned>(byte) != value) {
        std::cerr << "child: a torn frame\n";
        return 1;
      }
    }
    if (value <= last) {
      std::cerr << "child: frame " << value << " after " << last << "\n";
      return 1;
    }
    last = value;
  }
  return 0;
}

}  // namespace

int run_child(std::string_view role, std::string_view argument) {
  reset();
  int status = 2;
  {
    auto manager = open_manager();
    if (!manager) return fail(manager.error());
    if (role == "increment") status = increment(*manager);
    if (role == "read_stream") status = read_stream(*manager, argument);
  }
  if (!drain()) status = 3;
  join();
  if (!live_objects().empty() || lock_violations() != 0) {
    std::cerr << "child: something is left, or was used while locked\n";
    status = 4;
  }
  return status;
}

}  // namespace fake_metal
