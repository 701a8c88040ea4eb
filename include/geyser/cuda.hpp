// The door to CUDA (driver API). libcuda.so.1 is opened at run time, so one binary runs with and without it; no CUDA header is needed: the
// types below are the tags and numbers that cuda.h has for them.
//
// Partner. CUDA imports memory and semaphores of other APIs and can hand over linear memory of its own (VMM handles); it makes no semaphore
// that can be handed over, no tiled image, and has no host's side of a timeline. A manager of another API on the same device, a Vulkan
// manager as a rule, does that. Without one, the manager imports memory and binary semaphores, allocates every texture linear (2D, one
// level, one layer, one plane), and synchronises with host timelines. Timelines of other APIs need a partner to import them too: CUDA
// cannot read their counter.
//
// Binary semaphores between CUDA and another API are not reliable on NVIDIA's driver 580 when work is submitted ahead: CUDA's wait for what
// the other signalled may never end. Timelines are, and negotiate() prefers them.
//
// Linear and tiled. A linear texture is plain memory with a row pitch (linear_memory()); a tiled one is reached through arrays, surfaces
// and texture objects (native()). Memory of CUDA's own and shared memory of the host backend are linear; what a partner or another API
// allocates is tiled unless CreateOptions::linear asked otherwise.
//
// What a kernel sees. Texels as they lie in memory: bgra8 is an array of four 8-bit integers whose x, y, z, w are B, G, R, A; normalised
// formats are integers of their size (texture objects turn them into 0..1 or -1..1 with Sampling::read_as_float). Formats without an array:
// planar ones, those with stencil, ETC2, ASTC, rgb10a2_uint, rg11b10_float, rgb9e5_float, depth24plus. BC and rgb10a2_unorm need a driver
// that knows them. Cubes and cube arrays of BC with more than one mip level are refused: NVIDIA's driver 580 places their layers elsewhere
// for CUDA than for Vulkan.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "geyser/manager.hpp"

struct CUctx_st;             // CUcontext is a pointer to it
struct CUstream_st;          // CUstream
struct CUarray_st;           // CUarray
struct CUmipmappedArray_st;  // CUmipmappedArray
struct CUextSemaphore_st;    // CUexternalSemaphore

namespace geyser::cuda {

using Stream = CUstream_st*;               ///< CUstream; null is the legacy default stream
using DevicePointer = unsigned long long;  ///< CUdeviceptr
using SurfaceObject = unsigned long long;  ///< CUsurfObject
using TextureObject = unsigned long long;  ///< CUtexObject

/// What the caller has.
struct AdoptInfo {
  /// Null: the context that is current in the calling thread, if it is on `device`; else the primary context of `device`.
  CUctx_st* context = nullptr;
  /// Without a context: the device with this UUID; empty: that of the current context, else device 0. With one: must match it.
  std::optional<Uuid> device{};
  Stream stream = nullptr;  ///< where the library's own copies run, and what signal_texture_ready() follows
  /// Makes what CUDA cannot; on the same device. Only looked at during the call; the manager keeps what it needs.
  const TextureShareManager* partner = nullptr;
};

struct DeviceSummary {
  int ordinal = 0;
  DeviceIdentity identity;  ///< driver_uuid is nil: CUDA has none
};
/// The devices that libcuda.so.1 shows. Threading: any thread. Errors: not_found (no driver), os_error.
[[nodiscard]] GEYSER_API Result<std::vector<DeviceSummary>> enumerate_devices();
/// A manager on the caller's context. A primary context that the library retained is released with the last texture.
/// Ownership: the caller keeps a given context until the manager and all that it made are gone. Threading: any thread; every call makes the
/// context current for its own length and puts back what was current.
/// Errors: not_found (no driver, no such device), device_mismatch (partner, or context and device), invalid_argument (a context or partner
/// that is gone), unsupported_feature (a driver before CUDA 11), out_of_memory.
[[nodiscard]] GEYSER_API Result<TextureShareManager> create_manager(const AdoptInfo& info = {});

/// Plain memory: linear textures.
struct LinearMemory {
  DevicePointer pointer = 0;      ///< first byte of row 0
  std::uint64_t row_pitch = 0;    ///< bytes from one row of blocks to the next
  std::uint64_t slice_pitch = 0;  ///< bytes from one layer or depth slice to the next; of a texture with one: all its rows
  std::uint64_t bytes = 0;        ///< from `pointer` to the end of the last row
};
/// Mip level 0 of a linear texture (plane `plane` of a planar one).
/// Ownership: the texture's. Valid usage: a linear texture of a CUDA manager, inside an open Access (the texture checked). Threading: any.
/// Errors: device_mismatch, invalid_state (the texture is tiled), invalid_argument (plane).
[[nodiscard]] GEYSER_API Result<LinearMemory> linear_memory(const SharedTexture& texture, std::uint32_t plane = 0);
/// True when linear_memory() will answer. Errors: device_mismatch.
[[nodiscard]] GEYSER_API Result<bool> is_linear(const SharedTexture& texture);

/// Arrays of a tiled texture. Ownership: the texture's; valid as long as it lives.
struct NativeTexture {
  CUmipmappedArray_st* mipmapped = nullptr;
  std::uint32_t format = 0;  ///< CUarray_format
  std::uint32_t channels = 0;
  std::uint32_t flags = 0;  ///< CUDA_ARRAY3D_*
};
/// Valid usage: a tiled texture of a CUDA manager (checked). Threading: any. Errors: device_mismatch, invalid_state (linear).
[[nodiscard]] GEYSER_API Result<NativeTexture> native(const SharedTexture& texture);
/// One mip level as CUarray. Errors: as native(); invalid_argument (no such level).
[[nodiscard]] GEYSER_API Result<CUarray_st*> array(const SharedTexture& texture, std::uint32_t mip_level = 0);
/// For surf*read and surf*write in kernels. Made once and kept by the texture. Valid usage: storage_binding usage (checked).
/// Errors: as array(); unsupported_format (block-compressed); invalid_argument (usage).
[[nodiscard]] GEYSER_API Result<SurfaceObject> surface(const SharedTexture& texture, std::uint32_t mip_level = 0);
struct Sampling {
  bool linear_filter = false;
  bool normalized_coordinates = false;
  bool read_as_float = false;  ///< integers of 8 and 16 bits are read as 0..1 or -1..1; sRGB formats as linear values
  bool clamp = true;           ///< clamp to the edge; false: repeat (needs normalized_coordinates)
  friend constexpr bool operator==(const Sampling&, const Sampling&) = default;
};
/// For tex2D and its kin. Made once for each sampling and kept by the texture.
/// Errors: as native(); invalid_argument (repeat, or mip levels, without normalised coordinates; integers filtered; 32-bit integers as
/// floats).
[[nodiscard]] GEYSER_API Result<TextureObject> texture_object(const SharedTexture& texture, const Sampling& sampling = {});

/// Makes `stream` wait for Access::waits() on the GPU (cuWaitExternalSemaphoresAsync); for host timelines it waits on the host, at most
/// default_gpu_timeout. Valid usage: once for an access (checked). Threading: any. Errors: device_mismatch, invalid_state (acquired
/// already, or ended), timed_out (host timelines), device_lost.
[[nodiscard]] GEYSER_API Result<void> acquire(Access& access, Stream stream);
/// Signals Access::signal() behind all work of `stream` so far (cuSignalExternalSemaphoresAsync); for a host timeline by a host function in
/// the stream. When nothing is to be signalled it finishes the stream. The access remembers `layout` for end(). Valid usage: after
/// acquire() (checked). Threading: any. Errors: as acquire(); invalid_argument (layout undefined), timed_out (finishing the stream).
[[nodiscard]] GEYSER_API Result<void> release(Access& access, Stream stream, TextureLayout layout = TextureLayout::general);

}  // namespace geyser::cuda
