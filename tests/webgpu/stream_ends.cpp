#include "webgpu/stream_ends.hpp"

#include <algorithm>
#include <iostream>
#include <thread>

namespace geyser::test::dawn {
namespace {

// Frames with an odd number have noise; even ones one colour, which Dawn's side draws by a render pass.
std::vector<std::byte> frame_content(const TextureDescriptor& descriptor, std::uint64_t number) {
  const auto layout = region_layout(descriptor, {});
  std::vector<std::byte> bytes(layout ? layout->total_bytes : 0);
  Random random(number);
  if (number % 2 == 1) {
    for (auto& byte : bytes) byte = static_cast<std::byte>(random.next());
    return bytes;
  }
  std::byte texel[4];
  for (auto& byte : texel) byte = static_cast<std::byte>(random.next());
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = texel[i % 4];
  return bytes;
}

Result<void> write_by_dawn(Sides& sides, WriteFrame& frame, std::span<const std::byte> bytes) {
  auto texture = webgpu::acquire(frame.access());
  if (!texture) return std::move(texture).error();
  if (frame.number() % 2 == 1) {
    sides.gpu->write(*texture, frame.texture().descriptor(), bytes);
  } else {
    const auto channel = [&](std::size_t i) { return std::to_integer<int>(bytes[i]) / 255.0; };
    sides.gpu->clear(*texture, {channel(0), channel(1), channel(2), channel(3)});
  }
  return webgpu::release(frame.access());
}

}  // namespace

TextureShareManager& manager_of(Sides& sides, bool by_dawn) { return by_dawn ? *sides.dawn : sides.vulkan->manager(); }

PublisherOptions stream_options(const std::string& folder, Pacing pacing) {
  PublisherOptions options;
  options.name = stream_name;
  options.texture = plain(TextureFormat::rgba8_unorm, 67, 29);
  options.texture.usage = options.texture.usage | TextureUsage::render_attachment;
  options.pacing = pacing;
  options.directory = folder;
  return options;
}

std::string check_frame(Sides& sides, bool by_dawn, ReadFrame frame) {
  const auto descriptor = frame.texture().descriptor();
  const std::uint64_t number = frame.info().number;
  if (frame.transport() != Transport::zero_copy) return "it came by " + std::string(to_string(frame.transport()));
  const auto wanted = frame_content(descriptor, number);
  std::vector<std::byte> found(wanted.size());
  poison(found);
  if (by_dawn) {
    auto texture = webgpu::acquire(frame.access());
    if (!texture) return texture.error().describe();
    Fetch fetched = sides.gpu->fetch(*texture, descriptor);
    if (auto done = webgpu::release(frame.access()); !done) return done.error().describe();
    if (auto done = frame.release(); !done) return done.error().describe();
    found = fetched.bytes();
  } else if (auto done = frame.read_back({}, found); !done) {
    return done.error().describe();
  }
  if (found == wanted) return {};
  const auto at = std::mismatch(found.begin(), found.end(), wanted.begin(), wanted.end()).first - found.begin();
  return "frame " + std::to_string(number) + " differs at byte " + std::to_string(at) + " of " + std::to_string(wanted.size());
}

Result<std::uint64_t> publish_frame(Sides& sides, bool by_dawn, Publisher& publisher) {
  auto frame = publisher.begin_frame(peer_time);
  if (!frame) return std::move(frame).error();
  const auto bytes = frame_content(frame->texture().descriptor(), frame->number());
  auto written = by_dawn ? write_by_dawn(sides, *frame, bytes) : frame->upload({}, bytes);
  if (!written) return std::move(written).error();
  return publisher.publish(*std::move(frame));
}

int read_in_child(const std::string& api, const std::string& folder, std::uint64_t frames) {
  const auto wrong = [](const std::string& why) {
    std::cerr << "the reader: " << why << "\n";
    return 1;
  };
  auto sides = Sides::open();
  if (!sides) return wrong(sides.error().describe());
  const bool by_dawn = api == "dawn";
  SubscriberOptions options;
  options.directory = folder;
  options.connect_timeout = peer_time;
  options.require_zero_copy = true;
  auto subscriber = Subscriber::connect(manager_of(*sides, by_dawn), stream_name, options);
  if (!subscriber) return wrong(subscriber.error().describe());
  for (std::uint64_t last = 0; last < frames;) {
    auto frame = subscriber->acquire(peer_time);
    if (!frame) return wrong(frame.error().describe());
    const std::uint64_t number = frame->info().number;
    if (number <= last) return wrong("frame " + std::to_string(number) + " comes after " + std::to_string(last));
    if (subscriber->stream().pacing == Pacing::queue && last != 0 && number != last + 1) return wrong("a frame of the queue is left out");
    last = number;
    if (auto why = check_frame(*sides, by_dawn, *std::move(frame)); !why.empty()) return wrong(why);
  }
  if (sides->device->uncaptured_errors() != 0) return wrong("Dawn has complained");
  return 0;
}

int publish_in_child(const std::string& api, const std::string& folder, const std::string& pacing, std::uint64_t frames) {
  auto sides = Sides::open();
  if (!sides) {
    std::cerr << "the publisher: " << sides.error().describe() << "\n";
    return 1;
  }
  const bool by_dawn = api == "dawn";
  auto publisher =
      Publisher::create(manager_of(*sides, by_dawn), stream_options(folder, pacing == "queue" ? Pacing::queue : Pacing::latest));
  if (!publisher) {
    std::cerr << "the publisher: " << publisher.error().describe() << "\n";
    return 1;
  }
  if (auto ready = publisher->wait_for_subscribers(1, peer_time); !ready) return 2;
  for (std::uint64_t i = 0; frames == 0 || i < frames; ++i) {
    if (auto done = publish_frame(*sides, by_dawn, *publisher); !done) {
      std::cerr << "the publisher: " << done.error().describe() << "\n";
      return 1;
    }
    if (pacing != "queue") std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  // What was published last must be read before the stream ends.
  const auto end = std::chrono::steady_clock::now() + peer_time;
  while (publisher->has_subscribers() && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return 0;
}

}  // namespace geyser::test::dawn
