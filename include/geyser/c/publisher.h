// Publishing: a stream of textures under a name, for any number of readers in other processes.
#ifndef GEYSER_C_PUBLISHER_H
#define GEYSER_C_PUBLISHER_H

#include "geyser/c/access.h"
#include "geyser/c/base.h"
#include "geyser/c/directory.h"
#include "geyser/c/frame.h"
#include "geyser/c/manager.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct geyser_publisher_options {
  uint32_t struct_size;
  geyser_pacing pacing;                      ///< 0: latest
  const char* name;                          ///< 1 to 128 bytes of UTF-8 without control characters
  const geyser_texture_descriptor* texture;  ///< what every frame is
  const char* application;                   ///< for people; null: the program's file name
  const char* directory;                     ///< where streams are announced; null: the user's own
  uint32_t ring;                             ///< textures in turn, 2 to 16; 0: 3
  geyser_bool no_host_bridge;                ///< do not serve readers on other devices through host memory
  geyser_bool linear;                        ///< as geyser_create_options::linear
  geyser_memory_type memory_type;            ///< how textures cross (`dma_buf` for who takes nothing else); 0: the best that is exported
} geyser_publisher_options;

/// Publishes a stream. One thread at a time begins, publishes and reconfigures; everything else from any thread.
typedef struct geyser_publisher geyser_publisher;
/// A texture to draw the next frame into; nobody reads it. Used by one thread at a time.
typedef struct geyser_write_frame geyser_write_frame;

/// Announces the stream. Ownership: the caller's. Threads: any. Errors: invalid_argument, invalid_state (the name is taken by a live
/// process), as geyser_manager_create_texture(), os_error, out_of_memory.
GEYSER_C_API geyser_status geyser_publisher_create(const geyser_manager* manager, const geyser_publisher_options* options,
                                                   geyser_publisher** out) GEYSER_NOEXCEPT;
/// Ends the stream; readers keep the frames that they hold. Threads: one at a time. Errors: none.
GEYSER_C_API void geyser_publisher_destroy(geyser_publisher* GEYSER_OPTIONAL publisher) GEYSER_NOEXCEPT;
/// A texture that nobody reads, to be given to geyser_publisher_publish(). Ownership: the caller's. Threads: one at a time. Errors:
/// timed_out naming the reader that holds it up, invalid_state (the frame before is still open), out_of_memory, device_lost.
GEYSER_C_API geyser_status geyser_publisher_begin_frame(geyser_publisher* publisher, int64_t timeout,
                                                        geyser_write_frame** out) GEYSER_NOEXCEPT;
/// Makes the frame the stream's newest: `frame` is consumed, `number` is its number. On failure the texture is returned unpublished, and
/// `frame` is left for geyser_write_frame_destroy() and good for nothing else. Threads: one at a time. Errors: invalid_argument,
/// invalid_state.
GEYSER_C_API geyser_status geyser_publisher_publish(geyser_publisher* publisher, geyser_write_frame* frame,
                                                    const geyser_frame_metadata* GEYSER_OPTIONAL metadata,
                                                    uint64_t* GEYSER_OPTIONAL number) GEYSER_NOEXCEPT;
/// Changes size, format or usage: a new generation, which subscribers follow. Threads: one at a time. Errors: as geyser_publisher_create();
/// on failure the stream goes on as it was.
GEYSER_C_API geyser_status geyser_publisher_reconfigure(geyser_publisher* publisher,
                                                        const geyser_texture_descriptor* texture) GEYSER_NOEXCEPT;
/// 1 when somebody reads. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_publisher_has_subscribers(const geyser_publisher* publisher, geyser_bool* out) GEYSER_NOEXCEPT;
/// Blocks until at least `count` readers are attached. Threads: any. Errors: timed_out with the number that is.
GEYSER_C_API geyser_status geyser_publisher_wait_for_subscribers(const geyser_publisher* publisher, uint32_t count,
                                                                 int64_t timeout) GEYSER_NOEXCEPT;
/// The stream and its readers. Ownership: the status is the caller's. Threads: any. Errors: out_of_memory.
GEYSER_C_API geyser_status geyser_publisher_status(const geyser_publisher* publisher, geyser_stream_status** out) GEYSER_NOEXCEPT;
/// The name; lives as long as the publisher. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_publisher_name(const geyser_publisher* publisher, const char** out) GEYSER_NOEXCEPT;
/// Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_publisher_uuid(const geyser_publisher* publisher, geyser_uuid* out) GEYSER_NOEXCEPT;
/// What every frame is; the label lives until the next geyser_publisher_reconfigure(). Threads: the publishing one. Errors:
/// invalid_argument.
GEYSER_C_API geyser_status geyser_publisher_descriptor(const geyser_publisher* publisher, geyser_texture_descriptor* out) GEYSER_NOEXCEPT;

/// Returns the texture unpublished. Threads: one at a time. Errors: none.
GEYSER_C_API void geyser_write_frame_destroy(geyser_write_frame* GEYSER_OPTIONAL frame) GEYSER_NOEXCEPT;
/// The texture, borrowed from the frame. Threads: one at a time. Errors: invalid_state (publishing failed).
GEYSER_C_API geyser_status geyser_write_frame_texture(geyser_write_frame* frame, geyser_texture** out) GEYSER_NOEXCEPT;
/// The open write access, borrowed from the frame, which ends it. Threads: one at a time. Errors: as geyser_write_frame_texture().
GEYSER_C_API geyser_status geyser_write_frame_access(geyser_write_frame* frame, geyser_access** out) GEYSER_NOEXCEPT;
/// The number that it will have. Threads: one at a time. Errors: as geyser_write_frame_texture().
GEYSER_C_API geyser_status geyser_write_frame_number(const geyser_write_frame* frame, uint64_t* out) GEYSER_NOEXCEPT;
/// Copies bytes into the texture within this frame's access. Threads: one at a time. Errors: as geyser_manager_upload().
GEYSER_C_API geyser_status geyser_write_frame_upload(geyser_write_frame* frame, const geyser_texture_region* GEYSER_OPTIONAL region,
                                                     const void* bytes, size_t size) GEYSER_NOEXCEPT;

#ifdef __cplusplus
}
#endif
#endif
