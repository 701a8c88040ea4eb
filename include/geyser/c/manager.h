// Managers: one per device; they create, export and import textures and semaphores. And host memory, which needs no device.
#ifndef GEYSER_C_MANAGER_H
#define GEYSER_C_MANAGER_H

#include "geyser/c/access.h"
#include "geyser/c/base.h"
#include "geyser/c/device.h"
#include "geyser/c/handle.h"
#include "geyser/c/semaphore.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A manager for host memory. Ownership: the caller's. Threads: any. Errors: out_of_memory, os_error.
GEYSER_C_API geyser_status geyser_host_manager_create(geyser_manager** out) GEYSER_NOEXCEPT;
/// Gives it up; textures and semaphores that it made keep what they need. Threads: any. Errors: none.
GEYSER_C_API void geyser_manager_destroy(geyser_manager* GEYSER_OPTIONAL manager) GEYSER_NOEXCEPT;
/// "vulkan", "host", ... Static storage. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_manager_backend_name(const geyser_manager* manager, const char** out) GEYSER_NOEXCEPT;

typedef struct geyser_create_options {
  uint32_t struct_size;
  geyser_memory_type memory_type;    ///< how it will be handed over; none: the best
  const geyser_modifier* modifiers;  ///< dma_buf: what the importer accepts, in order of preference
  uint32_t modifier_count;
  geyser_bool linear;  ///< rows of texels one after the other
} geyser_create_options;

/// Creates a texture whose memory can be exported. Ownership: the caller's. Threads: any (OpenGL: the context's). Errors: as
/// geyser_descriptor_validate(); unsupported_format, unsupported_handle, limit_exceeded, out_of_memory, device_lost.
GEYSER_C_API geyser_status geyser_manager_create_texture(geyser_manager* manager, const geyser_texture_descriptor* descriptor,
                                                         const geyser_create_options* GEYSER_OPTIONAL options,
                                                         geyser_texture** out) GEYSER_NOEXCEPT;
/// Makes a handle to the texture's memory, and to its ready semaphore. Ownership: the caller's. Threads: any. Errors: device_mismatch,
/// unsupported_handle, out_of_memory, device_lost.
GEYSER_C_API geyser_status geyser_manager_export_texture(geyser_manager* manager, const geyser_texture* texture,
                                                         geyser_texture_handle** out) GEYSER_NOEXCEPT;
/// Makes a texture from a handle, which is consumed on success; on failure it stays the caller's, unchanged. Threads: any (OpenGL: the
/// context's). Errors: protocol_error, device_mismatch, unsupported_handle, unsupported_format, limit_exceeded, out_of_memory, device_lost.
GEYSER_C_API geyser_status geyser_manager_import_texture(geyser_manager* manager, geyser_texture_handle* handle,
                                                         geyser_texture** out) GEYSER_NOEXCEPT;

typedef struct geyser_semaphore_options {
  uint32_t struct_size;
  geyser_semaphore_kind kind;  ///< 0: the best that the device can export
  uint64_t initial_value;      ///< timelines only
  const char* label;           ///< for debuggers; null: none
} geyser_semaphore_options;

/// Creates a semaphore that can be exported. Ownership: the caller's. Threads: any. Errors: unsupported_feature, out_of_memory,
/// device_lost.
GEYSER_C_API geyser_status geyser_manager_create_semaphore(geyser_manager* manager, const geyser_semaphore_options* GEYSER_OPTIONAL options,
                                                           geyser_semaphore** out) GEYSER_NOEXCEPT;
/// Makes a handle; `type` none: the best for the semaphore's kind. Exporting a sync_fd takes the pending signal out of the semaphore.
/// Ownership: the caller's. Threads: any. Errors: device_mismatch, unsupported_handle, invalid_state, out_of_memory.
GEYSER_C_API geyser_status geyser_manager_export_semaphore(geyser_manager* manager, const geyser_semaphore* semaphore,
                                                           geyser_semaphore_type type, geyser_semaphore_handle** out) GEYSER_NOEXCEPT;
/// Makes a semaphore from a handle, which is consumed on success only. Ownership: the caller's. Threads: any. Errors: protocol_error,
/// device_mismatch, unsupported_handle, out_of_memory, device_lost.
GEYSER_C_API geyser_status geyser_manager_import_semaphore(geyser_manager* manager, geyser_semaphore_handle* handle,
                                                           geyser_semaphore** out) GEYSER_NOEXCEPT;

/// Makes `semaphore` the texture's ready semaphore: it travels with exports, and is what the next three functions use. Threads: any.
/// Errors: device_mismatch, access_conflict, invalid_argument.
GEYSER_C_API geyser_status geyser_manager_attach_semaphore(geyser_manager* manager, geyser_texture* texture,
                                                           const geyser_semaphore* semaphore) GEYSER_NOEXCEPT;
/// A reference to the ready semaphore. Ownership: the caller's. Threads: any. Errors: not_found (there is none), out_of_memory.
GEYSER_C_API geyser_status geyser_manager_attached_semaphore(const geyser_manager* manager, const geyser_texture* texture,
                                                             geyser_semaphore** out) GEYSER_NOEXCEPT;
/// Announces that everything submitted to the manager's queue so far is done with the texture, and marks it initialized; `value` is what
/// the ready semaphore will have. Threads: any. Errors: invalid_state (no ready semaphore), access_conflict, device_mismatch, device_lost.
GEYSER_C_API geyser_status geyser_manager_signal_ready(geyser_manager* manager, geyser_texture* texture,
                                                       uint64_t* GEYSER_OPTIONAL value) GEYSER_NOEXCEPT;
/// Blocks until the ready semaphore is beyond what this texture last waited for; marks it initialized; `value` is what was reached.
/// Threads: any. Errors: timed_out, invalid_state, device_lost.
GEYSER_C_API geyser_status geyser_manager_wait_ready(geyser_manager* manager, geyser_texture* texture, int64_t timeout,
                                                     uint64_t* GEYSER_OPTIONAL value) GEYSER_NOEXCEPT;

/// Copies bytes (rows without gaps, geyser_descriptor_region_layout()) into the texture and waits until they are there; opens and ends a
/// write access of its own. `size` is the layout's total_bytes. Threads: any. Errors: invalid_argument, access_conflict, device_mismatch,
/// out_of_memory, timed_out, device_lost.
GEYSER_C_API geyser_status geyser_manager_upload(geyser_manager* manager, geyser_texture* texture,
                                                 const geyser_texture_region* GEYSER_OPTIONAL region, const void* bytes, size_t size,
                                                 const geyser_access_info* GEYSER_OPTIONAL info) GEYSER_NOEXCEPT;
/// Copies bytes out of the texture. As geyser_manager_upload(), and not_initialized. Threads: any.
GEYSER_C_API geyser_status geyser_manager_read_back(geyser_manager* manager, geyser_texture* texture,
                                                    const geyser_texture_region* GEYSER_OPTIONAL region, void* bytes, size_t size,
                                                    const geyser_access_info* GEYSER_OPTIONAL info) GEYSER_NOEXCEPT;

typedef struct geyser_mapped_region {
  uint32_t struct_size;
  geyser_extent extent;  ///< texels of the plane
  void* data;            ///< first byte of the region; lives as long as the texture
  uint64_t row_pitch;    ///< bytes from one row of blocks to the next
  uint64_t slice_pitch;  ///< bytes from one depth slice to the next
  uint32_t row_bytes;    ///< bytes in a row of blocks
  uint32_t rows;         ///< rows of blocks in a slice
  uint64_t total_bytes;  ///< row_bytes x rows x extent.depth
} geyser_mapped_region;
/// Direct access to a host texture's bytes, inside an open access (unchecked). Threads: any. Errors: device_mismatch, invalid_argument.
GEYSER_C_API geyser_status geyser_host_map(const geyser_texture* texture, const geyser_texture_region* GEYSER_OPTIONAL region,
                                           geyser_mapped_region* out) GEYSER_NOEXCEPT;

/// Keeps textures that are not in use. Used by any number of threads at once.
typedef struct geyser_texture_pool geyser_texture_pool;
/// `capacity`: idle textures kept at most; 0: 16. The manager must outlive the pool (unchecked). Ownership: the caller's. Threads: any.
/// Errors: out_of_memory.
GEYSER_C_API geyser_status geyser_texture_pool_create(geyser_manager* manager, uint32_t capacity,
                                                      geyser_texture_pool** out) GEYSER_NOEXCEPT;
/// Textures on loan outlive it. Threads: any. Errors: none.
GEYSER_C_API void geyser_texture_pool_destroy(geyser_texture_pool* GEYSER_OPTIONAL pool) GEYSER_NOEXCEPT;
/// An idle texture of the same descriptor (label apart), or a new one; geyser_texture_destroy() gives it back. `reused`: it has been used
/// before. Ownership: the caller's. Threads: any. Errors: as geyser_manager_create_texture().
GEYSER_C_API geyser_status geyser_texture_pool_acquire(geyser_texture_pool* pool, const geyser_texture_descriptor* descriptor,
                                                       geyser_texture** out, geyser_bool* GEYSER_OPTIONAL reused) GEYSER_NOEXCEPT;
/// Idle textures now. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_texture_pool_idle(const geyser_texture_pool* pool, uint32_t* out) GEYSER_NOEXCEPT;
/// Frees all idle textures. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_texture_pool_clear(geyser_texture_pool* pool) GEYSER_NOEXCEPT;

#ifdef __cplusplus
}
#endif
#endif
