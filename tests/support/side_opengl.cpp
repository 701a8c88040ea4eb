// OpenGL as a side of an exchange: a context without a surface on the device of a Vulkan entry, and work in its command stream.
#include <GL/glcorearb.h>

#include <cstring>
#include <iostream>

#include "geyser/opengl.hpp"
#include "support/side.hpp"

namespace geyser::test {
namespace {

struct Functions {
  explicit Functions(opengl::GetProcAddress get) {
    load(get, "glGenBuffers", gen_buffers);
    load(get, "glDeleteBuffers", delete_buffers);
    load(get, "glBindBuffer", bind_buffer);
    load(get, "glBufferData", buffer_data);
    load(get, "glMapBufferRange", map_buffer_range);
    load(get, "glUnmapBuffer", unmap_buffer);
    load(get, "glGenFramebuffers", gen_framebuffers);
    load(get, "glDeleteFramebuffers", delete_framebuffers);
    load(get, "glBindFramebuffer", bind_framebuffer);
    load(get, "glFramebufferTexture2D", framebuffer_texture);
    load(get, "glCheckFramebufferStatus", check_framebuffer);
    load(get, "glClearBufferuiv", clear_buffer);
    load(get, "glDisable", disable);
    load(get, "glReadPixels", read_pixels);
    load(get, "glPixelStorei", pixel_store);
    load(get, "glGetError", get_error);
  }
  [[nodiscard]] bool complete() const noexcept { return missing == nullptr; }

  PFNGLGENBUFFERSPROC gen_buffers{};
  PFNGLDELETEBUFFERSPROC delete_buffers{};
  PFNGLBINDBUFFERPROC bind_buffer{};
  PFNGLBUFFERDATAPROC buffer_data{};
  PFNGLMAPBUFFERRANGEPROC map_buffer_range{};
  PFNGLUNMAPBUFFERPROC unmap_buffer{};
  PFNGLGENFRAMEBUFFERSPROC gen_framebuffers{};
  PFNGLDELETEFRAMEBUFFERSPROC delete_framebuffers{};
  PFNGLBINDFRAMEBUFFERPROC bind_framebuffer{};
  PFNGLFRAMEBUFFERTEXTURE2DPROC framebuffer_texture{};
  PFNGLCHECKFRAMEBUFFERSTATUSPROC check_framebuffer{};
  PFNGLCLEARBUFFERUIVPROC clear_buffer{};
  PFNGLDISABLEPROC disable{};
  PFNGLREADPIXELSPROC read_pixels{};
  PFNGLPIXELSTOREIPROC pixel_store{};
  PFNGLGETERRORPROC get_error{};
  const char* missing = nullptr;

 private:
  template <class Function>
  void load(opengl::GetProcAddress get, const char* name, Function& into) {
    into = reinterpret_cast<Function>(get(name));
    if (into == nullptr) missing = name;
  }
};

/// Draws with glClearBuffer and reads with glReadPixels into a buffer: neither waits for the GPU.
class OpenGlPainter final : public Painter {
 public:
  OpenGlPainter(const Functions& gl, std::uint32_t width, std::uint32_t height, std::uint32_t slots)
      : gl_(gl), width_(width), height_(height), slots_(slots) {
    gl_.gen_framebuffers(1, &framebuffer_);
    gl_.gen_buffers(1, &buffer_);
    gl_.bind_buffer(GL_PIXEL_PACK_BUFFER, buffer_);
    const std::vector<std::byte> poison(bytes() * slots_, std::byte{0xA5});
    gl_.buffer_data(GL_PIXEL_PACK_BUFFER, static_cast<GLsizeiptr>(poison.size()), poison.data(), GL_STREAM_READ);
    gl_.bind_buffer(GL_PIXEL_PACK_BUFFER, 0);
  }
  /// The context may be another one by now, and gone with it are both; they go with the context.
  ~OpenGlPainter() override = default;

  Result<void> work(SharedTexture& texture, Access& access, std::optional<std::uint32_t> slot,
                    std::optional<std::uint32_t> value) override {
    if (auto ok = opengl::acquire(access); !ok) return ok;
    auto native = opengl::native(texture);
    if (!native) return std::move(native).error();
    gl_.bind_framebuffer(GL_FRAMEBUFFER, framebuffer_);
    gl_.framebuffer_texture(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, native->target, native->name, 0);
    const GLenum status = gl_.check_framebuffer(GL_FRAMEBUFFER);
    if (slot) {
      gl_.bind_buffer(GL_PIXEL_PACK_BUFFER, buffer_);
      gl_.pixel_store(GL_PACK_ALIGNMENT, 4);
      gl_.read_pixels(0, 0, static_cast<GLsizei>(width_), static_cast<GLsizei>(height_), GL_RED_INTEGER, GL_UNSIGNED_INT,
                      reinterpret_cast<void*>(std::uintptr_t{bytes() * *slot}));
      gl_.bind_buffer(GL_PIXEL_PACK_BUFFER, 0);
    }
    if (value) {
      const GLuint color[4] = {*value, 0, 0, 0};
      gl_.disable(GL_SCISSOR_TEST);
      gl_.clear_buffer(GL_COLOR, 0, color);
    }
    gl_.framebuffer_texture(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, 0, 0);
    gl_.bind_framebuffer(GL_FRAMEBUFFER, 0);
    const GLenum error = gl_.get_error();
    if (auto ok = opengl::release(access); !ok) return ok;
    if (status != GL_FRAMEBUFFER_COMPLETE || error != GL_NO_ERROR) {
      return Error(Errc::internal, "The shared texture is no complete framebuffer for OpenGL: status " + std::to_string(status) +
                                       ", error " + std::to_string(error) + ".");
    }
    return {};
  }
  Result<std::vector<std::uint32_t>> fetched(std::uint32_t slot) override {
    std::vector<std::uint32_t> texels(std::size_t{width_} * height_);
    gl_.bind_buffer(GL_PIXEL_PACK_BUFFER, buffer_);
    const void* mapped = gl_.map_buffer_range(GL_PIXEL_PACK_BUFFER, static_cast<GLintptr>(bytes() * slot), static_cast<GLsizeiptr>(bytes()),
                                              GL_MAP_READ_BIT);
    if (mapped != nullptr) std::memcpy(texels.data(), mapped, bytes());
    gl_.unmap_buffer(GL_PIXEL_PACK_BUFFER);
    gl_.bind_buffer(GL_PIXEL_PACK_BUFFER, 0);
    if (mapped == nullptr) return Error(Errc::internal, "glMapBufferRange fails for what glReadPixels wrote.");
    return texels;
  }

 private:
  [[nodiscard]] std::size_t bytes() const noexcept { return std::size_t{width_} * height_ * sizeof(std::uint32_t); }

  const Functions& gl_;
  std::uint32_t width_;
  std::uint32_t height_;
  std::uint32_t slots_;
  GLuint framebuffer_ = 0;
  GLuint buffer_ = 0;
};

class OpenGlSide final : public Side {
 public:
  OpenGlSide(opengl::Context context, bool es) : context_(std::move(context)), gl_(context_.get_proc_address()), es_(es) {}
  void enter() noexcept override {
    if (auto ok = context_.make_current(); !ok) std::cerr << "A CONTEXT CANNOT BE ENTERED: " << ok.error().describe() << "\n";
  }
  Result<TextureShareManager> create_manager(const TextureShareManager* partner) override { return context_.create_manager(partner); }
  [[nodiscard]] std::uint64_t messages() const noexcept override { return context_.debug_messages(); }
  Result<std::unique_ptr<Painter>> create_painter(std::uint32_t width, std::uint32_t height, std::uint32_t slots) override {
    if (es_) return Error(Errc::unsupported_feature, "OpenGL ES need not read one channel of integers; OpenGL has this case.");
    if (!gl_.complete()) return Error(Errc::unsupported_feature, std::string("The context has no ") + gl_.missing + ".");
    enter();
    return std::unique_ptr<Painter>(std::make_unique<OpenGlPainter>(gl_, width, height, slots));
  }

 private:
  opengl::Context context_;
  Functions gl_;
  bool es_;
};

}  // namespace

std::vector<DeviceEntry> find_opengl(const std::vector<DeviceEntry>& vulkan) {
  std::vector<DeviceEntry> found;
  for (const bool es : {false, true}) {
    for (const auto& partner : vulkan) {
      auto context = opengl::Context::create({.device_uuid = partner.identity.device_uuid, .es = es, .debug = false});
      if (!context) {
        missing_devices().push_back((es ? "OpenGL ES on " : "OpenGL on ") + partner.key + ": " + context.error().describe());
        continue;
      }
      DeviceEntry entry;
      entry.key = (es ? "gles-" : "gl-") + partner.key;
      entry.api = Api::opengl;
      entry.identity = context->identity();
      entry.es = es;
      entry.partner = partner.key;
      found.push_back(std::move(entry));
      context->release_current();
    }
  }
  return found;
}

Result<std::unique_ptr<Side>> open_opengl(const DeviceEntry& entry) {
  auto context = opengl::Context::create({.device_uuid = entry.identity.device_uuid, .es = entry.es, .debug = true});
  if (!context) return std::move(context).error();
  return std::unique_ptr<Side>(std::make_unique<OpenGlSide>(*std::move(context), entry.es));
}

}  // namespace geyser::test
