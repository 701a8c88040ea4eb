// The synchronisation ladder: which rung a device gets, why not a better one, and that every rung carries a frame.
#include <thread>

#include "fake_vulkan/fixture.hpp"
#include "fake_vulkan/world.hpp"
#include "support/check.hpp"

namespace fake_vulkan {
namespace {

using geyser::Errc;
using geyser::SemaphoreHandleType;
using geyser::SemaphoreKind;
using geyser::test::fails;
using geyser::test::ok;
using Ladder = Fixture;

DeviceConfig sync_fd_only() {
  DeviceConfig config = nvidia_like();
  config.opaque_fd_timeline = config.opaque_fd_binary = 0;
  return config;
}

struct Expectation {
  const char* name;
  DeviceConfig device;
  SemaphoreKind kind;
  SemaphoreHandleType type;
};

std::vector<Expectation> expectations() {
  return {{"everything", nvidia_like(), SemaphoreKind::timeline, SemaphoreHandleType::opaque_fd},
          {"binary only", swiftshader_like(), SemaphoreKind::binary, SemaphoreHandleType::opaque_fd},
          {"sync_fd only", sync_fd_only(), SemaphoreKind::binary, SemaphoreHandleType::sync_fd},
          {"nothing", lavapipe_like(), SemaphoreKind::host_timeline, SemaphoreHandleType::host_page}};
}

TEST_F(Ladder, TheBestRungThatTheDriverExportsIsTaken) {
  for (const auto& each : expectations()) {
    SCOPED_TRACE(each.name);
    use({each.device});
    {
      World world;
      open_managers(world);
      const auto semaphore = must(world.producer().create_shared_semaphore());
      EXPECT_EQ(semaphore.kind(), each.kind);
      const auto negotiated = must(geyser::negotiate(world.producer().capabilities(), world.consumer().capabilities()));
      EXPECT_EQ(negotiated.semaphore, each.kind);
      EXPECT_EQ(negotiated.semaphore_handle, each.type);
      for (const auto& rung : world.producer().capabilities().semaphores) {
        EXPECT_EQ(rung.why_not.empty(), rung.can_export && rung.can_import) << to_string(rung.kind) << ' ' << to_string(rung.type);
      }
    }
    EXPECT_TRUE(clean());
  }
}

TEST_F(Ladder, EveryRungCarriesFramesBothWays) {
  for (const auto& each : expectations()) {
    SCOPED_TRACE(each.name);
    use({each.device});
    {
      World world;
      open_managers(world);
      const auto produced = must(world.producer().create_shared_semaphore());
      auto texture = must(world.producer().create_shareable_texture(descriptor()));
      auto handle = must(world.producer().export_texture(texture));
      auto imported = must(world.consumer().import_texture(std::move(handle)));
      geyser::SharedSemaphore consumed;
      for (std::uint8_t frame = 1; frame <= 3; ++frame) {
        const auto bytes = content(descriptor(), frame);
        geyser::AccessInfo write;
        write.signal = geyser::SyncPoint{produced, each.kind == SemaphoreKind::binary ? 1U : frame};
        ASSERT_TRUE(ok(world.producer().upload(texture, {}, bytes, write)));
        // A sync_fd carries one signal; everything else is handed over once.
        if (!consumed || each.type == SemaphoreHandleType::sync_fd) {
          consumed = must(world.consumer().import_semaphore(must(world.producer().export_semaphore(produced, each.type))));
        }
        geyser::AccessInfo read;
        read.state.emplace();
        read.state->initialized = true;
        read.state->layout = geyser::TextureLayout::general;
        read.state->points.push_back({consumed, write.signal->value});
        std::vector<std::byte> back(bytes.size());
        ASSERT_TRUE(ok(world.consumer().read_back(imported, {}, back, read)));
        ASSERT_EQ(back, bytes);
        // A binary point has been waited for; the next write must not wait for it again.
        if (each.kind == SemaphoreKind::binary) {
          geyser::AccessInfo next;
          next.state = geyser::TextureState{true, geyser::TextureLayout::general, {}};
          std::vector<std::byte> own(bytes.size());
          ASSERT_TRUE(ok(world.producer().read_back(texture, {}, own, next)));
        }
      }
    }
    EXPECT_TRUE(clean());
  }
}

TEST_F(Ladder, WithoutAnyTimelineNothingIsLeftAndTheReasonsAreNamed) {
  DeviceConfig none = bare();
  none.timeline = false;
  use({none});
  World world;
  open_managers(world);
  const auto semaphore = world.producer().create_shared_semaphore();
  ASSERT_TRUE(fails(semaphore, Errc::unsupported_feature, "timelineSemaphore"));
  for (const auto& rung : world.producer().capabilities().semaphores) EXPECT_FALSE(rung.why_not.empty());
}

TEST_F(Ladder, ATimelineThatIsAskedForAndNotThereIsRefusedWithTheReason) {
  use({swiftshader_like()});
  World world;
  open_managers(world);
  geyser::SemaphoreDescriptor wanted;
  wanted.kind = SemaphoreKind::timeline;
  const auto before = calls("vkCreateSemaphore");
  EXPECT_TRUE(fails(world.producer().create_shared_semaphore(wanted), Errc::unsupported_feature, "timeline"));
  EXPECT_EQ(calls("vkCreateSemaphore"), before);
}

TEST_F(Ladder, TypesThatDoNotGoTogetherAreNotPutIntoOneSemaphore) {
  DeviceConfig apart = nvidia_like();
  apart.opaque_and_sync_together = false;
  use({apart});
  World world;
  open_managers(world);
  geyser::SemaphoreDescriptor wanted;
  wanted.kind = SemaphoreKind::binary;
  const auto semaphore = must(world.producer().create_shared_semaphore(wanted));
  EXPECT_TRUE(ok(world.producer().export_semaphore(semaphore, SemaphoreHandleType::opaque_fd)));
  EXPECT_TRUE(fails(world.producer().export_semaphore(semaphore, SemaphoreHandleType::sync_fd), Errc::unsupported_handle, "sync_fd"));
}

TEST_F(Ladder, ASyncFdOfMinusOneIsASignalThatHasHappened) {
  DeviceConfig device = nvidia_like();
  device.sync_fd_minus_one = true;
  use({device});
  World world;
  open_managers(world);
  geyser::SemaphoreDescriptor wanted;
  wanted.kind = SemaphoreKind::binary;
  const auto semaphore = must(world.producer().create_shared_semaphore(wanted));
  auto texture = must(world.producer().create_shareable_texture(descriptor()));
  ASSERT_TRUE(ok(world.producer().attach_semaphore(texture, semaphore)));
  EXPECT_TRUE(fails(world.producer().export_semaphore(semaphore, SemaphoreHandleType::sync_fd), Errc::invalid_state));
  (void)must(world.producer().signal_texture_ready(texture));
  auto handle = must(world.producer().export_semaphore(semaphore, SemaphoreHandleType::sync_fd));
  EXPECT_FALSE(handle.handle);
  const auto imported = must(world.consumer().import_semaphore(std::move(handle)));
  EXPECT_TRUE(ok(imported.wait(1, std::chrono::seconds(1))));
  EXPECT_TRUE(fails(imported.wait(1, std::chrono::seconds(1)), Errc::invalid_state));
}

TEST_F(Ladder, TheHostTimelineReleasesASubmitThatWaitsAndPassesOnOneThatSignals) {
  use({lavapipe_like()});
  World world;
  open_managers(world);
  const auto mine = must(world.producer().create_shared_semaphore());
  const auto theirs = must(world.consumer().import_semaphore(must(world.producer().export_semaphore(mine))));
  const auto info = world.devices[1]->adopt_info();
  auto texture = must(world.consumer().create_shareable_texture(descriptor()));
  auto release = must(world.consumer().create_shared_semaphore());
  // A submit of the consumer's caller waits for value 5 of the shared counter and signals a point of its own.
  const VkSemaphore wait = must(geyser::vulkan::native(theirs));
  const VkSemaphore signal = must(geyser::vulkan::native(release));
  const std::uint64_t five = 5;
  const std::uint64_t one = 1;
  VkTimelineSemaphoreSubmitInfo values{VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO, nullptr, 1, &five, 1, &one};
  const VkPipelineStageFlags stage = VK_PIPELINE_STAGE_ALL_COMMANDS_BIT;
  const VkSubmitInfo submit{VK_STRUCTURE_TYPE_SUBMIT_INFO, &values, 1, &wait, &stage, 0, nullptr, 1, &signal};
  const auto queue_submit = reinterpret_cast<PFN_vkQueueSubmit>(info.get_instance_proc_addr(info.instance, "vkQueueSubmit"));
  ASSERT_EQ(queue_submit(info.queue, 1, &submit, VK_NULL_HANDLE), VK_SUCCESS);
  EXPECT_EQ(pending_submits(), 1U);
  ASSERT_TRUE(ok(mine.signal(5)));
  for (int i = 0; i < 500 && pending_submits() != 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(pending_submits(), 0U);
}

}  // namespace
}  // namespace fake_vulkan
