// Imports that fail leave descriptors, memory and the handle as they were.
#include "fixture.hpp"
#include "handles.hpp"

namespace geyser::test {
namespace {

struct Exported {
  SharedTexture texture;
  TextureHandle handle;
};

// On a device of the test's own: what some drivers do after a bad import is not for other tests to see.
class BadImport : public OnDevice {
 protected:
  void SetUp() override {
    OnDevice::SetUp();
    if (HasFatalFailure()) return;
    own_ = fresh();
    ASSERT_NE(own_, nullptr);
    auto made = own_->manager().create_shareable_texture(subject());
    ASSERT_TRUE(ok(made));
    auto handle = own_->manager().export_texture(*made);
    ASSERT_TRUE(ok(handle));
    made_.emplace(Exported{std::move(*made), std::move(*handle)});
  }
  void TearDown() override {
    const auto messages = own_ ? own_->validation_messages() : 0;
    EXPECT_EQ(messages, 0U);
    made_.reset();
    own_.reset();
    OnDevice::TearDown();
  }
  TextureHandle& handle() { return made_->handle; }
  /// Larger than a page, which is the least that some systems share.
  static TextureDescriptor subject() { return texture(TextureFormat::rgba8_unorm, 67, 59); }

  // The import fails, nothing is open that was not before, the handle is the caller's still, and the device works.
  void expect_clean_failure(const char* what) {
    const auto& h = handle();
    const OsHandle::Value fd = h.handles[0].borrow();
    const bool was_open = is_open(fd);
    const std::size_t before = open_descriptors();
    const TextureDescriptor descriptor = h.info.descriptor;
    for (int i = 0; i < 3; ++i) {
      auto imported = own_->manager().import_texture(std::move(handle()));
      ASSERT_FALSE(imported.has_value()) << what << " is imported as if it were a texture's memory";
      EXPECT_FALSE(imported.error().message().empty());
      EXPECT_NE(imported.error().code(), Errc::internal) << imported.error().describe();
    }
    EXPECT_EQ(handle().handles[0].borrow(), fd) << "the failed import consumed the handle";
    EXPECT_EQ(is_open(fd), was_open);
    EXPECT_EQ(open_descriptors(), before);
    EXPECT_EQ(handle().info.descriptor, descriptor);
    expect_working(own_->manager());
  }
  void replace_descriptor(OsHandle other) { handle().handles[0] = std::move(other); }

  std::unique_ptr<Participant> own_;
  std::optional<Exported> made_;
};

TEST_P(BadImport, ClosedDescriptor) {
  ASSERT_TRUE(close_handle(handle().handles[0].borrow()));
  expect_clean_failure("a closed descriptor");
  static_cast<void>(handle().handles[0].release());  // it is closed already
}

TEST_P(BadImport, PipeInsteadOfMemory) {
  auto [read, write] = make_pipe();
  ASSERT_TRUE(read && write);
  replace_descriptor(std::move(read));
  expect_clean_failure("a pipe");
}

TEST_P(BadImport, TruncatedMemory) {
  auto memory = make_memory(16);
  ASSERT_TRUE(memory);
  replace_descriptor(std::move(memory));
  expect_clean_failure("a memory file of 16 bytes");
}

TEST_P(BadImport, EmptyMemory) {
  auto memory = make_memory(0);
  if (!memory) GTEST_SKIP() << "this system makes no empty memory objects";
  replace_descriptor(std::move(memory));
  expect_clean_failure("an empty memory file");
}

TEST_P(BadImport, RequiredSizeOfAnotherTexture) {
  handle().info.required_size = handle().info.allocation_size + 4096;
  expect_clean_failure("a handle that needs more than it holds");
}

TEST_P(BadImport, AllocationSmallerThanTheImage) {
  handle().info.allocation_size /= 2;
  handle().info.required_size = handle().info.allocation_size;
  expect_clean_failure("an allocation half as large as the image");
}

TEST_P(BadImport, LargerExtentThanTheMemory) {
  handle().info.descriptor.extent = {4096, 4096, 1};
  expect_clean_failure("a descriptor that is larger than the memory");
}

TEST_P(BadImport, MemoryTypeThatDoesNotExist) {
  handle().info.memory_type_index = 77;
  expect_clean_failure("memory type 77");
}

TEST_P(BadImport, OtherDeviceAndDriverAreRefusedBeforeTheDriver) {
  if (!entry().vulkan) GTEST_SKIP() << "host memory belongs to no device";
  const auto exported_by = handle().info.exporter;
  for (Uuid DeviceIdentity::* field : {&DeviceIdentity::device_uuid, &DeviceIdentity::driver_uuid}) {
    handle().info.exporter = exported_by;
    (handle().info.exporter.*field).bytes[7] ^= 0x40U;
    EXPECT_TRUE(fails(own_->manager().import_texture(std::move(handle())), Errc::device_mismatch));
    expect_clean_failure("a handle of another device");
  }
  handle().info.exporter = exported_by;
  EXPECT_TRUE(ok(own_->manager().import_texture(std::move(handle()))));
}

TEST_P(BadImport, HandleTypeOfAnotherWorld) {
  handle().info.type = MemoryHandleType::metal_texture;
  expect_clean_failure("a Metal texture");
  handle().info.type = MemoryHandleType::none;
  EXPECT_TRUE(fails(own_->manager().import_texture(std::move(handle())), Errc::protocol_error));
}

TEST_P(BadImport, MoreDescriptorsThanTheTypeHas) {
  auto copy = handle().handles[0].duplicate();
  ASSERT_TRUE(ok(copy));
  handle().handles[1] = std::move(*copy);
  EXPECT_TRUE(fails(own_->manager().import_texture(std::move(handle())), Errc::protocol_error));
  EXPECT_EQ(handle().handle_count(), 2U);
}

// The texture is good and its ready semaphore is not: neither is taken.
TEST_P(BadImport, BadReadySemaphoreLeavesTheTexture) {
  auto [read, write] = make_pipe();
  ASSERT_TRUE(read && write);
  const OsHandle::Value pipe = read.borrow();
  SemaphoreHandle semaphore;
  semaphore.exporter = handle().info.exporter;
  semaphore.kind = SemaphoreKind::host_timeline;
  semaphore.type = SemaphoreHandleType::host_page;
  semaphore.handle = std::move(read);
  handle().ready_semaphore = std::move(semaphore);
  expect_clean_failure("a pipe as ready semaphore");
  EXPECT_TRUE(handle().ready_semaphore.has_value());
  EXPECT_TRUE(is_open(pipe));
  handle().ready_semaphore.reset();
  EXPECT_TRUE(ok(own_->manager().import_texture(std::move(handle()))));
}

// After all that failed, the handle as it was exported still works.
TEST_P(BadImport, HandleWorksAfterFailures) {
  const TextureHandleInfo good = handle().info;
  handle().info.required_size = good.allocation_size + 1;
  EXPECT_FALSE(own_->manager().import_texture(std::move(handle())).has_value());
  handle().info = good;
  const auto bytes = content(subject(), 8);
  ASSERT_TRUE(ok(own_->manager().upload(made_->texture, {}, bytes)));
  handle().info.initialized = true;
  handle().info.layout = made_->texture.state().layout;
  auto twin = importer().import_texture(std::move(handle()));
  ASSERT_TRUE(ok(twin));
  expect_content(importer(), *twin, bytes);
}

std::vector<std::string> all_keys() {
  std::vector<std::string> keys;
  for (const auto& entry : devices()) keys.push_back(entry.key);
  return keys;
}
std::string key_name(const ::testing::TestParamInfo<std::string>& parameter) {
  std::string name = parameter.param;
  for (char& c : name) {
    if (c == '-') c = '_';
  }
  return name;
}
INSTANTIATE_TEST_SUITE_P(Devices, BadImport, ::testing::ValuesIn(all_keys()), &key_name);

}  // namespace
}  // namespace geyser::test
