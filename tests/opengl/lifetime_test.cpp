// Contexts that the caller made, threads, the graveyard, and that nothing is left.
#include <thread>

#include "opengl/fixture.hpp"
#include "opengl/gl_functions.hpp"
#include "opengl/layer.hpp"

namespace geyser::test {
namespace {

const TextureDescriptor plain{.extent = {64, 32, 1}, .format = TextureFormat::rgba8_unorm};

Result<TextureShareManager> adopt_with_layer(const TextureShareManager* partner) {
  opengl::AdoptInfo info;
  info.get_proc_address = layer::loader();
  info.partner = partner;
  return opengl::create_manager(info);
}

TEST_F(OpenGlTest, NothingIsLeftBehind) {
  layer::reset();
  std::size_t descriptors = 0;
  for (int round = 0; round < 6; ++round) {
    auto manager = adopt_with_layer(&vulkan());
    ASSERT_TRUE(ok(manager));
    for (const auto format : {TextureFormat::rgba8_unorm, TextureFormat::rgba16_float, TextureFormat::bc7_rgba_unorm}) {
      const auto descriptor = descriptor_of(format, Kind::d2_mips);
      auto texture = manager->create_shareable_texture(descriptor);
      ASSERT_TRUE(ok(texture));
      auto handle = manager->export_texture(*texture);
      ASSERT_TRUE(ok(handle));
      auto view = vulkan().import_texture(*std::move(handle));
      ASSERT_TRUE(ok(view));
      exchange_everything(*manager, *texture, vulkan(), *view, seed_for("left"));
      EXPECT_TRUE(fails(manager->read_back(*texture, {.mip_level = 99}, {}), Errc::invalid_argument));
      EXPECT_EQ(layer::names().textures, 1);
      EXPECT_EQ(layer::names().memory, 1);
    }
    manager = adopt_with_layer(&vulkan());
    EXPECT_EQ(layer::names(), layer::Names());
    if (round == 1) descriptors = open_descriptors();
  }
  EXPECT_EQ(open_descriptors(), descriptors);
}

TEST_F(OpenGlEsTest, NothingIsLeftBehind) {
  layer::reset();
  for (int round = 0; round < 2; ++round) {
    auto manager = adopt_with_layer(&vulkan());
    ASSERT_TRUE(ok(manager));
    for (const auto format : {TextureFormat::rgba8_unorm, TextureFormat::rgba16_float}) {
      auto pair = share(vulkan(), *manager, descriptor_of(format, Kind::d3_mips));
      ASSERT_TRUE(ok(pair));
      exchange_everything(*manager, pair->opengl, vulkan(), pair->vulkan, seed_for("left"));
    }
  }
  EXPECT_EQ(layer::names(), layer::Names());
}

GLuint program_that_draws_red() {
  const GLuint program = gl().glCreateProgram();
  const std::pair<GLenum, const char*> stages[] = {
      {GL_VERTEX_SHADER,
       "#version 450\nvoid main() { gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0); }\n"},
      {GL_FRAGMENT_SHADER, "#version 450\nlayout(location = 0) out vec4 color;\nvoid main() { color = vec4(1.0, 0.0, 0.0, 1.0); }\n"},
  };
  for (const auto& [stage, text] : stages) {
    const GLuint shader = gl().glCreateShader(stage);
    gl().glShaderSource(shader, 1, &text, nullptr);
    gl().glCompileShader(shader);
    gl().glAttachShader(program, shader);
    gl().glDeleteShader(shader);
  }
  gl().glLinkProgram(program);
  return program;
}

/// A context without debug output ends while its program, vertices, framebuffer and the framebuffer's texture are in use, and deleted.
TEST_F(OpenGlTest, ContextsEndWithDeletedObjectsInUse) {
  context_->release_current();
  {
    auto context = opengl::Context::create({.device_uuid = vulkan().identity().device_uuid});
    ASSERT_TRUE(ok(context));
    auto manager = context->create_manager(&vulkan());
    ASSERT_TRUE(ok(manager));
    auto pair = share(vulkan(), *manager, plain);
    ASSERT_TRUE(ok(pair));
    std::optional<Pair> drawn(*std::move(pair));
    auto name = opengl::native(drawn->opengl);
    ASSERT_TRUE(ok(name));
    const GLuint program = program_that_draws_red();
    GLuint corners = 0;
    gl().glGenVertexArrays(1, &corners);
    gl().glBindVertexArray(corners);
    GLuint framebuffer = 0;
    gl().glGenFramebuffers(1, &framebuffer);
    gl().glBindFramebuffer(GL_FRAMEBUFFER, framebuffer);
    gl().glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, name->name, 0);
    auto access = drawn->opengl.begin_write();
    ASSERT_TRUE(ok(access));
    ASSERT_TRUE(ok(opengl::acquire(*access)));
    gl().glUseProgram(program);
    gl().glViewport(0, 0, 64, 32);
    gl().glDrawArrays(GL_TRIANGLES, 0, 3);
    ASSERT_TRUE(ok(opengl::release(*access)));
    ASSERT_TRUE(ok(std::move(*access).end()));
    std::vector<std::byte> found(std::size_t{64} * 32 * 4);
    poison(found);
    ASSERT_TRUE(ok(vulkan().read_back(drawn->vulkan, {}, found, settled())));
    EXPECT_EQ(found[0], std::byte{255});
    EXPECT_EQ(found[1], std::byte{0});
    drawn.reset();
    gl().glDeleteProgram(program);
    gl().glDeleteVertexArrays(1, &corners);
    gl().glDeleteFramebuffers(1, &framebuffer);
    EXPECT_EQ(gl().glGetError(), static_cast<GLenum>(GL_NO_ERROR));
  }
  ASSERT_TRUE(ok(context_->make_current()));
}

TEST_F(OpenGlTest, TexturesDieInAnyThread) {
  layer::reset();
  auto manager = adopt_with_layer(nullptr);
  ASSERT_TRUE(ok(manager));
  auto pair = share(vulkan(), *manager, plain);
  ASSERT_TRUE(ok(pair));
  auto native = opengl::native(pair->opengl);
  ASSERT_TRUE(ok(native));
  std::optional<SharedTexture> dying(std::move(pair->opengl));
  std::thread([&] { dying.reset(); }).join();
  EXPECT_EQ(layer::names().textures, 1) << "that thread has no context";
  EXPECT_EQ(gl().glIsTexture(native->name), GL_TRUE);
  auto other = share(vulkan(), *manager, plain);
  ASSERT_TRUE(ok(other));
  EXPECT_EQ(layer::names().textures, 1) << "the next call in the context's thread buries it";
  EXPECT_EQ(layer::names().memory, 1);
  std::optional<SharedTexture> last(std::move(other->opengl));
  std::thread([&] { last.reset(); }).join();
  EXPECT_EQ(layer::names().textures, 1);
  manager = adopt_with_layer(nullptr);
  EXPECT_EQ(layer::names(), layer::Names()) << "the end of the manager buries the rest";
}

TEST_F(OpenGlTest, ManagersAndTexturesOutliveTheirContextAsLongAsNobodyCalls) {
  auto other = opengl::Context::create({.device_uuid = vulkan().identity().device_uuid});
  ASSERT_TRUE(ok(other));
  std::optional<opengl::Context> dying(*std::move(other));
  auto manager = dying->create_manager(&vulkan());
  ASSERT_TRUE(ok(manager));
  auto pair = share(vulkan(), *manager, plain);
  ASSERT_TRUE(ok(pair));
  dying.reset();
  std::vector<std::byte> bytes(64 * 32 * 4);
  EXPECT_TRUE(fails(manager->upload(pair->opengl, {}, bytes), Errc::invalid_state, "not current"));
}

TEST_F(OpenGlTest, ContextsMoveBetweenThreads) {
  auto pair = share(vulkan(), opengl(), plain);
  ASSERT_TRUE(ok(pair));
  context_->release_current();
  std::thread([&] {
    ASSERT_TRUE(ok(context_->make_current()));
    exchange_everything(opengl(), pair->opengl, vulkan(), pair->vulkan, seed_for("moved"));
    context_->release_current();
  }).join();
  ASSERT_TRUE(ok(context_->make_current()));
  exchange_everything(vulkan(), pair->vulkan, opengl(), pair->opengl, seed_for("back"));
}

TEST_F(OpenGlTest, ContextsOfTheCallerAreAdopted) {
  for (const auto profile : {RawContext::Profile::core, RawContext::Profile::es, RawContext::Profile::compatibility}) {
    const RawContext raw(profile);
    if (!raw.made()) continue;
    const std::string version = reinterpret_cast<const char*>(gl().glGetString(GL_VERSION));
    SCOPED_TRACE(version);
    auto identity = opengl::identify();
    ASSERT_TRUE(ok(identity));
    EXPECT_EQ(identity->driver, version);
    if (!check_same_device(vulkan().identity(), *identity)) continue;  // the surfaceless platform may be another device
    opengl::AdoptInfo info;
    info.partner = &vulkan();
    auto manager = opengl::create_manager(info);
    ASSERT_TRUE(ok(manager));
    EXPECT_EQ(manager->backend_name(), "opengl");
    auto texture = manager->create_shareable_texture(plain);
    ASSERT_TRUE(ok(texture));
    auto handle = manager->export_texture(*texture);
    ASSERT_TRUE(ok(handle));
    auto view = vulkan().import_texture(*std::move(handle));
    ASSERT_TRUE(ok(view));
    exchange_everything(*manager, *texture, vulkan(), *view, seed_for("adopted"));
    auto own = opengl::native(*texture);
    ASSERT_TRUE(ok(own));
    EXPECT_EQ(gl().glIsTexture(own->name), GL_TRUE);
    EXPECT_EQ(own->target, static_cast<std::uint32_t>(GL_TEXTURE_2D));
    EXPECT_EQ(own->internal_format, static_cast<std::uint32_t>(GL_RGBA8));
  }
  ASSERT_TRUE(ok(context_->make_current()));
}

/// A loader's own idea of what is current, as GLX users need it.
TEST_F(OpenGlTest, CallersMaySayWhatIsCurrent) {
  static void* answer = nullptr;
  answer = &answer;
  opengl::AdoptInfo info;
  info.current_context = []() { return answer; };
  auto manager = opengl::create_manager(info);
  ASSERT_TRUE(ok(manager));
  auto pair = share(vulkan(), *manager, plain);
  ASSERT_TRUE(ok(pair));
  answer = nullptr;
  std::vector<std::byte> bytes(64 * 32 * 4);
  EXPECT_TRUE(fails(manager->upload(pair->opengl, {}, bytes), Errc::invalid_state, "none is"));
  answer = &answer;
  EXPECT_TRUE(ok(manager->upload(pair->opengl, {}, bytes)));
}

TEST_F(OpenGlTest, DriversMayReportErrors) {
  expect_quiet_ = false;
  auto silent = opengl::Context::create({.device_uuid = vulkan().identity().device_uuid});
  ASSERT_TRUE(ok(silent));
  gl().glEnable(0xffff);
  EXPECT_EQ(gl().glGetError(), static_cast<GLenum>(GL_INVALID_ENUM));
  EXPECT_EQ(silent->debug_messages(), 0U);
  ASSERT_TRUE(ok(context_->make_current()));
  const std::uint64_t before = context_->debug_messages();
  const std::size_t mark = log_mark();
  gl().glEnable(0xffff);
  EXPECT_EQ(gl().glGetError(), static_cast<GLenum>(GL_INVALID_ENUM));
  EXPECT_EQ(context_->debug_messages(), before + 1);
  EXPECT_EQ(lines_since(mark, LogLevel::error).size(), 1U);
}

TEST_F(OpenGlTest, CreatingAContextKeepsTheOldOneWhenItFails) {
  void* const before = gl().eglGetCurrentContext();
  Uuid nobody;
  nobody.bytes.fill(0xee);
  EXPECT_TRUE(fails(opengl::Context::create({.device_uuid = nobody}), Errc::not_found, to_string(nobody)));
  EXPECT_EQ(gl().eglGetCurrentContext(), before);
}

TEST_F(OpenGlTest, TexturesOfEveryKindHaveTheirTarget) {
  const std::pair<Kind, GLenum> kinds[] = {{Kind::d2, GL_TEXTURE_2D},
                                           {Kind::d2_array, GL_TEXTURE_2D_ARRAY},
                                           {Kind::cube, GL_TEXTURE_CUBE_MAP},
                                           {Kind::cube_array, GL_TEXTURE_CUBE_MAP_ARRAY},
                                           {Kind::d3, GL_TEXTURE_3D}};
  for (const auto& [kind, target] : kinds) {
    auto texture = opengl().create_shareable_texture(descriptor_of(TextureFormat::r32_float, kind));
    ASSERT_TRUE(ok(texture));
    auto native = opengl::native(*texture);
    ASSERT_TRUE(ok(native));
    EXPECT_EQ(native->target, target);
    EXPECT_EQ(native->internal_format, static_cast<std::uint32_t>(GL_R32F));
  }
}

}  // namespace
}  // namespace geyser::test
