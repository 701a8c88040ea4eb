#include "tools/geyser/measure.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <thread>

#include "core/message.hpp"
#include "geyser/publisher.hpp"
#include "geyser/subscriber.hpp"
#include "platform/wait.hpp"
#include "tools/common/file_path.hpp"

namespace geyser::tools {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

/// Between two frames, so that a reader that may sleep does.
constexpr std::chrono::microseconds pause{500};
constexpr int dropped_rounds = 10;  // caches, page faults, first imports

[[nodiscard]] std::int64_t now() { return Clock::now().time_since_epoch().count(); }

/// A folder that is gone with the object.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / detail::text("geyser-bench-", now())) {
    std::filesystem::create_directories(path_);
    std::filesystem::permissions(path_, std::filesystem::perms::owner_all);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string path() const { return utf8_of(path_); }

 private:
  std::filesystem::path path_;
};

[[nodiscard]] Spread wake_rounds(int rounds, bool sleeping) {
  std::atomic<std::uint32_t> word{0};
  std::atomic<std::int64_t> stored{0};
  std::atomic<int> seen{-1};
  std::vector<nanoseconds> samples;
  platform::BellKey key;
  const auto made = platform::Bell::create(key);
  const platform::Bell bell = platform::Bell::open(key);  // of a key that could not be made: a bell that nobody rings, slow but right
  std::thread reader([&] {
    for (int round = 0; round < rounds; ++round) {
      const auto old = static_cast<std::uint32_t>(round);
      while (word.load(std::memory_order_acquire) == old) {
        if (sleeping) {
          bell.wait(word, old, std::chrono::seconds(1));
        } else {
          platform::relax();
        }
      }
      samples.emplace_back(now() - stored.load(std::memory_order_relaxed));
      seen.store(round, std::memory_order_release);
    }
  });
  for (int round = 0; round < rounds; ++round) {
    std::this_thread::sleep_for(sleeping ? pause : std::chrono::microseconds(20));
    stored.store(now(), std::memory_order_relaxed);
    word.store(static_cast<std::uint32_t>(round) + 1, std::memory_order_release);
    if (sleeping) bell.wake(word);
    while (seen.load(std::memory_order_acquire) != round) std::this_thread::yield();
  }
  reader.join();
  return spread_of(std::move(samples));
}

/// Publishes `rounds` frames; empty or an error.
[[nodiscard]] Result<void> publish_frames(Publisher& publisher, int rounds, std::vector<nanoseconds>* cost) {
  const std::vector<std::byte> pixels(std::size_t{16} * 16 * 4, std::byte{0x55});
  for (int round = 0; round < rounds; ++round) {
    const auto start = Clock::now();
    auto frame = publisher.begin_frame();
    if (!frame) return std::move(frame).error();
    const auto begun = Clock::now();
    if (auto ok = frame->upload({}, pixels); !ok) return ok;
    const auto uploaded = Clock::now();
    auto number = publisher.publish(*std::move(frame));
    if (!number) return std::move(number).error();
    if (cost != nullptr && round >= dropped_rounds) cost->push_back((begun - start) + (Clock::now() - uploaded));
    std::this_thread::sleep_for(pause);
  }
  return {};
}

/// A reader that waits for every frame while another thread publishes.
[[nodiscard]] Result<Spread> wakes(Publisher& publisher, Subscriber& subscriber, int rounds, std::vector<nanoseconds>* cost) {
  std::atomic<bool> over{false};
  std::vector<nanoseconds> samples;
  std::optional<Error> failure;
  std::thread reader([&] {
    int dropped = dropped_rounds;
    while (!over.load(std::memory_order_relaxed)) {
      auto frame = subscriber.acquire(std::chrono::milliseconds(50));
      const std::int64_t at = Timestamp::now().nanoseconds;
      if (!frame) {
        if (frame.error().code() == Errc::timed_out) continue;
        failure = std::move(frame).error();
        return;
      }
      if (dropped-- <= 0) samples.emplace_back(at - frame->info().published.nanoseconds);
    }
  });
  auto published = publish_frames(publisher, rounds, cost);
  over.store(true, std::memory_order_relaxed);
  reader.join();
  if (!published) return std::move(published).error();
  if (failure) return *std::move(failure);
  return spread_of(std::move(samples));
}

}  // namespace

Spread spread_of(std::vector<nanoseconds> samples) {
  if (samples.empty()) return {};
  std::ranges::sort(samples);
  return {samples[samples.size() / 2], samples[std::min(samples.size() - 1, samples.size() * 99 / 100)]};
}

WakeFloor measure_wake_floor(int rounds) { return {wake_rounds(rounds, false), wake_rounds(rounds, true)}; }

Result<StreamCost> measure_stream(const TextureShareManager& publisher_device, const TextureShareManager& reader_device, int rounds) {
  const Folder folder;
  PublisherOptions publishing;
  publishing.name = "bench";
  publishing.texture.extent = {16, 16};
  publishing.texture.format = TextureFormat::rgba8_unorm;
  publishing.directory = folder.path();
  auto publisher = Publisher::create(publisher_device, publishing);
  if (!publisher) return std::move(publisher).error();
  StreamCost cost;
  for (const bool spinning : {true, false}) {
    SubscriberOptions reading;
    reading.directory = folder.path();
    reading.spin = spinning ? nanoseconds(std::chrono::milliseconds(50)) : nanoseconds::zero();
    auto subscriber = Subscriber::connect(reader_device, publishing.name, reading);
    if (!subscriber) return std::move(subscriber).error();
    cost.zero_copy = subscriber->transport() == Transport::zero_copy;
    std::vector<nanoseconds> published;
    auto wake = wakes(*publisher, *subscriber, rounds, &published);
    if (!wake) return std::move(wake).error();
    (spinning ? cost.wake_spinning : cost.wake_sleeping) = *wake;
    if (!spinning) continue;
    cost.begin_and_publish = spread_of(std::move(published));
    // Alone in this thread: a frame that is there already.
    std::vector<nanoseconds> taken;
    for (int round = 0; round < rounds; ++round) {
      if (auto ok = publish_frames(*publisher, 1, nullptr); !ok) return std::move(ok).error();
      const auto start = Clock::now();
      auto frame = subscriber->acquire(std::chrono::seconds(1));
      if (!frame) return std::move(frame).error();
      if (auto ok = frame->release(); !ok) return std::move(ok).error();
      if (round >= dropped_rounds) taken.push_back(Clock::now() - start);
    }
    cost.acquire_and_release = spread_of(std::move(taken));
  }
  return cost;
}

nanoseconds measure_memory_copy(std::size_t bytes) {
  const std::vector<std::byte> from(bytes, std::byte{1});
  std::vector<std::byte> to(bytes);
  std::vector<nanoseconds> samples;
  for (int round = 0; round < 8; ++round) {
    const auto start = Clock::now();
    std::memcpy(to.data(), from.data(), bytes);
    samples.push_back(Clock::now() - start);
  }
  return spread_of(std::move(samples)).p50;
}

}  // namespace geyser::tools
