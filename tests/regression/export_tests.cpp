// Exports: declared to the driver, real descriptors, none lost.
#include "fixture.hpp"
#include "handles.hpp"

namespace geyser::test {
namespace {

// Peers asked for a descriptor of memory that was not allocated for export; only the validation layer and some drivers notice.
TEST_P(OnVulkan, ExportIsDeclaredAtAllocation) {
  if (!validation_missing().empty()) GTEST_SKIP() << validation_missing();
  auto made = exporter().create_shareable_texture(texture());
  ASSERT_TRUE(ok(made));
  EXPECT_TRUE(ok(exporter().export_texture(*made)));  // TearDown() fails on VUID-VkMemoryGetFdInfoKHR-handleType-00671
}

// Peers sent descriptor numbers as integers, inheritable by every child.
TEST_P(OnDevice, DescriptorsAreOwnedAndCloseOnExec) {
  auto made = exporter().create_shareable_texture(texture());
  ASSERT_TRUE(ok(made));
  OsHandle::Value first = OsHandle::none;
  {
    auto handle = exporter().export_texture(*made);
    ASSERT_TRUE(ok(handle));
    auto second = exporter().export_texture(*made);
    ASSERT_TRUE(ok(second));
    EXPECT_EQ(handle->handle_count(), 1U);
    first = handle->handles[0].borrow();
    EXPECT_NE(first, second->handles[0].borrow()) << "each export owns its own descriptor";
    for (const auto* h : {&*handle, &*second}) {
      EXPECT_FALSE(is_inherited(h->handles[0].borrow())) << "the descriptor is inherited by child processes";
    }
  }
  EXPECT_FALSE(is_open(first)) << "a handle that nobody imported leaks its descriptor";
}

TEST_P(OnDevice, ReleaseClosesTheDescriptor) {
  auto made = exporter().create_shareable_texture(texture());
  ASSERT_TRUE(ok(made));
  auto handle = exporter().export_texture(*made);
  ASSERT_TRUE(ok(handle));
  const OsHandle::Value fd = handle->handles[0].borrow();
  exporter().release_texture_handle(std::move(*handle));
  EXPECT_FALSE(is_open(fd));
  EXPECT_EQ(handle->handle_count(), 0U);
  const auto bytes = content(texture(), 3);
  EXPECT_TRUE(ok(exporter().upload(*made, {}, bytes))) << "releasing a handle must not free the texture's memory";
  expect_content(exporter(), *made, bytes);
}

// Peers leaked one descriptor per export, and one per find in the consumer.
TEST_P(OnDevice, HundredThousandExportsLeakNothing) {
  auto made = exporter().create_shareable_texture(texture());
  ASSERT_TRUE(ok(made));
  for (int i = 0; i < 64; ++i) ASSERT_TRUE(ok(exporter().export_texture(*made)));
  const std::size_t before = open_descriptors();
  const std::uint64_t memory = resident_bytes();
  for (int i = 0; i < 100000; ++i) {
    auto handle = exporter().export_texture(*made);
    ASSERT_TRUE(handle.has_value()) << "export " << i << ": " << handle.error().describe();
  }
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_LT(resident_bytes(), memory + (32U << 20U)) << "memory grows with exports";
}

TEST_P(OnDevice, ExportImportDestroyRoundsLeakNothing) {
  const auto round = [&](std::uint64_t i) {
    auto made = exporter().create_shareable_texture(texture());
    ASSERT_TRUE(ok(made));
    auto semaphore = exporter().create_shared_semaphore();
    ASSERT_TRUE(ok(semaphore));
    ASSERT_TRUE(ok(exporter().attach_semaphore(*made, *semaphore)));
    auto handle = exporter().export_texture(*made);
    ASSERT_TRUE(ok(handle));
    auto dropped = exporter().export_texture(*made);
    ASSERT_TRUE(ok(dropped));
    auto twin = importer().import_texture(std::move(*handle));
    ASSERT_TRUE(ok(twin)) << "round " << i;
    EXPECT_EQ(handle->handle_count(), 0U) << "a successful import takes the descriptor";
    EXPECT_FALSE(handle->ready_semaphore.has_value());
  };
  for (std::uint64_t i = 0; i < 20; ++i) round(i);
  const std::size_t before = open_descriptors();
  const std::uint64_t memory = resident_bytes();
  for (std::uint64_t i = 0; i < 500 && !HasFatalFailure(); ++i) round(i);
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_LT(resident_bytes(), memory + (64U << 20U));
}

// Peers told the importer the first memory type that fits and the size that is required, not what was allocated.
TEST_P(OnDevice, MemoryTypeAndSizeAreTheExporters) {
  auto made = exporter().create_shareable_texture(texture(TextureFormat::rgba16_float, 61, 47));
  ASSERT_TRUE(ok(made));
  auto handle = exporter().export_texture(*made);
  ASSERT_TRUE(ok(handle));
  EXPECT_EQ(handle->info.allocation_size, made->allocated_bytes());
  EXPECT_EQ(handle->info.required_size, made->required_bytes());
  EXPECT_GE(handle->info.allocation_size, handle->info.required_size);
  EXPECT_EQ(handle->info.descriptor, made->descriptor());
  const TextureHandleInfo info = handle->info;
  auto twin = importer().import_texture(std::move(*handle));
  ASSERT_TRUE(ok(twin));
  EXPECT_EQ(twin->allocated_bytes(), info.allocation_size);
  EXPECT_EQ(twin->required_bytes(), info.required_size);
  EXPECT_TRUE(twin->imported());
  EXPECT_FALSE(made->imported());
  if (!entry().vulkan) return;
  auto ours = vulkan::native(*made);
  auto theirs = vulkan::native(*twin);
  ASSERT_TRUE(ok(ours));
  ASSERT_TRUE(ok(theirs));
  EXPECT_EQ(ours->memory_size, theirs->memory_size);
  EXPECT_EQ(ours->memory_size, info.allocation_size);
  EXPECT_EQ(ours->format, theirs->format);
  EXPECT_EQ(ours->usage, theirs->usage);
  EXPECT_EQ(ours->flags, theirs->flags);
  EXPECT_EQ(ours->tiling, theirs->tiling);
  EXPECT_EQ(static_cast<std::uint32_t>(ours->usage), info.native_usage);
  EXPECT_EQ(static_cast<std::uint32_t>(ours->flags), info.native_create_flags);
  EXPECT_EQ(static_cast<std::uint32_t>(ours->format), info.native_format);
}

// Peers kept exports in a map by descriptor number: the number is reused, and one manager overwrote the other's entry.
TEST_P(OnDevice, CollidingDescriptorNumbersOfTwoManagers) {
  auto second = exporter_side().second_manager();
  ASSERT_TRUE(ok(second));
  std::vector<std::pair<SharedTexture, std::vector<std::byte>>> live;
  std::vector<SharedTexture> twins;
  for (std::uint64_t i = 0; i < 8; ++i) {
    auto made = exporter().create_shareable_texture(texture());
    ASSERT_TRUE(ok(made));
    const auto bytes = content(texture(), 500 + i);
    ASSERT_TRUE(ok(exporter().upload(*made, {}, bytes)));
    auto handle = exporter().export_texture(*made);
    ASSERT_TRUE(ok(handle));
    // The import closes the number; the next export gets the same one.
    auto twin = second->import_texture(std::move(*handle));
    ASSERT_TRUE(ok(twin));
    live.emplace_back(std::move(*made), bytes);
    twins.push_back(std::move(*twin));
  }
  for (std::size_t i = 0; i < live.size(); ++i) {
    expect_content(exporter(), live[i].first, live[i].second);
    expect_content(*second, twins[i], live[i].second);
  }
}

// The imported handle counts as moved: a second import of it is refused, not a second owner.
TEST_P(OnDevice, HandleIsConsumedOnce) {
  auto made = exporter().create_shareable_texture(texture());
  ASSERT_TRUE(ok(made));
  auto handle = exporter().export_texture(*made);
  ASSERT_TRUE(ok(handle));
  auto twin = importer().import_texture(std::move(*handle));
  ASSERT_TRUE(ok(twin));
  EXPECT_TRUE(fails(importer().import_texture(std::move(*handle)), Errc::protocol_error));
  EXPECT_TRUE(fails(importer().export_texture(*twin), Errc::unsupported_handle));
  EXPECT_TRUE(fails(importer().export_texture(*made), Errc::device_mismatch)) << "a texture of another manager";
}

}  // namespace
}  // namespace geyser::test
