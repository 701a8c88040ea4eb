#include "backends/opengl/dispatch.hpp"

#include <array>
#include <string>

namespace geyser::opengl {
namespace {

template <class Pointer>
bool find(GetProcAddress get, const char* name, Pointer& into) noexcept {
  into = reinterpret_cast<Pointer>(get(name));
  return into != nullptr;
}

/// What older versions of OpenGL ES call it.
template <class Pointer>
void find_suffixed(GetProcAddress get, std::array<const char*, 3> names, Pointer& into) noexcept {
  for (const char* name : names) {
    if (find(get, name, into)) return;
  }
}

}  // namespace

std::string_view Functions::load_basic(GetProcAddress get) noexcept {
  if (!find(get, "glGetString", glGetString)) return "glGetString";
  if (!find(get, "glGetStringi", glGetStringi)) return "glGetStringi";
  if (!find(get, "glGetIntegerv", glGetIntegerv)) return "glGetIntegerv";
  if (!find(get, "glGetError", glGetError)) return "glGetError";
  return {};
}

std::string_view Functions::load(GetProcAddress get) noexcept {
#define GEYSER_GL_FIND(name) \
  if (!find(get, #name, name)) return #name;
  GEYSER_GL_REQUIRED(GEYSER_GL_FIND)
#undef GEYSER_GL_FIND
#define GEYSER_GL_FIND(name) find(get, #name, name);
  GEYSER_GL_OPTIONAL(GEYSER_GL_FIND)
#undef GEYSER_GL_FIND
  find(get, "glEGLImageTargetTexStorageEXT", glEGLImageTargetTexStorageEXT);
  if (glCopyImageSubData == nullptr) {
    find_suffixed(get, {"glCopyImageSubData", "glCopyImageSubDataEXT", "glCopyImageSubDataOES"}, glCopyImageSubData);
  }
  if (glDebugMessageCallback == nullptr) {
    find_suffixed(get, {"glDebugMessageCallback", "glDebugMessageCallbackKHR", "glDebugMessageCallbackARB"}, glDebugMessageCallback);
  }
  return {};
}

}  // namespace geyser::opengl
