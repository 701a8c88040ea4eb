// Handles that lie, come from elsewhere, or meet a device that cannot use them: clean errors, and the caller keeps the handle.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fake_vulkan/fixture.hpp"
#include "fake_vulkan/world.hpp"
#include "support/check.hpp"

namespace fake_vulkan {
namespace {

using geyser::Errc;
using geyser::test::fails;
using geyser::test::ok;
using Refusal = Fixture;

/// Forgets violations of importers who could not know better; everything else fails the test.
void forgive_imports() {
  for (const auto& each : take_violations()) EXPECT_NE(each.find("import:"), std::string::npos) << each;
}

TEST_F(Refusal, AHandleOfAnotherDeviceNeverReachesTheDriver) {
  use({nvidia_like(1), nvidia_like(2)});
  World world;
  open_managers(world, 0, 1);
  auto texture = must(world.producer().create_shareable_texture(descriptor()));
  auto handle = must(world.producer().export_texture(texture));
  const auto semaphore = must(world.producer().create_shared_semaphore());
  auto semaphore_handle = must(world.producer().export_semaphore(semaphore));
  const auto before =
      std::array{calls("vkAllocateMemory"), calls("vkCreateImage"), calls("vkCreateSemaphore"), calls("vkImportSemaphoreFdKHR")};
  EXPECT_TRUE(fails(world.consumer().import_texture(std::move(handle)), Errc::device_mismatch));
  EXPECT_TRUE(fails(world.consumer().import_semaphore(std::move(semaphore_handle)), Errc::device_mismatch));
  const auto after =
      std::array{calls("vkAllocateMemory"), calls("vkCreateImage"), calls("vkCreateSemaphore"), calls("vkImportSemaphoreFdKHR")};
  EXPECT_EQ(before, after);
  EXPECT_TRUE(handle.handles[0]);
  EXPECT_TRUE(semaphore_handle.handle);
  // The device is not ruined: it allocates, exports and imports.
  auto own = must(world.consumer().create_shareable_texture(descriptor()));
  auto own_handle = must(world.consumer().export_texture(own));
  EXPECT_TRUE(ok(world.consumer().import_texture(std::move(own_handle))));
}

TEST_F(Refusal, AFenceOfAnotherDeviceNeverReachesTheDriver) {
  use({nvidia_like(1), nvidia_like(2)});
  World world;
  open_managers(world, 0, 1);
  const auto fence = must(geyser::vulkan::create_fence(world.producer(), geyser::vulkan::FenceHandleType::opaque_fd));
  auto handle = must(geyser::vulkan::export_fence(fence));
  const int fd = handle.handle.fd();
  const auto before = std::array{calls("vkCreateFence"), calls("vkImportFenceFdKHR")};
  EXPECT_TRUE(fails(geyser::vulkan::import_fence(world.consumer(), std::move(handle)), Errc::device_mismatch));
  EXPECT_EQ(before, (std::array{calls("vkCreateFence"), calls("vkImportFenceFdKHR")}));
  EXPECT_EQ(handle.handle.fd(), fd);
  EXPECT_GE(fcntl(fd, F_GETFD), 0) << "the caller's descriptor is closed";
  EXPECT_TRUE(ok(geyser::vulkan::import_fence(world.producer(), std::move(handle))));
}

/// Everything that asks the device for something; named, so that a failure says which.
std::vector<std::pair<const char*, geyser::Error>> refusals_of(geyser::TextureShareManager& manager, geyser::SharedTexture& texture,
                                                               const geyser::SharedSemaphore& semaphore, geyser::TextureHandle& own,
                                                               geyser::SemaphoreHandle& own_semaphore, std::span<std::byte> pages) {
  std::vector<std::pair<const char*, geyser::Error>> all;
  const auto add = [&all](const char* name, auto result) {
    all.emplace_back(name, result ? geyser::Error(Errc::internal, "it succeeds") : std::move(result).error());
  };
  std::vector<std::byte> bytes = content(texture.descriptor(), 1);
  add("create_shareable_texture", manager.create_shareable_texture(descriptor()));
  add("export_texture", manager.export_texture(texture));
  add("import_texture", manager.import_texture(std::move(own)));
  add("create_shared_semaphore", manager.create_shared_semaphore());
  add("export_semaphore", manager.export_semaphore(semaphore));
  add("import_semaphore", manager.import_semaphore(std::move(own_semaphore)));
  add("attach_semaphore", manager.attach_semaphore(texture, semaphore));
  add("signal_texture_ready", manager.signal_texture_ready(texture));
  add("wait_for_texture", manager.wait_for_texture(texture, std::chrono::nanoseconds(0)));
  add("upload", manager.upload(texture, {}, bytes));
  add("read_back", manager.read_back(texture, {}, bytes));
  add("begin_write", texture.begin_write());
  add("submit", geyser::vulkan::submit(manager, {}, {}));
  add("create_fence", geyser::vulkan::create_fence(manager));
  add("import_host_memory", geyser::vulkan::import_host_memory(manager, pages));
  return all;
}

TEST_F(Refusal, ADeviceThatAForgedHandleRuinedIsLostAndSaysWhatDidIt) {
  geyser::set_log_level(geyser::LogLevel::off);  // that the device is lost is logged as the error that it is
  for (const VkResult answer : {VK_ERROR_OUT_OF_DEVICE_MEMORY, VK_ERROR_INVALID_EXTERNAL_HANDLE}) {
    SCOPED_TRACE(answer);
    auto fragile = nvidia_like(2);
    fragile.foreign_import = answer;
    use({nvidia_like(1), fragile});
    World world;
    open_managers(world, 0, 1);
    auto texture = must(world.producer().create_shareable_texture(descriptor()));
    auto forged = must(world.producer().export_texture(texture));
    forged.info.exporter = world.consumer().identity();
    const int fd = forged.handles[0].fd();
    // What the consumer has before, and what is its own to import.
    auto own = must(world.consumer().create_shareable_texture(descriptor()));
    auto own_handle = must(world.consumer().export_texture(own));
    const auto semaphore = must(world.consumer().create_shared_semaphore());
    auto semaphore_handle = must(world.consumer().export_semaphore(semaphore));
    Pages pages(4096);

    auto imported = world.consumer().import_texture(std::move(forged));
    EXPECT_TRUE(fails(imported, Errc::device_lost, "import of an opaque handle"));
    EXPECT_EQ(forged.handles[0].fd(), fd);
    EXPECT_GE(fcntl(fd, F_GETFD), 0) << "the caller's descriptor is closed";
    forgive_imports();
    const auto allocations = calls("vkAllocateMemory");
    for (const auto& [name, error] : refusals_of(world.consumer(), own, semaphore, own_handle, semaphore_handle, pages.bytes())) {
      EXPECT_EQ(error.code(), Errc::device_lost) << name << ": " << error.describe();
      EXPECT_EQ(error.message(), imported.error().message()) << name;
    }
    EXPECT_EQ(calls("vkAllocateMemory"), allocations) << "a lost device is asked again";
    EXPECT_TRUE(own_handle.handles[0] && semaphore_handle.handle) << "a refused handle was consumed";
    EXPECT_TRUE(semaphore.value()) << "who waits must still be released";
    // Neither the exporter nor a new device of the same GPU is affected.
    EXPECT_TRUE(ok(world.producer().create_shareable_texture(descriptor())));
    World another;
    open_managers(another, 1, 1);
    EXPECT_TRUE(ok(another.consumer().import_texture(std::move(own_handle))));
  }
  geyser::set_log_level(geyser::LogLevel::warning);
}

TEST_F(Refusal, ADeviceThatSurvivesAForgedHandleIsNotCalledLost) {
  for (const VkResult answer : {VK_ERROR_OUT_OF_DEVICE_MEMORY, VK_ERROR_INVALID_EXTERNAL_HANDLE}) {
    SCOPED_TRACE(answer);
    auto robust = nvidia_like(2);
    robust.foreign_import = answer;
    robust.foreign_import_poisons = false;
    use({nvidia_like(1), robust});
    World world;
    open_managers(world, 0, 1);
    auto texture = must(world.producer().create_shareable_texture(descriptor()));
    auto forged = must(world.producer().export_texture(texture));
    forged.info.exporter = world.consumer().identity();
    const auto live = live_objects();
    auto imported = world.consumer().import_texture(std::move(forged));
    ASSERT_FALSE(imported);
    EXPECT_NE(imported.error().code(), Errc::device_lost) << imported.error().describe();
    EXPECT_EQ(imported.error().native_code(), answer);
    EXPECT_EQ(live_objects(), live) << "the library's own trial allocation is left";
    forgive_imports();
    auto own = must(world.consumer().create_shareable_texture(descriptor()));
    auto own_handle = must(world.consumer().export_texture(own));
    EXPECT_TRUE(ok(world.consumer().import_texture(std::move(own_handle))));
  }
}

TEST_F(Refusal, AnotherDriverOfTheSameDeviceIsAnotherDevice) {
  DeviceConfig other = nvidia_like(1);
  other.driver_uuid = uuid(0x77);
  use({nvidia_like(1), other});
  World world;
  open_managers(world, 0, 1);
  auto texture = must(world.producer().create_shareable_texture(descriptor()));
  auto handle = must(world.producer().export_texture(texture));
  const auto before = calls("vkAllocateMemory");
  EXPECT_TRUE(fails(world.consumer().import_texture(std::move(handle)), Errc::device_mismatch));
  EXPECT_EQ(calls("vkAllocateMemory"), before);
}

using Forge = void (*)(geyser::TextureHandle&);
constexpr std::pair<const char*, Forge> forgeries[] = {
    {"allocation_size larger", [](geyser::TextureHandle& h) { h.info.allocation_size *= 2; }},
    {"allocation_size smaller", [](geyser::TextureHandle& h) { h.info.allocation_size -= 1; }},
    {"allocation_size 0", [](geyser::TextureHandle& h) { h.info.allocation_size = 0; }},
    {"allocation_size huge", [](geyser::TextureHandle& h) { h.info.allocation_size = ~std::uint64_t{0}; }},
    {"required_size huge", [](geyser::TextureHandle& h) { h.info.required_size = ~std::uint64_t{0}; }},
    {"memory_type of the host", [](geyser::TextureHandle& h) { h.info.memory_type_index = 0; }},
    {"memory_type another", [](geyser::TextureHandle& h) { h.info.memory_type_index = 3; }},
    {"memory_type out of range", [](geyser::TextureHandle& h) { h.info.memory_type_index = 32; }},
    {"memory_type huge", [](geyser::TextureHandle& h) { h.info.memory_type_index = 0xFFFFFFFF; }},
    {"not dedicated", [](geyser::TextureHandle& h) { h.info.dedicated = false; }},
    {"linear", [](geyser::TextureHandle& h) { h.info.linear_tiling = true; }},
    {"native_format", [](geyser::TextureHandle& h) { h.info.native_format = VK_FORMAT_B8G8R8A8_UNORM; }},
    {"native_format 0", [](geyser::TextureHandle& h) { h.info.native_format = 0; }},
    {"native_usage more", [](geyser::TextureHandle& h) { h.info.native_usage |= VK_IMAGE_USAGE_STORAGE_BIT; }},
    {"native_usage none", [](geyser::TextureHandle& h) { h.info.native_usage = 0; }},
    {"native_usage all", [](geyser::TextureHandle& h) { h.info.native_usage = 0xFFFFFFFF; }},
    {"native_create_flags none", [](geyser::TextureHandle& h) { h.info.native_create_flags = 0; }},
    {"native_create_flags all", [](geyser::TextureHandle& h) { h.info.native_create_flags = 0xFFFFFFFF; }},
    {"native_create_flags sparse", [](geyser::TextureHandle& h) { h.info.native_create_flags |= VK_IMAGE_CREATE_SPARSE_BINDING_BIT; }},
    {"extent larger", [](geyser::TextureHandle& h) { h.info.descriptor.extent.width *= 64; }},
    {"extent huge", [](geyser::TextureHandle& h) { h.info.descriptor.extent.width = 0xFFFFFFFF; }},
    {"extent 0", [](geyser::TextureHandle& h) { h.info.descriptor.extent.height = 0; }},
    {"extent swapped", [](geyser::TextureHandle& h) { std::swap(h.info.descriptor.extent.width, h.info.descriptor.extent.height); }},
    {"format of another size", [](geyser::TextureHandle& h) { h.info.descriptor.format = geyser::TextureFormat::rgba32_float; }},
    {"format out of range", [](geyser::TextureHandle& h) { h.info.descriptor.format = static_cast<geyser::TextureFormat>(9999); }},
    {"mip_levels", [](geyser::TextureHandle& h) { h.info.descriptor.mip_levels = 3; }},
    {"mip_levels huge", [](geyser::TextureHandle& h) { h.info.descriptor.mip_levels = 0xFFFFFFFF; }},
    {"array_layers huge", [](geyser::TextureHandle& h) { h.info.descriptor.array_layers = 0xFFFFFFFF; }},
    {"dimension out of range", [](geyser::TextureHandle& h) { h.info.descriptor.dimension = static_cast<geyser::TextureDimension>(200); }},
    {"type dma_buf", [](geyser::TextureHandle& h) { h.info.type = geyser::MemoryHandleType::dma_buf; }},
    {"type shared_memory", [](geyser::TextureHandle& h) { h.info.type = geyser::MemoryHandleType::shared_memory; }},
    {"type out of range", [](geyser::TextureHandle& h) { h.info.type = static_cast<geyser::MemoryHandleType>(77); }},
    {"layout out of range", [](geyser::TextureHandle& h) { h.info.layout = static_cast<geyser::TextureLayout>(200); }},
    {"planes out of range", [](geyser::TextureHandle& h) { h.info.memory_plane_count = 0xFFFFFFFF; }},
    {"no descriptor", [](geyser::TextureHandle& h) { h.handles[0].reset(); }},
    {"not the driver's descriptor", [](geyser::TextureHandle& h) { h.handles[0].reset(memfd_create("other", MFD_CLOEXEC)); }},
    {"a device's descriptor", [](geyser::TextureHandle& h) { h.handles[0].reset(open("/dev/null", O_RDWR | O_CLOEXEC)); }},
};

TEST_F(Refusal, ForgedTexturesAreCleanErrorsWhateverTheDriverDoesWithTheDescriptor) {
  for (const bool closes : {false, true}) {
    DeviceConfig device = nvidia_like();
    device.closes_failed_imports = closes;
    use({device});
    World world;
    open_managers(world);
    auto texture = must(world.producer().create_shareable_texture(descriptor()));
    for (const auto& [name, forge] : forgeries) {
      SCOPED_TRACE(std::string(name) + (closes ? ", driver closes" : ""));
      auto handle = must(world.producer().export_texture(texture));
      forge(handle);
      const auto descriptors = handle.handle_count();
      const auto live = live_objects();
      const auto fds = process_fds();
      auto imported = world.consumer().import_texture(std::move(handle));
      ASSERT_FALSE(imported);
      EXPECT_FALSE(imported.error().message().empty());
      EXPECT_NE(imported.error().code(), Errc::internal) << imported.error().describe();
      EXPECT_EQ(handle.handle_count(), descriptors);
      if (descriptors != 0) {
        EXPECT_GE(fcntl(handle.handles[0].fd(), F_GETFD), 0) << "the caller's descriptor is closed";
      }
      EXPECT_EQ(live_objects(), live);
      EXPECT_EQ(process_fds(), fds);
      forgive_imports();
    }
    auto handle = must(world.producer().export_texture(texture));
    EXPECT_TRUE(ok(world.consumer().import_texture(std::move(handle))));
  }
}

TEST_F(Refusal, ForgedSemaphoresAreCleanErrorsWhateverTheDriverDoesWithTheDescriptor) {
  for (const bool closes : {false, true}) {
    DeviceConfig device = nvidia_like();
    device.closes_failed_imports = closes;
    use({device});
    World world;
    open_managers(world);
    const auto semaphore = must(world.producer().create_shared_semaphore());
    using ForgeSemaphore = void (*)(geyser::SemaphoreHandle&);
    constexpr std::pair<const char*, ForgeSemaphore> all[] = {
        {"kind binary", [](geyser::SemaphoreHandle& h) { h.kind = geyser::SemaphoreKind::binary; }},
        {"kind host_timeline", [](geyser::SemaphoreHandle& h) { h.kind = geyser::SemaphoreKind::host_timeline; }},
        {"kind out of range", [](geyser::SemaphoreHandle& h) { h.kind = static_cast<geyser::SemaphoreKind>(99); }},
        {"type sync_fd", [](geyser::SemaphoreHandle& h) { h.type = geyser::SemaphoreHandleType::sync_fd; }},
        {"type host_page", [](geyser::SemaphoreHandle& h) { h.type = geyser::SemaphoreHandleType::host_page; }},
        {"page of nobody",
         [](geyser::SemaphoreHandle& h) {
           h.kind = geyser::SemaphoreKind::host_timeline;
           h.type = geyser::SemaphoreHandleType::host_page;
         }},
        {"binary sync_fd",
         [](geyser::SemaphoreHandle& h) {
           h.kind = geyser::SemaphoreKind::binary;
           h.type = geyser::SemaphoreHandleType::sync_fd;
         }},
        {"no descriptor", [](geyser::SemaphoreHandle& h) { h.handle.reset(); }},
        {"not the driver's descriptor", [](geyser::SemaphoreHandle& h) { h.handle.reset(open("/dev/null", O_RDWR | O_CLOEXEC)); }},
    };
    for (const auto& [name, forge] : all) {
      SCOPED_TRACE(std::string(name) + (closes ? ", driver closes" : ""));
      auto handle = must(world.producer().export_semaphore(semaphore));
      forge(handle);
      const bool has = static_cast<bool>(handle.handle);
      const auto live = live_objects();
      const auto fds = process_fds();
      auto imported = world.consumer().import_semaphore(std::move(handle));
      ASSERT_FALSE(imported);
      EXPECT_NE(imported.error().code(), Errc::internal) << imported.error().describe();
      EXPECT_EQ(static_cast<bool>(handle.handle), has);
      if (has) {
        EXPECT_GE(fcntl(handle.handle.fd(), F_GETFD), 0) << "the caller's descriptor is closed";
      }
      EXPECT_EQ(live_objects(), live);
      EXPECT_EQ(process_fds(), fds);
      forgive_imports();
    }
  }
}

TEST_F(Refusal, ADeviceWithoutExternalMemorySaysWhatItLacks) {
  use({bare()});
  World world;
  open_managers(world);
  for (const auto& each : world.producer().capabilities().memory) EXPECT_FALSE(each.why_not.empty());
  auto texture = world.producer().create_shareable_texture(descriptor());
  ASSERT_FALSE(texture);
  EXPECT_NE(texture.error().describe().find("VK_KHR_external_memory_fd"), std::string::npos) << texture.error().describe();
  EXPECT_EQ(calls("vkCreateImage"), 0U);
  for (const auto& each : must(world.producer().format_support(descriptor()))) {
    EXPECT_FALSE(each.can_export || each.can_import);
    EXPECT_FALSE(each.why_not.empty());
  }
  // What needs no external memory works all the same.
  EXPECT_TRUE(ok(world.producer().create_shared_semaphore()));
}

TEST_F(Refusal, AFormatThatTheDeviceLacksIsNotReplacedByAnother) {
  use({mesa_like()});
  World world;
  open_managers(world);
  for (const auto format : {geyser::TextureFormat::depth24plus, geyser::TextureFormat::depth24plus_stencil8}) {
    EXPECT_TRUE(fails(world.producer().create_shareable_texture(descriptor(format)), Errc::unsupported_format, to_string(format)));
  }
  EXPECT_EQ(calls("vkCreateImage"), 0U);
}

}  // namespace
}  // namespace fake_vulkan
