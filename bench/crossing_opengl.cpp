// OpenGL's ends of a crossing. One context serves the library and the floor; it is current in the benchmarks' thread.
#include "bench/crossing.hpp"

#include <GL/glcorearb.h>
#include <GL/glext.h>

#include "geyser/opengl.hpp"

namespace geyser::bench {
namespace {

// Those of GL_EXT_memory_object, GL_EXT_semaphore and GL_NV_timeline_semaphore that glcorearb.h lacks come from glext.h.
// clang-format off
#define GEYSER_BENCH_GL(X) \
  X(CREATETEXTURES, CreateTextures) X(DELETETEXTURES, DeleteTextures) X(FINISH, Finish) X(FLUSH, Flush) X(GETERROR, GetError) \
  X(GETTEXTUREIMAGE, GetTextureImage) X(TEXTURESUBIMAGE2D, TextureSubImage2D) X(TEXTURESTORAGE2D, TextureStorage2D) \
  X(CREATEMEMORYOBJECTSEXT, CreateMemoryObjectsEXT) X(DELETEMEMORYOBJECTSEXT, DeleteMemoryObjectsEXT) \
  X(IMPORTMEMORYFDEXT, ImportMemoryFdEXT) X(MEMORYOBJECTPARAMETERIVEXT, MemoryObjectParameterivEXT) \
  X(TEXTURESTORAGEMEM2DEXT, TextureStorageMem2DEXT)
#define GEYSER_BENCH_GL_SEMAPHORES(X) \
  X(CREATESEMAPHORESNV, CreateSemaphoresNV) X(SEMAPHOREPARAMETERIVNV, SemaphoreParameterivNV) \
  X(DELETESEMAPHORESEXT, DeleteSemaphoresEXT) X(IMPORTSEMAPHOREFDEXT, ImportSemaphoreFdEXT) \
  X(SEMAPHOREPARAMETERUI64VEXT, SemaphoreParameterui64vEXT) X(SIGNALSEMAPHOREEXT, SignalSemaphoreEXT) \
  X(WAITSEMAPHOREEXT, WaitSemaphoreEXT)
// clang-format on

struct Gl {
#define X(TYPE, name) PFNGL##TYPE##PROC name = nullptr;
  GEYSER_BENCH_GL(X)
  GEYSER_BENCH_GL_SEMAPHORES(X)
#undef X
};

/// Made at first use, and kept until the benchmarks' devices go.
struct OpenGl {
  explicit OpenGl(const Bench& bench) : context(make_context(bench)), manager(take(context.create_manager(&bench.manager_a))) {
    const auto find = context.get_proc_address();
    const auto need = [](auto function, const char* name) {
      if (function == nullptr) throw Unsupported(std::string("OpenGL lacks ") + name);
    };
#define X(TYPE, name)                                              \
  gl.name = reinterpret_cast<PFNGL##TYPE##PROC>(find("gl" #name)); \
  need(gl.name, "gl" #name);
    GEYSER_BENCH_GL(X)
    if (bench.a.exports_timeline) {
      GEYSER_BENCH_GL_SEMAPHORES(X)
    }
#undef X
  }
  static std::unique_ptr<OpenGl>& kept() {
    static std::unique_ptr<OpenGl> one;
    return one;
  }
  static OpenGl& on(const Bench& bench) {
    if (!kept()) kept() = std::make_unique<OpenGl>(bench);
    return *kept();
  }
  void check(const char* what) const {
    if (const GLenum error = gl.GetError(); error != GL_NO_ERROR) {
      throw std::runtime_error(std::string(what) + " raises OpenGL error " + std::to_string(error));
    }
  }
  opengl::Context context;
  TextureShareManager manager;
  Gl gl;

 private:
  static opengl::Context make_context(const Bench& bench) {
    opengl::ContextOptions options;
    options.device_uuid = bench.manager_a.identity().device_uuid;
    auto made = opengl::Context::create(options);
    if (!made) throw Unsupported("opengl: " + made.error().describe());
    return *std::move(made);
  }
};

struct OpenGlLibraryEnd final : LibraryEnd {
  OpenGlLibraryEnd(const Bench& bench, const SharedTexture& made, const SharedSemaphore& written_, const SharedSemaphore& released_) {
    OpenGl& api = OpenGl::on(bench);
    texture = take(api.manager.import_texture(take(bench.manager_a.export_texture(made))));
    written = take(api.manager.import_semaphore(take(bench.manager_a.export_semaphore(written_))));
    released = take(api.manager.import_semaphore(take(bench.manager_a.export_semaphore(released_))));
  }
  void pass(Access& access) override {
    take(opengl::acquire(access));
    take(opengl::release(access));
  }
};

struct OpenGlRawEnd final : RawEnd {
  OpenGlRawEnd(const Bench& bench, const RawShared& shared) : api_(OpenGl::on(bench)) {
    const Gl& gl = api_.gl;
    RawHandle handle = export_image(shared.device, shared.image);
    gl.CreateMemoryObjectsEXT(1, &memory_);
    const GLint dedicated = GL_TRUE;
    gl.MemoryObjectParameterivEXT(memory_, GL_DEDICATED_MEMORY_OBJECT_EXT, &dedicated);
    gl.ImportMemoryFdEXT(memory_, handle.size, GL_HANDLE_TYPE_OPAQUE_FD_EXT, handle.fd);
    gl.CreateTextures(GL_TEXTURE_2D, 1, &texture_);
    gl.TextureStorageMem2DEXT(texture_, 1, GL_RGBA8, crossing_width, crossing_height, memory_, 0);
    if (shared.written != VK_NULL_HANDLE) {
      gl.CreateSemaphoresNV(2, semaphores_);
      const GLint timeline = GL_SEMAPHORE_TYPE_TIMELINE_NV;
      const VkSemaphore given[] = {shared.written, shared.released};
      for (int i = 0; i < 2; ++i) {
        gl.SemaphoreParameterivNV(semaphores_[i], GL_SEMAPHORE_TYPE_NV, &timeline);
        gl.ImportSemaphoreFdEXT(semaphores_[i], GL_HANDLE_TYPE_OPAQUE_FD_EXT, export_semaphore(shared.device, given[i]));
      }
    }
    api_.check("importing by hand");
  }
  ~OpenGlRawEnd() override {
    api_.gl.Finish();
    api_.gl.DeleteTextures(1, &texture_);
    api_.gl.DeleteMemoryObjectsEXT(1, &memory_);
    if (semaphores_[0] != 0) api_.gl.DeleteSemaphoresEXT(2, semaphores_);
  }
  void pass(bool writes, std::uint64_t wait, std::uint64_t signal) override {
    const Gl& gl = api_.gl;
    if (semaphores_[0] == 0) {
      gl.Finish();
      return;
    }
    const GLenum general = GL_LAYOUT_GENERAL_EXT;
    const GLuint waits = semaphores_[writes ? 1 : 0];
    const GLuint signals = semaphores_[writes ? 0 : 1];
    if (wait != 0) {
      const GLuint64 value = wait;
      gl.SemaphoreParameterui64vEXT(waits, GL_TIMELINE_SEMAPHORE_VALUE_NV, &value);
      gl.WaitSemaphoreEXT(waits, 0, nullptr, 1, &texture_, &general);
    }
    const GLuint64 value = signal;
    gl.SemaphoreParameterui64vEXT(signals, GL_TIMELINE_SEMAPHORE_VALUE_NV, &value);
    gl.SignalSemaphoreEXT(signals, 0, nullptr, 1, &texture_, &general);
    gl.Flush();
  }

 private:
  OpenGl& api_;
  GLuint memory_ = 0;
  GLuint texture_ = 0;
  GLuint semaphores_[2] = {0, 0};  // written, released
};

struct OpenGlHostEnd final : HostEnd {
  explicit OpenGlHostEnd(const Bench& bench) : api_(OpenGl::on(bench)) {
    api_.gl.CreateTextures(GL_TEXTURE_2D, 1, &texture_);
    api_.gl.TextureStorage2D(texture_, 1, GL_RGBA8, crossing_width, crossing_height);
    write(std::vector<std::byte>(crossing_bytes, std::byte{0x5a}));
    api_.check("making a texture by hand");
  }
  ~OpenGlHostEnd() override { api_.gl.DeleteTextures(1, &texture_); }
  void read(std::span<std::byte> pixels) override {
    api_.gl.GetTextureImage(texture_, 0, GL_RGBA, GL_UNSIGNED_BYTE, static_cast<GLsizei>(pixels.size()), pixels.data());
  }
  void write(std::span<const std::byte> pixels) override {
    api_.gl.TextureSubImage2D(texture_, 0, 0, 0, crossing_width, crossing_height, GL_RGBA, GL_UNSIGNED_BYTE, pixels.data());
    api_.gl.Finish();
  }

 private:
  OpenGl& api_;
  GLuint texture_ = 0;
};

}  // namespace

CrossingApi opengl_crossing() {
  return {"opengl",
          [](const Bench& bench, const SharedTexture& made, const SharedSemaphore& written, const SharedSemaphore& released) {
            return std::make_unique<OpenGlLibraryEnd>(bench, made, written, released);
          },
          [](const Bench& bench, const RawShared& shared) { return std::make_unique<OpenGlRawEnd>(bench, shared); },
          [](const Bench& bench) { return std::make_unique<OpenGlHostEnd>(bench); }, [] { OpenGl::kept().reset(); }};
}

}  // namespace geyser::bench
