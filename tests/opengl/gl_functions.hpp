// What the tests call of OpenGL and EGL themselves, beside the library.
#pragma once

#define EGL_EGLEXT_PROTOTYPES
#include <EGL/egl.h>
#include <EGL/eglext.h>

#include "backends/opengl/dispatch.hpp"

namespace geyser::test {

// clang-format off: a list
#define GEYSER_TEST_GL(X) \
  X(glActiveTexture) X(glAttachShader) X(glBindBuffer) X(glBindBufferBase) X(glBindFramebuffer) X(glBindTexture) X(glBindVertexArray) X(glBufferData) \
  X(glClear) X(glClearColor) X(glCompileShader) X(glCreateProgram) X(glCreateShader) X(glDeleteBuffers) X(glDeleteFramebuffers) \
  X(glDeleteProgram) X(glDeleteShader) X(glDeleteTextures) X(glDeleteVertexArrays) X(glDisable) X(glDispatchCompute) X(glDrawArrays) X(glEnable) X(glFinish) \
  X(glFramebufferTexture2D) X(glGenBuffers) X(glGenFramebuffers) X(glGenTextures) X(glGenVertexArrays) X(glGetError) X(glGetFloatv) X(glGetIntegerv) \
  X(glGetProgramiv) X(glGetString) X(glIsTexture) X(glLinkProgram) X(glMapBufferRange) X(glMemoryBarrier) X(glPixelStorei) \
  X(glPixelTransferf) X(glScissor) X(glShaderSource) X(glTexParameteri) X(glTexStorage2D) X(glUnmapBuffer) X(glUseProgram) X(glViewport)
#define GEYSER_TEST_EGL(X) \
  X(eglBindAPI) X(eglChooseConfig) X(eglCreateContext) X(eglDestroyContext) X(eglGetCurrentContext) X(eglGetPlatformDisplay) X(eglInitialize) \
  X(eglMakeCurrent)
// clang-format on

struct GlFunctions {
#define GEYSER_TEST_MEMBER(name) decltype(&::name) name = nullptr;
  GEYSER_TEST_GL(GEYSER_TEST_MEMBER)
  GEYSER_TEST_EGL(GEYSER_TEST_MEMBER)
#undef GEYSER_TEST_MEMBER
};
/// Of libEGL.so.1, opened at the first call.
[[nodiscard]] const GlFunctions& gl();
/// eglGetProcAddress.
[[nodiscard]] opengl::GetProcAddress egl_get_proc_address();

/// A context that is not the library's: raw EGL on the surfaceless platform, current in the thread that made it. Null when there is none.
class RawContext {
 public:
  enum class Profile { core, compatibility, es };
  explicit RawContext(Profile profile, int major = 0, int minor = 0);
  ~RawContext();
  RawContext(const RawContext&) = delete;
  RawContext& operator=(const RawContext&) = delete;
  [[nodiscard]] bool made() const noexcept { return context_ != EGL_NO_CONTEXT; }
  void make_current() const noexcept;

 private:
  EGLDisplay display_ = EGL_NO_DISPLAY;
  EGLContext context_ = EGL_NO_CONTEXT;
};

}  // namespace geyser::test
