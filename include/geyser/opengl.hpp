// The door to OpenGL 4.5+ and OpenGL ES 3.1+. Adopts the caller's current context and destroys nothing of it; no window or surface is
// needed. No OpenGL header is needed either: names and enumerants are the numbers that OpenGL has for them.
//
// Threads. An OpenGL context is current in one thread. Whatever creates, imports, copies, acquires or releases must be called in the thread
// where the adopted context is current (checked: invalid_state says which context is). Exporting and host timelines work in any thread.
// Destroying does too: what it leaves behind is deleted by the manager's next call that finds the context current, or with the context.
// Give managers, textures and semaphores up before the context. If it went first, its objects went with it, and destroying the rest calls
// no OpenGL as long as no context is current in that thread (another one may have got the same handle).
//
// State. The library leaves the caller's OpenGL state as it found it: bindings, pixel store, pixel transfer. Errors that are pending when
// the library is called are set aside, so that they are not taken for its own, and put back at the end (GL_INVALID_ENUM, GL_INVALID_VALUE
// and GL_INVALID_OPERATION by provoking them anew, others are logged). None of its own are left.
//
// Formats. bgra8_unorm and bgra8_srgb are stored as GL_RGBA8 and GL_SRGB8_ALPHA8, because OpenGL has no storage in that order; the
// texture's swizzle (GL_TEXTURE_SWIZZLE_R, _B) makes samplers see red as red. What draws to such a texture, or writes images of it, must
// swap red and blue itself; upload() and read_back() move bytes in Vulkan's order. OpenGL ES reads no depth and no stencil back, so those
// formats are not imported there; format_support() says what else a context lacks.
//
// Orientation. Row 0 of a region is row 0 of the texture in every API. That is the upper row for Vulkan, and texel row 0 for OpenGL, which
// draws it at the lower edge of a window. The library never turns a picture over; glClipControl(GL_UPPER_LEFT, ...) draws the way Vulkan
// does.
//
// Partner. OpenGL imports memory and semaphores (GL_EXT_memory_object_fd, GL_EXT_semaphore_fd, GL_NV_timeline_semaphore) but makes none
// that can be handed over, and has no host's side of a timeline. A manager of another API on the same device, a Vulkan manager as a rule,
// does that.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "geyser/manager.hpp"

namespace geyser::opengl {

/// As eglGetProcAddress. Threading: called during create_manager() and identify() only.
using GetProcAddress = void (*(*)(const char* name))();

/// A context that the caller made.
struct AdoptInfo {
  /// Finds the functions of OpenGL and EGL; null: eglGetProcAddress of libEGL.so.1, opened at run time.
  GetProcAddress get_proc_address = nullptr;
  /// Says which context is current in the calling thread (glXGetCurrentContext, for one); null: eglGetCurrentContext. Threading: called in
  /// whichever thread uses or destroys what the manager made, as long as any of it lives.
  void* (*current_context)() = nullptr;
  /// Makes what can be handed over; on the same device. Null: the manager only imports, and synchronises by binary semaphores and on the
  /// host. Only looked at during the call; the manager keeps what it needs.
  const TextureShareManager* partner = nullptr;
};

/// Device and driver UUID, renderer and version of the current context: what a partner is chosen by.
/// Threading: the context's thread. Errors: invalid_state (no context is current), unsupported_feature (no GL_EXT_memory_object), not_found
/// (no libEGL).
[[nodiscard]] GEYSER_API Result<DeviceIdentity> identify(const AdoptInfo& info = {});
/// A manager on the current context.
/// Ownership: the caller keeps the context until the manager and all that it made are gone. Threading: the context's thread. dma-bufs are
/// shared through EGL images where EGL offers them and the loader finds EGL's functions; that part was never run on a driver.
/// Errors: invalid_state (no context is current), unsupported_feature (below OpenGL 4.5 or OpenGL ES 3.1, or a missing extension by name),
/// device_mismatch (the partner is on another device), not_found (no libEGL), out_of_memory.
[[nodiscard]] GEYSER_API Result<TextureShareManager> create_manager(const AdoptInfo& info = {});

/// The texture as OpenGL knows it. Ownership: the texture's; valid as long as it lives.
struct NativeTexture {
  std::uint32_t name = 0;             ///< of glGenTextures
  std::uint32_t target = 0;           ///< GL_TEXTURE_2D, GL_TEXTURE_2D_ARRAY, GL_TEXTURE_CUBE_MAP, GL_TEXTURE_CUBE_MAP_ARRAY, GL_TEXTURE_3D
  std::uint32_t internal_format = 0;  ///< sized internal format
};
/// Valid usage: a texture of an OpenGL manager (checked). Threading: any thread. Errors: device_mismatch.
/// Planar formats have no OpenGL texture; they cannot be imported.
[[nodiscard]] GEYSER_API Result<NativeTexture> native(const SharedTexture& texture);
/// The semaphore object of OpenGL; 0 for a host timeline. Threading: any thread. Errors: device_mismatch.
[[nodiscard]] GEYSER_API Result<std::uint32_t> native(const SharedSemaphore& semaphore);

/// Makes OpenGL's commands from here on wait for Access::waits(), on the GPU (glWaitSemaphoreEXT with the layout of state()); for host
/// timelines it waits on the host, at most default_gpu_timeout. Call it before the first command that uses the texture. Valid usage: once
/// before each release() (checked). Threading: the context's thread (checked). Errors: device_mismatch, invalid_state, timed_out (host
/// timelines), device_lost.
[[nodiscard]] GEYSER_API Result<void> acquire(Access& access);
/// Signals Access::signal() behind all commands so far (glSignalSemaphoreEXT with `layout`, then glFlush); for a host timeline it waits for
/// them first (a fence, at most default_gpu_timeout), and so it does when nothing is to be signalled. The access remembers `layout` for
/// end(). Call it after the last command that uses the texture. Valid usage: after acquire() (checked); `layout` is not undefined
/// (checked). Threading: the context's thread (checked). Errors: as acquire(), invalid_argument; on error the access stays acquired.
[[nodiscard]] GEYSER_API Result<void> release(Access& access, TextureLayout layout = TextureLayout::general);

/// Which device a context of its own is made on: every field that is set must match.
struct ContextOptions {
  std::optional<Uuid> device_uuid{};  ///< empty: the first that has what is needed, hardware before software
  bool es = false;                    ///< OpenGL ES 3.1+ instead of OpenGL 4.5+ (core profile)
  bool debug = false;                 ///< KHR_debug: messages of errors go to the log and are counted
};
/// A context without a surface (EGL_EXT_platform_device, else EGL_MESA_platform_surfaceless), for those who have none: tools, tests,
/// servers. Ownership: move-only; owns the context, and must outlive its managers and textures. The EGL display stays initialised, since a
/// process has one for each device and others may use it. Threading: make_current() in the thread that uses it; destroying where it is
/// current, or current nowhere; debug_messages() in any.
class [[nodiscard]] GEYSER_API Context {
 public:
  /// Makes a context; it is current in the calling thread afterwards. On error what was current before is so again. Errors: not_found (no
  /// libEGL, no device that fits), unsupported_feature; the message says of every device why not.
  static Result<Context> create(const ContextOptions& options = {});
  Context(Context&&) noexcept;
  Context& operator=(Context&&) noexcept;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context();
  /// Errors: os_error with EGL's code.
  [[nodiscard]] Result<void> make_current() const;
  /// No context is current in the calling thread afterwards. Errors: none.
  void release_current() const noexcept;
  /// As create_manager() on this context. Threading: the thread where it is current.
  [[nodiscard]] Result<TextureShareManager> create_manager(const TextureShareManager* partner = nullptr) const;
  [[nodiscard]] const DeviceIdentity& identity() const noexcept;
  /// eglGetProcAddress. Errors: none.
  [[nodiscard]] GetProcAddress get_proc_address() const noexcept;
  /// Errors that the driver reported since the beginning; 0 without ContextOptions::debug. Errors: none.
  [[nodiscard]] std::uint64_t debug_messages() const noexcept;
  struct Block;

 private:
  explicit Context(std::unique_ptr<Block> block) noexcept;
  std::unique_ptr<Block> block_;
};

}  // namespace geyser::opengl
