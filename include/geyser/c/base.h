// What every header of the C interface needs: status codes, the ABI's version, how structs are begun.
#ifndef GEYSER_C_BASE_H
#define GEYSER_C_BASE_H

#include <stddef.h>
#include <stdint.h>

/// Raised when something that was there changes its meaning; additions do not raise it. libgeyser.so.0 has 1.
#define GEYSER_ABI_VERSION 1

#if defined(__GNUC__)
#define GEYSER_C_API __attribute__((visibility("default")))
#else
#define GEYSER_C_API
#endif

/// A parameter that may be null.
#define GEYSER_OPTIONAL

#ifdef __cplusplus
#define GEYSER_NOEXCEPT noexcept
/// A struct of that type with its size set and every other field zero.
#define GEYSER_INIT(type) (::geyser_sized<type>())
template <class Struct>
inline Struct geyser_sized() noexcept {
  Struct value{};
  value.struct_size = static_cast<uint32_t>(sizeof(Struct));
  return value;
}
extern "C" {
#else
#define GEYSER_NOEXCEPT
/// A struct of that type with its size set and every other field zero.
#define GEYSER_INIT(type) ((type){.struct_size = (uint32_t)sizeof(type)})
#endif

/// The class of a failure: what a program branches on. See geyser/error.hpp for each.
typedef int32_t geyser_status;
enum {
  GEYSER_STATUS_OK = 0,
  GEYSER_STATUS_INVALID_ARGUMENT = 1,
  GEYSER_STATUS_UNSUPPORTED_FORMAT = 2,
  GEYSER_STATUS_UNSUPPORTED_HANDLE = 3,
  GEYSER_STATUS_UNSUPPORTED_FEATURE = 4,
  GEYSER_STATUS_LIMIT_EXCEEDED = 5,
  GEYSER_STATUS_DEVICE_MISMATCH = 6,
  GEYSER_STATUS_ACCESS_CONFLICT = 7,
  GEYSER_STATUS_INVALID_STATE = 8,
  GEYSER_STATUS_NOT_INITIALIZED = 9,
  GEYSER_STATUS_TIMED_OUT = 10,
  GEYSER_STATUS_OUT_OF_MEMORY = 11,
  GEYSER_STATUS_NOT_FOUND = 12,
  GEYSER_STATUS_PEER_GONE = 13,
  GEYSER_STATUS_PROTOCOL_ERROR = 14,
  GEYSER_STATUS_DEVICE_LOST = 15,
  GEYSER_STATUS_OS_ERROR = 16,
  GEYSER_STATUS_INTERNAL = 17
};

/// What this library was built with; a bit set.
typedef uint32_t geyser_feature;
enum { GEYSER_FEATURE_VULKAN = 1, GEYSER_FEATURE_OPENGL = 2, GEYSER_FEATURE_CUDA = 4, GEYSER_FEATURE_STREAMS = 8 };

/// False and true, with a size that does not depend on the compiler. Anything but 0 is true.
typedef uint32_t geyser_bool;

/// A descriptor on POSIX, a HANDLE on Windows; GEYSER_NO_OS_HANDLE is none.
typedef intptr_t geyser_os_handle;
#define GEYSER_NO_OS_HANDLE ((geyser_os_handle) - 1)

/// As vkGetInstanceProcAddr and eglGetProcAddress give it: to be cast to what it is.
typedef void (*geyser_function)(void);

/// GEYSER_ABI_VERSION of the library that is loaded. Threads: any. Errors: none.
GEYSER_C_API uint32_t geyser_abi_version(void) GEYSER_NOEXCEPT;
/// Version of the library that is loaded ("0.1.0"). Static storage. Threads: any. Errors: none.
GEYSER_C_API const char* geyser_version(void) GEYSER_NOEXCEPT;
/// What it was built with: GEYSER_FEATURE_ bits. Threads: any. Errors: none.
GEYSER_C_API geyser_feature geyser_features(void) GEYSER_NOEXCEPT;
/// "timed_out", "ok", "unknown". Static storage. Threads: any. Errors: none.
GEYSER_C_API const char* geyser_status_name(geyser_status status) GEYSER_NOEXCEPT;

#ifdef __cplusplus
}
#endif
#endif
