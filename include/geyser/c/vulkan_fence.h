// Vulkan fences that cross processes, and host memory that the device reads and writes directly.
#ifndef GEYSER_C_VULKAN_FENCE_H
#define GEYSER_C_VULKAN_FENCE_H

#include "geyser/c/base.h"
#include "geyser/c/vulkan.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef uint32_t geyser_vulkan_fence_type;
enum { GEYSER_VULKAN_FENCE_TYPE_OPAQUE_FD = 1, GEYSER_VULKAN_FENCE_TYPE_SYNC_FD = 2 };

/// A VkFence that can be handed to another process. Waited for by any thread; reset and submitted by one at a time.
typedef struct geyser_vulkan_fence geyser_vulkan_fence;
/// A fence on its way to another process: owns its OS handle.
typedef struct geyser_vulkan_fence_handle geyser_vulkan_fence_handle;

/// `type` 0: opaque_fd. Ownership: the caller's. Threads: any. Errors: unsupported_handle, out_of_memory.
GEYSER_C_API geyser_status geyser_vulkan_fence_create(const geyser_manager* manager, geyser_vulkan_fence_type type,
                                                      geyser_vulkan_fence** out) GEYSER_NOEXCEPT;
/// Threads: any. Errors: none.
GEYSER_C_API void geyser_vulkan_fence_destroy(geyser_vulkan_fence* GEYSER_OPTIONAL fence) GEYSER_NOEXCEPT;
/// The VkFence; the fence's. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_vulkan_fence_native(const geyser_vulkan_fence* fence, uint64_t* out) GEYSER_NOEXCEPT;
/// Threads: any. Errors: device_lost.
GEYSER_C_API geyser_status geyser_vulkan_fence_signalled(const geyser_vulkan_fence* fence, geyser_bool* out) GEYSER_NOEXCEPT;
/// Threads: any. Errors: timed_out, device_lost.
GEYSER_C_API geyser_status geyser_vulkan_fence_wait(const geyser_vulkan_fence* fence, int64_t timeout) GEYSER_NOEXCEPT;
/// Not while a submit uses it (unchecked). Threads: one at a time. Errors: out_of_memory.
GEYSER_C_API geyser_status geyser_vulkan_fence_reset(geyser_vulkan_fence* fence) GEYSER_NOEXCEPT;
/// sync_fd: takes the pending signal out of the fence. Ownership: the caller's. Threads: any. Errors: unsupported_handle, out_of_memory.
GEYSER_C_API geyser_status geyser_vulkan_fence_export(const geyser_vulkan_fence* fence, geyser_vulkan_fence_handle** out) GEYSER_NOEXCEPT;
/// `handle` is consumed on success only. Ownership: the caller's. Threads: any. Errors: device_mismatch, unsupported_handle,
/// protocol_error, out_of_memory.
GEYSER_C_API geyser_status geyser_vulkan_fence_import(const geyser_manager* manager, geyser_vulkan_fence_handle* handle,
                                                      geyser_vulkan_fence** out) GEYSER_NOEXCEPT;
/// A handle around an OS handle; GEYSER_NO_OS_HANDLE is a sync_fd that is signalled already. On failure `value` stays the caller's.
/// Ownership: the caller's. Threads: any. Errors: invalid_argument (it is not open, with errno), out_of_memory.
GEYSER_C_API geyser_status geyser_vulkan_fence_handle_create(geyser_vulkan_fence_type type, const geyser_device_identity* exporter,
                                                             geyser_os_handle value, geyser_vulkan_fence_handle** out) GEYSER_NOEXCEPT;
/// Closes what it still owns. Threads: any. Errors: none.
GEYSER_C_API void geyser_vulkan_fence_handle_destroy(geyser_vulkan_fence_handle* GEYSER_OPTIONAL handle) GEYSER_NOEXCEPT;
/// Type and device. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_vulkan_fence_handle_query(const geyser_vulkan_fence_handle* handle,
                                                            geyser_vulkan_fence_type* GEYSER_OPTIONAL type,
                                                            geyser_device_identity* GEYSER_OPTIONAL exporter) GEYSER_NOEXCEPT;
/// The OS handle, now owned by the caller. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_vulkan_fence_handle_take(geyser_vulkan_fence_handle* handle, geyser_os_handle* out) GEYSER_NOEXCEPT;

/// Host memory as a VkBuffer (VK_EXT_external_memory_host).
typedef struct geyser_vulkan_host_buffer geyser_vulkan_host_buffer;
/// The alignment of address and size that the next function needs, in bytes; 0 when the device cannot do it. Threads: any.
/// Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_vulkan_host_memory_alignment(const geyser_manager* manager, uint64_t* out) GEYSER_NOEXCEPT;
/// The memory stays the caller's and must stay mapped until the buffer is destroyed and its last submit is over. Ownership: the buffer is
/// the caller's. Threads: any. Errors: unsupported_feature, invalid_argument, out_of_memory.
GEYSER_C_API geyser_status geyser_vulkan_host_buffer_import(const geyser_manager* manager, void* memory, size_t size,
                                                            geyser_vulkan_host_buffer** out) GEYSER_NOEXCEPT;
/// Threads: any. Errors: none.
GEYSER_C_API void geyser_vulkan_host_buffer_destroy(geyser_vulkan_host_buffer* GEYSER_OPTIONAL buffer) GEYSER_NOEXCEPT;
/// VkBuffer and bytes. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_vulkan_host_buffer_query(const geyser_vulkan_host_buffer* buffer, uint64_t* handle,
                                                           uint64_t* size) GEYSER_NOEXCEPT;
/// Copies a region, rows without gaps at `offset` bytes, on the GPU, and waits for it. Threads: any. Errors: as geyser_manager_upload().
GEYSER_C_API geyser_status geyser_vulkan_copy_to_texture(const geyser_manager* manager, const geyser_vulkan_host_buffer* from,
                                                         uint64_t offset, geyser_texture* to,
                                                         const geyser_texture_region* GEYSER_OPTIONAL region,
                                                         const geyser_access_info* GEYSER_OPTIONAL info) GEYSER_NOEXCEPT;
/// The other direction. Threads: any. Errors: as geyser_manager_read_back().
GEYSER_C_API geyser_status geyser_vulkan_copy_from_texture(const geyser_manager* manager, geyser_texture* from,
                                                           const geyser_texture_region* GEYSER_OPTIONAL region,
                                                           const geyser_vulkan_host_buffer* to, uint64_t offset,
                                                           const geyser_access_info* GEYSER_OPTIONAL info) GEYSER_NOEXCEPT;

#ifdef __cplusplus
}
#endif
#endif
