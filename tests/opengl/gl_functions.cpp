#include "opengl/gl_functions.hpp"

#include <dlfcn.h>

#include <vector>

namespace geyser::test {

opengl::GetProcAddress egl_get_proc_address() {
  static const auto get = [] {
    void* library = ::dlopen("libEGL.so.1", RTLD_NOW | RTLD_LOCAL);
    return library == nullptr ? nullptr : reinterpret_cast<opengl::GetProcAddress>(::dlsym(library, "eglGetProcAddress"));
  }();
  return get;
}

const GlFunctions& gl() {
  static const GlFunctions functions = [] {
    GlFunctions found;
    if (egl_get_proc_address() == nullptr) return found;
#define GEYSER_TEST_FIND(name) found.name = reinterpret_cast<decltype(found.name)>(egl_get_proc_address()(#name));
    GEYSER_TEST_GL(GEYSER_TEST_FIND)
    GEYSER_TEST_EGL(GEYSER_TEST_FIND)
#undef GEYSER_TEST_FIND
    return found;
  }();
  return functions;
}

RawContext::RawContext(Profile profile, int major, int minor) {
  const bool es = profile == Profile::es;
  display_ = gl().eglGetPlatformDisplay(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, nullptr);
  if (display_ == EGL_NO_DISPLAY || gl().eglInitialize(display_, nullptr, nullptr) != EGL_TRUE) return;
  gl().eglBindAPI(es ? EGL_OPENGL_ES_API : EGL_OPENGL_API);
  const EGLint wanted[] = {EGL_SURFACE_TYPE, EGL_PBUFFER_BIT, EGL_RENDERABLE_TYPE, es ? EGL_OPENGL_ES3_BIT : EGL_OPENGL_BIT, EGL_NONE};
  EGLConfig config = nullptr;
  EGLint count = 0;
  if (gl().eglChooseConfig(display_, wanted, &config, 1, &count) != EGL_TRUE || count == 0) return;
  std::vector<EGLint> attributes;
  if (major != 0) attributes = {EGL_CONTEXT_MAJOR_VERSION, major, EGL_CONTEXT_MINOR_VERSION, minor};
  if (es && major == 0) attributes = {EGL_CONTEXT_MAJOR_VERSION, 3, EGL_CONTEXT_MINOR_VERSION, 1};
  if (profile == Profile::core && major == 0) attributes = {EGL_CONTEXT_MAJOR_VERSION, 4, EGL_CONTEXT_MINOR_VERSION, 5};
  if (profile == Profile::compatibility) {
    attributes = {EGL_CONTEXT_MAJOR_VERSION,       4,
                  EGL_CONTEXT_MINOR_VERSION,       5,
                  EGL_CONTEXT_OPENGL_PROFILE_MASK, EGL_CONTEXT_OPENGL_COMPATIBILITY_PROFILE_BIT};
  }
  attributes.push_back(EGL_NONE);
  context_ = gl().eglCreateContext(display_, config, EGL_NO_CONTEXT, attributes.data());
  if (context_ != EGL_NO_CONTEXT) make_current();
}

RawContext::~RawContext() {
  if (context_ == EGL_NO_CONTEXT) return;
  if (gl().eglGetCurrentContext() == context_) gl().eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
  gl().eglDestroyContext(display_, context_);
}

void RawContext::make_current() const noexcept { gl().eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, context_); }

}  // namespace geyser::test
