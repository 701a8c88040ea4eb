// Channels: two processes of one user that hand each other textures, semaphores and small messages, without a stream around it.
#ifndef GEYSER_C_CHANNEL_H
#define GEYSER_C_CHANNEL_H

#include "geyser/c/base.h"
#include "geyser/c/handle.h"

#ifdef __cplusplus
extern "C" {
#endif

/// One end of a connection. Used by one thread for sending and one for receiving.
typedef struct geyser_channel geyser_channel;
/// Accepts connections under a name.
typedef struct geyser_channel_listener geyser_channel_listener;

/// The most bytes of one message.
#define GEYSER_MAX_CHANNEL_MESSAGE_BYTES 32768

/// Two connected ends in this process. Ownership: both are the caller's. Threads: any. Errors: out_of_memory, os_error.
GEYSER_C_API geyser_status geyser_channel_create_pair(geyser_channel** first, geyser_channel** second) GEYSER_NOEXCEPT;
/// Connects to a listener of that name; `directory` null: the user's own. Ownership: the caller's. Threads: any. Errors: not_found,
/// timed_out, invalid_state (another user owns it), os_error.
GEYSER_C_API geyser_status geyser_channel_connect(const char* name, int64_t timeout, const char* GEYSER_OPTIONAL directory,
                                                  geyser_channel** out) GEYSER_NOEXCEPT;
/// Takes over an end that was inherited (a connected SOCK_SEQPACKET socket); on failure it stays the caller's. Ownership: the caller's.
/// Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_channel_adopt(geyser_os_handle socket, geyser_channel** out) GEYSER_NOEXCEPT;
/// Closes it; the peer sees that. Threads: any. Errors: none.
GEYSER_C_API void geyser_channel_destroy(geyser_channel* GEYSER_OPTIONAL channel) GEYSER_NOEXCEPT;
/// Sends a handle, which stays the caller's. Threads: one at a time. Errors: peer_gone, timed_out, out_of_memory, as
/// geyser_texture_handle_validate().
GEYSER_C_API geyser_status geyser_channel_send_texture(geyser_channel* channel, const geyser_texture_handle* handle,
                                                       int64_t timeout) GEYSER_NOEXCEPT;
/// The same for a semaphore. Threads: one at a time. Errors: as geyser_channel_send_texture().
GEYSER_C_API geyser_status geyser_channel_send_semaphore(geyser_channel* channel, const geyser_semaphore_handle* handle,
                                                         int64_t timeout) GEYSER_NOEXCEPT;
/// Receives a handle. Ownership: the caller's. Threads: one at a time. Errors: peer_gone, timed_out, protocol_error (another kind, or
/// broken), out_of_memory.
GEYSER_C_API geyser_status geyser_channel_receive_texture(geyser_channel* channel, int64_t timeout,
                                                          geyser_texture_handle** out) GEYSER_NOEXCEPT;
/// The same for a semaphore. Threads: one at a time. Errors: as geyser_channel_receive_texture().
GEYSER_C_API geyser_status geyser_channel_receive_semaphore(geyser_channel* channel, int64_t timeout,
                                                            geyser_semaphore_handle** out) GEYSER_NOEXCEPT;
/// The caller's own bytes, at most GEYSER_MAX_CHANNEL_MESSAGE_BYTES. Threads: one at a time. Errors: as geyser_channel_send_texture(),
/// invalid_argument.
GEYSER_C_API geyser_status geyser_channel_send(geyser_channel* channel, const void* GEYSER_OPTIONAL bytes, size_t size,
                                               int64_t timeout) GEYSER_NOEXCEPT;
/// Receives one message whole; `size` is its length. A message that is longer than `capacity` is kept, and the next call gives it: its
/// length is written all the same. Threads: one at a time. Errors: limit_exceeded (longer), and as geyser_channel_receive_texture().
GEYSER_C_API geyser_status geyser_channel_receive(geyser_channel* channel, void* GEYSER_OPTIONAL bytes, size_t capacity, size_t* size,
                                                  int64_t timeout) GEYSER_NOEXCEPT;
/// Process and user at the other end, as the operating system says. Threads: any. Errors: os_error.
GEYSER_C_API geyser_status geyser_channel_peer(const geyser_channel* channel, uint32_t* GEYSER_OPTIONAL process_id,
                                               uint32_t* GEYSER_OPTIONAL user_id) GEYSER_NOEXCEPT;
/// The socket, still owned by the channel. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_channel_borrow(const geyser_channel* channel, geyser_os_handle* out) GEYSER_NOEXCEPT;

/// Listens; `directory` null: the user's own. Ownership: the caller's. Threads: any. Errors: invalid_argument (name), invalid_state (taken
/// by a live process), os_error.
GEYSER_C_API geyser_status geyser_channel_listener_create(const char* name, const char* GEYSER_OPTIONAL directory,
                                                          geyser_channel_listener** out) GEYSER_NOEXCEPT;
/// The name is free again. Threads: any. Errors: none.
GEYSER_C_API void geyser_channel_listener_destroy(geyser_channel_listener* GEYSER_OPTIONAL listener) GEYSER_NOEXCEPT;
/// Accepts one connection. Ownership: the caller's. Threads: one at a time. Errors: timed_out, os_error, out_of_memory.
GEYSER_C_API geyser_status geyser_channel_listener_accept(geyser_channel_listener* listener, int64_t timeout,
                                                          geyser_channel** out) GEYSER_NOEXCEPT;

#ifdef __cplusplus
}
#endif
#endif
