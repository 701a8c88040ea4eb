#include "backends/opengl/context.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ios>

#include "core/message.hpp"
#include "geyser/log.hpp"
#include "platform/dynamic_library.hpp"

namespace geyser::opengl {
namespace {

using detail::text;

constexpr int lowest_desktop = 45;
constexpr int lowest_es = 31;

}  // namespace

Result<EglLoader> egl_loader() {
  static std::mutex mutex;
  static EglLoader loaded;
  const std::lock_guard lock(mutex);
  if (loaded.get_proc_address != nullptr) return loaded;
  auto library = platform::DynamicLibrary::open("libEGL.so.1");
  if (!library) return std::move(library).error();
  // Never closed: kept alive by an object that is never destroyed.
  static auto* const kept = new platform::DynamicLibrary(*std::move(library));
  EglLoader found;
  found.get_proc_address = reinterpret_cast<GetProcAddress>(kept->symbol("eglGetProcAddress"));
  found.current_context = reinterpret_cast<void* (*)()>(kept->symbol("eglGetCurrentContext"));
  if (found.get_proc_address == nullptr || found.current_context == nullptr) {
    return Error(Errc::not_found, "libEGL.so.1 has no eglGetProcAddress or no eglGetCurrentContext; it is no EGL library.");
  }
  loaded = found;
  return loaded;
}

std::string error_name(GLenum error) {
  switch (error) {
    case GL_NO_ERROR:
      return "GL_NO_ERROR";
    case GL_INVALID_ENUM:
      return "GL_INVALID_ENUM";
    case GL_INVALID_VALUE:
      return "GL_INVALID_VALUE";
    case GL_INVALID_OPERATION:
      return "GL_INVALID_OPERATION";
    case GL_INVALID_FRAMEBUFFER_OPERATION:
      return "GL_INVALID_FRAMEBUFFER_OPERATION";
    case GL_OUT_OF_MEMORY:
      return "GL_OUT_OF_MEMORY";
    case GL_CONTEXT_LOST:
      return "GL_CONTEXT_LOST";
    default:
      return text("error 0x", std::hex, error);
  }
}

Error opengl_error(GLenum error, std::string_view what) {
  Errc code = Errc::internal;
  if (error == GL_OUT_OF_MEMORY) code = Errc::out_of_memory;
  if (error == GL_CONTEXT_LOST) code = Errc::device_lost;
  return Error(code, text(what, " fails with ", error_name(error), "."), ErrorDomain::opengl, error);
}

Result<std::shared_ptr<AdoptedContext>> AdoptedContext::adopt(const AdoptInfo& info) {
  std::shared_ptr<AdoptedContext> made(new AdoptedContext());
  made->get_proc_address = info.get_proc_address;
  made->current_context_ = info.current_context;
  if (info.get_proc_address == nullptr || info.current_context == nullptr) {
    auto library = egl_loader();
    if (!library) return std::move(library).error();
    if (info.get_proc_address == nullptr) made->get_proc_address = library->get_proc_address;
    if (info.current_context == nullptr) made->current_context_ = library->current_context;
  }
  made->context_ = made->current_context_();
  if (made->context_ == nullptr) {
    return Error(Errc::invalid_state, "No OpenGL context is current in this thread; make the context current that is to be adopted.");
  }
  if (auto ok = made->query_version(); !ok) return std::move(ok).error();
  if (auto ok = made->query_device(); !ok) return std::move(ok).error();
  return made;
}

std::string AdoptedContext::text_of(GLenum name) const {
  const auto* found = gl.glGetString(name);
  return found == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(found));
}

Result<void> AdoptedContext::query_version() {
  const auto missing = [](std::string_view name) {
    return Error(Errc::unsupported_feature, text("The function loader gives no ", name,
                                                 "; pass eglGetProcAddress, or the loader of the library that made the context."));
  };
  if (const auto name = gl.load_basic(get_proc_address); !name.empty()) return missing(name);
  const std::string version = text_of(GL_VERSION);
  features.es = version.starts_with("OpenGL ES ");
  // Read, not asked for: contexts that are too old would answer GL_MAJOR_VERSION with an error.
  const char* digits = version.c_str() + (features.es ? std::strlen("OpenGL ES ") : 0);
  if (std::sscanf(digits, "%d.%d", &features.major, &features.minor) != 2) features.major = features.minor = 0;
  if (features.major * 10 + features.minor < (features.es ? lowest_es : lowest_desktop)) {
    return Error(Errc::unsupported_feature, text("The current context is \"", version.empty() ? "of no version" : version, "\" on \"",
                                                 text_of(GL_RENDERER), "\"; OpenGL 4.5 or OpenGL ES 3.1 is needed."));
  }
  GLint count = 0;
  gl.glGetIntegerv(GL_NUM_EXTENSIONS, &count);
  for (GLint i = 0; i < count; ++i) {
    const auto* name = gl.glGetStringi(GL_EXTENSIONS, static_cast<GLuint>(i));
    if (name != nullptr) extensions_.emplace(reinterpret_cast<const char*>(name));
  }
  for (const auto* needed : {"GL_EXT_memory_object", "GL_EXT_memory_object_fd"}) {
    if (has(needed)) continue;
    return Error(Errc::unsupported_feature, text("The current context (", version, " on ", text_of(GL_RENDERER), ") has no ", needed,
                                                 "; textures of other APIs cannot be imported without it."));
  }
  if (const auto name = gl.load(get_proc_address); !name.empty()) return missing(name);
  if (!features.es && (gl.glGetTextureSubImage == nullptr || gl.glGetCompressedTextureSubImage == nullptr)) {
    return missing(gl.glGetTextureSubImage == nullptr ? "glGetTextureSubImage" : "glGetCompressedTextureSubImage");
  }
  return {};
}

Result<void> AdoptedContext::query_device() {
  const bool es32 = features.es && features.major * 10 + features.minor >= 32;
  features.copy_image = gl.glCopyImageSubData != nullptr && (!features.es || es32 || has("GL_EXT_copy_image") || has("GL_OES_copy_image"));
  features.semaphore_fd = has("GL_EXT_semaphore") && has("GL_EXT_semaphore_fd") && gl.glGenSemaphoresEXT != nullptr &&
                          gl.glDeleteSemaphoresEXT != nullptr && gl.glImportSemaphoreFdEXT != nullptr && gl.glWaitSemaphoreEXT != nullptr &&
                          gl.glSignalSemaphoreEXT != nullptr;
  features.timeline = features.semaphore_fd && has("GL_NV_timeline_semaphore") && gl.glCreateSemaphoresNV != nullptr &&
                      gl.glSemaphoreParameterivNV != nullptr && gl.glSemaphoreParameterui64vEXT != nullptr;
  features.debug_output = !features.es || es32;
  features.nvidia = text_of(GL_VENDOR).starts_with("NVIDIA");
  if (!features.es) {
    GLint profile = 0;
    gl.glGetIntegerv(GL_CONTEXT_PROFILE_MASK, &profile);
    features.compatibility =
        (profile & GL_CONTEXT_COMPATIBILITY_PROFILE_BIT) != 0 && gl.glPixelTransferf != nullptr && gl.glGetFloatv != nullptr;
  }
  gl.glGetIntegerv(GL_MAX_TEXTURE_SIZE, &features.max_2d);
  gl.glGetIntegerv(GL_MAX_3D_TEXTURE_SIZE, &features.max_3d);
  gl.glGetIntegerv(GL_MAX_CUBE_MAP_TEXTURE_SIZE, &features.max_cube);
  gl.glGetIntegerv(GL_MAX_ARRAY_TEXTURE_LAYERS, &features.max_layers);

  GLint devices = 0;
  gl.glGetIntegerv(GL_NUM_DEVICE_UUIDS_EXT, &devices);
  if (devices != 1) {
    return Error(Errc::unsupported_feature,
                 text("The current context runs on ", devices, " devices at once (GL_NUM_DEVICE_UUIDS_EXT); one is needed."));
  }
  gl.glGetUnsignedBytei_vEXT(GL_DEVICE_UUID_EXT, 0, identity.device_uuid.bytes.data());
  gl.glGetUnsignedBytevEXT(GL_DRIVER_UUID_EXT, identity.driver_uuid.bytes.data());
  identity.name = text_of(GL_RENDERER);
  identity.driver = text_of(GL_VERSION);
  return {};
}

Result<void> AdoptedContext::check_current() const {
  void* const current = current_context_();
  if (current == context_) return {};
  return Error(Errc::invalid_state, text("The OpenGL context ", context_, " of this manager is not current in this thread (",
                                         current == nullptr ? std::string("none is") : text(current, " is"),
                                         "); make it current first, or call from the thread where it is."));
}

void AdoptedContext::erase(NameKind kind, GLuint name) const noexcept {
  switch (kind) {
    case NameKind::texture:
      return gl.glDeleteTextures(1, &name);
    case NameKind::memory:
      return gl.glDeleteMemoryObjectsEXT(1, &name);
    case NameKind::semaphore:
      return gl.glDeleteSemaphoresEXT(1, &name);
    case NameKind::buffer:
      return gl.glDeleteBuffers(1, &name);
  }
}

void AdoptedContext::bury(NameKind kind, GLuint name) noexcept {
  if (name == 0) return;
  if (is_current()) {
    if (kind == NameKind::memory) settle();
    return erase(kind, name);
  }
  const std::lock_guard lock(graveyard_mutex_);
  try {
    graveyard_.emplace_back(kind, name);
    graveyard_used_.store(true, std::memory_order_release);
  } catch (const std::bad_alloc&) {
    log(LogLevel::error, "An OpenGL object is left to its context, because no host memory is left to remember it with.");
  }
}

void AdoptedContext::empty_graveyard() noexcept {
  if (!graveyard_used_.load(std::memory_order_acquire)) return;
  std::vector<std::pair<NameKind, GLuint>> names;
  {
    const std::lock_guard lock(graveyard_mutex_);
    names.swap(graveyard_);
    graveyard_used_.store(false, std::memory_order_relaxed);
  }
  bool settled = false;
  for (const auto& [kind, name] : names) {
    if (kind == NameKind::memory && !std::exchange(settled, true)) settle();
    erase(kind, name);
  }
}

void AdoptedContext::settle() const noexcept {
  // The memory is another API's, which may free it as soon as the name is gone; a GPU that hangs is not waited for long.
  constexpr std::chrono::seconds moment{2};
  try {
    if (auto done = finish(moment); !done) log(LogLevel::warning, "OpenGL memory is deleted although commands may still use it.");
  } catch (const std::bad_alloc&) {
    log(LogLevel::warning, "OpenGL memory is deleted although commands may still use it.");
  }
}

Result<void> AdoptedContext::finish(std::chrono::nanoseconds timeout) const {
  const GLsync fence = gl.glFenceSync(GL_SYNC_GPU_COMMANDS_COMPLETE, 0);
  if (fence == nullptr) return opengl_error(gl.glGetError(), "glFenceSync");
  const auto left = static_cast<GLuint64>(std::max<std::int64_t>(0, timeout.count()));
  const GLenum reached = gl.glClientWaitSync(fence, GL_SYNC_FLUSH_COMMANDS_BIT, left);
  gl.glDeleteSync(fence);
  if (reached == GL_ALREADY_SIGNALED || reached == GL_CONDITION_SATISFIED) return {};
  if (reached == GL_TIMEOUT_EXPIRED) {
    return Error(Errc::timed_out,
                 text("OpenGL did not finish its commands within ", std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count(),
                      " ms; does somebody still have to signal a semaphore that they wait for?"));
  }
  return opengl_error(gl.glGetError(), "glClientWaitSync");
}

Result<Entered> Entered::enter(AdoptedContext& context) {
  if (auto ok = context.check_current(); !ok) return std::move(ok).error();
  Entered entered(context);
  for (std::size_t i = 0; i < most; ++i) {
    const GLenum error = context.gl.glGetError();
    if (error == GL_NO_ERROR) break;
    if (error == GL_CONTEXT_LOST) {
      entered.count_ = 0;
      return opengl_error(error, "The OpenGL context was lost before this call, which therefore");
    }
    entered.pending_[entered.count_++] = error;
  }
  context.empty_graveyard();
  return entered;
}

GLenum Entered::take_error() const noexcept {
  const GLenum first = context_->gl.glGetError();
  for (std::size_t i = 0; i < most && first != GL_NO_ERROR; ++i) {
    const GLenum next = context_->gl.glGetError();
    if (next == GL_NO_ERROR || next == GL_CONTEXT_LOST) break;
  }
  return first;
}

Result<void> Entered::check(std::string_view what) const {
  const GLenum error = take_error();
  if (error == GL_NO_ERROR) return {};
  return opengl_error(error, what);
}

Entered::~Entered() {
  if (context_ == nullptr || !context_->is_current()) return;
  const Functions& gl = context_->gl;
  static_cast<void>(take_error());
  if (count_ == 0) return;
  // The caller was told of these once, where he made them; a debug message from here would lead him astray.
  const bool output = context_->features.debug_output && gl.glIsEnabled(GL_DEBUG_OUTPUT) == GL_TRUE;
  if (output) gl.glDisable(GL_DEBUG_OUTPUT);
  for (std::size_t i = 0; i < count_; ++i) {
    switch (pending_[i]) {
      case GL_INVALID_ENUM:
        static_cast<void>(gl.glIsEnabled(GL_NONE));
        break;
      case GL_INVALID_VALUE:
        gl.glDeleteBuffers(-1, nullptr);
        break;
      case GL_INVALID_OPERATION:
        gl.glBeginQuery(GL_ANY_SAMPLES_PASSED, 0);
        break;
      default:
        log(LogLevel::warning,
            text("OpenGL had the error ", error_name(pending_[i]), " pending before a call of this library, which reads it."));
    }
  }
  if (output) gl.glEnable(GL_DEBUG_OUTPUT);
}

}  // namespace geyser::opengl
