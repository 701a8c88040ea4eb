// Streams over a device that is bound to one thread: the publishing thread carries frames to host memory, and no other thread touches it.
#include <algorithm>
#include <thread>

#include "bound_backend.hpp"
#include "fixture.hpp"
#include "geyser/publisher.hpp"
#include "geyser/subscriber.hpp"
#include "tests/ipc/temporary_folder.hpp"

namespace geyser::stream_test {
namespace {

std::vector<std::byte> filled(const TextureDescriptor& texture, std::uint64_t value) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(must(content_bytes(texture))));
  for (std::size_t at = 0; at + sizeof(std::uint32_t) <= bytes.size(); at += sizeof(std::uint32_t)) {
    const auto pixel = static_cast<std::uint32_t>(value * 2654435761U + at);
    std::memcpy(bytes.data() + at, &pixel, sizeof pixel);
  }
  return bytes;
}

/// The frame's pixels are those of its number.
::testing::AssertionResult holds_its_number(ReadFrame& frame) {
  std::vector<std::byte> found(static_cast<std::size_t>(must(content_bytes(frame.texture().descriptor()))), std::byte{0xEE});
  if (auto read = frame.read_back({}, found); !read) return ::testing::AssertionFailure() << read.error().describe();
  if (found == filled(frame.texture().descriptor(), frame.info().number)) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "frame " << frame.info().number << " holds something else";
}

class ThreadBound : public ::testing::Test {
 protected:
  void TearDown() override {
    publisher_.reset();
    for (const auto& backend : backends_) {
      EXPECT_TRUE(backend->trespasses().empty()) << ::testing::PrintToString(backend->trespasses());
    }
  }
  std::shared_ptr<BoundBackend> device(const BoundOptions& options = {}) {
    const std::lock_guard lock(mutex_);
    return backends_.emplace_back(std::make_shared<BoundBackend>(options));
  }
  void publish_on(const std::shared_ptr<BoundBackend>& backend, Pacing pacing, bool linear = false) {
    PublisherOptions options;
    options.name = "bound";
    options.texture = small_texture();
    options.pacing = pacing;
    options.linear = linear;
    options.directory = folder_.path();
    publisher_.emplace(must(Publisher::create(manager_of(backend), options)));
  }
  [[nodiscard]] SubscriberOptions reading() const {
    SubscriberOptions options;
    options.directory = folder_.path();
    options.connect_timeout = 10s;
    return options;
  }
  [[nodiscard]] Result<std::uint64_t> publish(std::chrono::nanoseconds timeout = 10s) {
    auto frame = publisher_->begin_frame(timeout);
    if (!frame) return std::move(frame).error();
    if (auto ok = frame->upload({}, filled(publisher_->descriptor(), frame->number())); !ok) return std::move(ok).error();
    return publisher_->publish(*std::move(frame));
  }
  /// begin_frame() without a frame: what a publisher that draws nothing new would do.
  void look() { static_cast<void>(must(publisher_->begin_frame(1s))); }
  Publisher& publisher() { return *publisher_; }
  void end_stream() { publisher_.reset(); }

 private:
  test::TemporaryFolder folder_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<BoundBackend>> backends_;
  std::optional<Publisher> publisher_;
};

// A reader on the device itself and one on the host at once, each in a thread of its own; every frame is looked at.
TEST_F(ThreadBound, ReadersOnTheDeviceAndOnTheHostGetWholeFrames) {
  for (const Pacing pacing : {Pacing::latest, Pacing::queue, Pacing::lockstep}) {
    SCOPED_TRACE(to_string(pacing));
    publish_on(device(), pacing);
    constexpr std::uint64_t last = 200;
    const auto read = [&](bool on_host) {
      auto backend = on_host ? nullptr : device();
      auto manager = on_host ? must(host::create_manager()) : manager_of(backend);
      auto subscriber = must(Subscriber::connect(manager, "bound", reading()));
      EXPECT_EQ(subscriber.transport(), on_host ? Transport::host_bridge : Transport::zero_copy) << subscriber.why_not_zero_copy();
      std::uint64_t seen = 0;
      while (seen < last) {
        auto frame = subscriber.acquire(20s);
        if (!frame) return ADD_FAILURE() << frame.error().describe(), seen;
        EXPECT_GT(frame->info().number, seen);
        if (pacing != Pacing::latest && seen != 0) {
          EXPECT_EQ(frame->info().number, seen + 1) << "a frame was lost";
        }
        seen = frame->info().number;
        EXPECT_TRUE(holds_its_number(*frame));
      }
      return seen;
    };
    std::thread near([&] { EXPECT_EQ(read(false), last); });
    std::thread far([&] { EXPECT_EQ(read(true), last); });
    EXPECT_TRUE(ok(publisher().wait_for_subscribers(2, 10s)));
    for (std::uint64_t i = 1; i <= last; ++i) {
      auto number = publish(20s);
      if (!number) {
        ADD_FAILURE() << number.error().describe();
        break;
      }
      if (pacing == Pacing::latest) std::this_thread::sleep_for(200us);
    }
    std::atomic<bool> joined{false};
    // The last frame may have found no room on the host lane: begin_frame() carries it.
    std::thread joiner([&] {
      near.join();
      far.join();
      joined = true;
    });
    while (!joined) {
      if (auto frame = publisher().begin_frame(0s); !frame && frame.error().code() != Errc::timed_out) {
        ADD_FAILURE() << frame.error().describe();
        break;
      }
      std::this_thread::sleep_for(1ms);
    }
    joiner.join();
    end_stream();
  }
}

TEST_F(ThreadBound, AReaderThatComesLateGetsTheNewestFrameWithTheNextBeginFrame) {
  publish_on(device(), Pacing::latest);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(ok(publish()));
  auto subscriber = must(Subscriber::connect(must(host::create_manager()), "bound", reading()));
  ASSERT_TRUE(ok(publisher().wait_for_subscribers(1, 10s)));
  look();
  auto frame = subscriber.acquire(10s);
  ASSERT_TRUE(ok(frame));
  EXPECT_EQ(frame->info().number, 5U);
  EXPECT_TRUE(holds_its_number(*frame));
}

TEST_F(ThreadBound, LatestNeverWaitsForAReaderOnTheHost) {
  publish_on(device(), Pacing::latest);
  SubscriberOptions options = reading();
  options.max_held = max_held_frames;
  std::vector<Subscriber> subscribers;
  std::vector<ReadFrame> held;
  const auto host = must(host::create_manager());
  for (int i = 0; i < 4; ++i) subscribers.push_back(must(Subscriber::connect(host, "bound", options)));
  ASSERT_TRUE(ok(publisher().wait_for_subscribers(subscribers.size(), 10s)));
  // They keep all that they may hold, each other frames, and never let go.
  for (std::uint32_t i = 0; i < max_held_frames; ++i) {
    for (auto& subscriber : subscribers) {
      ASSERT_TRUE(ok(publish()));
      held.push_back(must(subscriber.acquire(10s)));
    }
  }
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(ok(publish(0s))) << "frame " << i;
  if (!sanitized) {
    EXPECT_LT(std::chrono::steady_clock::now() - start, 2s);
  }
  for (auto& frame : held) EXPECT_TRUE(holds_its_number(frame));
}

TEST_F(ThreadBound, QueueAndLockstepNameTheReaderOnTheHostThatHoldsThemUp) {
  for (const Pacing pacing : {Pacing::queue, Pacing::lockstep}) {
    SCOPED_TRACE(to_string(pacing));
    publish_on(device(), pacing);
    SubscriberOptions options = reading();
    options.application = "sleeper";
    auto subscriber = must(Subscriber::connect(must(host::create_manager()), "bound", options));
    ASSERT_TRUE(ok(publisher().wait_for_subscribers(1, 10s)));
    std::uint64_t published = 0;
    std::optional<Error> late;
    while (!late && published < 100) {
      auto number = publish(100ms);
      if (number) {
        published = *number;
      } else {
        late = std::move(number).error();
      }
    }
    ASSERT_TRUE(late.has_value()) << "nobody reads, and the publisher goes on";
    EXPECT_EQ(late->code(), Errc::timed_out) << late->describe();
    EXPECT_NE(late->message().find("sleeper"), std::string_view::npos) << late->describe();
    // And when it goes on, so does the stream, without a gap.
    std::atomic<bool> done{false};
    std::thread reader([&] {
      for (std::uint64_t wanted = 1; wanted <= published; ++wanted) {
        auto frame = subscriber.acquire(10s);
        EXPECT_TRUE(ok(frame));
        if (!frame) break;
        EXPECT_EQ(frame->info().number, wanted);
        EXPECT_TRUE(holds_its_number(*frame));
      }
      done = true;
    });
    while (!done) static_cast<void>(publisher().begin_frame(1ms));
    reader.join();
    end_stream();
  }
}

TEST_F(ThreadBound, ADeviceThatMakesNoTimelinesReadsWithoutACopyAllTheSame) {
  publish_on(device({.thread_bound = true, .exports_timelines = true, .tells_driver = true}), Pacing::latest);
  auto poor = device({.thread_bound = true, .exports_timelines = false, .tells_driver = false});
  auto subscriber = must(Subscriber::connect(manager_of(poor), "bound", reading()));
  EXPECT_EQ(subscriber.transport(), Transport::zero_copy) << subscriber.why_not_zero_copy();
  ASSERT_TRUE(ok(publisher().wait_for_subscribers(1, 10s)));
  for (int i = 0; i < 20; ++i) {
    const auto number = must(publish());
    auto frame = must(subscriber.acquire(10s));
    EXPECT_EQ(frame.info().number, number);
    EXPECT_TRUE(holds_its_number(frame));
    // Its device promises the release, and the publisher does not write the texture before.
    const auto point = *frame.access().signal();
    EXPECT_EQ(point.semaphore.kind(), SemaphoreKind::host_timeline);
    ASSERT_TRUE(ok(frame.release()));
    EXPECT_TRUE(ok(point.semaphore.signal(point.value)));
  }
  EXPECT_LE(must(publisher().status()).textures, 4U) << "released frames are not written again";
}

TEST_F(ThreadBound, LinearIsAskedForWithEveryTextureOfTheRing) {
  auto backend = device();
  publish_on(backend, Pacing::latest, true);
  EXPECT_EQ(backend->linear_textures(), 3U);
  TextureDescriptor larger = small_texture(32);
  ASSERT_TRUE(ok(publisher().reconfigure(larger)));
  EXPECT_EQ(backend->linear_textures(), 6U);
}

}  // namespace
}  // namespace geyser::stream_test
