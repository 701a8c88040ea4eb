// Pictures that OpenGL itself draws and samples: which way up, and which channel is which.
#include <cstring>

#include "opengl/fixture.hpp"
#include "opengl/gl_functions.hpp"

namespace geyser::test {
namespace {

constexpr std::uint32_t width = 8;
constexpr std::uint32_t height = 4;

TextureDescriptor drawn(TextureFormat format) {
  TextureDescriptor descriptor{.extent = {width, height, 1}, .format = format};
  descriptor.usage = descriptor.usage | TextureUsage::render_attachment;
  return descriptor;
}

/// Clears texel row `row` of the texture to a colour, and the rest to black.
void draw_row(GLuint texture, GLint row, const std::array<float, 4>& color) {
  GLuint framebuffer = 0;
  gl().glGenFramebuffers(1, &framebuffer);
  gl().glBindFramebuffer(GL_FRAMEBUFFER, framebuffer);
  gl().glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, texture, 0);
  gl().glClearColor(0, 0, 0, 0);
  gl().glClear(GL_COLOR_BUFFER_BIT);
  gl().glEnable(GL_SCISSOR_TEST);
  gl().glScissor(0, row, width, 1);
  gl().glClearColor(color[0], color[1], color[2], color[3]);
  gl().glClear(GL_COLOR_BUFFER_BIT);
  gl().glDisable(GL_SCISSOR_TEST);
  gl().glBindFramebuffer(GL_FRAMEBUFFER, 0);
  gl().glDeleteFramebuffers(1, &framebuffer);
}

/// What a shader gets for each texel, row by row.
std::vector<std::array<float, 4>> sample(GLuint texture, bool es) {
  const std::string source = std::string(es ? "#version 310 es\nprecision highp float;\n" : "#version 430\n") + R"(
layout(local_size_x = 1) in;
layout(binding = 0) uniform sampler2D picture;
layout(std430, binding = 0) buffer Texels { vec4 texels[]; };
void main() {
  ivec2 at = ivec2(gl_GlobalInvocationID.xy);
  texels[at.y * 8 + at.x] = texelFetch(picture, at, 0);
}
)";
  const char* text = source.c_str();
  const GLuint shader = gl().glCreateShader(GL_COMPUTE_SHADER);
  gl().glShaderSource(shader, 1, &text, nullptr);
  gl().glCompileShader(shader);
  const GLuint program = gl().glCreateProgram();
  gl().glAttachShader(program, shader);
  gl().glLinkProgram(program);
  GLint linked = GL_FALSE;
  gl().glGetProgramiv(program, GL_LINK_STATUS, &linked);
  EXPECT_EQ(linked, GL_TRUE);
  GLuint buffer = 0;
  gl().glGenBuffers(1, &buffer);
  gl().glBindBufferBase(GL_SHADER_STORAGE_BUFFER, 0, buffer);
  gl().glBufferData(GL_SHADER_STORAGE_BUFFER, width * height * 16, nullptr, GL_STREAM_READ);
  gl().glActiveTexture(GL_TEXTURE0);
  gl().glBindTexture(GL_TEXTURE_2D, texture);
  gl().glUseProgram(program);
  gl().glDispatchCompute(width, height, 1);
  gl().glMemoryBarrier(GL_BUFFER_UPDATE_BARRIER_BIT);
  std::vector<std::array<float, 4>> texels(std::size_t{width} * height);
  const void* mapped = gl().glMapBufferRange(GL_SHADER_STORAGE_BUFFER, 0, width * height * 16, GL_MAP_READ_BIT);
  EXPECT_NE(mapped, nullptr);
  if (mapped != nullptr) std::memcpy(texels.data(), mapped, texels.size() * 16);
  gl().glUnmapBuffer(GL_SHADER_STORAGE_BUFFER);
  gl().glUseProgram(0);
  gl().glBindTexture(GL_TEXTURE_2D, 0);
  gl().glDeleteBuffers(1, &buffer);
  gl().glDeleteProgram(program);
  gl().glDeleteShader(shader);
  return texels;
}

void draws_row_zero(TextureShareManager& vulkan, TextureShareManager& opengl) {
  for (const std::uint32_t row : {0U, 3U}) {
    auto pair = share(vulkan, opengl, drawn(TextureFormat::rgba8_unorm));
    ASSERT_TRUE(ok(pair));
    auto native = opengl::native(pair->opengl);
    ASSERT_TRUE(ok(native));
    auto access = pair->opengl.begin_write();
    ASSERT_TRUE(ok(access));
    ASSERT_TRUE(ok(opengl::acquire(*access)));
    draw_row(native->name, static_cast<GLint>(row), {1.0F, 0.0F, 0.2F, 1.0F});
    ASSERT_TRUE(ok(opengl::release(*access)));
    ASSERT_TRUE(ok(std::move(*access).end()));
    std::vector<std::byte> found(std::size_t{width} * height * 4);
    poison(found);
    ASSERT_TRUE(ok(vulkan.read_back(pair->vulkan, {}, found, settled())));
    std::vector<std::byte> wanted(found.size());
    for (std::uint32_t x = 0; x < width; ++x) {
      std::byte* texel = &wanted[(std::size_t{row} * width + x) * 4];
      texel[0] = texel[3] = std::byte{255};
      texel[2] = std::byte{51};
    }
    EXPECT_EQ(found, wanted) << "row " << row;
  }
}

TEST_F(OpenGlTest, RowZeroOfOpenGlIsRowZeroOfVulkan) { draws_row_zero(vulkan(), opengl()); }
TEST_F(OpenGlEsTest, RowZeroOfOpenGlIsRowZeroOfVulkan) { draws_row_zero(vulkan(), opengl()); }

void samples_rows(TextureShareManager& vulkan, TextureShareManager& opengl, TextureFormat format, bool es) {
  auto pair = share(vulkan, opengl, drawn(format));
  ASSERT_TRUE(ok(pair));
  std::vector<std::byte> bytes(std::size_t{width} * height * 4);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::byte>(i % 4 == 0 ? 255 : i % 4 == 1 ? 51 * (i / (4 * width)) : 0);
  ASSERT_TRUE(ok(vulkan.upload(pair->vulkan, {}, bytes)));
  auto native = opengl::native(pair->opengl);
  ASSERT_TRUE(ok(native));
  const AccessInfo info = settled();
  auto access = pair->opengl.begin_read(info);
  ASSERT_TRUE(ok(access));
  ASSERT_TRUE(ok(opengl::acquire(*access)));
  const auto texels = sample(native->name, es);
  ASSERT_TRUE(ok(opengl::release(*access)));
  ASSERT_TRUE(ok(std::move(*access).end()));
  const bool bgra = format == TextureFormat::bgra8_unorm;
  for (std::uint32_t y = 0; y < height; ++y) {
    const auto& texel = texels[std::size_t{y} * width + 5];
    EXPECT_FLOAT_EQ(texel[bgra ? 2 : 0], 1.0F) << "the first byte is blue in bgra, red in rgba";
    EXPECT_NEAR(texel[1], static_cast<float>(y) * 0.2F, 2e-3F) << "row " << y;
    EXPECT_FLOAT_EQ(texel[bgra ? 0 : 2], 0.0F);
  }
}

TEST_F(OpenGlTest, ShadersSeeRowsAndChannelsAsVulkanWroteThem) {
  samples_rows(vulkan(), opengl(), TextureFormat::rgba8_unorm, false);
  samples_rows(vulkan(), opengl(), TextureFormat::bgra8_unorm, false);
}
TEST_F(OpenGlEsTest, ShadersSeeRowsAndChannelsAsVulkanWroteThem) {
  samples_rows(vulkan(), opengl(), TextureFormat::rgba8_unorm, true);
  samples_rows(vulkan(), opengl(), TextureFormat::bgra8_unorm, true);
}

}  // namespace
}  // namespace geyser::test
