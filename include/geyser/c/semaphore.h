// Semaphores and points: who waits for whom, across APIs and processes. Made by a manager (geyser/c/manager.h).
#ifndef GEYSER_C_SEMAPHORE_H
#define GEYSER_C_SEMAPHORE_H

#include "geyser/c/base.h"
#include "geyser/c/device.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A reference to a semaphore that another API or process can use; the semaphore lives until the last reference and the last point are
/// gone.
typedef struct geyser_semaphore geyser_semaphore;

/// "This semaphore reaches this value." Binary semaphores always have value 1. Given to the library, the reference stays the caller's; from
/// the library it is borrowed from the object that was asked (geyser_semaphore_clone() keeps it).
typedef struct geyser_sync_point {
  const geyser_semaphore* semaphore;
  uint64_t value;
} geyser_sync_point;

typedef struct geyser_semaphore_info {
  uint32_t struct_size;
  geyser_semaphore_kind kind;
} geyser_semaphore_info;

/// Another reference to the same semaphore. Ownership: the caller's. Threads: any. Errors: out_of_memory.
GEYSER_C_API geyser_status geyser_semaphore_clone(const geyser_semaphore* semaphore, geyser_semaphore** out) GEYSER_NOEXCEPT;
/// Drops a reference. A borrowed one is not to be dropped (checked: nothing happens). Threads: any. Errors: none.
GEYSER_C_API void geyser_semaphore_destroy(geyser_semaphore* GEYSER_OPTIONAL semaphore) GEYSER_NOEXCEPT;
/// Its kind. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_semaphore_query(const geyser_semaphore* semaphore, geyser_semaphore_info* out) GEYSER_NOEXCEPT;
/// 1 when both references are to one semaphore. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_semaphore_equal(const geyser_semaphore* a, const geyser_semaphore* b, geyser_bool* out) GEYSER_NOEXCEPT;
/// The counter now. Threads: any. Errors: invalid_argument for a binary semaphore, device_lost.
GEYSER_C_API geyser_status geyser_semaphore_value(const geyser_semaphore* semaphore, uint64_t* out) GEYSER_NOEXCEPT;
/// Sets a timeline's counter from the host: above the counter and above every pending signal. Threads: any. Errors: invalid_argument,
/// device_lost.
GEYSER_C_API geyser_status geyser_semaphore_signal(const geyser_semaphore* semaphore, uint64_t value) GEYSER_NOEXCEPT;
/// Blocks until the counter is at least `value`, or the time is over. Threads: any. Errors: timed_out naming the value reached,
/// invalid_argument, device_lost.
GEYSER_C_API geyser_status geyser_semaphore_wait(const geyser_semaphore* semaphore, uint64_t value, int64_t timeout) GEYSER_NOEXCEPT;

#ifdef __cplusplus
}
#endif
#endif
