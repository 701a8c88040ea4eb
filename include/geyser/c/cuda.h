// CUDA (driver API). No CUDA header is needed: contexts, streams and arrays are void*. geyser/cuda.hpp says more of partners.
#ifndef GEYSER_C_CUDA_H
#define GEYSER_C_CUDA_H

#include "geyser/c/access.h"
#include "geyser/c/base.h"
#include "geyser/c/manager.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct geyser_cuda_adopt_info {
  uint32_t struct_size;
  geyser_bool has_device;
  geyser_uuid device;  ///< when has_device and without a context: the device with this UUID; else device 0. With a context: must match it
  void* context;       ///< CUcontext; null: the current one, else the primary context of the device
  void* stream;        ///< CUstream: where the library's own copies run; null: the legacy default stream
  const geyser_manager* partner;  ///< makes what CUDA cannot; on the same device. Null: none
} geyser_cuda_adopt_info;

typedef struct geyser_cuda_device_list geyser_cuda_device_list;
/// The devices that libcuda.so.1 shows. Ownership: the caller's. Threads: any. Errors: not_found (no driver), os_error.
GEYSER_C_API geyser_status geyser_cuda_enumerate_devices(geyser_cuda_device_list** out) GEYSER_NOEXCEPT;
/// Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_cuda_device_list_count(const geyser_cuda_device_list* list, uint32_t* out) GEYSER_NOEXCEPT;
/// Ordinal and identity of one. Threads: any. Errors: invalid_argument (no such index).
GEYSER_C_API geyser_status geyser_cuda_device_list_at(const geyser_cuda_device_list* list, uint32_t index, int32_t* GEYSER_OPTIONAL ordinal,
                                                      geyser_device_identity* GEYSER_OPTIONAL identity) GEYSER_NOEXCEPT;
/// Threads: any. Errors: none.
GEYSER_C_API void geyser_cuda_device_list_destroy(geyser_cuda_device_list* GEYSER_OPTIONAL list) GEYSER_NOEXCEPT;
/// A manager; a given context must outlive it and all that it made. Ownership: the manager is the caller's. Threads: any. Errors:
/// not_found, device_mismatch, unsupported_feature, out_of_memory.
GEYSER_C_API geyser_status geyser_cuda_manager_create(const geyser_cuda_adopt_info* GEYSER_OPTIONAL info,
                                                      geyser_manager** out) GEYSER_NOEXCEPT;

/// Plain memory of a linear texture; valid as long as it lives, inside an open access.
typedef struct geyser_cuda_linear_memory {
  uint32_t struct_size;
  uint32_t reserved;     ///< 0
  uint64_t pointer;      ///< CUdeviceptr of the first byte of row 0
  uint64_t row_pitch;    ///< bytes from one row of blocks to the next
  uint64_t slice_pitch;  ///< bytes from one layer or depth slice to the next
  uint64_t bytes;        ///< from `pointer` to the end of the last row
} geyser_cuda_linear_memory;
/// Mip level 0 of a plane. Threads: any. Errors: device_mismatch, invalid_state (the texture is tiled), invalid_argument (plane).
GEYSER_C_API geyser_status geyser_cuda_texture_linear_memory(const geyser_texture* texture, uint32_t plane,
                                                             geyser_cuda_linear_memory* out) GEYSER_NOEXCEPT;
/// 1 when the function above will answer. Threads: any. Errors: device_mismatch.
GEYSER_C_API geyser_status geyser_cuda_texture_is_linear(const geyser_texture* texture, geyser_bool* out) GEYSER_NOEXCEPT;

typedef struct geyser_cuda_native_texture {
  uint32_t struct_size;
  uint32_t format;  ///< CUarray_format
  void* mipmapped;  ///< CUmipmappedArray; the texture's
  uint32_t channels;
  uint32_t flags;  ///< CUDA_ARRAY3D_*
} geyser_cuda_native_texture;
/// Arrays of a tiled texture. Threads: any. Errors: device_mismatch, invalid_state (linear).
GEYSER_C_API geyser_status geyser_cuda_texture_native(const geyser_texture* texture, geyser_cuda_native_texture* out) GEYSER_NOEXCEPT;
/// One mip level as CUarray; the texture's. Threads: any. Errors: as geyser_cuda_texture_native(), invalid_argument (no such level).
GEYSER_C_API geyser_status geyser_cuda_texture_array(const geyser_texture* texture, uint32_t mip_level, void** out) GEYSER_NOEXCEPT;
/// CUsurfObject, kept by the texture. Threads: any. Errors: as geyser_cuda_texture_array(), unsupported_format.
GEYSER_C_API geyser_status geyser_cuda_texture_surface(const geyser_texture* texture, uint32_t mip_level, uint64_t* out) GEYSER_NOEXCEPT;
typedef struct geyser_cuda_sampling {
  uint32_t struct_size;
  geyser_bool linear_filter;
  geyser_bool normalized_coordinates;
  geyser_bool read_as_float;
  geyser_bool repeat;  ///< needs normalized_coordinates; else clamped to the edge
} geyser_cuda_sampling;
/// CUtexObject, kept by the texture, one for each sampling. Threads: any. Errors: as geyser_cuda_texture_native(), invalid_argument.
GEYSER_C_API geyser_status geyser_cuda_texture_object(const geyser_texture* texture, const geyser_cuda_sampling* GEYSER_OPTIONAL sampling,
                                                      uint64_t* out) GEYSER_NOEXCEPT;
/// Makes a CUstream wait for what the access waits for. Threads: any. Errors: device_mismatch, timed_out, device_lost.
GEYSER_C_API geyser_status geyser_cuda_acquire(geyser_access* access, void* GEYSER_OPTIONAL stream) GEYSER_NOEXCEPT;
/// Signals behind all work of the stream so far; the access remembers `layout` (undefined: general) for its end. Threads: any. Errors: as
/// geyser_cuda_acquire().
GEYSER_C_API geyser_status geyser_cuda_release(geyser_access* access, void* GEYSER_OPTIONAL stream, geyser_layout layout) GEYSER_NOEXCEPT;

#ifdef __cplusplus
}
#endif
#endif
