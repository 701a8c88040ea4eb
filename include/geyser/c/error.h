// What went wrong, and the log.
#ifndef GEYSER_C_ERROR_H
#define GEYSER_C_ERROR_H

#include "geyser/c/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The API whose code geyser_error_info::native_code is.
typedef uint32_t geyser_error_domain;
enum {
  GEYSER_ERROR_DOMAIN_NONE = 0,
  GEYSER_ERROR_DOMAIN_POSIX = 1,
  GEYSER_ERROR_DOMAIN_WIN32 = 2,
  GEYSER_ERROR_DOMAIN_VULKAN = 3,
  GEYSER_ERROR_DOMAIN_OPENGL = 4,
  GEYSER_ERROR_DOMAIN_EGL = 5,
  GEYSER_ERROR_DOMAIN_METAL = 6,
  GEYSER_ERROR_DOMAIN_WEBGPU = 7,
  GEYSER_ERROR_DOMAIN_CUDA = 8
};

/// A failure. Read by one thread at a time.
typedef struct geyser_error geyser_error;

typedef struct geyser_error_info {
  uint32_t struct_size;
  geyser_status code;
  geyser_error_domain domain;
  uint32_t trail_count;
  int64_t native_code;  ///< VkResult, errno, CUresult ... as domain says; 0 when there is none
  const char* message;  ///< one sentence; lives as long as the error
} geyser_error_info;

/// The failure of the last call in this thread that failed; null when none has. Borrowed: it lives until the next call in this thread fails
/// (one that succeeds leaves it), or until the thread ends. Threads: any, each has its own. Errors: none.
GEYSER_C_API const geyser_error* geyser_last_error(void) GEYSER_NOEXCEPT;
/// Its message, or "" when no call has failed. Lives as long as geyser_last_error(). Threads: any, each has its own. Errors: none.
GEYSER_C_API const char* geyser_last_error_message(void) GEYSER_NOEXCEPT;
/// A copy that the caller owns. Threads: any. Errors: out_of_memory.
GEYSER_C_API geyser_status geyser_error_clone(const geyser_error* error, geyser_error** out) GEYSER_NOEXCEPT;
/// Frees a copy; the one of geyser_last_error() is not to be freed (checked: nothing happens). Threads: any. Errors: none.
GEYSER_C_API void geyser_error_destroy(geyser_error* GEYSER_OPTIONAL error) GEYSER_NOEXCEPT;
/// Code, domain, native code and message. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_error_query(const geyser_error* error, geyser_error_info* out) GEYSER_NOEXCEPT;
/// A step of the trail: what the library was doing, innermost first. Lives as long as the error. Threads: any. Errors: invalid_argument (no
/// such step).
GEYSER_C_API geyser_status geyser_error_trail(const geyser_error* error, uint32_t index, const char** out) GEYSER_NOEXCEPT;
/// Message, code, native code and trail in one line, for logs. Threads: any. Errors: invalid_argument, out_of_memory.
GEYSER_C_API geyser_status geyser_error_describe(const geyser_error* error, char* GEYSER_OPTIONAL buffer, size_t capacity,
                                                 size_t* GEYSER_OPTIONAL length) GEYSER_NOEXCEPT;
/// "vulkan", "none", "unknown". Static storage. Threads: any. Errors: none.
GEYSER_C_API const char* geyser_error_domain_name(geyser_error_domain domain) GEYSER_NOEXCEPT;

typedef uint32_t geyser_log_level;
enum { GEYSER_LOG_DEBUG = 0, GEYSER_LOG_INFO = 1, GEYSER_LOG_WARNING = 2, GEYSER_LOG_ERROR = 3, GEYSER_LOG_OFF = 4 };

/// Receives one line, without a newline; `message` lives only during the call. Called from any thread, one call at a time. It must not call
/// the library, and must not throw.
typedef void (*geyser_log_callback)(geyser_log_level level, const char* message, void* user);

/// Sends the log to `callback`; null restores the default, which writes warnings and errors to standard error. After the call the one
/// before is not called any more. `user` stays the caller's. Threads: any. Errors: none.
GEYSER_C_API geyser_status geyser_set_log_callback(geyser_log_callback GEYSER_OPTIONAL callback,
                                                   void* GEYSER_OPTIONAL user) GEYSER_NOEXCEPT;
/// Lowest level that reaches the callback; default warning, or what the environment variable GEYSER_LOG says. Threads: any.
/// Errors: invalid_argument (no such level).
GEYSER_C_API geyser_status geyser_set_log_level(geyser_log_level level) GEYSER_NOEXCEPT;
/// Writes one line. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_log(geyser_log_level level, const char* message) GEYSER_NOEXCEPT;

#ifdef __cplusplus
}
#endif
#endif
