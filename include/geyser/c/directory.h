// Which streams there are, what they carry, who reads them. One folder per user, no daemon.
#ifndef GEYSER_C_DIRECTORY_H
#define GEYSER_C_DIRECTORY_H

#include "geyser/c/base.h"
#include "geyser/c/device.h"
#include "geyser/c/frame.h"
#include "geyser/c/texture.h"

#ifdef __cplusplus
extern "C" {
#endif

/// How publisher and readers keep pace. Values are part of the wire protocol.
typedef uint32_t geyser_pacing;
enum { GEYSER_PACING_LATEST = 1, GEYSER_PACING_QUEUE = 2, GEYSER_PACING_LOCKSTEP = 3 };
/// How a reader gets its frames. Values are part of the wire protocol.
typedef uint32_t geyser_transport;
enum {
  GEYSER_TRANSPORT_NONE = 0,         ///< not attached
  GEYSER_TRANSPORT_ZERO_COPY = 1,    ///< the publisher's own textures
  GEYSER_TRANSPORT_HOST_BRIDGE = 2,  ///< copied to host memory by the publisher; a reader that is not on the host uploads it
  GEYSER_TRANSPORT_PEER_COPY = 3,    ///< copied by the publisher from its GPU to the reader's, once for all readers on that GPU
  GEYSER_TRANSPORT_PINNED_COPY = 4,  ///< the same through host memory that both devices read and write by themselves
  GEYSER_TRANSPORT_HOST_COPY = 5     ///< the same through the publisher's own host memory, by the CPU
};

/// The user's streams. Used by one thread at a time.
typedef struct geyser_directory geyser_directory;
/// Streams as they were announced when they were asked for.
typedef struct geyser_stream_list geyser_stream_list;
/// One stream and its readers, as its publisher answered.
typedef struct geyser_stream_status geyser_stream_status;

typedef struct geyser_stream_info {
  uint32_t struct_size;
  uint32_t process_id;
  const char* name;
  const char* application;
  const char* backend;  ///< "vulkan", "host", ...
  geyser_uuid uuid;     ///< another one with every start of the publisher
  uint64_t generation;
  geyser_pacing pacing;
  uint32_t ring;
} geyser_stream_info;

typedef struct geyser_stream_status_info {
  uint32_t struct_size;
  uint32_t textures;              ///< allocated now
  uint64_t frames;                ///< published so far
  geyser_timestamp last_publish;  ///< monotonic; 0: none yet
  uint64_t bytes;                 ///< of those textures
  uint32_t reader_count;
  uint32_t reserved;  ///< 0
} geyser_stream_status_info;

typedef struct geyser_reader_status {
  uint32_t struct_size;
  uint32_t process_id;
  const char* application;
  const char* why_not_zero_copy;  ///< the reasons, when it is not; else ""
  geyser_transport transport;
  uint32_t claims;      ///< frames held now
  uint64_t frames;      ///< acquired so far
  uint64_t skipped;     ///< published, and not taken
  uint64_t last_frame;  ///< newest number acquired
  int64_t latency_p50;  ///< nanoseconds from publishing to acquiring, over the last 1024 frames
  int64_t latency_p99;
} geyser_reader_status;

/// $XDG_RUNTIME_DIR/geyser, or a folder of the user's own among the temporary files. Threads: any. Errors: out_of_memory.
GEYSER_C_API geyser_status geyser_directory_default_path(char* GEYSER_OPTIONAL buffer, size_t capacity,
                                                         size_t* GEYSER_OPTIONAL length) GEYSER_NOEXCEPT;
/// `path` null: the default. Makes the folder when it is missing. Ownership: the caller's. Threads: any. Errors: os_error, invalid_state.
GEYSER_C_API geyser_status geyser_directory_open(const char* GEYSER_OPTIONAL path, geyser_directory** out) GEYSER_NOEXCEPT;
/// Threads: any. Errors: none.
GEYSER_C_API void geyser_directory_destroy(geyser_directory* GEYSER_OPTIONAL directory) GEYSER_NOEXCEPT;
/// The folder; lives as long as the directory. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_directory_path(const geyser_directory* directory, const char** out) GEYSER_NOEXCEPT;
/// Live streams, by name. Ownership: the list is the caller's. Threads: one at a time. Errors: os_error.
GEYSER_C_API geyser_status geyser_directory_list(const geyser_directory* directory, geyser_stream_list** out) GEYSER_NOEXCEPT;
/// A list with that one stream. Ownership: the list is the caller's. Threads: one at a time. Errors: not_found naming the streams that
/// there are, os_error.
GEYSER_C_API geyser_status geyser_directory_find(const geyser_directory* directory, const char* name,
                                                 geyser_stream_list** out) GEYSER_NOEXCEPT;
/// Blocks until the streams differ from those of the last list, or until the time is over; then lists them. Ownership: the list is the
/// caller's. Threads: one at a time. Errors: os_error.
GEYSER_C_API geyser_status geyser_directory_wait_for_change(geyser_directory* directory, int64_t timeout,
                                                            geyser_stream_list** out) GEYSER_NOEXCEPT;
/// Asks the publisher. Ownership: the status is the caller's. Threads: one at a time. Errors: not_found, timed_out, peer_gone,
/// protocol_error.
GEYSER_C_API geyser_status geyser_directory_status(const geyser_directory* directory, const char* name, int64_t timeout,
                                                   geyser_stream_status** out) GEYSER_NOEXCEPT;

/// The device that the stream `name` is published on, to choose the reader's by: geyser_vulkan_device_options takes its uuid and
/// driver_uuid, or its LUID where the device UUID is nil; both nil and no LUID: host memory. `directory` null: the default. Threads: any.
/// Errors: as geyser_directory_open() and geyser_directory_find().
GEYSER_C_API geyser_status geyser_device_of_stream(const char* name, const char* GEYSER_OPTIONAL directory,
                                                   geyser_device_identity* out) GEYSER_NOEXCEPT;

/// Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_stream_list_count(const geyser_stream_list* list, uint32_t* out) GEYSER_NOEXCEPT;
/// One of them; its text lives as long as the list. Threads: any. Errors: invalid_argument (no such index).
GEYSER_C_API geyser_status geyser_stream_list_at(const geyser_stream_list* list, uint32_t index, geyser_stream_info* out) GEYSER_NOEXCEPT;
/// Its textures; the label lives as long as the list. Threads: any. Errors: invalid_argument (no such index).
GEYSER_C_API geyser_status geyser_stream_list_texture(const geyser_stream_list* list, uint32_t index,
                                                      geyser_texture_descriptor* out) GEYSER_NOEXCEPT;
/// Its device. Threads: any. Errors: invalid_argument (no such index).
GEYSER_C_API geyser_status geyser_stream_list_device(const geyser_stream_list* list, uint32_t index,
                                                     geyser_device_identity* out) GEYSER_NOEXCEPT;
/// Threads: any. Errors: none.
GEYSER_C_API void geyser_stream_list_destroy(geyser_stream_list* GEYSER_OPTIONAL list) GEYSER_NOEXCEPT;

/// Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_stream_status_query(const geyser_stream_status* status, geyser_stream_status_info* out) GEYSER_NOEXCEPT;
/// What the stream announces: a list of one, borrowed from the status. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_stream_status_stream(const geyser_stream_status* status, const geyser_stream_list** out) GEYSER_NOEXCEPT;
/// One reader; its text lives as long as the status. Threads: any. Errors: invalid_argument (no such index).
GEYSER_C_API geyser_status geyser_stream_status_reader(const geyser_stream_status* status, uint32_t index,
                                                       geyser_reader_status* out) GEYSER_NOEXCEPT;
/// Threads: any. Errors: none.
GEYSER_C_API void geyser_stream_status_destroy(geyser_stream_status* GEYSER_OPTIONAL status) GEYSER_NOEXCEPT;
/// "latest", "unknown". Static storage. Threads: any. Errors: none.
GEYSER_C_API const char* geyser_pacing_name(geyser_pacing pacing) GEYSER_NOEXCEPT;
/// "zero_copy", "unknown". Static storage. Threads: any. Errors: none.
GEYSER_C_API const char* geyser_transport_name(geyser_transport transport) GEYSER_NOEXCEPT;

#ifdef __cplusplus
}
#endif
#endif
