// OpenGL's functions of one context, by name: nothing is linked. OpenGL and OpenGL ES share the table; what one of them may lack is in the
// second list.
#pragma once

#define GL_GLEXT_PROTOTYPES  // for the types of the functions; none of them is called by its symbol
#include <GL/gl.h>
#include <GL/glext.h>

#include <string_view>

#include "geyser/opengl.hpp"

namespace geyser::opengl {

// clang-format off: a list
#define GEYSER_GL_REQUIRED(X) \
  X(glGetError) X(glGetIntegerv) X(glGetString) X(glGetStringi) X(glIsEnabled) X(glEnable) X(glDisable) X(glFlush) X(glBeginQuery) \
  X(glGenTextures) X(glDeleteTextures) X(glBindTexture) X(glTexParameteri) X(glGetTexLevelParameteriv) X(glTexStorage2D) X(glTexStorage3D) \
  X(glPixelStorei) X(glTexSubImage2D) X(glTexSubImage3D) X(glCompressedTexSubImage2D) X(glCompressedTexSubImage3D) \
  X(glGenBuffers) X(glDeleteBuffers) X(glBindBuffer) X(glBufferData) X(glMapBufferRange) X(glUnmapBuffer) \
  X(glGenFramebuffers) X(glDeleteFramebuffers) X(glBindFramebuffer) X(glFramebufferTexture2D) X(glFramebufferTextureLayer) \
  X(glCheckFramebufferStatus) X(glReadPixels) X(glFenceSync) X(glClientWaitSync) X(glDeleteSync) \
  X(glGetUnsignedBytevEXT) X(glGetUnsignedBytei_vEXT) X(glCreateMemoryObjectsEXT) X(glDeleteMemoryObjectsEXT) \
  X(glMemoryObjectParameterivEXT) X(glTexStorageMem2DEXT) X(glTexStorageMem3DEXT) X(glImportMemoryFdEXT)
#define GEYSER_GL_OPTIONAL(X) \
  X(glGetTextureSubImage) X(glGetCompressedTextureSubImage) X(glGetInternalformativ) X(glCopyImageSubData) \
  X(glGetFloatv) X(glPixelTransferf) X(glDebugMessageCallback) \
  X(glGenSemaphoresEXT) X(glDeleteSemaphoresEXT) X(glImportSemaphoreFdEXT) X(glSemaphoreParameterui64vEXT) X(glWaitSemaphoreEXT) \
  X(glSignalSemaphoreEXT) X(glCreateSemaphoresNV) X(glSemaphoreParameterivNV)
// clang-format on

/// Pointers of the required list are set once load() has succeeded; those of the other list may be null, and, as loaders hand out names
/// that no driver has, only mean something where version or extensions say so.
struct Functions {
// NOLINTNEXTLINE(bugprone-macro-parentheses): a declarator, not a value
#define GEYSER_GL_MEMBER(name) decltype(&::name) name = nullptr;
  GEYSER_GL_REQUIRED(GEYSER_GL_MEMBER)
  GEYSER_GL_OPTIONAL(GEYSER_GL_MEMBER)
#undef GEYSER_GL_MEMBER
  /// GL_EXT_EGL_image_storage; not in the headers of OpenGL.
  void (*glEGLImageTargetTexStorageEXT)(GLenum target, void* image, const GLint* attributes) = nullptr;

  /// The first of glGetString and its kin that version and extensions are asked with. Empty: all are there.
  [[nodiscard]] std::string_view load_basic(GetProcAddress get) noexcept;
  /// All others; the name of the first required one that is missing.
  [[nodiscard]] std::string_view load(GetProcAddress get) noexcept;
};

}  // namespace geyser::opengl
