// What EGL is asked for with dma-bufs. All of it emulated: no test here has met a dma-buf.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "opengl/emulated_partner.hpp"
#include "opengl/fixture.hpp"
#include "opengl/layer.hpp"
#include "opengl/layer_egl.hpp"

namespace geyser::test {
namespace {

const TextureDescriptor plain{.extent = {16, 8, 1}, .format = TextureFormat::rgba8_unorm};

Result<TextureShareManager> adopt_with_layer(const TextureShareManager* partner = nullptr) {
  opengl::AdoptInfo info;
  info.get_proc_address = layer::loader();
  info.partner = partner;
  return opengl::create_manager(info);
}

TextureHandle dma_buf(const TextureDescriptor& descriptor) {
  TextureHandle handle;
  const int fd = ::memfd_create("dma-buf", MFD_CLOEXEC);
  EXPECT_EQ(::ftruncate(fd, 4096), 0);
  handle.handles[0].reset(fd);
  handle.info.type = MemoryHandleType::dma_buf;
  handle.info.descriptor = descriptor;
  handle.info.allocation_size = 4096;
  handle.info.required_size = 2048;
  handle.info.memory_plane_count = 1;
  handle.info.memory_planes[0] = {.offset = 64, .row_pitch = 128, .handle_index = 0};
  handle.info.initialized = true;
  handle.info.layout = TextureLayout::general;
  return handle;
}

TEST_F(OpenGlTest, EmulatedDmaBufsAreDescribedToEgl) {
  layer::reset({.dma_buf = true});
  auto manager = adopt_with_layer();
  ASSERT_TRUE(ok(manager));
  EXPECT_TRUE(manager->capabilities().imports(MemoryHandleType::dma_buf));
  for (const auto format : {TextureFormat::rgba8_unorm, TextureFormat::bgra8_unorm}) {
    TextureDescriptor descriptor = plain;
    descriptor.format = format;
    const std::size_t before = open_descriptors();
    auto handle = dma_buf(descriptor);
    const int fd = handle.handles[0].fd();
    auto texture = manager->import_texture(std::move(handle));
    ASSERT_TRUE(ok(texture));
    EXPECT_EQ(layer::last_image(), (std::map<EGLAttrib, EGLAttrib>{
                                       {EGL_WIDTH, 16},
                                       {EGL_HEIGHT, 8},
                                       {EGL_LINUX_DRM_FOURCC_EXT, static_cast<EGLAttrib>(format_info(format)->drm)},
                                       {EGL_DMA_BUF_PLANE0_FD_EXT, fd},
                                       {EGL_DMA_BUF_PLANE0_OFFSET_EXT, 64},
                                       {EGL_DMA_BUF_PLANE0_PITCH_EXT, 128},
                                       {EGL_DMA_BUF_PLANE0_MODIFIER_LO_EXT, 0},
                                       {EGL_DMA_BUF_PLANE0_MODIFIER_HI_EXT, 0},
                                   }));
    EXPECT_EQ(open_descriptors(), before) << "EGL has references of its own; import closes the handle";
    EXPECT_EQ(layer::images_alive(), 0);
    Random random(seed_for("dma-buf"));
    const auto bytes = random_content(random, *format_info(format), 0, 16 * 8 * 4);
    ASSERT_TRUE(ok(manager->upload(*texture, {}, bytes)));
    std::vector<std::byte> found(bytes.size());
    poison(found);
    ASSERT_TRUE(ok(manager->read_back(*texture, {}, found)));
    EXPECT_EQ(found, bytes);
  }
}

TEST_F(OpenGlTest, EmulatedDmaBufsNeedADrmDevice) {
  for (const char* file : {"", "/nonexistent/renderD128"}) {
    layer::reset({.dma_buf = true, .drm_file = file});
    auto manager = adopt_with_layer();
    ASSERT_TRUE(ok(manager));
    EXPECT_FALSE(manager->capabilities().imports(MemoryHandleType::dma_buf));
    EXPECT_FALSE(manager->capabilities().exports(MemoryHandleType::dma_buf));
    EXPECT_NE(manager->capabilities().memory.back().why_not.find("no DRM device"), std::string::npos);
    auto support = manager->format_support(plain);
    ASSERT_TRUE(ok(support));
    EXPECT_NE(support->back().why_not.find("no DRM device"), std::string::npos);
    EXPECT_TRUE(fails(manager->create_shareable_texture(plain), Errc::unsupported_handle, "partner"));
  }
}

TEST_F(OpenGlTest, EmulatedDmaBufSupportSaysWhyNot) {
  layer::reset({.dma_buf = true});
  auto manager = adopt_with_layer();
  ASSERT_TRUE(ok(manager));
  for (const FormatInfo& format : all_formats()) {
    TextureDescriptor descriptor = plain;
    descriptor.format = format.format;
    auto support = manager->format_support(descriptor);
    ASSERT_TRUE(ok(support));
    const auto& entry = support->back();
    EXPECT_EQ(entry.why_not.empty(), entry.can_import && entry.can_export) << format.name << ": " << entry.why_not;
  }
}

TEST_F(OpenGlTest, EmulatedDmaBufsThatDoNotFitAreRefused) {
  layer::reset({.dma_buf = true});
  auto manager = adopt_with_layer();
  ASSERT_TRUE(ok(manager));
  const auto refused = [&](TextureHandle handle, Errc wanted, std::string_view part) {
    EXPECT_TRUE(fails(manager->import_texture(std::move(handle)), wanted, part));
    EXPECT_TRUE(handle.handles[0]);
    EXPECT_EQ(layer::images_alive(), 0);
    EXPECT_EQ(layer::names().textures, 0);
  };
  auto external = dma_buf(plain);
  external.info.drm_modifier = layer::external_only_modifier;
  refused(std::move(external), Errc::unsupported_format, "drm_modifier is 0x42");
  auto narrow = dma_buf(plain);
  narrow.info.memory_planes[0].row_pitch = 32;
  refused(std::move(narrow), Errc::protocol_error, "row_pitch");
  auto short_file = dma_buf(plain);
  short_file.info.memory_planes[0].offset = 3500;
  refused(std::move(short_file), Errc::protocol_error, "does not fit");
  auto planes = dma_buf(plain);
  planes.info.memory_plane_count = 0;
  refused(std::move(planes), Errc::protocol_error, "memory_plane_count");
  TextureDescriptor other = plain;
  other.format = TextureFormat::rgba8_srgb;
  refused(dma_buf(other), Errc::unsupported_format, "sRGB");
  other.format = TextureFormat::rgba16_float;
  refused(dma_buf(other), Errc::unsupported_format, "drm_modifier");
  other = plain;
  other.mip_levels = 2;
  refused(dma_buf(other), Errc::unsupported_format, "one mip level");
  auto closed = dma_buf(plain);
  ::close(closed.handles[0].fd());
  EXPECT_TRUE(fails(manager->import_texture(std::move(closed)), Errc::unsupported_format, "eglCreateImage"));
  static_cast<void>(closed.handles[0].release());
}

TEST_F(OpenGlTest, EmulatedDmaBufsAreExported) {
  layer::reset({.dma_buf = true});
  const std::size_t before = open_descriptors();
  {
    auto manager = adopt_with_layer();
    ASSERT_TRUE(ok(manager));
    auto texture = manager->create_shareable_texture(plain);  // without a partner the only type
    ASSERT_TRUE(ok(texture));
    EXPECT_EQ(texture->handle_type(), MemoryHandleType::dma_buf);
    EXPECT_EQ(layer::images_alive(), 1);
    auto handle = manager->export_texture(*texture);
    ASSERT_TRUE(ok(handle));
    EXPECT_TRUE(ok(validate(*handle)));
    EXPECT_EQ(handle->handle_count(), 1U) << "two planes in one file";
    EXPECT_NE(::fcntl(handle->handles[0].fd(), F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_EQ(handle->info.allocation_size, layer::exported_bytes);
    EXPECT_EQ(handle->info.drm_modifier, 7U);
    ASSERT_EQ(handle->info.memory_plane_count, 2U);
    EXPECT_EQ(handle->info.memory_planes[0], (MemoryPlane{.offset = 0, .row_pitch = 256, .handle_index = 0}));
    EXPECT_EQ(handle->info.memory_planes[1], (MemoryPlane{.offset = 32768, .row_pitch = 64, .handle_index = 0}));
    const ModifierSupport linear[] = {{0, 1}};
    EXPECT_TRUE(fails(manager->create_shareable_texture(plain, {.handle_type = MemoryHandleType::dma_buf, .modifiers = linear}),
                      Errc::unsupported_format, "0x7"));
    TextureDescriptor bgra = plain;
    bgra.format = TextureFormat::bgra8_unorm;
    EXPECT_TRUE(fails(manager->create_shareable_texture(bgra), Errc::unsupported_format, "bgra8_unorm"));
    auto both = adopt_with_layer(&vulkan());
    ASSERT_TRUE(ok(both));
    auto preferred = both->create_shareable_texture(plain);
    ASSERT_TRUE(ok(preferred));
    EXPECT_EQ(preferred->handle_type(), MemoryHandleType::opaque_fd) << "a partner's memory comes first";
  }
  EXPECT_EQ(layer::images_alive(), 0);
  EXPECT_EQ(layer::names(), layer::Names());
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace geyser::test
