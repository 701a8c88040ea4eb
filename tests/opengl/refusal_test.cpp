// What is refused, by which name, and that nothing is lost or left behind when it is.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <thread>

#include "geyser/host.hpp"
#include "opengl/fixture.hpp"
#include "opengl/layer.hpp"

namespace geyser::test {
namespace {

const TextureDescriptor plain{.extent = {64, 32, 1}, .format = TextureFormat::rgba8_unorm};

Result<TextureHandle> handle_of(TextureShareManager& manager, const TextureDescriptor& descriptor) {
  auto texture = manager.create_shareable_texture(descriptor);
  if (!texture) return std::move(texture).error();
  return manager.export_texture(*texture);
}

Result<TextureShareManager> adopt_with_layer(const TextureShareManager* partner = nullptr) {
  opengl::AdoptInfo info;
  info.get_proc_address = layer::loader();
  info.partner = partner;
  return opengl::create_manager(info);
}

/// Whether handles that are no textures may go as far as the driver. NVIDIA's answers them by refusing every allocation from then on.
bool bears_anything(const TextureShareManager& manager) { return manager.identity().name.starts_with("llvmpipe"); }

TEST_F(OpenGlTest, HandleOfAnotherDeviceIsRefused) {
  auto handle = handle_of(vulkan(), plain);
  ASSERT_TRUE(ok(handle));
  handle->info.exporter.device_uuid.bytes[3] ^= 1U;
  EXPECT_TRUE(fails(opengl().import_texture(*std::move(handle)), Errc::device_mismatch, "UUID"));
  EXPECT_TRUE(handle->handles[0]);
  handle->info.exporter.device_uuid.bytes[3] ^= 1U;
  EXPECT_TRUE(ok(opengl().import_texture(*std::move(handle)))) << "the context imports as before";
}

TEST_F(OpenGlTest, ClosedDescriptorIsRefused) {
  auto handle = handle_of(vulkan(), plain);
  ASSERT_TRUE(ok(handle));
  const int number = handle->handles[0].fd();
  ::close(number);
  EXPECT_FALSE(opengl().import_texture(*std::move(handle)));
  EXPECT_EQ(handle->handles[0].fd(), number) << "a failed import keeps the handle";
  static_cast<void>(handle->handles[0].release());
}

TEST_F(OpenGlTest, PipeIsNoMemory) {
  auto handle = handle_of(vulkan(), plain);
  ASSERT_TRUE(ok(handle));
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const OsHandle other(ends[1]);
  handle->handles[0].reset(ends[0]);
  EXPECT_TRUE(fails(opengl().import_texture(*std::move(handle)), Errc::protocol_error, "no memory"));
  EXPECT_TRUE(is_open(ends[0]));
}

TEST_F(OpenGlTest, MemoryOfAnotherKindIsRefused) {
  const std::size_t before = open_descriptors();
  {
    auto handle = handle_of(vulkan(), plain);
    ASSERT_TRUE(ok(handle));
    const int fd = ::memfd_create("no texture", MFD_CLOEXEC);
    ASSERT_GE(fd, 0);
    ASSERT_EQ(::ftruncate(fd, static_cast<off_t>(handle->info.allocation_size + 65536)), 0);
    handle->handles[0].reset(fd);
    // Mesa's own memory is a memory file too: it takes this one, and makes no texture of it.
    const std::string_view part = bears_anything(opengl()) ? "no texture" : "regular file";
    EXPECT_TRUE(fails(opengl().import_texture(*std::move(handle)), Errc::protocol_error, part));
    EXPECT_TRUE(is_open(fd));
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST_F(OpenGlTest, SizesThatContradictTheTextureAreRefused) {
  auto small = handle_of(vulkan(), plain);
  ASSERT_TRUE(ok(small));
  TextureDescriptor larger = plain;
  larger.extent = {512, 512, 1};
  small->info.descriptor = larger;
  EXPECT_TRUE(fails(opengl().import_texture(*std::move(small)), Errc::protocol_error, "allocation_size"));
  if (!bears_anything(opengl()))
    GTEST_SKIP() << "the driver would not bear a size that its memory does not have, and its file does not say";
  // A size that the memory does not have: nothing but the driver or the file can say so.
  small->info.allocation_size = std::uint64_t{1} << 24U;
  small->info.required_size = small->info.allocation_size;
  EXPECT_FALSE(opengl().import_texture(*std::move(small)));
  EXPECT_TRUE(small->handles[0]);
}

TEST_F(OpenGlTest, FormatThatContradictsTheTextureIsRefused) {
  auto handle = handle_of(vulkan(), plain);
  ASSERT_TRUE(ok(handle));
  handle->info.native_format = 44;
  EXPECT_TRUE(fails(opengl().import_texture(*std::move(handle)), Errc::protocol_error, "native_format"));
}

TEST_F(OpenGlTest, EmulatedDriversWithoutLinearTilingAreNamed) {
  layer::reset({.no_linear = true});
  auto manager = adopt_with_layer(&vulkan());
  ASSERT_TRUE(ok(manager));
  EXPECT_TRUE(fails(manager->create_shareable_texture(plain, {.linear = true}), Errc::unsupported_format, "no linear tiling"));
  auto theirs = vulkan().create_shareable_texture(plain, {.linear = true});
  ASSERT_TRUE(ok(theirs));
  auto handle = vulkan().export_texture(*theirs);
  ASSERT_TRUE(ok(handle));
  EXPECT_TRUE(fails(manager->import_texture(*std::move(handle)), Errc::unsupported_format, "CreateOptions::linear"));
  EXPECT_TRUE(handle->handles[0]);
  EXPECT_EQ(layer::names(), layer::Names());
}

TEST_F(OpenGlTest, RowsThatLieElsewhereAreRefused) {
  const auto linear_handle = [&]() -> Result<TextureHandle> {
    auto theirs = vulkan().create_shareable_texture(plain, {.linear = true});
    if (!theirs) return std::move(theirs).error();
    return vulkan().export_texture(*theirs);
  };
  auto alone = context_->create_manager();
  ASSERT_TRUE(ok(alone));
  for (const std::uint64_t pitch : {std::uint64_t{512}, std::uint64_t{128}}) {
    auto handle = linear_handle();
    if (!handle && handle.error().code() == Errc::unsupported_format) GTEST_SKIP() << handle.error().describe();
    ASSERT_TRUE(ok(handle));
    handle->info.memory_planes[0].row_pitch = pitch;
    handle->info.memory_type_index = any_memory_type;
    EXPECT_TRUE(fails(opengl().import_texture(*std::move(handle)), Errc::unsupported_handle, std::to_string(pitch) + " bytes"));
    EXPECT_TRUE(handle->handles[0]);
    EXPECT_TRUE(fails(alone->import_texture(*std::move(handle)), Errc::unsupported_handle, "partner"));
    EXPECT_TRUE(handle->handles[0]);
  }
  auto moved = linear_handle();
  ASSERT_TRUE(ok(moved));
  moved->info.memory_planes[0].offset += 64;
  EXPECT_TRUE(fails(opengl().import_texture(*std::move(moved)), Errc::unsupported_handle, "offset 64"));
}

TEST_F(OpenGlTest, EmulatedNvidiaHasNo24BitDepth) {
  layer::reset({.vendor = "NVIDIA Corporation"});
  auto manager = adopt_with_layer(&vulkan());
  ASSERT_TRUE(ok(manager));
  for (const auto format : {TextureFormat::depth24plus, TextureFormat::depth24plus_stencil8}) {
    TextureDescriptor depth = plain;
    depth.format = format;
    auto support = manager->format_support(depth);
    ASSERT_TRUE(ok(support));
    EXPECT_FALSE(support->front().can_import);
    EXPECT_NE(support->front().why_not.find("24-bit depth"), std::string::npos);
    EXPECT_TRUE(fails(manager->create_shareable_texture(depth), Errc::unsupported_format, "24-bit depth"));
  }
}

TEST_F(OpenGlTest, PlanarFormatsAreRefusedByName) {
  TextureDescriptor planar = plain;
  planar.format = TextureFormat::nv12;
  auto support = opengl().format_support(planar);
  ASSERT_TRUE(ok(support));
  EXPECT_FALSE(support->front().can_import);
  EXPECT_EQ(support->front().why_not, "OpenGL has no format for nv12");
  EXPECT_TRUE(fails(opengl().create_shareable_texture(planar), Errc::unsupported_format, "nv12"));
}

TEST_F(OpenGlTest, BeyondTheLimitsIsRefused) {
  TextureDescriptor huge = plain;
  huge.extent = {1U << 20U, 1, 1};
  EXPECT_TRUE(fails(opengl().create_shareable_texture(huge), Errc::limit_exceeded, "extent.width"));
}

TEST_F(OpenGlTest, NothingWorksWhereTheContextIsNotCurrent) {
  auto pair = share(vulkan(), opengl(), plain);
  ASSERT_TRUE(ok(pair));
  std::vector<std::byte> bytes(64 * 32 * 4);
  ASSERT_TRUE(ok(opengl().upload(pair->opengl, {}, bytes)));
  auto access = pair->opengl.begin_read();
  ASSERT_TRUE(ok(access));
  const auto refused_everywhere = [&] {
    auto handle = handle_of(vulkan(), plain);
    ASSERT_TRUE(ok(handle));
    EXPECT_TRUE(fails(opengl().import_texture(*std::move(handle)), Errc::invalid_state, "not current"));
    EXPECT_TRUE(fails(opengl().create_shareable_texture(plain), Errc::invalid_state, "not current"));
    EXPECT_TRUE(fails(opengl().read_back(pair->opengl, {}, bytes), Errc::invalid_state, "not current"));
    EXPECT_TRUE(fails(opengl::acquire(*access), Errc::invalid_state, "not current"));
  };
  std::thread(refused_everywhere).join();
  context_->release_current();
  refused_everywhere();
  EXPECT_TRUE(fails(opengl::identify(), Errc::invalid_state, "No OpenGL context is current"));
  EXPECT_TRUE(fails(opengl::create_manager(), Errc::invalid_state, "No OpenGL context is current"));
  auto other = opengl::Context::create({.device_uuid = vulkan().identity().device_uuid});
  ASSERT_TRUE(ok(other));
  refused_everywhere();
  EXPECT_TRUE(fails(opengl().upload(pair->opengl, {}, bytes), Errc::access_conflict)) << "the front looks first";
  ASSERT_TRUE(ok(context_->make_current()));
  EXPECT_TRUE(ok(opengl::acquire(*access)));
  EXPECT_TRUE(ok(opengl::release(*access)));
  EXPECT_TRUE(ok(std::move(*access).end()));
}

TEST_F(OpenGlTest, LoadersThatDoNotKnowAreNamed) {
  layer::reset({.find_nothing = true});
  EXPECT_TRUE(fails(adopt_with_layer(), Errc::unsupported_feature, "glGetString"));
  for (const char* name : {"glGetStringi", "glImportMemoryFdEXT", "glTexStorageMem3DEXT", "glFenceSync", "glGetTextureSubImage"}) {
    layer::reset({.missing = name});
    EXPECT_TRUE(fails(adopt_with_layer(), Errc::unsupported_feature, name));
  }
  layer::reset();
  EXPECT_TRUE(ok(adopt_with_layer()));
}

TEST_F(OpenGlTest, OldVersionsAreNamed) {
  for (const char* version : {"4.4 (Core Profile) Mesa 22.3.6", "2.1 Mesa 22.3.6", "OpenGL ES 3.0 Mesa 22.3.6", "nonsense"}) {
    layer::reset({.version = version});
    EXPECT_TRUE(fails(adopt_with_layer(), Errc::unsupported_feature, version));
  }
}

TEST_F(OpenGlTest, MissingExtensionsAreNamed) {
  for (const char* extension : {"GL_EXT_memory_object", "GL_EXT_memory_object_fd"}) {
    layer::reset({.hidden = extension});
    auto refused = adopt_with_layer();
    EXPECT_TRUE(fails(refused, Errc::unsupported_feature, std::string(extension) + ";"));
  }
}

TEST_F(OpenGlTest, PartnersOnOtherDevicesAreRefused) {
  auto host = host::create_manager();
  ASSERT_TRUE(ok(host));
  EXPECT_TRUE(fails(context_->create_manager(&*host), Errc::device_mismatch, "partner"));
  const auto* swiftshader = find_device("swiftshader");
  if (swiftshader == nullptr) GTEST_SKIP() << "no second device";
  auto other = Participant::open(*swiftshader);
  ASSERT_TRUE(ok(other));
  EXPECT_TRUE(fails(context_->create_manager(&(*other)->manager()), Errc::device_mismatch, "device UUID"));
}

TEST_F(OpenGlTest, WithoutAPartnerNothingIsExported) {
  auto alone = context_->create_manager();
  ASSERT_TRUE(ok(alone));
  EXPECT_FALSE(alone->capabilities().exports(MemoryHandleType::opaque_fd));
  EXPECT_TRUE(alone->capabilities().imports(MemoryHandleType::opaque_fd));
  EXPECT_TRUE(fails(alone->create_shareable_texture(plain), Errc::unsupported_handle, "partner"));
  auto handle = handle_of(vulkan(), plain);
  ASSERT_TRUE(ok(handle));
  auto texture = alone->import_texture(*std::move(handle));
  ASSERT_TRUE(ok(texture));
  EXPECT_TRUE(fails(alone->export_texture(*texture), Errc::unsupported_handle, "imported"));
  TextureDescriptor etc2 = plain;
  etc2.format = TextureFormat::etc2_rgb8_unorm;
  auto support = alone->format_support(etc2);
  ASSERT_TRUE(ok(support));
  EXPECT_FALSE(support->front().can_import);
  EXPECT_FALSE(support->front().why_not.empty());
}

TEST_F(OpenGlTest, ObjectsOfOtherBackendsAreRefused) {
  auto theirs = vulkan().create_shareable_texture(plain);
  ASSERT_TRUE(ok(theirs));
  EXPECT_TRUE(fails(opengl::native(*theirs), Errc::device_mismatch, "vulkan"));
  auto semaphore = vulkan().create_shared_semaphore({.kind = SemaphoreKind::host_timeline});
  ASSERT_TRUE(ok(semaphore));
  EXPECT_TRUE(fails(opengl::native(*semaphore), Errc::device_mismatch, "vulkan"));
  EXPECT_TRUE(fails(opengl::native(SharedSemaphore()), Errc::invalid_argument, "empty"));
  auto access = theirs->begin_write();
  ASSERT_TRUE(ok(access));
  EXPECT_TRUE(fails(opengl::acquire(*access), Errc::device_mismatch, "vulkan"));
  EXPECT_TRUE(ok(std::move(*access).end()));
  EXPECT_TRUE(fails(opengl::acquire(*access), Errc::invalid_state, "ended"));
}

TEST_F(OpenGlTest, AccessesHaveAnOrder) {
  auto texture = opengl().create_shareable_texture(plain);
  ASSERT_TRUE(ok(texture));
  auto access = texture->begin_write();
  ASSERT_TRUE(ok(access));
  EXPECT_TRUE(fails(opengl::release(*access), Errc::invalid_state, "acquire()"));
  ASSERT_TRUE(ok(opengl::acquire(*access)));
  EXPECT_TRUE(fails(opengl::acquire(*access), Errc::invalid_state, "already"));
  EXPECT_TRUE(fails(opengl::release(*access, TextureLayout::undefined), Errc::invalid_argument, "undefined"));
  ASSERT_TRUE(ok(opengl::release(*access, TextureLayout::shader_read_only)));
  EXPECT_TRUE(fails(opengl::release(*access), Errc::invalid_state, "acquire()"));
  auto state = std::move(*access).end();
  ASSERT_TRUE(ok(state));
  EXPECT_EQ(state->layout, TextureLayout::shader_read_only);
}

struct Injection {
  const char* function;
  GLenum error;
  Errc wanted;
};

TEST_F(OpenGlTest, EmulatedFailuresLeaveNothingBehind) {
  const Injection injections[] = {
      {"glImportMemoryFdEXT", GL_INVALID_VALUE, Errc::protocol_error},      {"glImportMemoryFdEXT", GL_OUT_OF_MEMORY, Errc::out_of_memory},
      {"glTexStorageMem2DEXT", GL_INVALID_VALUE, Errc::unsupported_format}, {"glTexStorageMem2DEXT", GL_OUT_OF_MEMORY, Errc::out_of_memory},
      {"glTexStorageMem2DEXT", GL_CONTEXT_LOST, Errc::device_lost},
  };
  for (const bool closes : {false, true}) {
    for (const auto& injection : injections) {
      SCOPED_TRACE(::testing::Message() << injection.function << " " << injection.error << (closes ? " closes" : ""));
      auto handle = handle_of(vulkan(), plain);
      ASSERT_TRUE(ok(handle));
      layer::reset({.close_refused = closes});
      auto manager = adopt_with_layer();
      ASSERT_TRUE(ok(manager));
      const std::size_t before = open_descriptors();
      layer::fail(injection.function, injection.error);
      EXPECT_TRUE(fails(manager->import_texture(*std::move(handle)), injection.wanted));
      EXPECT_TRUE(is_open(handle->handles[0].fd()));
      EXPECT_EQ(layer::names(), layer::Names());
      EXPECT_EQ(open_descriptors(), before);
      layer::fail("", GL_NO_ERROR);
      EXPECT_TRUE(ok(manager->import_texture(*std::move(handle)))) << "the handle is whole";
    }
  }
}

TEST_F(OpenGlTest, EmulatedCopiesThatFailOrHangAreReported) {
  layer::reset();
  auto manager = adopt_with_layer();
  ASSERT_TRUE(ok(manager));
  auto handle = handle_of(vulkan(), plain);
  ASSERT_TRUE(ok(handle));
  auto texture = manager->import_texture(*std::move(handle));
  ASSERT_TRUE(ok(texture));
  std::vector<std::byte> bytes(64 * 32 * 4);
  layer::fail("glBufferData", GL_OUT_OF_MEMORY);
  EXPECT_TRUE(fails(manager->upload(*texture, {}, bytes), Errc::out_of_memory, "glBufferData"));
  expect_quiet_ = false;  // deleting the memory of such a texture is worth a line in the log
  layer::reset({.never_finishes = true});
  auto hung = adopt_with_layer();
  ASSERT_TRUE(ok(hung));
  auto second = handle_of(vulkan(), plain);
  ASSERT_TRUE(ok(second));
  auto other = hung->import_texture(*std::move(second));
  ASSERT_TRUE(ok(other));
  EXPECT_TRUE(fails(hung->upload(*other, {}, bytes), Errc::timed_out, "OpenGL did not finish"));
  EXPECT_FALSE(other->state().initialized);
}

}  // namespace
}  // namespace geyser::test
