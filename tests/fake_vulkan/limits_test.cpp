// Descriptors used up, memory used up, sizes beyond the device, time-outs, a device that is lost, many threads at once.
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <system_error>
#include <thread>

#include "fake_vulkan/fixture.hpp"
#include "fake_vulkan/world.hpp"
#include "geyser/log.hpp"
#include "support/check.hpp"

namespace fake_vulkan {
namespace {

using geyser::Errc;
using geyser::test::fails;
using geyser::test::ok;
using Limits = Fixture;
using Clock = std::chrono::steady_clock;

/// While it lives, the process can open at most `spare` more descriptors.
class FewDescriptors {
 public:
  explicit FewDescriptors(std::size_t spare) {
    // UBSan opens a pipe the first time that it meets a class with virtual functions, so it meets those of the error paths now.
    (void)std::generic_category().message(0);
    (void)std::system_category().message(0);
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit now = before_;
    // The limit is a number that descriptors stay below, and the lowest free number is taken first.
    const int lowest = dup(0);
    close(lowest);
    now.rlim_cur = static_cast<rlim_t>(lowest) + spare;
    setrlimit(RLIMIT_NOFILE, &now);
  }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;
  ~FewDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(Limits, WithoutDescriptorsEverythingIsOutOfMemoryAndNothingChanges) {
  use({nvidia_like()});
  World world;
  open_managers(world);
  auto texture = must(world.producer().create_shareable_texture(descriptor()));
  const auto semaphore = must(world.producer().create_shared_semaphore());
  must(world.producer().attach_semaphore(texture, semaphore));
  auto handle = must(world.producer().export_texture(texture));
  geyser::SemaphoreDescriptor host;
  host.kind = geyser::SemaphoreKind::host_timeline;
  const auto page = must(world.producer().create_shared_semaphore(host));
  auto page_handle = must(world.producer().export_semaphore(page));

  std::size_t refused = 0;
  const auto check = [&](const char* what, auto&& act) {
    for (std::size_t spare = 0; spare < 6; ++spare) {
      SCOPED_TRACE(std::string(what) + " with " + std::to_string(spare) + " descriptors");
      const auto live = live_objects();
      const auto fds = process_fds();
      {
        auto result = [&] {
          const FewDescriptors few(spare);
          return act();
        }();
        if (!result) {
          ++refused;
          EXPECT_EQ(result.error().code(), Errc::out_of_memory) << result.error().describe();
          EXPECT_EQ(live_objects(), live);
          EXPECT_EQ(process_fds(), fds);
        }
      }
    }
  };
  check("create", [&] { return world.producer().create_shareable_texture(descriptor()); });
  check("export", [&] { return world.producer().export_texture(texture); });
  check("create semaphore", [&] { return world.producer().create_shared_semaphore(); });
  check("export semaphore", [&] { return world.producer().export_semaphore(semaphore); });
  check("create host timeline", [&] { return world.producer().create_shared_semaphore(host); });
  check("export host timeline", [&] { return world.producer().export_semaphore(page); });
  check("create fence", [&] { return geyser::vulkan::create_fence(world.producer()); });
  const auto import = [&] {
    auto imported = world.consumer().import_texture(std::move(handle));
    if (imported) {
      handle = must(world.producer().export_texture(texture));
    } else {
      EXPECT_EQ(handle.handle_count(), 1U);
      EXPECT_TRUE(handle.ready_semaphore && handle.ready_semaphore->handle);
    }
    return imported;
  };
  {
    const FewDescriptors few(0);
    auto imported = world.consumer().import_texture(std::move(handle));
    ASSERT_TRUE(fails(imported, Errc::out_of_memory));
    EXPECT_EQ(handle.handle_count(), 1U);
    auto timeline = world.consumer().import_semaphore(std::move(page_handle));
    ASSERT_TRUE(fails(timeline, Errc::out_of_memory));
    EXPECT_TRUE(page_handle.handle);
  }
  EXPECT_TRUE(ok(import()));
  EXPECT_TRUE(ok(world.consumer().import_semaphore(std::move(page_handle))));
  EXPECT_GE(refused, 7U);
}

TEST_F(Limits, MemoryThatIsUsedUpIsAnErrorAndComesBack) {
  DeviceConfig small = nvidia_like();
  small.heap_size = 200'000;
  use({small});
  World world;
  open_managers(world);
  const auto large = descriptor(geyser::TextureFormat::rgba8_unorm, 128, 128);
  {
    std::vector<geyser::SharedTexture> textures;
    for (;;) {
      auto made = world.producer().create_shareable_texture(large);
      if (!made) {
        EXPECT_TRUE(fails(made, Errc::out_of_memory, "vkAllocateMemory"));
        break;
      }
      textures.push_back(*std::move(made));
      ASSERT_LT(textures.size(), 10U);
    }
    EXPECT_EQ(live_objects().at("VkImage"), textures.size());
  }
  EXPECT_TRUE(ok(world.producer().create_shareable_texture(large)));
}

TEST_F(Limits, SizesBeyondTheDeviceNeverReachTheDriver) {
  DeviceConfig small = nvidia_like();
  small.max_image_dimension_2d = 64;
  small.max_image_array_layers = 4;
  small.max_resource_size = std::uint64_t{64} * 64 * 8;
  use({small});
  World world;
  open_managers(world);
  EXPECT_TRUE(fails(world.producer().create_shareable_texture(descriptor(geyser::TextureFormat::rgba8_unorm, 65, 1)), Errc::limit_exceeded,
                    "extent.width"));
  EXPECT_TRUE(fails(world.producer().create_shareable_texture(descriptor(geyser::TextureFormat::rgba8_unorm, 1, 65)), Errc::limit_exceeded,
                    "extent.height"));
  EXPECT_TRUE(
      fails(world.producer().create_shareable_texture(descriptor(geyser::TextureFormat::rgba32_float, 64, 64)), Errc::limit_exceeded));
  auto layers = descriptor();
  layers.dimension = geyser::TextureDimension::d2_array;
  layers.array_layers = 5;
  EXPECT_TRUE(fails(world.producer().create_shareable_texture(layers), Errc::limit_exceeded, "array_layers"));
  EXPECT_EQ(calls("vkCreateImage"), 0U);
}

TEST_F(Limits, WaitsForAQueueThatHangsEndInTime) {
  use({nvidia_like()});
  World world;
  open_managers(world);
  geyser::SemaphoreDescriptor wanted;
  const auto timeline = must(world.producer().create_shared_semaphore());
  wanted.kind = geyser::SemaphoreKind::binary;
  const auto binary = must(world.producer().create_shared_semaphore(wanted));
  auto one = must(world.producer().create_shareable_texture(descriptor()));
  auto two = must(world.producer().create_shareable_texture(descriptor()));
  must(world.producer().attach_semaphore(one, timeline));
  must(world.producer().attach_semaphore(two, binary));
  hold_queues(true);
  const auto point = must(world.producer().signal_texture_ready(one));
  (void)must(world.producer().signal_texture_ready(two));
  const auto start = Clock::now();
  EXPECT_TRUE(fails(timeline.wait(point.value, std::chrono::milliseconds(20)), Errc::timed_out));
  EXPECT_TRUE(fails(binary.wait(1, std::chrono::milliseconds(20)), Errc::timed_out));
  EXPECT_TRUE(fails(world.producer().wait_for_texture(one, std::chrono::milliseconds(20)), Errc::timed_out));
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(2));
  hold_queues(false);
  EXPECT_TRUE(ok(timeline.wait(point.value, std::chrono::seconds(1))));
}

TEST_F(Limits, ALostDeviceIsReportedByEverythingAndTornDownCleanly) {
  for (const auto& config : {nvidia_like(), lavapipe_like()}) {
    SCOPED_TRACE(config.name);
    use({config});
    geyser::set_log_level(geyser::LogLevel::off);
    {
      World world;
      open_managers(world);
      auto texture = must(world.producer().create_shareable_texture(descriptor()));
      const auto bytes = content(descriptor(), 1);
      must(world.producer().upload(texture, {}, bytes));
      const auto semaphore = must(world.producer().create_shared_semaphore());
      must(world.producer().attach_semaphore(texture, semaphore));
      hold_queues(true);
      const auto point = must(world.producer().signal_texture_ready(texture));
      std::thread gpu([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        lose_device(world.devices[0]->adopt_info().device);
        hold_queues(false);
      });
      const auto waited = semaphore.wait(point.value, std::chrono::seconds(1));
      gpu.join();
      // A host timeline is a counter of the host: nobody raises it any more, and the wait ends by its time-out.
      EXPECT_TRUE(fails(waited, semaphore.kind() == geyser::SemaphoreKind::timeline ? Errc::device_lost : Errc::timed_out));
      std::vector<std::byte> back(bytes.size());
      geyser::AccessInfo no_wait;
      no_wait.state = geyser::TextureState{true, geyser::TextureLayout::general, {}};
      EXPECT_TRUE(fails(world.producer().read_back(texture, {}, back, no_wait), Errc::device_lost));
      EXPECT_TRUE(fails(world.producer().upload(texture, {}, bytes, no_wait), Errc::device_lost));
      EXPECT_TRUE(fails(world.producer().signal_texture_ready(texture), Errc::device_lost));
      // The other device goes on.
      auto other = must(world.consumer().create_shareable_texture(descriptor()));
      EXPECT_TRUE(ok(world.consumer().upload(other, {}, bytes)));
    }
    geyser::set_log_level(geyser::LogLevel::warning);
    EXPECT_TRUE(clean());
  }
}

TEST_F(Limits, ManyThreadsShareTwoManagers) {
  use({nvidia_like()});
  World world;
  open_managers(world);
  std::atomic<int> frames{0};
  const auto work = [&](std::uint8_t id) {
    for (std::uint8_t round = 0; round < 20; ++round) {
      const auto what = descriptor(geyser::TextureFormat::rgba8_unorm, 8U + id, 8);
      auto texture = must(world.producer().create_shareable_texture(what));
      const auto semaphore = must(world.producer().create_shared_semaphore());
      must(world.producer().attach_semaphore(texture, semaphore));
      const auto bytes = content(what, static_cast<std::uint8_t>(id * 20 + round));
      must(world.producer().upload(texture, {}, bytes));
      auto imported = must(world.consumer().import_texture(must(world.producer().export_texture(texture))));
      std::vector<std::byte> back(bytes.size());
      must(world.consumer().read_back(imported, {}, back));
      if (back == bytes) ++frames;
    }
  };
  std::vector<std::thread> threads;
  for (std::uint8_t id = 0; id < 4; ++id) threads.emplace_back(work, id);
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(frames, 80);
}

}  // namespace
}  // namespace fake_vulkan
