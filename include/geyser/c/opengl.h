// OpenGL 4.5+ and OpenGL ES 3.1+. No header of OpenGL is needed. A context is current in one thread: whatever creates, imports, exports,
// copies, acquires or releases is called there (checked). geyser/opengl.hpp says more of orientation and partners.
#ifndef GEYSER_C_OPENGL_H
#define GEYSER_C_OPENGL_H

#include "geyser/c/access.h"
#include "geyser/c/base.h"
#include "geyser/c/manager.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A context that the caller made, current in the calling thread.
typedef struct geyser_opengl_adopt_info {
  uint32_t struct_size;
  uint32_t reserved;                                      ///< 0
  geyser_function (*get_proc_address)(const char* name);  ///< null: eglGetProcAddress of libEGL.so.1
  void* (*current_context)(void);                         ///< null: eglGetCurrentContext
  const geyser_manager* partner;                          ///< makes what can be handed over; on the same device. Null: imports only
} geyser_opengl_adopt_info;

/// Device and driver of the current context. Threads: the context's. Errors: invalid_state (no context is current), unsupported_feature,
/// not_found (no libEGL).
GEYSER_C_API geyser_status geyser_opengl_identify(const geyser_opengl_adopt_info* GEYSER_OPTIONAL info,
                                                  geyser_device_identity* out) GEYSER_NOEXCEPT;
/// A manager on the current context, which must outlive it and all that it made. Ownership: the manager is the caller's. Threads: the
/// context's. Errors: invalid_state, unsupported_feature, device_mismatch (the partner), not_found (no libEGL), out_of_memory.
GEYSER_C_API geyser_status geyser_opengl_manager_create(const geyser_opengl_adopt_info* GEYSER_OPTIONAL info,
                                                        geyser_manager** out) GEYSER_NOEXCEPT;

typedef struct geyser_opengl_native_texture {
  uint32_t struct_size;
  uint32_t name;             ///< of glGenTextures; the texture's
  uint32_t target;           ///< GL_TEXTURE_2D, ...
  uint32_t internal_format;  ///< sized internal format
} geyser_opengl_native_texture;
/// Threads: any. Errors: device_mismatch (not an OpenGL texture).
GEYSER_C_API geyser_status geyser_opengl_texture_native(const geyser_texture* texture, geyser_opengl_native_texture* out) GEYSER_NOEXCEPT;
/// The semaphore object; 0 for a host timeline. Threads: any. Errors: device_mismatch.
GEYSER_C_API geyser_status geyser_opengl_semaphore_native(const geyser_semaphore* semaphore, uint32_t* out) GEYSER_NOEXCEPT;
/// Makes OpenGL's commands from here on wait for what the access waits for. Threads: the context's. Errors: device_mismatch, invalid_state,
/// timed_out, device_lost.
GEYSER_C_API geyser_status geyser_opengl_acquire(geyser_access* access) GEYSER_NOEXCEPT;
/// Signals behind all commands so far; the access remembers `layout` (undefined: general) for its end. Threads: the context's. Errors: as
/// geyser_opengl_acquire().
GEYSER_C_API geyser_status geyser_opengl_release(geyser_access* access, geyser_layout layout) GEYSER_NOEXCEPT;

typedef struct geyser_opengl_context_options {
  uint32_t struct_size;
  geyser_bool has_device_uuid;
  geyser_uuid device_uuid;  ///< when has_device_uuid; else the first device that has what is needed
  geyser_bool es;           ///< OpenGL ES 3.1+ instead of OpenGL 4.5+
  geyser_bool debug;        ///< errors go to the log and are counted
} geyser_opengl_context_options;
/// A context without a surface, for those who have none. It must outlive its managers and textures.
typedef struct geyser_opengl_context geyser_opengl_context;
/// Makes one; it is current in the calling thread afterwards. Ownership: the caller's. Threads: any. Errors: not_found,
/// unsupported_feature.
GEYSER_C_API geyser_status geyser_opengl_context_create(const geyser_opengl_context_options* GEYSER_OPTIONAL options,
                                                        geyser_opengl_context** out) GEYSER_NOEXCEPT;
/// Threads: any where it is not current in another one. Errors: none.
GEYSER_C_API void geyser_opengl_context_destroy(geyser_opengl_context* GEYSER_OPTIONAL context) GEYSER_NOEXCEPT;
/// Threads: the one that will use it. Errors: os_error with EGL's code.
GEYSER_C_API geyser_status geyser_opengl_context_make_current(const geyser_opengl_context* context) GEYSER_NOEXCEPT;
/// No context is current in the calling thread afterwards. Threads: the context's. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_opengl_context_release_current(const geyser_opengl_context* context) GEYSER_NOEXCEPT;
/// A manager on it. Ownership: the caller's. Threads: the context's. Errors: as geyser_opengl_manager_create().
GEYSER_C_API geyser_status geyser_opengl_context_create_manager(const geyser_opengl_context* context,
                                                                const geyser_manager* GEYSER_OPTIONAL partner,
                                                                geyser_manager** out) GEYSER_NOEXCEPT;
/// Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_opengl_context_identity(const geyser_opengl_context* context,
                                                          geyser_device_identity* out) GEYSER_NOEXCEPT;
/// The address of a function of OpenGL or EGL; null where there is none. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_opengl_context_proc_address(const geyser_opengl_context* context, const char* name,
                                                              geyser_function* out) GEYSER_NOEXCEPT;
/// Errors that the driver reported since the beginning; 0 without geyser_opengl_context_options::debug. Threads: any.
/// Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_opengl_context_debug_messages(const geyser_opengl_context* context, uint64_t* out) GEYSER_NOEXCEPT;

#ifdef __cplusplus
}
#endif
#endif
