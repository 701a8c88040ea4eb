#include "opengl/layer.hpp"

#include <unistd.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>

#include "core/host_timeline.hpp"
#include "opengl/layer_egl.hpp"

namespace geyser::test::layer {
namespace {

struct FakeSemaphore {
  bool timeline = false;
  std::uint64_t value = 0;  // the next wait's or signal's
  std::uint64_t taken = 0;  // binary: signals waited for
  std::optional<detail::HostTimeline> counter;
};

struct State {
  Options options;
  std::vector<Call> calls;
  Names names;
  std::map<GLuint, FakeSemaphore> semaphores;
  GLuint last_semaphore = 0;
  std::vector<GLenum> errors;
  std::vector<std::string> extensions;
};
State& state() {
  static State instance;
  return instance;
}

template <class Pointer>
Pointer real(const char* name) {
  return reinterpret_cast<Pointer>(egl_get_proc_address()(name));
}

void raise(GLenum error) { state().errors.push_back(error); }

bool fails(std::string_view function) {
  if (state().options.failing != function) return false;
  raise(state().options.error);
  return true;
}

GLenum get_error() {
  auto& errors = state().errors;
  if (errors.empty()) return gl().glGetError();
  const GLenum first = errors.front();
  errors.erase(errors.begin());
  return first;
}

const GLubyte* get_string(GLenum name) {
  if (name == GL_VERSION && !state().options.version.empty()) {
    return reinterpret_cast<const GLubyte*>(state().options.version.c_str());
  }
  if (name == GL_VENDOR && !state().options.vendor.empty()) return reinterpret_cast<const GLubyte*>(state().options.vendor.c_str());
  return gl().glGetString(name);
}

void find_extensions() {
  auto& list = state().extensions;
  list.clear();
  GLint count = 0;
  gl().glGetIntegerv(GL_NUM_EXTENSIONS, &count);
  const auto get = real<decltype(&::glGetStringi)>("glGetStringi");
  for (GLint i = 0; i < count; ++i) {
    std::string name = reinterpret_cast<const char*>(get(GL_EXTENSIONS, static_cast<GLuint>(i)));
    // A driver's own semaphores are not shown: the emulated ones, or none, take their place.
    const bool own = name == "GL_EXT_semaphore" || name == "GL_EXT_semaphore_fd" || name == "GL_NV_timeline_semaphore";
    if (!own && name != state().options.hidden) list.push_back(std::move(name));
  }
  if (state().options.dma_buf) list.emplace_back("GL_EXT_EGL_image_storage");
  if (state().options.semaphores) list.insert(list.end(), {"GL_EXT_semaphore", "GL_EXT_semaphore_fd"});
  if (state().options.timelines) list.emplace_back("GL_NV_timeline_semaphore");
}

const GLubyte* get_stringi(GLenum name, GLuint index) {
  if (name != GL_EXTENSIONS) return real<decltype(&::glGetStringi)>("glGetStringi")(name, index);
  return index < state().extensions.size() ? reinterpret_cast<const GLubyte*>(state().extensions[index].c_str()) : nullptr;
}

void get_integerv(GLenum name, GLint* value) {
  gl().glGetIntegerv(name, value);
  if (name != GL_NUM_EXTENSIONS) return;
  find_extensions();
  *value = static_cast<GLint>(state().extensions.size());
}

void gen_textures(GLsizei n, GLuint* names) {
  gl().glGenTextures(n, names);
  state().names.textures += n;
}
void delete_textures(GLsizei n, const GLuint* names) {
  gl().glDeleteTextures(n, names);
  state().names.textures -= n;
}
void gen_buffers(GLsizei n, GLuint* names) {
  gl().glGenBuffers(n, names);
  state().names.buffers += n;
}
void delete_buffers(GLsizei n, const GLuint* names) {
  gl().glDeleteBuffers(n, names);
  if (n > 0) state().names.buffers -= n;
}
void gen_framebuffers(GLsizei n, GLuint* names) {
  gl().glGenFramebuffers(n, names);
  state().names.framebuffers += n;
}
void delete_framebuffers(GLsizei n, const GLuint* names) {
  gl().glDeleteFramebuffers(n, names);
  state().names.framebuffers -= n;
}
void create_memory(GLsizei n, GLuint* names) {
  real<decltype(&::glCreateMemoryObjectsEXT)>("glCreateMemoryObjectsEXT")(n, names);
  state().names.memory += n;
}
void delete_memory(GLsizei n, const GLuint* names) {
  real<decltype(&::glDeleteMemoryObjectsEXT)>("glDeleteMemoryObjectsEXT")(n, names);
  state().names.memory -= n;
}

void import_memory(GLuint memory, GLuint64 size, GLenum type, GLint fd) {
  if (fails("glImportMemoryFdEXT")) {
    if (state().options.close_refused) ::close(fd);
    return;
  }
  real<decltype(&::glImportMemoryFdEXT)>("glImportMemoryFdEXT")(memory, size, type, fd);
}
void tex_storage_mem_2d(GLenum target, GLsizei levels, GLenum format, GLsizei width, GLsizei height, GLuint memory, GLuint64 offset) {
  if (fails("glTexStorageMem2DEXT")) return;
  real<decltype(&::glTexStorageMem2DEXT)>("glTexStorageMem2DEXT")(target, levels, format, width, height, memory, offset);
}
void tex_parameteri(GLenum target, GLenum name, GLint value) {
  if (name == GL_TEXTURE_TILING_EXT && value == GL_LINEAR_TILING_EXT && state().options.no_linear) return raise(GL_INVALID_VALUE);
  real<decltype(&::glTexParameteri)>("glTexParameteri")(target, name, value);
}
void get_internalformativ(GLenum target, GLenum format, GLenum name, GLsizei count, GLint* values) {
  if (name == GL_NUM_TILING_TYPES_EXT && state().options.no_linear) return;
  real<decltype(&::glGetInternalformativ)>("glGetInternalformativ")(target, format, name, count, values);
}
void buffer_data(GLenum target, GLsizeiptr size, const void* data, GLenum usage) {
  if (fails("glBufferData")) return;
  gl().glBufferData(target, size, data, usage);
}
GLenum client_wait_sync(GLsync sync, GLbitfield flags, GLuint64 timeout) {
  if (state().options.never_finishes) return GL_TIMEOUT_EXPIRED;
  return real<decltype(&::glClientWaitSync)>("glClientWaitSync")(sync, flags, timeout);
}

void create_semaphores(GLsizei n, GLuint* names) {
  for (GLsizei i = 0; i < n; ++i) {
    names[i] = ++state().last_semaphore;
    state().semaphores[names[i]];
    ++state().names.semaphores;
  }
}
void delete_semaphores(GLsizei n, const GLuint* names) {
  for (GLsizei i = 0; i < n; ++i) {
    if (state().semaphores.erase(names[i]) == 1) {
      --state().names.semaphores;
    } else {
      raise(GL_INVALID_VALUE);
    }
  }
}
FakeSemaphore* find(GLuint name) {
  const auto found = state().semaphores.find(name);
  if (found != state().semaphores.end()) return &found->second;
  raise(GL_INVALID_OPERATION);
  return nullptr;
}
void semaphore_parameteriv(GLuint name, GLenum parameter, const GLint* value) {
  auto* semaphore = find(name);
  if (semaphore == nullptr) return;
  // The type is only to be chosen before there is a payload.
  if (parameter != GL_SEMAPHORE_TYPE_NV || semaphore->counter) return raise(GL_INVALID_OPERATION);
  semaphore->timeline = *value == GL_SEMAPHORE_TYPE_TIMELINE_NV;
  state().calls.push_back({Call::Kind::create_timeline, name});
}
void semaphore_parameterui64v(GLuint name, GLenum parameter, const GLuint64* value) {
  auto* semaphore = find(name);
  if (semaphore == nullptr) return;
  if (parameter != GL_TIMELINE_SEMAPHORE_VALUE_NV || !semaphore->timeline) return raise(GL_INVALID_OPERATION);
  semaphore->value = *value;
}
void import_semaphore(GLuint name, GLenum type, GLint fd) {
  if (fails("glImportSemaphoreFdEXT")) {
    if (state().options.close_refused) ::close(fd);
    return;
  }
  auto* semaphore = find(name);
  OsHandle handle(fd);
  if (semaphore == nullptr || type != GL_HANDLE_TYPE_OPAQUE_FD_EXT) return raise(GL_INVALID_OPERATION);
  auto opened = detail::HostTimeline::open(handle);
  if (!opened) {
    static_cast<void>(handle.release());  // a refused descriptor stays the caller's
    return raise(GL_INVALID_VALUE);
  }
  semaphore->counter.emplace(*std::move(opened));
  state().calls.push_back({Call::Kind::import, name});
}
GLuint first_of(GLuint count, const GLuint* names) { return count > 0 ? names[0] : 0; }
void wait_semaphore(GLuint name, GLuint, const GLuint*, GLuint count, const GLuint* textures, const GLenum* layouts) {
  auto* semaphore = find(name);
  if (semaphore == nullptr) return;
  if (!semaphore->counter || count > 1) return raise(GL_INVALID_OPERATION);
  state().calls.push_back({Call::Kind::wait, name, semaphore->timeline ? semaphore->value : 0, first_of(count, textures),
                           count > 0 ? layouts[0] : static_cast<GLenum>(GL_NONE)});
  const std::uint64_t wanted = semaphore->timeline ? semaphore->value : ++semaphore->taken;
  if (!semaphore->counter->wait(wanted, std::chrono::seconds(5))) raise(GL_CONTEXT_LOST);
}
void signal_semaphore(GLuint name, GLuint, const GLuint*, GLuint count, const GLuint* textures, const GLenum* layouts) {
  auto* semaphore = find(name);
  if (semaphore == nullptr) return;
  if (!semaphore->counter || count > 1) return raise(GL_INVALID_OPERATION);
  state().calls.push_back({Call::Kind::signal, name, semaphore->timeline ? semaphore->value : 0, first_of(count, textures),
                           count > 0 ? layouts[0] : static_cast<GLenum>(GL_NONE)});
  gl().glFinish();
  semaphore->counter->signal(semaphore->timeline ? semaphore->value : semaphore->counter->value() + 1);
}

using Function = void (*)();
template <class Pointer>
Function as_function(Pointer pointer) {
  return reinterpret_cast<Function>(pointer);
}

const std::map<std::string_view, Function>& wrapped() {
  static const std::map<std::string_view, Function> table{
      {"glGetError", as_function(&get_error)},
      {"glGetString", as_function(&get_string)},
      {"glGetStringi", as_function(&get_stringi)},
      {"glGetIntegerv", as_function(&get_integerv)},
      {"glGenTextures", as_function(&gen_textures)},
      {"glDeleteTextures", as_function(&delete_textures)},
      {"glGenBuffers", as_function(&gen_buffers)},
      {"glDeleteBuffers", as_function(&delete_buffers)},
      {"glGenFramebuffers", as_function(&gen_framebuffers)},
      {"glDeleteFramebuffers", as_function(&delete_framebuffers)},
      {"glCreateMemoryObjectsEXT", as_function(&create_memory)},
      {"glDeleteMemoryObjectsEXT", as_function(&delete_memory)},
      {"glImportMemoryFdEXT", as_function(&import_memory)},
      {"glTexStorageMem2DEXT", as_function(&tex_storage_mem_2d)},
      {"glTexParameteri", as_function(&tex_parameteri)},
      {"glGetInternalformativ", as_function(&get_internalformativ)},
      {"glBufferData", as_function(&buffer_data)},
      {"glClientWaitSync", as_function(&client_wait_sync)},
  };
  return table;
}
const std::map<std::string_view, Function>& emulated() {
  static const std::map<std::string_view, Function> table{
      {"glGenSemaphoresEXT", as_function(&create_semaphores)},
      {"glCreateSemaphoresNV", as_function(&create_semaphores)},
      {"glDeleteSemaphoresEXT", as_function(&delete_semaphores)},
      {"glSemaphoreParameterivNV", as_function(&semaphore_parameteriv)},
      {"glSemaphoreParameterui64vEXT", as_function(&semaphore_parameterui64v)},
      {"glImportSemaphoreFdEXT", as_function(&import_semaphore)},
      {"glWaitSemaphoreEXT", as_function(&wait_semaphore)},
      {"glSignalSemaphoreEXT", as_function(&signal_semaphore)},
  };
  return table;
}

Function get_proc_address(const char* name) {
  const Options& options = state().options;
  if (options.find_nothing || options.missing == name) return nullptr;
  if (const auto found = wrapped().find(name); found != wrapped().end()) return found->second;
  if (const auto found = emulated().find(name); found != emulated().end()) return options.semaphores ? found->second : nullptr;
  if (options.dma_buf) {
    if (const auto found = find_dma_buf_function(name, options.drm_file); found != nullptr) return found;
  }
  return egl_get_proc_address()(name);
}

}  // namespace

void reset(const Options& options) {
  state() = State();
  reset_images();
  state().options = options;
}

void fail(std::string function, GLenum error) {
  state().options.failing = std::move(function);
  state().options.error = error;
}

opengl::GetProcAddress loader() { return &get_proc_address; }
const std::vector<Call>& calls() { return state().calls; }
Names names() { return state().names; }

}  // namespace geyser::test::layer
