#include "opengl/layer_egl.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>

namespace geyser::test::layer {
namespace {

constexpr EGLint abgr8888 = 0x34324241;
constexpr EGLint argb8888 = 0x34325241;

struct Images {
  std::string drm_file;
  std::map<EGLAttrib, EGLAttrib> last;
  int alive = 0;
};
Images& images() {
  static Images instance;
  return instance;
}

struct FakeImage {
  EGLint width = 0;
  EGLint height = 0;
};

const char* query_string(EGLDisplay display, EGLint name) {
  static std::string extended;
  const auto real = reinterpret_cast<decltype(&::eglQueryString)>(egl_get_proc_address()("eglQueryString"));
  const char* text = real(display, name);
  if (name != EGL_EXTENSIONS || text == nullptr) return text;
  static std::string client;
  if (display == EGL_NO_DISPLAY) {
    client = std::string(text) + " EGL_EXT_device_query";
    return client.c_str();
  }
  extended = std::string(text) + " EGL_EXT_image_dma_buf_import EGL_EXT_image_dma_buf_import_modifiers EGL_MESA_image_dma_buf_export";
  return extended.c_str();
}

EGLBoolean query_display_attrib(EGLDisplay, EGLint name, EGLAttrib* value) {
  if (name != EGL_DEVICE_EXT) return EGL_FALSE;
  static int device = 0;
  *value = reinterpret_cast<EGLAttrib>(&device);
  return EGL_TRUE;
}
const char* query_device_string(EGLDeviceEXT, EGLint name) {
  const std::string& file = images().drm_file;
  if (name == EGL_EXTENSIONS) return file.empty() ? "" : "EGL_EXT_device_drm";
  return name == EGL_DRM_DEVICE_FILE_EXT && !file.empty() ? file.c_str() : nullptr;
}

EGLBoolean query_modifiers(EGLDisplay, EGLint format, EGLint most, EGLuint64KHR* modifiers, EGLBoolean* external, EGLint* count) {
  if (format != abgr8888 && format != argb8888) return EGL_FALSE;
  *count = 2;
  if (most < 2) return EGL_TRUE;
  modifiers[0] = 0;
  external[0] = EGL_FALSE;
  modifiers[1] = external_only_modifier;
  external[1] = EGL_TRUE;
  return EGL_TRUE;
}

EGLImage create_image(EGLDisplay, EGLContext context, EGLenum target, EGLClientBuffer, const EGLAttrib* attributes) {
  auto& last = images().last;
  last.clear();
  for (; attributes != nullptr && *attributes != EGL_NONE; attributes += 2) last[attributes[0]] = attributes[1];
  if (target == EGL_LINUX_DMA_BUF_EXT) {
    const auto fd = last.find(EGL_DMA_BUF_PLANE0_FD_EXT);
    if (context != EGL_NO_CONTEXT || fd == last.end() || ::fcntl(static_cast<int>(fd->second), F_GETFD) < 0) return EGL_NO_IMAGE;
  } else if (target != EGL_GL_TEXTURE_2D || context == EGL_NO_CONTEXT) {
    return EGL_NO_IMAGE;
  }
  ++images().alive;
  return new FakeImage{static_cast<EGLint>(last[EGL_WIDTH]), static_cast<EGLint>(last[EGL_HEIGHT])};
}

EGLBoolean destroy_image(EGLDisplay, EGLImage image) {
  delete static_cast<FakeImage*>(image);
  --images().alive;
  return EGL_TRUE;
}

void target_storage(GLenum target, void* image, const GLint*) {
  const auto& made = *static_cast<FakeImage*>(image);
  gl().glTexStorage2D(target, 1, GL_RGBA8, made.width, made.height);
}

EGLBoolean export_query(EGLDisplay, EGLImage, int* fourcc, int* planes, EGLuint64KHR* modifiers) {
  *fourcc = abgr8888;
  *planes = 2;
  if (modifiers != nullptr) modifiers[0] = modifiers[1] = 7;
  return EGL_TRUE;
}

/// Two planes in one file, which is given twice.
EGLBoolean export_image(EGLDisplay, EGLImage, int* fds, EGLint* strides, EGLint* offsets) {
  fds[0] = ::memfd_create("emulated dma-buf", 0);
  if (fds[0] < 0 || ::ftruncate(fds[0], static_cast<off_t>(exported_bytes)) != 0) return EGL_FALSE;
  fds[1] = ::dup(fds[0]);
  strides[0] = 256;
  strides[1] = 64;
  offsets[0] = 0;
  offsets[1] = 32768;
  return EGL_TRUE;
}

template <class Pointer>
void (*as_function(Pointer pointer))() {
  return reinterpret_cast<void (*)()>(pointer);
}

}  // namespace

void (*find_dma_buf_function(std::string_view name, const std::string& drm_file))() {
  images().drm_file = drm_file;
  if (name == "eglQueryDisplayAttribEXT") return as_function(&query_display_attrib);
  if (name == "eglQueryDeviceStringEXT") return as_function(&query_device_string);
  if (name == "eglQueryString") return as_function(&query_string);
  if (name == "eglQueryDmaBufModifiersEXT") return as_function(&query_modifiers);
  if (name == "eglCreateImage") return as_function(&create_image);
  if (name == "eglDestroyImage") return as_function(&destroy_image);
  if (name == "glEGLImageTargetTexStorageEXT") return as_function(&target_storage);
  if (name == "eglExportDMABUFImageQueryMESA") return as_function(&export_query);
  if (name == "eglExportDMABUFImageMESA") return as_function(&export_image);
  return nullptr;
}

void reset_images() { images() = Images(); }
const std::map<EGLAttrib, EGLAttrib>& last_image() { return images().last; }
int images_alive() { return images().alive; }

}  // namespace geyser::test::layer
