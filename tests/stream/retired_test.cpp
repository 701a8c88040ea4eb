// Frames that outlive their subscriber: nobody writes them, and what they keep ends with the last of them.
#include <algorithm>
#include <thread>

#include "fixture.hpp"
#include "geyser/publisher.hpp"
#include "geyser/subscriber.hpp"
#include "tests/ipc/temporary_folder.hpp"

namespace geyser::stream_test {
namespace {

using Clock = std::chrono::steady_clock;

class Retired : public testing::TestWithParam<Pacing> {
 protected:
  void SetUp() override {
    start();
    subscriber_.emplace(connect());
    ASSERT_TRUE(ok(publisher_->wait_for_subscribers(1, 10s)));
  }

  void start() {
    PublisherOptions options;
    options.name = "retired";
    options.texture = small_texture();
    options.pacing = GetParam();
    options.directory = folder_.path();
    publisher_.emplace(must(Publisher::create(manager_, options)));
  }

  [[nodiscard]] Subscriber connect() {
    SubscriberOptions options;
    options.directory = folder_.path();
    options.connect_timeout = 10s;
    return must(Subscriber::connect(reading_, "retired", options));
  }

  Result<void> publish(std::uint32_t value, std::chrono::nanoseconds timeout = 1s) {
    auto frame = publisher_->begin_frame(timeout);
    if (!frame) return std::move(frame).error();
    const std::vector<std::uint32_t> texels(16 * 16, value);
    if (auto written = frame->upload({}, std::as_bytes(std::span(texels))); !written) return written;
    auto number = publisher_->publish(*std::move(frame));
    if (!number) return std::move(number).error();
    return {};
  }

  [[nodiscard]] static bool is_filled(ReadFrame& frame, std::uint32_t value) {
    std::vector<std::uint32_t> texels(16 * 16, ~value);
    const auto done = frame.read_back({}, std::as_writable_bytes(std::span(texels)));
    return done.has_value() && std::ranges::count(texels, value) == 16 * 16;
  }

  [[nodiscard]] bool is_alone_within(std::chrono::nanoseconds time) const {
    const auto deadline = Clock::now() + time;
    while (publisher_->has_subscribers() && Clock::now() < deadline) std::this_thread::sleep_for(1ms);
    return !publisher_->has_subscribers();
  }

  test::TemporaryFolder folder_;
  TextureShareManager manager_ = must(host::create_manager());
  TextureShareManager reading_ = must(host::create_manager());
  std::optional<Publisher> publisher_;
  std::optional<Subscriber> subscriber_;
};

TEST_P(Retired, a_held_frame_is_not_written_when_its_subscriber_is_gone) {
  ASSERT_TRUE(ok(publish(1)));
  ReadFrame first = must(subscriber_->acquire(1s));
  subscriber_.reset();
  if (GetParam() == Pacing::latest) {
    for (std::uint32_t value = 2; value < 20; ++value) ASSERT_TRUE(ok(publish(value)));
  } else {
    // It holds the publisher up like any reader that does not let go.
    std::uint32_t value = 2;
    while (publish(value, 20ms).has_value() && value < 20) ++value;
    EXPECT_LT(value, 20U);
  }
  EXPECT_TRUE(publisher_->has_subscribers());
  EXPECT_TRUE(is_filled(first, 1));
  ASSERT_TRUE(ok(first.release()));
  EXPECT_TRUE(is_alone_within(2s));
  for (std::uint32_t value = 30; value < 40; ++value) ASSERT_TRUE(ok(publish(value)));
}

TEST_P(Retired, without_a_frame_out_it_leaves_at_once) {
  ASSERT_TRUE(ok(publish(1)));
  ASSERT_TRUE(ok(must(subscriber_->acquire(1s)).release()));
  subscriber_.reset();
  EXPECT_TRUE(is_alone_within(2s));
}

TEST_P(Retired, another_subscriber_in_its_place_leaves_the_frame_alone) {
  ASSERT_TRUE(ok(publish(1)));
  ReadFrame first = must(subscriber_->acquire(1s));
  *subscriber_ = connect();
  EXPECT_TRUE(is_filled(first, 1));
  if (GetParam() == Pacing::latest) {
    for (std::uint32_t value = 2; value < 20; ++value) ASSERT_TRUE(ok(publish(value)));
    EXPECT_TRUE(is_filled(first, 1));
  }
  ASSERT_TRUE(ok(first.release()));
  EXPECT_TRUE(ok(subscriber_->acquire(1s)));
}

TEST_P(Retired, a_publisher_that_ends_or_comes_back_changes_nothing_for_the_frame) {
  ASSERT_TRUE(ok(publish(1)));
  ReadFrame first = must(subscriber_->acquire(1s));
  subscriber_.reset();
  publisher_.reset();
  EXPECT_TRUE(is_filled(first, 1));
  start();
  for (std::uint32_t value = 2; value < 12; ++value) ASSERT_TRUE(ok(publish(value)));
  EXPECT_FALSE(publisher_->has_subscribers());  // nobody acquires there any more, so nothing attaches
  EXPECT_TRUE(is_filled(first, 1));
  ASSERT_TRUE(ok(first.release()));
}

TEST_P(Retired, the_last_frame_may_be_released_by_another_thread) {
  ASSERT_TRUE(ok(publish(1)));
  ReadFrame first = must(subscriber_->acquire(1s));
  std::thread other([frame = std::move(first)]() mutable {
    EXPECT_TRUE(is_filled(frame, 1));
    EXPECT_TRUE(ok(frame.release()));
  });
  subscriber_.reset();
  other.join();
  EXPECT_TRUE(is_alone_within(2s));
}

INSTANTIATE_TEST_SUITE_P(Pacings, Retired, testing::Values(Pacing::latest, Pacing::queue, Pacing::lockstep),
                         [](const auto& each) { return std::string(to_string(each.param)); });

}  // namespace
}  // namespace geyser::stream_test
