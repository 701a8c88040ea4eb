// Two processes with a fake each: surfaces and host timelines pass, what the system lets no other process have is refused (emulated).
#include <cstdlib>
#include <filesystem>

#include "fixture.hpp"
#include "geyser/channel.hpp"
#include "geyser/publisher.hpp"

namespace fake_metal {
namespace {

using namespace std::chrono_literals;

class Processes : public Fixture {};

void pass(const TextureDescriptor& descriptor) {
  auto manager = open_manager();
  ASSERT_TRUE(ok(manager));
  auto texture = manager->create_shareable_texture(descriptor);
  ASSERT_TRUE(ok(texture));
  auto semaphore = manager->create_shared_semaphore({.kind = geyser::SemaphoreKind::host_timeline, .initial_value = 0, .label = {}});
  ASSERT_TRUE(ok(semaphore));
  auto child = geyser::test::Child::start({"--child", "increment"});
  ASSERT_TRUE(ok(child));
  auto socket = child->channel().socket().duplicate();
  ASSERT_TRUE(ok(socket));
  auto channel = geyser::Channel::adopt(*std::move(socket));
  ASSERT_TRUE(ok(channel));
  ASSERT_TRUE(ok(channel->send_handle(*manager->export_texture(*texture), 5s)));
  ASSERT_TRUE(ok(channel->send_handle(*manager->export_semaphore(*semaphore), 5s)));
  const std::uint32_t planes = geyser::format_info(descriptor.format)->plane_count;
  std::vector<std::vector<std::byte>> wanted;
  for (std::uint32_t plane = 0; plane < planes; ++plane) {
    TextureRegion region;
    region.plane = plane;
    auto bytes = content_of(descriptor, region);
    ASSERT_TRUE(ok(manager->upload(*texture, region, bytes)));
    for (auto& byte : bytes) byte = static_cast<std::byte>(std::to_integer<unsigned>(byte) + 1);
    wanted.push_back(std::move(bytes));
  }
  ASSERT_TRUE(ok(semaphore->signal(1)));
  ASSERT_TRUE(ok(semaphore->wait(2, 20s)));
  for (std::uint32_t plane = 0; plane < planes; ++plane) {
    TextureRegion region;
    region.plane = plane;
    EXPECT_TRUE(holds(*manager, *texture, region, wanted[plane]));
  }
  auto status = child->wait(20s);
  ASSERT_TRUE(ok(status));
  EXPECT_EQ(*status, 0);
}

TEST_F(Processes, a_surface_passes_both_ways) { pass(plain(TextureFormat::bgra8_unorm, 101, 33)); }
TEST_F(Processes, a_planar_surface_passes_both_ways) { pass(plain(TextureFormat::p010, 64, 34)); }

TEST_F(Processes, the_wire_keeps_a_surface_and_its_semaphore) {
  auto manager = open_manager();
  ASSERT_TRUE(ok(manager));
  auto pair = geyser::Channel::create_pair();
  ASSERT_TRUE(ok(pair));
  auto texture = manager->create_shareable_texture(plain());
  ASSERT_TRUE(ok(texture));
  auto ready = manager->create_shared_semaphore({.kind = geyser::SemaphoreKind::host_timeline, .initial_value = 0, .label = {}});
  ASSERT_TRUE(ok(ready));
  ASSERT_TRUE(ok(manager->attach_semaphore(*texture, *ready)));
  const auto bytes = content_of(plain());
  ASSERT_TRUE(ok(manager->upload(*texture, {}, bytes)));
  ASSERT_TRUE(ok(manager->signal_texture_ready(*texture)));
  auto handle = manager->export_texture(*texture);
  ASSERT_TRUE(ok(handle));
  const auto info = handle->info;
  ASSERT_TRUE(ok(pair->first.send_handle(*handle, 5s)));
  auto come = pair->second.receive_handle(5s);
  ASSERT_TRUE(ok(come));
  EXPECT_EQ(come->info.type, MemoryHandleType::io_surface);
  EXPECT_EQ(come->info.descriptor, info.descriptor);
  EXPECT_EQ(come->info.allocation_size, info.allocation_size);
  EXPECT_EQ(come->info.memory_planes, info.memory_planes);
  auto there = manager->import_texture(*std::move(come));
  ASSERT_TRUE(ok(there));
  ASSERT_TRUE(ok(manager->wait_for_texture(*there, 5s)));
  EXPECT_TRUE(holds(*manager, *there, {}, bytes));
}

TEST_F(Processes, a_stream_passes_frames_on_surfaces_and_host_timelines) {
  std::string pattern = (std::filesystem::temp_directory_path() / "geyser-metal-XXXXXX").string();
  ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
  {
    auto manager = open_manager();
    ASSERT_TRUE(ok(manager));
    geyser::PublisherOptions options;
    options.name = "metal frames";
    options.texture = plain(TextureFormat::rgba8_unorm, 64, 36);
    options.directory = pattern;
    options.pacing = geyser::Pacing::queue;
    auto publisher = geyser::Publisher::create(*manager, options);
    ASSERT_TRUE(ok(publisher));
    auto child = geyser::test::Child::start({"--child", "read_stream", pattern});
    ASSERT_TRUE(ok(child));
    ASSERT_TRUE(ok(publisher->wait_for_subscribers(1, 20s)));
    for (unsigned value = 1; value <= 60; ++value) {
      auto frame = publisher->begin_frame();
      ASSERT_TRUE(ok(frame));
      const std::vector<std::byte> bytes(64 * 36 * 4, static_cast<std::byte>(value));
      ASSERT_TRUE(ok(frame->upload({}, bytes)));
      ASSERT_TRUE(ok(publisher->publish(*std::move(frame))));
    }
    auto status = child->wait(30s);
    ASSERT_TRUE(ok(status));
    EXPECT_EQ(*status, 0);
  }
  std::filesystem::remove_all(pattern);
}

}  // namespace
}  // namespace fake_metal
