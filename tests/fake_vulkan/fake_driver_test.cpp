// The fake driver itself, through plain Vulkan: what the other tests rest on.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "fake_vulkan/fixture.hpp"
#include "fake_vulkan/raw_device.hpp"

namespace fake_vulkan {
namespace {

using FakeDriver = Fixture;

TEST_F(FakeDriver, OffersTheDevicesOfItsConfiguration) {
  Config config;
  config.devices = {nvidia_like(1), lavapipe_like(2), bare(3)};
  reset(config);
  const RawInstance instance;
  EXPECT_EQ(instance.physical_devices().size(), 3U);
  VkPhysicalDeviceIDProperties ids{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ID_PROPERTIES, nullptr};
  VkPhysicalDeviceProperties2 properties{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, &ids};
  instance.vk.vkGetPhysicalDeviceProperties2(instance.physical_devices()[1], &properties);
  EXPECT_STREQ(properties.properties.deviceName, "Fake lavapipe");
  EXPECT_EQ(ids.deviceUUID[0], 2);
  EXPECT_EQ(ids.deviceLUIDValid, VK_FALSE);
}

TEST_F(FakeDriver, GivesOutFunctionsOnlyOfEnabledExtensions) {
  const RawInstance instance;
  const RawDevice device(instance, {.extensions = std::vector<const char*>{"VK_KHR_external_memory_fd"}});
  EXPECT_NE(instance.vk.vkGetDeviceProcAddr(device.handle, "vkGetMemoryFdKHR"), nullptr);
  EXPECT_EQ(instance.vk.vkGetDeviceProcAddr(device.handle, "vkGetSemaphoreFdKHR"), nullptr);
  EXPECT_EQ(instance.vk.vkGetDeviceProcAddr(device.handle, "vkNoSuchFunction"), nullptr);
  VkSemaphore semaphore = device.semaphore(false);
  VkSemaphoreGetFdInfoKHR get{VK_STRUCTURE_TYPE_SEMAPHORE_GET_FD_INFO_KHR, nullptr, semaphore,
                              VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT};
  int fd = -1;
  EXPECT_NE(device.vk.vkGetSemaphoreFdKHR(device.handle, &get, &fd), VK_SUCCESS);
  EXPECT_EQ(take_violations().size(), 2U);  // the extension, and the missing export info
  device.vk.vkDestroySemaphore(device.handle, semaphore, nullptr);
}

TEST_F(FakeDriver, RefusesExtensionsFeaturesAndLayersThatItDoesNotHave) {
  Config config;
  config.devices = {bare()};
  config.devices[0].timeline = false;
  reset(config);
  const RawInstance instance;
  EXPECT_EQ(RawDevice::try_create(instance, {.extensions = std::vector<const char*>{"VK_KHR_external_memory_fd"}}),
            VK_ERROR_EXTENSION_NOT_PRESENT);
  EXPECT_EQ(RawDevice::try_create(instance, {.timeline = true}), VK_ERROR_FEATURE_NOT_PRESENT);
  const char* layer = "VK_LAYER_KHRONOS_validation";
  VkInstanceCreateInfo info{VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO};
  info.enabledLayerCount = 1;
  info.ppEnabledLayerNames = &layer;
  VkInstance other = VK_NULL_HANDLE;
  EXPECT_EQ(instance.vk.vkCreateInstance(&info, nullptr, &other), VK_ERROR_LAYER_NOT_PRESENT);
}

TEST_F(FakeDriver, CarriesPixelsFromDeviceToDeviceThroughAnOpaqueFd) {
  const RawInstance instance;
  const RawDevice producer(instance);
  const RawDevice consumer(instance);
  const RawImage written(producer, {});
  const int fd = written.export_fd();
  ASSERT_GE(fd, 0);
  const RawImage read(consumer, {.import_fd = fd});
  ASSERT_EQ(read.allocated, VK_SUCCESS);
  std::vector<std::byte> bytes(RawImage::bytes);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 7);
  written.upload(bytes);
  EXPECT_EQ(read.read_back(), bytes);
}

TEST_F(FakeDriver, PoisonsContentThatGoesThroughUndefined) {
  const RawInstance instance;
  const RawDevice device(instance);
  const RawImage image(device, {});
  image.upload(std::vector<std::byte>(RawImage::bytes, std::byte{1}));
  const auto kept = image.read_back();
  EXPECT_EQ(kept[0], std::byte{1});
  const auto lost = image.read_back(VK_IMAGE_LAYOUT_UNDEFINED);
  EXPECT_EQ(lost, std::vector<std::byte>(RawImage::bytes, std::byte{0xDB}));
}

TEST_F(FakeDriver, NoticesAcquiresFromAnotherLayoutThanTheReleased) {
  const RawInstance instance;
  const RawDevice device(instance);
  const RawImage image(device, {});
  image.upload(std::vector<std::byte>(RawImage::bytes, std::byte{1}));
  (void)image.read_back(VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL);
  EXPECT_TRUE(violated("released in layout"));
}

TEST_F(FakeDriver, RefusesAnOpaqueFdOfAnotherDeviceAndRuinsTheDevice) {
  Config config;
  config.devices = {nvidia_like(1), nvidia_like(2)};
  reset(config);
  const RawInstance instance;
  const RawDevice one(instance);
  const RawDevice two(instance, {.index = 1});
  const RawImage image(one, {});
  const int fd = image.export_fd();
  const RawImage foreign(two, {.import_fd = fd});
  EXPECT_EQ(foreign.allocated, VK_ERROR_OUT_OF_DEVICE_MEMORY);
  EXPECT_TRUE(violated("another device"));
  const RawImage later(two, {});
  EXPECT_EQ(later.allocated, VK_ERROR_OUT_OF_DEVICE_MEMORY);
  close(fd);
}

TEST_F(FakeDriver, RefusesImportsThatDifferFromTheExport) {
  const RawInstance instance;
  const RawDevice device(instance);
  const RawImage image(device, {});
  const int fd = image.export_fd();
  EXPECT_EQ(RawImage(device, {.import_fd = fd, .allocation_size = 1 << 20}).allocated, VK_ERROR_INVALID_EXTERNAL_HANDLE);
  EXPECT_TRUE(violated("allocationSize"));
  EXPECT_EQ(RawImage(device, {.import_fd = fd, .memory_type = 3}).allocated, VK_ERROR_INVALID_EXTERNAL_HANDLE);
  EXPECT_TRUE(violated("memoryTypeIndex"));
  EXPECT_EQ(RawImage(device, {.import_fd = fd, .dedicated = false}).allocated, VK_ERROR_INVALID_EXTERNAL_HANDLE);
  EXPECT_TRUE(violated("dedicated"));
  EXPECT_EQ(RawImage(device, {.import_fd = fd, .format = VK_FORMAT_B8G8R8A8_UNORM}).allocated, VK_ERROR_INVALID_EXTERNAL_HANDLE);
  EXPECT_TRUE(violated("differs"));
  EXPECT_EQ(RawImage(device, {.import_fd = 0}).allocated, VK_ERROR_INVALID_EXTERNAL_HANDLE);  // not the driver's at all: nobody's fault
  close(fd);
}

TEST_F(FakeDriver, NoticesExportsWithoutExportInfo) {
  const RawInstance instance;
  const RawDevice device(instance);
  const RawImage image(device, {.export_info = false});
  EXPECT_EQ(image.export_fd(), -1);
  EXPECT_TRUE(violated("without VkExportMemoryAllocateInfo"));
}

TEST_F(FakeDriver, NoticesDestroyedUnknownAndForeignHandles) {
  const RawInstance instance;
  const RawDevice device(instance);
  const VkFence fence = device.fence();
  device.vk.vkDestroyFence(device.handle, fence, nullptr);
  device.vk.vkDestroyFence(device.handle, fence, nullptr);
  EXPECT_TRUE(violated("destroyed"));
  EXPECT_EQ(device.vk.vkGetFenceStatus(device.handle, fence), VK_ERROR_DEVICE_LOST);
  EXPECT_TRUE(violated("destroyed"));
  device.vk.vkDestroyImage(device.handle, reinterpret_cast<VkImage>(std::uint64_t{0x1234}), nullptr);
  EXPECT_TRUE(violated("never gave out"));
  const RawDevice other(instance);
  const VkFence live = device.fence();
  other.vk.vkDestroyFence(other.handle, live, nullptr);
  EXPECT_TRUE(violated("another device"));
}

TEST_F(FakeDriver, NoticesDoubleBindsLiveBindingsAndWhatOutlivesItsDevice) {
  const RawInstance instance;
  VkFence left = VK_NULL_HANDLE;
  {
    const RawDevice device(instance);
    const RawImage image(device, {});
    EXPECT_EQ(device.vk.vkBindImageMemory(device.handle, image.image, image.memory, 0), VK_SUCCESS);
    EXPECT_TRUE(violated("bound already"));
    device.vk.vkFreeMemory(device.handle, image.memory, nullptr);
    EXPECT_TRUE(violated("a live VkImage"));
    image.forget_memory();
    left = device.fence();
  }
  EXPECT_TRUE(violated("VkFence of the device is still alive"));
  const RawDevice device(instance);
  device.vk.vkDestroyFence(device.handle, left, nullptr);
  EXPECT_TRUE(violated("another device"));
}

TEST_F(FakeDriver, NoticesFileDescriptorsClosedBehindItsBack) {
  const RawInstance instance;
  const RawDevice device(instance);
  {
    const RawImage exported(device, {});
    const int fd = exported.export_fd();
    const RawImage imported(device, {.import_fd = fd});
    ASSERT_EQ(imported.allocated, VK_SUCCESS);
    close(fd);  // the driver's by now
  }
  EXPECT_TRUE(violated("closed by somebody else"));
}

TEST_F(FakeDriver, DefersSubmitsUntilTheirWaitsAreSignalled) {
  const RawInstance instance;
  const RawDevice device(instance);
  const VkSemaphore timeline = device.semaphore(true);
  const VkFence fence = device.fence();
  device.submit({.wait = timeline, .wait_value = 5, .fence = fence});
  EXPECT_EQ(pending_submits(), 1U);
  EXPECT_EQ(device.vk.vkGetFenceStatus(device.handle, fence), VK_NOT_READY);
  EXPECT_EQ(device.vk.vkWaitForFences(device.handle, 1, &fence, VK_TRUE, 5'000'000), VK_TIMEOUT);
  device.vk.vkDestroySemaphore(device.handle, timeline, nullptr);
  EXPECT_TRUE(violated("in use by a submit"));
  // The semaphore is gone, so the submit does not wait for it any more.
  EXPECT_EQ(device.vk.vkWaitForFences(device.handle, 1, &fence, VK_TRUE, 5'000'000), VK_SUCCESS);
  device.vk.vkDestroyFence(device.handle, fence, nullptr);
}

TEST_F(FakeDriver, TimelinesCrossDevicesAndThreads) {
  const RawInstance instance;
  const RawDevice one(instance);
  const RawDevice two(instance);
  const VkSemaphore exported = one.semaphore(true, VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT);
  const VkSemaphore imported = two.semaphore(true);
  EXPECT_EQ(two.import_semaphore(imported, one.export_semaphore(exported, VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT)), VK_SUCCESS);
  std::thread signaller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    one.submit({.signal = exported, .signal_value = 3});
  });
  EXPECT_EQ(two.wait(imported, 3, 5'000'000'000U), VK_SUCCESS);
  signaller.join();
  EXPECT_EQ(two.wait(imported, 4, 1'000'000), VK_TIMEOUT);
  one.vk.vkDestroySemaphore(one.handle, exported, nullptr);
  std::uint64_t value = 0;
  EXPECT_EQ(two.vk.vkGetSemaphoreCounterValue(two.handle, imported, &value), VK_SUCCESS);
  EXPECT_EQ(value, 3U);
  two.vk.vkDestroySemaphore(two.handle, imported, nullptr);
}

TEST_F(FakeDriver, BinarySemaphoresAreSignalledBeforeTheyAreWaitedForAndOnlyOnce) {
  const RawInstance instance;
  const RawDevice device(instance);
  const VkSemaphore semaphore = device.semaphore(false);
  device.submit({.signal = semaphore});
  device.submit({.wait = semaphore});
  EXPECT_EQ(pending_submits(), 0U);
  device.submit({.wait = semaphore});
  EXPECT_TRUE(violated("nobody has signalled"));
  device.submit({});
  EXPECT_EQ(pending_submits(), 2U);
  lose_device(device.handle);
  EXPECT_EQ(pending_submits(), 0U);
  device.vk.vkDestroySemaphore(device.handle, semaphore, nullptr);
}

TEST_F(FakeDriver, ASyncFdTakesTheSignalAlongBeforeAndAfterItHappened) {
  const RawInstance instance;
  const RawDevice one(instance);
  const RawDevice two(instance);
  constexpr auto sync = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT;
  const VkSemaphore exported = one.semaphore(false, sync);
  const VkSemaphore imported = two.semaphore(false);
  for (const bool before : {false, true}) {
    hold_queues(before);
    one.submit({.signal = exported});
    EXPECT_EQ(two.import_semaphore(imported, one.export_semaphore(exported, sync), sync), VK_SUCCESS);
    two.submit({.wait = imported});
    EXPECT_EQ(pending_submits(), before ? 2U : 0U);
    hold_queues(false);
    EXPECT_EQ(pending_submits(), 0U);
  }
  EXPECT_EQ(one.export_semaphore(exported, sync), -1);
  EXPECT_EQ(take_violations().size(), 1U);  // nothing to take along
  one.vk.vkDestroySemaphore(one.handle, exported, nullptr);
  two.vk.vkDestroySemaphore(two.handle, imported, nullptr);
}

TEST_F(FakeDriver, MemoryThatIsNotCoherentNeedsFlushAndInvalidate) {
  Config config;
  config.devices[0].memory_types[0].flags = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT;
  reset(config);
  const RawInstance instance;
  const RawDevice device(instance);
  const RawBuffer buffer(device, 64, 0);
  const RawBuffer copy(device, 64, 0);
  std::memset(buffer.mapped, 0x11, 64);
  device.copy(buffer.buffer, copy.buffer, 64);
  EXPECT_EQ(copy.bytes()[0], 0xCD);
  const VkMappedMemoryRange written{VK_STRUCTURE_TYPE_MAPPED_MEMORY_RANGE, nullptr, buffer.memory, 0, VK_WHOLE_SIZE};
  const VkMappedMemoryRange read{VK_STRUCTURE_TYPE_MAPPED_MEMORY_RANGE, nullptr, copy.memory, 0, VK_WHOLE_SIZE};
  EXPECT_EQ(device.vk.vkFlushMappedMemoryRanges(device.handle, 1, &written), VK_SUCCESS);
  device.copy(buffer.buffer, copy.buffer, 64);
  EXPECT_EQ(copy.bytes()[0], 0xCD);
  EXPECT_EQ(device.vk.vkInvalidateMappedMemoryRanges(device.handle, 1, &read), VK_SUCCESS);
  EXPECT_EQ(copy.bytes()[0], 0x11);
}

TEST_F(FakeDriver, FailsTheCallThatItIsAskedToFail) {
  const RawInstance instance;
  const RawDevice device(instance);
  const std::size_t before = fallible_calls().size();
  fail_call(2, VK_ERROR_OUT_OF_HOST_MEMORY);
  const VkFence first = device.fence();
  VkFence second = VK_NULL_HANDLE;
  const VkFenceCreateInfo info{VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
  EXPECT_EQ(device.vk.vkCreateFence(device.handle, &info, nullptr, &second), VK_ERROR_OUT_OF_HOST_MEMORY);
  EXPECT_EQ(injected(), "vkCreateFence");
  EXPECT_EQ(device.vk.vkCreateFence(device.handle, &info, nullptr, &second), VK_SUCCESS);
  EXPECT_EQ(fallible_calls().size(), before + 3);
  device.vk.vkDestroyFence(device.handle, first, nullptr);
  device.vk.vkDestroyFence(device.handle, second, nullptr);
  fail_function("vkQueueSubmit", 1, VK_ERROR_DEVICE_LOST);
  EXPECT_EQ(device.submit({}), VK_ERROR_DEVICE_LOST);
  EXPECT_EQ(device.submit({}), VK_ERROR_DEVICE_LOST);  // and it stays lost
}

TEST_F(FakeDriver, NoticesTwoThreadsInOneQueueAndCallsTheHook) {
  const RawInstance instance;
  const RawDevice device(instance);
  std::atomic<int> hooked{0};
  set_queue_hook([&hooked](const char*) {
    ++hooked;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  });
  std::thread other([&] { device.submit({}); });
  device.submit({});
  other.join();
  set_queue_hook(nullptr);
  EXPECT_EQ(hooked, 2);
  EXPECT_TRUE(violated("two threads"));
}

TEST_F(FakeDriver, ModifierImagesAnswerTheirLayoutAndHoldTheImporterToIt) {
  Config config;
  config.devices = {mesa_like()};
  reset(config);
  const RawInstance instance;
  const RawDevice device(instance);
  const RawImage image(device, {.modifiers = {0, 0x0200000000000001U}});
  ASSERT_EQ(image.allocated, VK_SUCCESS);
  EXPECT_EQ(image.modifier(), 0x0200000000000001U);  // the driver's order, not the caller's
  const auto planes = image.planes(2);
  EXPECT_EQ(planes[0].offset, 0U);
  EXPECT_GT(planes[1].offset, 0U);
  std::vector<std::byte> bytes(RawImage::bytes, std::byte{0x42});
  image.upload(bytes);
  const int fd = image.export_fd();
  const RawImage imported(device, {.import_fd = fd, .modifiers = {image.modifier()}, .planes = planes});
  ASSERT_EQ(imported.allocated, VK_SUCCESS);
  EXPECT_EQ(imported.read_back(), bytes);
  const RawImage short_of_one(device, {.modifiers = {image.modifier()}, .planes = {planes[0]}});
  EXPECT_EQ(short_of_one.allocated, VK_ERROR_INVALID_DRM_FORMAT_MODIFIER_PLANE_LAYOUT_EXT);
}

}  // namespace
}  // namespace fake_vulkan
