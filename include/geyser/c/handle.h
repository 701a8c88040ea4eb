// Textures and semaphores on their way to another API, device or process. Self-describing; they own their OS handles.
#ifndef GEYSER_C_HANDLE_H
#define GEYSER_C_HANDLE_H

#include "geyser/c/base.h"
#include "geyser/c/device.h"
#include "geyser/c/texture.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Owns the OS handles of one texture, and those of its ready semaphore if it has one.
typedef struct geyser_texture_handle geyser_texture_handle;
/// Owns the OS handle of one semaphore.
typedef struct geyser_semaphore_handle geyser_semaphore_handle;

/// Where a memory plane lies in its allocation.
typedef struct geyser_memory_plane {
  uint64_t offset;     ///< bytes
  uint64_t row_pitch;  ///< bytes
  uint32_t handle_index;
  uint32_t reserved;  ///< 0
} geyser_memory_plane;

/// What the importer must repeat exactly; geyser::TextureHandleInfo says more of each. Whoever carries a handle through a connection of his
/// own sends this struct, the descriptor, the exporter and the OS handles, and makes the handle anew at the other end.
typedef struct geyser_texture_handle_info {
  uint32_t struct_size;
  geyser_memory_type type;
  uint64_t allocation_size;  ///< bytes, of the whole allocation
  uint64_t required_size;    ///< bytes that the image itself needs
  uint32_t memory_type_index;
  geyser_bool dedicated;
  geyser_bool linear_tiling;
  uint32_t native_format;        ///< VkFormat used, for opaque handles
  uint32_t native_usage;         ///< VkImageUsageFlags used
  uint32_t native_create_flags;  ///< VkImageCreateFlags used
  uint64_t drm_modifier;         ///< dma_buf only
  uint32_t memory_plane_count;
  geyser_bool initialized;  ///< somebody has written it
  geyser_memory_plane memory_planes[4];
  geyser_layout layout;             ///< the layout it was released in
  uint32_t handle_count;            ///< OS handles set; ignored by geyser_texture_handle_create()
  geyser_bool has_ready_semaphore;  ///< ignored by geyser_texture_handle_create()
  uint32_t reserved;                ///< 0
  uint64_t ready_value;             ///< newest value announced when it was exported
} geyser_texture_handle_info;

/// A handle without OS handles: give them with geyser_texture_handle_give(). Ownership: the caller's. Threads: any. Errors:
/// invalid_argument, out_of_memory. What is wrong with the numbers, geyser_texture_handle_validate() and the import say.
GEYSER_C_API geyser_status geyser_texture_handle_create(const geyser_texture_handle_info* info, const geyser_texture_descriptor* descriptor,
                                                        const geyser_device_identity* exporter,
                                                        geyser_texture_handle** out) GEYSER_NOEXCEPT;
/// Closes what it still owns. Threads: any. Errors: none.
GEYSER_C_API void geyser_texture_handle_destroy(geyser_texture_handle* GEYSER_OPTIONAL handle) GEYSER_NOEXCEPT;
/// Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_texture_handle_query(const geyser_texture_handle* handle,
                                                       geyser_texture_handle_info* out) GEYSER_NOEXCEPT;
/// What the texture is; the label lives as long as the handle. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_texture_handle_descriptor(const geyser_texture_handle* handle,
                                                            geyser_texture_descriptor* out) GEYSER_NOEXCEPT;
/// The device that it belongs to. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_texture_handle_exporter(const geyser_texture_handle* handle, geyser_device_identity* out) GEYSER_NOEXCEPT;
/// One OS handle, still owned by `handle`; GEYSER_NO_OS_HANDLE where none is set. `index` is below 4. Threads: any. Errors:
/// invalid_argument.
GEYSER_C_API geyser_status geyser_texture_handle_borrow(const geyser_texture_handle* handle, uint32_t index,
                                                        geyser_os_handle* out) GEYSER_NOEXCEPT;
/// The same, now owned by the caller. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_texture_handle_take(geyser_texture_handle* handle, uint32_t index, geyser_os_handle* out) GEYSER_NOEXCEPT;
/// Hands an OS handle over; what was there is closed. On failure it stays the caller's. Threads: any. Errors: invalid_argument
/// (it is not open, with errno), out_of_memory.
GEYSER_C_API geyser_status geyser_texture_handle_give(geyser_texture_handle* handle, uint32_t index,
                                                      geyser_os_handle value) GEYSER_NOEXCEPT;
/// Takes the ready semaphore's handle out. Ownership: the caller's. Threads: any. Errors: not_found (there is none), out_of_memory.
GEYSER_C_API geyser_status geyser_texture_handle_take_ready_semaphore(geyser_texture_handle* handle,
                                                                      geyser_semaphore_handle** out) GEYSER_NOEXCEPT;
/// Puts one in: `semaphore` is consumed on success. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_texture_handle_give_ready_semaphore(geyser_texture_handle* handle,
                                                                      geyser_semaphore_handle* semaphore) GEYSER_NOEXCEPT;
/// Checks everything that needs no device; import does so by itself. Threads: any. Errors: protocol_error, invalid_argument.
GEYSER_C_API geyser_status geyser_texture_handle_validate(const geyser_texture_handle* handle) GEYSER_NOEXCEPT;

/// A semaphore's handle around an OS handle; GEYSER_NO_OS_HANDLE is a sync_fd that is signalled already. On failure `value` stays the
/// caller's. Ownership: the caller's. Threads: any. Errors: invalid_argument (it is not open, with errno), out_of_memory.
GEYSER_C_API geyser_status geyser_semaphore_handle_create(geyser_semaphore_kind kind, geyser_semaphore_type type,
                                                          const geyser_device_identity* exporter, geyser_os_handle value,
                                                          geyser_semaphore_handle** out) GEYSER_NOEXCEPT;
/// Closes what it still owns. Threads: any. Errors: none.
GEYSER_C_API void geyser_semaphore_handle_destroy(geyser_semaphore_handle* GEYSER_OPTIONAL handle) GEYSER_NOEXCEPT;
/// Kind and type. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_semaphore_handle_query(const geyser_semaphore_handle* handle, geyser_semaphore_kind* kind,
                                                         geyser_semaphore_type* type) GEYSER_NOEXCEPT;
/// The device that it belongs to. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_semaphore_handle_exporter(const geyser_semaphore_handle* handle,
                                                            geyser_device_identity* out) GEYSER_NOEXCEPT;
/// The OS handle, still owned by `handle`. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_semaphore_handle_borrow(const geyser_semaphore_handle* handle, geyser_os_handle* out) GEYSER_NOEXCEPT;
/// The same, now owned by the caller. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_semaphore_handle_take(geyser_semaphore_handle* handle, geyser_os_handle* out) GEYSER_NOEXCEPT;
/// As geyser_texture_handle_validate(). Threads: any. Errors: protocol_error.
GEYSER_C_API geyser_status geyser_semaphore_handle_validate(const geyser_semaphore_handle* handle) GEYSER_NOEXCEPT;

#ifdef __cplusplus
}
#endif
#endif
