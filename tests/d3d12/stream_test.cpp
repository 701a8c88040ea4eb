// Streams over emulated devices: frames of a Direct3D 12 publisher without a copy, and through host memory. All in one process.
#include <filesystem>

#include "d3d12/emulated.hpp"
#include "geyser/host.hpp"
#include "geyser/publisher.hpp"
#include "geyser/subscriber.hpp"

namespace d3d12_test {
namespace {

using namespace std::chrono_literals;

class stream : public Emulated {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::temp_directory_path() / ("geyser-d3d12-" + std::to_string(::GetCurrentProcessId()));
    std::filesystem::remove_all(directory_);
    slack = 16;  // what streams open once for the process
    Emulated::SetUp();
  }
  void TearDown() override {
    Emulated::TearDown();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  /// Publishes random frames with one manager and reads every one of them with another.
  void pass_frames(TextureShareManager& producer, TextureShareManager& consumer, geyser::Transport transport) {
    const auto descriptor = plain(TextureFormat::rgba8_unorm, 64, 36);
    geyser::PublisherOptions options;
    options.name = "frames";
    options.texture = descriptor;
    options.directory = directory_.string();
    auto publisher = take(geyser::Publisher::create(producer, options), "a publisher");
    ASSERT_TRUE(publisher);
    geyser::SubscriberOptions reading;
    reading.directory = directory_.string();
    auto subscriber = take(geyser::Subscriber::connect(consumer, "frames", reading), "a subscriber");
    ASSERT_TRUE(subscriber);
    for (unsigned i = 0; i < 20; ++i) {
      const auto sent = random_bytes(64 * 36 * 4, i);
      auto frame = take(publisher->begin_frame(), "a frame");
      ASSERT_TRUE(frame && frame->upload({}, sent));
      const auto number = take(publisher->publish(*std::move(frame)), "publishing");
      auto read = take(subscriber->acquire(5s), "acquiring");
      ASSERT_TRUE(number && read);
      EXPECT_EQ(read->info().number, *number);
      EXPECT_EQ(read->transport(), transport);
      std::vector<std::byte> found(sent.size(), std::byte{0x5A});
      ASSERT_TRUE(read->read_back({}, found));
      EXPECT_EQ(found, sent) << "frame " << i;
    }
  }

 private:
  std::filesystem::path directory_;
};

TEST_F(stream, between_two_devices_without_a_copy) {
  Side a;
  Side b;
  pass_frames(*a, *b, geyser::Transport::zero_copy);
}

TEST_F(stream, to_host_memory_through_the_bridge) {
  Side a;
  auto host = take(geyser::host::create_manager(), "a host manager");
  pass_frames(*a, *host, geyser::Transport::host_bridge);
}

}  // namespace
}  // namespace d3d12_test
