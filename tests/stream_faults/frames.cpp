#include "frames.hpp"

#include <algorithm>
#include <cstring>
#include <thread>

#include "core/message.hpp"
#include "geyser/host.hpp"
#include "support/content.hpp"
#include "support/kinds.hpp"

namespace geyser::test {
namespace {

using Clock = std::chrono::steady_clock;

bool is_simple(const TextureDescriptor& d) {
  return d.format == TextureFormat::rgba8_unorm && d.dimension == TextureDimension::d2 && d.mip_levels == 1 && d.array_layers == 1;
}

std::string difference(const TextureRegion& region, const ::testing::AssertionResult& same) {
  return detail::text("level ", region.mip_level, ", layer ", region.array_layer, ", plane ", region.plane, ": ", same.message());
}

// Reads a mapping that another process may be writing against all rules: word by word, so that it is a look and no undefined behaviour.
std::uint64_t other_words(const host::MappedRegion& mapped, std::uint32_t wanted, std::uint32_t& found) {
  std::uint64_t other = 0;
  for (std::uint32_t row = 0; row < mapped.layout.rows; ++row) {
    const auto* words = reinterpret_cast<const volatile std::uint32_t*>(mapped.data + row * mapped.row_pitch);
    for (std::uint64_t i = 0; i < mapped.layout.row_bytes / sizeof(std::uint32_t); ++i) {
      const std::uint32_t word = words[i];
      if (word == wanted) continue;
      found = word;
      ++other;
    }
  }
  return other;
}

}  // namespace

TextureDescriptor small_texture(std::uint32_t width, std::uint32_t height) {
  TextureDescriptor descriptor;
  descriptor.extent = {width, height, 1};
  descriptor.format = TextureFormat::rgba8_unorm;
  return descriptor;
}

std::vector<std::byte> content_of(const TextureDescriptor& descriptor, const TextureRegion& region, std::uint64_t number) {
  auto layout = region_layout(descriptor, region);
  if (!layout) return {};
  if (is_simple(descriptor)) {
    std::vector<std::byte> bytes(layout->total_bytes);
    const auto word = static_cast<std::uint32_t>(number);
    for (std::size_t i = 0; i + sizeof word <= bytes.size(); i += sizeof word) std::memcpy(bytes.data() + i, &word, sizeof word);
    return bytes;
  }
  Random random(number * 7919 + region.mip_level * 131 + region.array_layer * 31 + region.plane);
  return random_content(random, *format_info(descriptor.format), region.plane, layout->total_bytes);
}

Result<void> draw(WriteFrame& frame) {
  const TextureDescriptor descriptor = frame.texture().descriptor();
  for (const auto& region : all_subresources(descriptor)) {
    if (auto done = frame.upload(region, content_of(descriptor, region, frame.number())); !done) return done;
  }
  return {};
}

Result<std::string> compare(ReadFrame& frame) {
  const TextureDescriptor descriptor = frame.texture().descriptor();
  const FormatInfo& format = *format_info(descriptor.format);
  for (const auto& region : all_subresources(descriptor)) {
    auto wanted = content_of(descriptor, region, frame.info().number);
    std::vector<std::byte> found(wanted.size());
    poison(found);
    if (auto done = frame.read_back(region, found); !done) return std::move(done).error();
    clear_meaningless_bits(format, region.plane, wanted);
    clear_meaningless_bits(format, region.plane, found);
    if (auto same = same_content(format, region.plane, wanted, found); !same) {
      return detail::text("frame ", frame.info().number, ", ", difference(region, same));
    }
  }
  return std::string();
}

Result<std::string> compare_mapped(ReadFrame& frame, std::chrono::microseconds hold) {
  if (auto ready = frame.access().wait(10s); !ready) return std::move(ready).error();
  auto mapped = host::map(frame.texture());
  if (!mapped) return std::move(mapped).error();
  const auto wanted = static_cast<std::uint32_t>(frame.info().number);
  for (const char* when : {"at first", "while held"}) {
    std::uint32_t found = 0;
    if (const auto other = other_words(*mapped, wanted, found); other != 0) {
      return detail::text("frame ", wanted, " has ", other, " words that are not its own, ", when, ", one of them ", found);
    }
    if (hold.count() != 0) std::this_thread::sleep_for(hold);
  }
  return std::string();
}

Result<std::uint64_t> PublishLoop::once() {
  const auto begin = Clock::now();
  const auto body = [&]() -> Result<std::uint64_t> {
    auto frame = publisher_.begin_frame(begin_timeout);
    if (!frame) return std::move(frame).error();
    if (auto done = draw(*frame); !done) return std::move(done).error();
    return publisher_.publish(std::move(*frame));
  };
  auto number = body();
  longest_ = std::max<std::chrono::nanoseconds>(longest_, Clock::now() - begin);
  if (number) {
    ++frames_;
  } else {
    ++errors_;
    last_error_ = number.error().describe();
  }
  return number;
}

bool PublishLoop::until(std::chrono::milliseconds timeout, const std::function<bool()>& condition) {
  const auto end = Clock::now() + timeout;
  while (!condition()) {
    if (Clock::now() >= end) return condition();
    static_cast<void>(once());
    std::this_thread::sleep_for(pause);
  }
  return true;
}

void PublishLoop::run_for(std::chrono::milliseconds time) {
  static_cast<void>(until(time, [] { return false; }));
}

void PublishLoop::reset() noexcept {
  longest_ = {};
  frames_ = 0;
  errors_ = 0;
  last_error_.clear();
}

Result<Station> Station::open(const PublisherOptions& options, const std::string& device) {
  const DeviceEntry* entry = find_device(device);
  if (entry == nullptr) return Error(Errc::not_found, detail::text("This machine has no device ", device, "."));
  auto participant = Participant::open(*entry);
  if (!participant) return std::move(participant).error();
  auto publisher = Publisher::create((*participant)->manager(), options);
  if (!publisher) return std::move(publisher).error();
  return Station{std::move(*participant), std::make_unique<Publisher>(std::move(*publisher))};
}

PublisherOptions stream_named(const Scene& scene, const std::string& name, Pacing pacing) {
  PublisherOptions options;
  options.name = name;
  options.texture = small_texture();
  options.pacing = pacing;
  options.directory = scene.streams();
  return options;
}

Result<Subscriber> subscribe(const Scene& scene, TextureShareManager& manager, const std::string& name, SubscriberOptions options) {
  options.directory = scene.streams();
  if (patience() != 1) options.connect_timeout *= patience();
  return Subscriber::connect(manager, name, options);
}

std::chrono::milliseconds publish_bound() { return 400ms; }

}  // namespace geyser::test
