// The caller's state and errors are what they were, whatever the library did in between.
#include <array>

#include "opengl/fixture.hpp"
#include "opengl/gl_functions.hpp"

namespace geyser::test {
namespace {

const TextureDescriptor plain{.extent = {16, 16, 1}, .format = TextureFormat::rgba8_unorm};

constexpr GLenum watched[] = {
    GL_ACTIVE_TEXTURE,
    GL_TEXTURE_BINDING_2D,
    GL_TEXTURE_BINDING_2D_ARRAY,
    GL_TEXTURE_BINDING_3D,
    GL_TEXTURE_BINDING_CUBE_MAP,
    GL_TEXTURE_BINDING_CUBE_MAP_ARRAY,
    GL_PIXEL_PACK_BUFFER_BINDING,
    GL_PIXEL_UNPACK_BUFFER_BINDING,
    GL_READ_FRAMEBUFFER_BINDING,
    GL_DRAW_FRAMEBUFFER_BINDING,
    GL_CURRENT_PROGRAM,
    GL_ARRAY_BUFFER_BINDING,
    GL_PACK_ALIGNMENT,
    GL_PACK_ROW_LENGTH,
    GL_PACK_SKIP_ROWS,
    GL_PACK_SKIP_PIXELS,
    GL_UNPACK_ALIGNMENT,
    GL_UNPACK_ROW_LENGTH,
    GL_UNPACK_SKIP_ROWS,
    GL_UNPACK_SKIP_PIXELS,
    GL_UNPACK_IMAGE_HEIGHT,
    GL_UNPACK_SKIP_IMAGES,
};
constexpr GLenum watched_desktop[] = {
    GL_PACK_IMAGE_HEIGHT, GL_PACK_SKIP_IMAGES, GL_PACK_SWAP_BYTES, GL_PACK_LSB_FIRST, GL_UNPACK_SWAP_BYTES, GL_UNPACK_LSB_FIRST,
};

std::vector<GLint> snapshot(bool es) {
  std::vector<GLint> values;
  const auto take = [&](GLenum name) {
    GLint value = 0;
    gl().glGetIntegerv(name, &value);
    values.push_back(value);
  };
  for (const GLenum name : watched) take(name);
  if (!es) {
    for (const GLenum name : watched_desktop) take(name);
  }
  return values;
}

/// Everything set to what nobody has by default.
class StrangeState {
 public:
  explicit StrangeState(bool es) : es_(es) {
    gl().glActiveTexture(GL_TEXTURE3);
    gl().glGenTextures(5, textures_);
    constexpr GLenum targets[] = {GL_TEXTURE_2D, GL_TEXTURE_2D_ARRAY, GL_TEXTURE_3D, GL_TEXTURE_CUBE_MAP, GL_TEXTURE_CUBE_MAP_ARRAY};
    for (int i = 0; i < 5; ++i) gl().glBindTexture(targets[i], textures_[i]);
    gl().glGenBuffers(2, buffers_);
    gl().glBindBuffer(GL_PIXEL_PACK_BUFFER, buffers_[0]);
    gl().glBindBuffer(GL_PIXEL_UNPACK_BUFFER, buffers_[1]);
    gl().glGenFramebuffers(2, framebuffers_);
    gl().glBindFramebuffer(GL_READ_FRAMEBUFFER, framebuffers_[0]);
    gl().glBindFramebuffer(GL_DRAW_FRAMEBUFFER, framebuffers_[1]);
    GLint value = 0;
    for (const GLenum name : watched) {
      if (name == GL_PACK_ALIGNMENT || name == GL_UNPACK_ALIGNMENT) {
        gl().glPixelStorei(name, 8);
      } else if ((name >= GL_PACK_ROW_LENGTH && name <= GL_PACK_SKIP_PIXELS) ||
                 (name >= GL_UNPACK_ROW_LENGTH && name <= GL_UNPACK_SKIP_PIXELS) || name == GL_UNPACK_IMAGE_HEIGHT ||
                 name == GL_UNPACK_SKIP_IMAGES) {
        gl().glPixelStorei(name, 37 + ++value);
      }
    }
    if (es_) return;
    for (const GLenum name : watched_desktop) {
      gl().glPixelStorei(name, name == GL_PACK_IMAGE_HEIGHT || name == GL_PACK_SKIP_IMAGES ? 41 : GL_TRUE);
    }
  }
  ~StrangeState() {
    gl().glDeleteTextures(5, textures_);
    gl().glDeleteBuffers(2, buffers_);
    gl().glDeleteFramebuffers(2, framebuffers_);
  }
  StrangeState(const StrangeState&) = delete;
  StrangeState& operator=(const StrangeState&) = delete;

 private:
  bool es_;
  GLuint textures_[5]{};
  GLuint buffers_[2]{};
  GLuint framebuffers_[2]{};
};

void use_everything(TextureShareManager& vulkan, TextureShareManager& opengl, bool es) {
  const StrangeState strange(es);
  const auto before = snapshot(es);
  const auto unchanged = [&](std::string_view after) { EXPECT_EQ(snapshot(es), before) << "after " << after; };
  std::vector<TextureFormat> formats{TextureFormat::rgba8_unorm, TextureFormat::bgra8_srgb, TextureFormat::r16_float,
                                     TextureFormat::bc1_rgba_unorm};
  if (!es) {
    formats.insert(formats.end(), {TextureFormat::depth24plus_stencil8, TextureFormat::depth24plus, TextureFormat::depth32_float_stencil8});
  }
  for (const auto format : formats) {
    for (const Kind kind : {Kind::d2, Kind::d2_array_mips, Kind::cube, Kind::cube_array, Kind::d3}) {
      const auto descriptor = descriptor_of(format, kind);
      SCOPED_TRACE(describe(descriptor));
      if (!validate(descriptor)) continue;
      auto support = opengl.format_support(descriptor);
      ASSERT_TRUE(ok(support));
      unchanged("format_support()");
      if (!support->front().can_import) continue;
      auto pair = share(vulkan, opengl, descriptor);
      ASSERT_TRUE(ok(pair));
      unchanged("import_texture()");
      // The caller's strange pixel store must not shift a byte either.
      exchange_everything(opengl, pair->opengl, vulkan, pair->vulkan, seed_for("state"));
      unchanged("upload() and read_back()");
      auto own = opengl.create_shareable_texture(descriptor);
      ASSERT_TRUE(ok(own));
      unchanged("create_shareable_texture()");
      auto access = pair->opengl.begin_write();
      ASSERT_TRUE(ok(access));
      ASSERT_TRUE(ok(opengl::acquire(*access)));
      unchanged("acquire()");
      ASSERT_TRUE(ok(opengl::release(*access)));
      unchanged("release()");
      EXPECT_TRUE(ok(std::move(*access).end()));
    }
  }
  unchanged("destroying textures");
  EXPECT_EQ(gl().glGetError(), static_cast<GLenum>(GL_NO_ERROR));
}

TEST_F(OpenGlTest, StateIsUntouched) { use_everything(vulkan(), opengl(), false); }
TEST_F(OpenGlEsTest, StateIsUntouched) { use_everything(vulkan(), opengl(), true); }

TEST_F(OpenGlTest, StateOfCompatibilityContextsIsUntouched) {
  const RawContext raw(RawContext::Profile::compatibility);
  if (!raw.made()) GTEST_SKIP() << "no compatibility profile";
  {
    opengl::AdoptInfo info;
    info.partner = &vulkan();
    auto manager = opengl::create_manager(info);
    ASSERT_TRUE(ok(manager));
    // Pixel transfer would turn every value of an upload and a read-back into another one.
    gl().glPixelTransferf(GL_RED_SCALE, 0.25F);
    gl().glPixelTransferf(GL_GREEN_BIAS, 0.5F);
    gl().glPixelTransferf(GL_DEPTH_SCALE, 0.5F);
    auto pair = share(vulkan(), *manager, plain);
    ASSERT_TRUE(ok(pair));
    exchange_everything(*manager, pair->opengl, vulkan(), pair->vulkan, seed_for("pixel transfer"));
    auto packed = manager->format_support(descriptor_of(TextureFormat::depth24plus_stencil8, Kind::d2));
    ASSERT_TRUE(ok(packed));
    const auto format = packed->front().can_import ? TextureFormat::depth24plus_stencil8 : TextureFormat::depth32_float_stencil8;
    auto depth = share(vulkan(), *manager, descriptor_of(format, Kind::d2));
    ASSERT_TRUE(ok(depth));
    exchange_everything(*manager, depth->opengl, vulkan(), depth->vulkan, seed_for("depth transfer"));
    GLfloat value = 0;
    gl().glGetFloatv(GL_RED_SCALE, &value);
    EXPECT_EQ(value, 0.25F);
    gl().glGetFloatv(GL_GREEN_BIAS, &value);
    EXPECT_EQ(value, 0.5F);
    gl().glGetFloatv(GL_DEPTH_SCALE, &value);
    EXPECT_EQ(value, 0.5F);
  }
  ASSERT_TRUE(ok(context_->make_current()));
}

TEST_F(OpenGlTest, PendingErrorsAreNeitherTakenForOursNorSwallowed) {
  expect_quiet_ = false;
  auto pair = share(vulkan(), opengl(), plain);
  ASSERT_TRUE(ok(pair));
  std::vector<std::byte> bytes(16 * 16 * 4);
  auto name = opengl::native(pair->opengl);
  ASSERT_TRUE(ok(name));
  for (const GLenum error : std::array<GLenum, 3>{GL_INVALID_ENUM, GL_INVALID_VALUE, GL_INVALID_OPERATION}) {
    if (error == GL_INVALID_ENUM) gl().glEnable(0xffff);
    if (error == GL_INVALID_VALUE) gl().glDeleteTextures(-1, nullptr);
    if (error == GL_INVALID_OPERATION) gl().glBindTexture(GL_TEXTURE_3D, name->name);  // it is a 2D texture
    const std::uint64_t before = context_->debug_messages();
    EXPECT_TRUE(ok(opengl().upload(pair->opengl, {}, bytes)));
    EXPECT_EQ(context_->debug_messages(), before) << "putting an error back is not worth a message";
    EXPECT_EQ(gl().glGetError(), error);
    EXPECT_EQ(gl().glGetError(), static_cast<GLenum>(GL_NO_ERROR));
  }
  EXPECT_GE(context_->debug_messages(), 3U) << "the caller's own errors were reported";
}

}  // namespace
}  // namespace geyser::test
