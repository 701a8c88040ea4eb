// A context of the library's own, without a surface: EGL on a device, or on Mesa's surfaceless platform.
#define EGL_EGLEXT_PROTOTYPES  // for the types of the functions; none of them is called by its symbol
#include <EGL/egl.h>
#include <EGL/eglext.h>

#include <algorithm>
#include <cstring>

#include "backends/opengl/context.hpp"
#include "backends/opengl/extension_list.hpp"
#include "core/guard.hpp"
#include "core/message.hpp"
#include "geyser/log.hpp"

namespace geyser::opengl {
namespace {

using detail::text;

// clang-format off: a list
#define GEYSER_EGL(X) \
  X(eglBindAPI) X(eglChooseConfig) X(eglCreateContext) X(eglDestroyContext) X(eglGetCurrentContext) X(eglGetCurrentDisplay) \
  X(eglGetCurrentSurface) X(eglGetError) X(eglGetPlatformDisplay) X(eglInitialize) X(eglMakeCurrent) X(eglQueryAPI) X(eglQueryString)
// clang-format on

struct Egl {
// NOLINTNEXTLINE(bugprone-macro-parentheses): a declarator, not a value
#define GEYSER_EGL_MEMBER(name) decltype(&::name) name = nullptr;
  GEYSER_EGL(GEYSER_EGL_MEMBER)
#undef GEYSER_EGL_MEMBER
  decltype(&::eglQueryDevicesEXT) eglQueryDevicesEXT = nullptr;
  decltype(&::eglQueryDeviceStringEXT) eglQueryDeviceStringEXT = nullptr;
  GetProcAddress get = nullptr;
};

template <class Pointer>
bool find(GetProcAddress get, const char* name, Pointer& into) noexcept {
  into = reinterpret_cast<Pointer>(get(name));
  return into != nullptr;
}

Result<Egl> load() {
  auto loader = egl_loader();
  if (!loader) return std::move(loader).error();
  const GetProcAddress get = loader->get_proc_address;
  Egl egl;
  egl.get = get;
#define GEYSER_EGL_FIND(name) \
  if (!find(get, #name, egl.name)) return Error(Errc::unsupported_feature, "libEGL.so.1 has no " #name "; EGL 1.5 is needed.");
  GEYSER_EGL(GEYSER_EGL_FIND)
#undef GEYSER_EGL_FIND
  find(get, "eglQueryDevicesEXT", egl.eglQueryDevicesEXT);
  find(get, "eglQueryDeviceStringEXT", egl.eglQueryDeviceStringEXT);
  return egl;
}

struct Candidate {
  EGLenum platform = 0;
  void* native = nullptr;
};

/// Devices, hardware first; and last the surfaceless platform, which is all that older Mesa offers.
std::vector<Candidate> candidates(const Egl& egl) {
  std::vector<Candidate> found;
  const char* client = egl.eglQueryString(EGL_NO_DISPLAY, EGL_EXTENSIONS);
  const bool devices =
      lists(client, "EGL_EXT_platform_device") && (lists(client, "EGL_EXT_device_base") || lists(client, "EGL_EXT_device_enumeration"));
  if (devices && egl.eglQueryDevicesEXT != nullptr) {
    EGLint count = 0;
    std::vector<EGLDeviceEXT> list;
    if (egl.eglQueryDevicesEXT(0, nullptr, &count) == EGL_TRUE && count > 0) {
      list.resize(static_cast<std::size_t>(count));
      if (egl.eglQueryDevicesEXT(count, list.data(), &count) != EGL_TRUE) count = 0;
      list.resize(static_cast<std::size_t>(std::max(count, 0)));
    }
    for (const bool software : {false, true}) {
      for (auto* device : list) {
        const char* extensions = egl.eglQueryDeviceStringEXT != nullptr ? egl.eglQueryDeviceStringEXT(device, EGL_EXTENSIONS) : nullptr;
        if (lists(extensions, "EGL_MESA_device_software") == software) found.push_back({EGL_PLATFORM_DEVICE_EXT, device});
      }
    }
  }
  if (lists(client, "EGL_MESA_platform_surfaceless")) found.push_back({EGL_PLATFORM_SURFACELESS_MESA, nullptr});
  return found;
}

Error egl_error(const Egl& egl, Errc code, std::string_view what) {
  const EGLint error = egl.eglGetError();
  return Error(code, text(what, " fails with EGL error 0x", std::hex, error, "."), ErrorDomain::egl, error);
}

/// What is current in this thread, put back by the destructor.
class Current {
 public:
  explicit Current(const Egl& egl) noexcept
      : egl_(egl),
        api_(egl.eglQueryAPI()),
        display_(egl.eglGetCurrentDisplay()),
        draw_(egl.eglGetCurrentSurface(EGL_DRAW)),
        read_(egl.eglGetCurrentSurface(EGL_READ)),
        context_(egl.eglGetCurrentContext()) {}
  ~Current() {
    if (context_ != EGL_NO_CONTEXT && !kept_) egl_.eglMakeCurrent(display_, draw_, read_, context_);
    if (api_ != EGL_NONE) egl_.eglBindAPI(api_);
  }
  Current(const Current&) = delete;
  Current& operator=(const Current&) = delete;
  /// The context that was made stays current.
  void keep_new() noexcept { kept_ = true; }

 private:
  const Egl& egl_;
  EGLenum api_;
  EGLDisplay display_;
  EGLSurface draw_;
  EGLSurface read_;
  EGLContext context_;
  bool kept_ = false;
};

}  // namespace

struct Context::Block {
  Egl egl;
  EGLDisplay display = EGL_NO_DISPLAY;
  EGLContext context = EGL_NO_CONTEXT;
  DeviceIdentity identity;
  std::atomic<std::uint64_t> messages{0};

  Block() = default;
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  // The display stays initialised: EGL has one for each device and process, and it may be somebody else's too.
  ~Block() {
    if (context == EGL_NO_CONTEXT) return;
    const bool current =
        egl.eglGetCurrentContext() == context ||
        (egl.eglGetCurrentContext() == EGL_NO_CONTEXT && egl.eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, context) == EGL_TRUE);
    if (current) {
      let_go();
      egl.eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
    }
    egl.eglDestroyContext(display, context);
  }

  /// Objects that were deleted while they were in use are freed here, in a whole and idle context, rather than in the middle of its end.
  void let_go() const noexcept {
    decltype(&::glUseProgram) use_program = nullptr;
    decltype(&::glBindVertexArray) bind_vertex_array = nullptr;
    decltype(&::glBindFramebuffer) bind_framebuffer = nullptr;
    decltype(&::glFenceSync) fence_sync = nullptr;
    decltype(&::glClientWaitSync) client_wait_sync = nullptr;
    decltype(&::glDeleteSync) delete_sync = nullptr;
    if (find(egl.get, "glUseProgram", use_program)) use_program(0);
    if (find(egl.get, "glBindVertexArray", bind_vertex_array)) bind_vertex_array(0);
    if (find(egl.get, "glBindFramebuffer", bind_framebuffer)) bind_framebuffer(GL_FRAMEBUFFER, 0);
    if (!find(egl.get, "glFenceSync", fence_sync) || !find(egl.get, "glClientWaitSync", client_wait_sync) ||
        !find(egl.get, "glDeleteSync", delete_sync)) {
      return;
    }
    constexpr std::chrono::nanoseconds moment = std::chrono::seconds(2);  // no glFinish(): commands may wait for a peer that is gone
    const GLsync fence = fence_sync(GL_SYNC_GPU_COMMANDS_COMPLETE, 0);
    if (fence == nullptr) return;
    client_wait_sync(fence, GL_SYNC_FLUSH_COMMANDS_BIT, static_cast<GLuint64>(moment.count()));
    delete_sync(fence);
  }

  Result<void> create(const Candidate& candidate, const ContextOptions& options) {
    display = egl.eglGetPlatformDisplay(candidate.platform, candidate.native != nullptr ? candidate.native : EGL_DEFAULT_DISPLAY, nullptr);
    if (display == EGL_NO_DISPLAY) return egl_error(egl, Errc::not_found, "eglGetPlatformDisplay");
    if (egl.eglInitialize(display, nullptr, nullptr) != EGL_TRUE) return egl_error(egl, Errc::not_found, "eglInitialize");
    const char* extensions = egl.eglQueryString(display, EGL_EXTENSIONS);
    for (const auto* needed : {"EGL_KHR_surfaceless_context", "EGL_KHR_create_context"}) {
      if (!lists(extensions, needed)) return Error(Errc::unsupported_feature, text("The EGL display has no ", needed, "."));
    }
    if (egl.eglBindAPI(options.es ? EGL_OPENGL_ES_API : EGL_OPENGL_API) != EGL_TRUE) {
      return egl_error(egl, Errc::unsupported_feature, "eglBindAPI");
    }
    EGLConfig config = EGL_NO_CONFIG_KHR;
    if (!lists(extensions, "EGL_KHR_no_config_context")) {
      const EGLint wanted[] = {EGL_SURFACE_TYPE, EGL_PBUFFER_BIT, EGL_RENDERABLE_TYPE, options.es ? EGL_OPENGL_ES3_BIT : EGL_OPENGL_BIT,
                               EGL_NONE};
      EGLint count = 0;
      if (egl.eglChooseConfig(display, wanted, &config, 1, &count) != EGL_TRUE || count == 0) {
        return egl_error(egl, Errc::unsupported_feature, "eglChooseConfig");
      }
    }
    std::vector<EGLint> attributes{EGL_CONTEXT_MAJOR_VERSION, options.es ? 3 : 4, EGL_CONTEXT_MINOR_VERSION, options.es ? 1 : 5};
    if (!options.es) attributes.insert(attributes.end(), {EGL_CONTEXT_OPENGL_PROFILE_MASK, EGL_CONTEXT_OPENGL_CORE_PROFILE_BIT});
    if (options.debug) attributes.insert(attributes.end(), {EGL_CONTEXT_OPENGL_DEBUG, EGL_TRUE});
    attributes.push_back(EGL_NONE);
    context = egl.eglCreateContext(display, config, EGL_NO_CONTEXT, attributes.data());
    if (context == EGL_NO_CONTEXT) return egl_error(egl, Errc::unsupported_feature, "eglCreateContext");
    return make_current();
  }

  Result<void> make_current() const {
    if (egl.eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, context) == EGL_TRUE) return {};
    return egl_error(egl, Errc::os_error, "eglMakeCurrent");
  }

  void report(const AdoptedContext& adopted) {
    const Functions& gl = adopted.gl;
    if (gl.glDebugMessageCallback == nullptr) return;
    gl.glEnable(GL_DEBUG_OUTPUT);
    gl.glEnable(GL_DEBUG_OUTPUT_SYNCHRONOUS);  // so that a message comes before the call returns that it is about
    gl.glDebugMessageCallback(
        [](GLenum, GLenum type, GLuint, GLenum severity, GLsizei, const GLchar* message, const void* user) {
          if (type != GL_DEBUG_TYPE_ERROR && severity != GL_DEBUG_SEVERITY_HIGH) return;
          auto* block = static_cast<Block*>(const_cast<void*>(user));
          block->messages.fetch_add(1, std::memory_order_relaxed);
          log(LogLevel::error, message);
        },
        this);
  }
};

Result<Context> Context::create(const ContextOptions& options) {
  return detail::guard([&]() -> Result<Context> {
    auto egl = load();
    if (!egl) return std::move(egl).error();
    Current before(*egl);
    std::string reasons;
    Errc code = Errc::not_found;
    for (const Candidate& candidate : candidates(*egl)) {
      auto block = std::make_unique<Block>();
      block->egl = *egl;
      const auto refuse = [&](const Error& why) {
        if (why.code() == Errc::unsupported_feature && !options.device_uuid) code = why.code();
        reasons += text(reasons.empty() ? "" : " ", "[", candidate.platform == EGL_PLATFORM_DEVICE_EXT ? "EGL device" : "surfaceless", "] ",
                        why.message());
      };
      if (auto made = block->create(candidate, options); !made) {
        refuse(made.error());
        continue;
      }
      auto adopted = AdoptedContext::adopt({});
      if (!adopted) {
        refuse(adopted.error());
        continue;
      }
      block->identity = std::move((*adopted)->identity);
      if (options.device_uuid && block->identity.device_uuid != *options.device_uuid) {
        refuse(Error(Errc::not_found, text(block->identity.name, " has device UUID ", to_string(block->identity.device_uuid), ".")));
        continue;
      }
      if (options.debug) block->report(**adopted);
      before.keep_new();
      return Context(std::move(block));
    }
    return Error(code, text("No EGL device gives an OpenGL ", options.es ? "ES 3.1" : "4.5", " context that shares textures",
                            options.device_uuid ? text(" on device ", to_string(*options.device_uuid)) : std::string(), ": ",
                            reasons.empty() ? "EGL shows none" : reasons));
  });
}

Context::Context(std::unique_ptr<Block> block) noexcept : block_(std::move(block)) {}
Context::Context(Context&&) noexcept = default;
Context& Context::operator=(Context&&) noexcept = default;
Context::~Context() = default;

Result<void> Context::make_current() const { return block_->make_current(); }

void Context::release_current() const noexcept {
  if (block_->egl.eglGetCurrentContext() == EGL_NO_CONTEXT) return;
  block_->egl.eglMakeCurrent(block_->egl.eglGetCurrentDisplay(), EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
}

Result<TextureShareManager> Context::create_manager(const TextureShareManager* partner) const {
  AdoptInfo info;
  info.partner = partner;
  return opengl::create_manager(info);
}

const DeviceIdentity& Context::identity() const noexcept { return block_->identity; }
GetProcAddress Context::get_proc_address() const noexcept { return block_->egl.get; }
std::uint64_t Context::debug_messages() const noexcept { return block_->messages.load(std::memory_order_relaxed); }

}  // namespace geyser::opengl
