// Textures whose memory may be used elsewhere, and the right to touch them.
#ifndef GEYSER_C_ACCESS_H
#define GEYSER_C_ACCESS_H

#include "geyser/c/base.h"
#include "geyser/c/handle.h"
#include "geyser/c/semaphore.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A texture of a manager, of a frame (borrowed), or of a pool (destroying gives it back).
typedef struct geyser_texture geyser_texture;
/// The right to use a texture: exclusive for a write, shared between reads of one texture. Used by one thread at a time.
typedef struct geyser_access geyser_access;
/// What travels with a texture from one access to the next: whether there is content, its layout, and what must be waited for.
typedef struct geyser_texture_state geyser_texture_state;
/// Keeps a texture's memory and native objects alive, and nothing else: no right to touch them.
typedef struct geyser_texture_hold geyser_texture_hold;

typedef struct geyser_texture_info {
  uint32_t struct_size;
  geyser_memory_type memory_type;  ///< how the memory was, or can be, handed over
  geyser_bool imported;
  uint32_t reserved;         ///< 0
  uint64_t allocated_bytes;  ///< bytes allocated
  uint64_t required_bytes;   ///< bytes that the image needs of them
} geyser_texture_info;

typedef struct geyser_texture_state_info {
  uint32_t struct_size;
  geyser_bool initialized;  ///< somebody has written it
  geyser_layout layout;     ///< the layout it was released in
  uint32_t point_count;     ///< ignored by geyser_texture_state_create()
} geyser_texture_state_info;

/// How an access begins. Everything is optional, and is looked at during the call only.
typedef struct geyser_access_info {
  uint32_t struct_size;
  uint32_t wait_count;
  const geyser_texture_state* state;  ///< what the access before ended with; null: what the texture recorded itself
  const geyser_sync_point* wait_for;  ///< further points to wait for
  const geyser_sync_point* signal;    ///< the point that the caller's submit will signal when the access is over; null: none
} geyser_access_info;

typedef uint32_t geyser_access_mode;
enum { GEYSER_ACCESS_MODE_READ = 0, GEYSER_ACCESS_MODE_WRITE = 1 };

/// An access as it began.
typedef struct geyser_access_begin_info {
  uint32_t struct_size;
  geyser_access_mode mode;
  geyser_bool initialized;  ///< there is content to keep
  geyser_layout layout;     ///< the layout to acquire from
  uint32_t wait_count;      ///< points to be reached before the first use
  uint32_t reserved;        ///< 0
} geyser_access_begin_info;

/// Frees the texture, or gives it back to its pool. Borrowed ones are not to be destroyed (checked: nothing happens). Threads: any.
/// Errors: none.
GEYSER_C_API void geyser_texture_destroy(geyser_texture* GEYSER_OPTIONAL texture) GEYSER_NOEXCEPT;
/// Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_texture_query(const geyser_texture* texture, geyser_texture_info* out) GEYSER_NOEXCEPT;
/// The texture's memory and native objects (VkImage ...) stay as long as the hold does, even when the texture goes, or the frame that lent
/// it, its stream or its pool. For engines that wrap a native object in one of their own and cannot say when the last use of that is over.
/// A frame's texture is used again by its stream all the same. Ownership: the caller's. Threads: any. Errors: invalid_argument (a frame's
/// texture, after the frame), out_of_memory.
GEYSER_C_API geyser_status geyser_texture_hold_create(const geyser_texture* texture, geyser_texture_hold** out) GEYSER_NOEXCEPT;
/// Lets go; the last owner waits up to two seconds for signals that accesses of the texture promised. Threads: any. Errors: none.
GEYSER_C_API void geyser_texture_hold_destroy(geyser_texture_hold* GEYSER_OPTIONAL hold) GEYSER_NOEXCEPT;
/// What it is; the label lives as long as the texture. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_texture_descriptor_of(const geyser_texture* texture, geyser_texture_descriptor* out) GEYSER_NOEXCEPT;
/// What the last ended access left. Ownership: the caller's. Threads: any. Errors: out_of_memory.
GEYSER_C_API geyser_status geyser_texture_state_of(const geyser_texture* texture, geyser_texture_state** out) GEYSER_NOEXCEPT;

/// A state from its parts, as it came from somewhere else. Ownership: the caller's; it keeps the points' semaphores. Threads: any.
/// Errors: invalid_argument, out_of_memory.
GEYSER_C_API geyser_status geyser_texture_state_create(const geyser_texture_state_info* info,
                                                       const geyser_sync_point* GEYSER_OPTIONAL points, uint32_t count,
                                                       geyser_texture_state** out) GEYSER_NOEXCEPT;
/// Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_texture_state_query(const geyser_texture_state* state, geyser_texture_state_info* out) GEYSER_NOEXCEPT;
/// One of its points; the reference lives as long as the state. Threads: any. Errors: invalid_argument (no such index).
GEYSER_C_API geyser_status geyser_texture_state_point(const geyser_texture_state* state, uint32_t index,
                                                      geyser_sync_point* out) GEYSER_NOEXCEPT;
/// Frees the state. Threads: any. Errors: none.
GEYSER_C_API void geyser_texture_state_destroy(geyser_texture_state* GEYSER_OPTIONAL state) GEYSER_NOEXCEPT;

/// Starts an exclusive access. Does not block. Ownership: the access is the caller's, to be given to geyser_access_end(). Threads: any.
/// Errors: access_conflict, device_mismatch, invalid_argument.
GEYSER_C_API geyser_status geyser_texture_begin_write(geyser_texture* texture, const geyser_access_info* GEYSER_OPTIONAL info,
                                                      geyser_access** out) GEYSER_NOEXCEPT;
/// Starts a shared access. As geyser_texture_begin_write(), and not_initialized when nobody has written the texture. Threads: any.
GEYSER_C_API geyser_status geyser_texture_begin_read(geyser_texture* texture, const geyser_access_info* GEYSER_OPTIONAL info,
                                                     geyser_access** out) GEYSER_NOEXCEPT;
/// Mode, layout and number of waits. Threads: one at a time. Errors: invalid_argument, invalid_state (a frame's, after it was published or
/// released).
GEYSER_C_API geyser_status geyser_access_query(const geyser_access* access, geyser_access_begin_info* out) GEYSER_NOEXCEPT;
/// A point that must be reached before the first use; the reference lives as long as the access. Threads: one at a time. Errors: as
/// geyser_access_query(), invalid_argument (no such index).
GEYSER_C_API geyser_status geyser_access_wait_point(geyser_access* access, uint32_t index, geyser_sync_point* out) GEYSER_NOEXCEPT;
/// The point to signal when the use is over. Whoever asks promises that signal. `out->semaphore` is null when there is nothing to signal;
/// it lives as long as the access. Threads: one at a time. Errors: as geyser_access_query().
GEYSER_C_API geyser_status geyser_access_signal_point(geyser_access* access, geyser_sync_point* out) GEYSER_NOEXCEPT;
/// Blocks the host until every point is reached. Threads: one at a time. Errors: timed_out naming the point, device_lost.
GEYSER_C_API geyser_status geyser_access_wait(const geyser_access* access, int64_t timeout) GEYSER_NOEXCEPT;
/// Ends the access: it is consumed. `layout` is what the content was released in; undefined: what the backend's release recorded, else
/// general. `state` says what the next access must wait for, and is the caller's. Threads: one at a time. Errors: invalid_state (a frame's
/// access ends with the frame), out_of_memory.
GEYSER_C_API geyser_status geyser_access_end(geyser_access* access, geyser_layout layout,
                                             geyser_texture_state** GEYSER_OPTIONAL state) GEYSER_NOEXCEPT;
/// Gives an access up that was not ended: after a write the content is gone, and the log says so. Not for a frame's (checked: nothing
/// happens). Threads: any. Errors: none.
GEYSER_C_API void geyser_access_destroy(geyser_access* GEYSER_OPTIONAL access) GEYSER_NOEXCEPT;

#ifdef __cplusplus
}
#endif
#endif
