// Frames of a host publisher read by CUDA, and of a CUDA publisher read by the host, through shared memory and through the host bridge.
#include <cstdlib>
#include <filesystem>

#include "fixture.hpp"
#include "geyser/publisher.hpp"
#include "geyser/subscriber.hpp"

namespace fake_cuda {
namespace {

using namespace std::chrono_literals;

class Streams : public Fixture {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "geyser-cuda-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    Fixture::SetUp();
  }
  void TearDown() override {
    Fixture::TearDown();
    std::filesystem::remove_all(directory_);
  }
  std::string directory_;
};

/// Publishes random frames with `producer` and reads every one of them with `consumer`.
void pass_frames(TextureShareManager& producer, TextureShareManager& consumer, const std::string& directory, geyser::Transport transport) {
  const auto descriptor = plain(TextureFormat::rgba8_unorm, 64, 36);
  geyser::PublisherOptions options;
  options.name = "frames";
  options.texture = descriptor;
  options.directory = directory;
  auto publisher = geyser::Publisher::create(producer, options);
  ASSERT_TRUE(ok(publisher));
  geyser::SubscriberOptions reading;
  reading.directory = directory;
  auto subscriber = geyser::Subscriber::connect(consumer, "frames", reading);
  ASSERT_TRUE(ok(subscriber));
  for (int i = 0; i < 20; ++i) {
    const auto bytes = content_of(descriptor);
    auto frame = publisher->begin_frame();
    ASSERT_TRUE(ok(frame));
    ASSERT_TRUE(ok(frame->upload({}, bytes)));
    const auto number = publisher->publish(*std::move(frame));
    ASSERT_TRUE(ok(number));
    auto read = subscriber->acquire(2s);
    ASSERT_TRUE(ok(read));
    ASSERT_EQ(read->info().number, *number);
    EXPECT_EQ(read->transport(), transport);
    std::vector<std::byte> found(bytes.size());
    geyser::test::poison(found);
    ASSERT_TRUE(ok(read->read_back({}, found)));
    ASSERT_TRUE(geyser::test::same_content(*geyser::format_info(descriptor.format), 0, bytes, found)) << "frame " << i;
  }
}

TEST_F(Streams, cuda_reads_a_host_publisher_without_a_copy) {
  auto host = geyser::host::create_manager();
  auto cuda = geyser::cuda::create_manager();
  ASSERT_TRUE(ok(host));
  ASSERT_TRUE(ok(cuda));
  pass_frames(*host, *cuda, directory_, geyser::Transport::zero_copy);
}

TEST_F(Streams, cuda_reads_a_cuda_publisher_without_a_copy) {
  auto producer = geyser::cuda::create_manager();
  auto consumer = geyser::cuda::create_manager();
  ASSERT_TRUE(ok(producer));
  ASSERT_TRUE(ok(consumer));
  pass_frames(*producer, *consumer, directory_, geyser::Transport::zero_copy);
}

TEST_F(Streams, the_host_reads_a_cuda_publisher_through_the_bridge) {
  auto cuda = geyser::cuda::create_manager();
  auto host = geyser::host::create_manager();
  ASSERT_TRUE(ok(host));
  ASSERT_TRUE(ok(cuda));
  pass_frames(*cuda, *host, directory_, geyser::Transport::host_bridge);
}

}  // namespace
}  // namespace fake_cuda
