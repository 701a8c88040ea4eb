// Subscribing: reads a stream by name, follows resizes and restarts.
#ifndef GEYSER_C_SUBSCRIBER_H
#define GEYSER_C_SUBSCRIBER_H

#include "geyser/c/access.h"
#include "geyser/c/base.h"
#include "geyser/c/directory.h"
#include "geyser/c/frame.h"
#include "geyser/c/manager.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct geyser_subscriber_options {
  uint32_t struct_size;
  uint32_t max_held;              ///< frames held at once, 1 to 4; 0: 2
  int64_t connect_timeout;        ///< how long to wait for the stream to appear and to answer; 0: one second; below 0: not at all
  int64_t spin;                   ///< how long acquiring spins before it sleeps; 0: 20 microseconds; below 0: not at all
  geyser_bool require_zero_copy;  ///< refuse instead of having frames copied
  geyser_bool no_reconnect;       ///< do not attach again when the publisher restarts
  const char* application;        ///< for people; null: the program's file name
  const char* directory;          ///< null: the user's own
  geyser_bool keep_handles;       ///< for geyser_read_frame_export(): one more OS handle for each texture of the stream
  geyser_bool require_peer;       ///< refuse instead of having frames copied by anything but one GPU to another
} geyser_subscriber_options;

typedef uint32_t geyser_subscriber_state;
enum { GEYSER_SUBSCRIBER_STATE_ATTACHED = 0, GEYSER_SUBSCRIBER_STATE_WAITING = 1, GEYSER_SUBSCRIBER_STATE_ENDED = 2 };

typedef struct geyser_subscriber_info {
  uint32_t struct_size;
  geyser_subscriber_state state;
  geyser_transport transport;
  uint32_t reserved;     ///< 0
  uint64_t frames;       ///< acquired
  uint64_t skipped;      ///< published while attached, and not taken
  uint64_t attachments;  ///< 1 after connecting; one more with every restart
  uint64_t generations;  ///< sizes and formats seen
} geyser_subscriber_info;

/// Reads a stream. One thread at a time acquires; the rest from any thread.
typedef struct geyser_subscriber geyser_subscriber;
/// A frame to read; nobody writes its texture until it is released. May outlive its subscriber. Used by one thread at a time.
typedef struct geyser_read_frame geyser_read_frame;

/// Attaches to a stream. Ownership: the caller's. Threads: any. Errors: not_found, unsupported_handle or device_mismatch (zero copy was
/// required), limit_exceeded, protocol_error, timed_out, invalid_argument.
GEYSER_C_API geyser_status geyser_subscriber_connect(const geyser_manager* manager, const char* name,
                                                     const geyser_subscriber_options* GEYSER_OPTIONAL options,
                                                     geyser_subscriber** out) GEYSER_NOEXCEPT;
/// Frames that are held stay valid, and nobody writes them; the publisher counts a reader until the last one is released. Threads: one at a
/// time. Errors: none.
GEYSER_C_API void geyser_subscriber_destroy(geyser_subscriber* GEYSER_OPTIONAL subscriber) GEYSER_NOEXCEPT;
/// `latest`: the newest frame that was not acquired before; `queue` and `lockstep`: the next in order. Ownership: the caller's, to be given
/// to geyser_read_frame_release(). Threads: one at a time. Errors: timed_out, peer_gone, limit_exceeded (max_held frames are held), as
/// geyser_manager_import_texture().
GEYSER_C_API geyser_status geyser_subscriber_acquire(geyser_subscriber* subscriber, int64_t timeout,
                                                     geyser_read_frame** out) GEYSER_NOEXCEPT;
/// The newest frame even if it was acquired before; `latest` only. Ownership, threads, errors: as geyser_subscriber_acquire().
GEYSER_C_API geyser_status geyser_subscriber_acquire_newest(geyser_subscriber* subscriber, int64_t timeout,
                                                            geyser_read_frame** out) GEYSER_NOEXCEPT;
/// State, transport and counters. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_subscriber_query(const geyser_subscriber* subscriber, geyser_subscriber_info* out) GEYSER_NOEXCEPT;
/// Why the transport is not zero_copy; "" when it is. Threads: any. Errors: out_of_memory.
GEYSER_C_API geyser_status geyser_subscriber_why_not_zero_copy(const geyser_subscriber* subscriber, char* GEYSER_OPTIONAL buffer,
                                                               size_t capacity, size_t* GEYSER_OPTIONAL length) GEYSER_NOEXCEPT;
/// What the publisher announced last: a list of one. Ownership: the caller's. Threads: any. Errors: out_of_memory.
GEYSER_C_API geyser_status geyser_subscriber_stream(const geyser_subscriber* subscriber, geyser_stream_list** out) GEYSER_NOEXCEPT;

/// Releases a frame and frees it, and says what went wrong if anything did: then the object is left for geyser_read_frame_destroy().
/// Threads: one at a time. Errors: invalid_state.
GEYSER_C_API geyser_status geyser_read_frame_release(geyser_read_frame* frame) GEYSER_NOEXCEPT;
/// Releases and frees it. Threads: one at a time. Errors: none.
GEYSER_C_API void geyser_read_frame_destroy(geyser_read_frame* GEYSER_OPTIONAL frame) GEYSER_NOEXCEPT;
/// The texture, of the subscriber's manager, borrowed from the frame. Threads: one at a time. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_read_frame_texture(geyser_read_frame* frame, geyser_texture** out) GEYSER_NOEXCEPT;
/// The open read access, borrowed from the frame, which ends it. Threads: one at a time. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_read_frame_access(geyser_read_frame* frame, geyser_access** out) GEYSER_NOEXCEPT;
/// Number, times, colour and the publisher's own bytes. Threads: one at a time. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_read_frame_query(const geyser_read_frame* frame, geyser_frame_info* out) GEYSER_NOEXCEPT;
/// How it came. Threads: one at a time. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_read_frame_transport(const geyser_read_frame* frame, geyser_transport* out) GEYSER_NOEXCEPT;
/// A duplicate of the handle that the frame's texture came by, for a third party that takes OS handles. Wait for the access first
/// (geyser_access_wait()), keep the frame until the third party is done, write nothing. Ownership: the caller's. Threads: one at a time.
/// Errors: invalid_state (keep_handles was not set), unsupported_handle (the frame was copied for this device), os_error.
GEYSER_C_API geyser_status geyser_read_frame_export(const geyser_read_frame* frame, geyser_texture_handle** out) GEYSER_NOEXCEPT;
/// Copies a region out within this frame's access. Threads: one at a time. Errors: as geyser_manager_read_back().
GEYSER_C_API geyser_status geyser_read_frame_read_back(geyser_read_frame* frame, const geyser_texture_region* GEYSER_OPTIONAL region,
                                                       void* bytes, size_t size) GEYSER_NOEXCEPT;
/// "waiting", "unknown". Static storage. Threads: any. Errors: none.
GEYSER_C_API const char* geyser_subscriber_state_name(geyser_subscriber_state state) GEYSER_NOEXCEPT;

#ifdef __cplusplus
}
#endif
#endif
