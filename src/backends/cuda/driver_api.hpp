// What the backend uses of the CUDA driver API: its ABI, declared here so that no CUDA toolkit is needed to build. Numbers and layouts are
// those of cuda.h and never change; tests/fake_cuda compares them with another header that declares the same.
#pragma once

#include <cstddef>
#include <cstdint>

struct CUctx_st;
struct CUstream_st;
struct CUevent_st;
struct CUarray_st;
struct CUmipmappedArray_st;
struct CUextMemory_st;
struct CUextSemaphore_st;

namespace geyser::cuda::api {

using Device = int;
using Context = CUctx_st*;
using Stream = CUstream_st*;
using Event = CUevent_st*;
using Array = CUarray_st*;
using MipmappedArray = CUmipmappedArray_st*;
using ExternalMemory = CUextMemory_st*;
using ExternalSemaphore = CUextSemaphore_st*;
using DevicePointer = unsigned long long;
using Allocation = unsigned long long;  ///< CUmemGenericAllocationHandle
using Object = unsigned long long;      ///< CUsurfObject, CUtexObject
using HostFunction = void (*)(void* data);

/// CUresult. Codes that the backend tells apart; the driver may answer others.
enum class Status : int {
  success = 0,
  invalid_value = 1,
  out_of_memory = 2,
  not_initialized = 3,
  deinitialized = 4,
  stub_library = 34,
  device_unavailable = 46,
  no_device = 100,
  invalid_device = 101,
  invalid_context = 201,
  ecc_uncorrectable = 214,
  peer_access_unsupported = 217,
  operating_system = 304,
  invalid_handle = 400,
  not_found = 500,
  not_ready = 600,
  illegal_address = 700,
  launch_timeout = 702,
  peer_access_already_enabled = 704,
  context_is_destroyed = 709,
  too_many_peers = 711,
  host_memory_already_registered = 712,
  hardware_stack_error = 714,
  illegal_instruction = 715,
  misaligned_address = 716,
  invalid_address_space = 717,
  invalid_pc = 718,
  launch_failed = 719,
  not_permitted = 800,
  not_supported = 801,
  system_not_ready = 802,
  system_driver_mismatch = 803,
  unknown = 999,
};

/// CUdevice_attribute.
enum class Attribute : int {
  can_map_host_memory = 19,
  texture_2d_width = 21,
  texture_2d_height = 22,
  texture_3d_width = 24,
  texture_3d_height = 25,
  texture_3d_depth = 26,
  texture_2d_layered_width = 27,
  texture_2d_layered_height = 28,
  texture_2d_layered_layers = 29,
  pci_bus_id = 33,
  pci_device_id = 34,
  pci_domain_id = 50,
  cubemap_width = 52,
  cubemap_layered_width = 53,
  cubemap_layered_layers = 54,
  mipmapped_2d_width = 73,
  mipmapped_2d_height = 74,
  host_register_supported = 99,
  virtual_memory_management_supported = 102,
  posix_file_descriptor_supported = 103,
  read_only_host_register_supported = 113,
  timeline_semaphore_interop_supported = 114,
};

struct Uuid {
  char bytes[16];
};

/// CUarray_format, of what the table's column `cuda_array` leads to.
enum class ArrayFormat : std::uint32_t {
  uint8 = 0x01,
  uint16 = 0x02,
  uint32 = 0x03,
  sint8 = 0x08,
  sint16 = 0x09,
  sint32 = 0x0a,
  half = 0x10,
  float32 = 0x20,
  unorm_101010_2 = 0x50,
  bc1_unorm = 0x91,
  bc6h_ufloat = 0x9b,
  bc6h_float = 0x9c,
  bc7_srgb = 0x9e,
};

// CUDA_ARRAY3D_*
inline constexpr std::uint32_t array_layered = 0x01;
inline constexpr std::uint32_t array_surface_ldst = 0x02;
inline constexpr std::uint32_t array_cubemap = 0x04;
inline constexpr std::uint32_t array_depth_texture = 0x10;
inline constexpr std::uint32_t array_color_attachment = 0x20;

struct ArrayDescriptor {  // CUDA_ARRAY3D_DESCRIPTOR_v2
  std::size_t width;
  std::size_t height;
  std::size_t depth;
  ArrayFormat format;
  unsigned channels;
  unsigned flags;
};

inline constexpr int opaque_fd = 1;              // CU_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD, and of semaphores
inline constexpr int timeline_semaphore_fd = 9;  // CU_EXTERNAL_SEMAPHORE_HANDLE_TYPE_TIMELINE_SEMAPHORE_FD
inline constexpr unsigned external_memory_dedicated = 0x1;

union OsHandle {
  int fd;
  struct {
    void* handle;
    const void* name;
  } win32;
};
struct ExternalMemoryHandleDesc {  // CUDA_EXTERNAL_MEMORY_HANDLE_DESC_v1
  int type;
  OsHandle handle;
  unsigned long long size;
  unsigned flags;
  unsigned reserved[16];
};
struct ExternalMemoryBufferDesc {  // CUDA_EXTERNAL_MEMORY_BUFFER_DESC_v1
  unsigned long long offset;
  unsigned long long size;
  unsigned flags;
  unsigned reserved[16];
};
struct ExternalMemoryMipmappedArrayDesc {  // CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC_v1
  unsigned long long offset;
  ArrayDescriptor array;
  unsigned levels;
  unsigned reserved[16];
};
struct ExternalSemaphoreHandleDesc {  // CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC_v1
  int type;
  OsHandle handle;
  unsigned flags;
  unsigned reserved[16];
};
/// CUDA_EXTERNAL_SEMAPHORE_SIGNAL_PARAMS_v1 and ..._WAIT_PARAMS_v1, which differ in members that opaque handles do not use.
struct ExternalSemaphoreParams {
  struct {
    unsigned long long value;  // fence.value: of a timeline; binary semaphores ignore it
    unsigned long long nv_sci_sync;
    unsigned long long keyed_mutex[2];
    unsigned reserved[10];
  } params;
  unsigned flags;
  unsigned reserved[16];
};

// CUmemorytype
inline constexpr int memory_host = 1;
inline constexpr int memory_device = 2;
inline constexpr int memory_array = 3;

struct Copy3D {  // CUDA_MEMCPY3D_v2
  std::size_t src_x_bytes;
  std::size_t src_y;
  std::size_t src_z;
  std::size_t src_lod;
  int src_type;
  const void* src_host;
  DevicePointer src_device;
  Array src_array;
  void* reserved0;
  std::size_t src_pitch;
  std::size_t src_height;
  std::size_t dst_x_bytes;
  std::size_t dst_y;
  std::size_t dst_z;
  std::size_t dst_lod;
  int dst_type;
  void* dst_host;
  DevicePointer dst_device;
  Array dst_array;
  void* reserved1;
  std::size_t dst_pitch;
  std::size_t dst_height;
  std::size_t width_bytes;
  std::size_t height;
  std::size_t depth;
};

struct Copy3DPeer {  // CUDA_MEMCPY3D_PEER_v1
  std::size_t src_x_bytes;
  std::size_t src_y;
  std::size_t src_z;
  std::size_t src_lod;
  int src_type;
  const void* src_host;
  DevicePointer src_device;
  Array src_array;
  Context src_context;  ///< not looked at for arrays
  std::size_t src_pitch;
  std::size_t src_height;
  std::size_t dst_x_bytes;
  std::size_t dst_y;
  std::size_t dst_z;
  std::size_t dst_lod;
  int dst_type;
  void* dst_host;
  DevicePointer dst_device;
  Array dst_array;
  Context dst_context;
  std::size_t dst_pitch;
  std::size_t dst_height;
  std::size_t width_bytes;
  std::size_t height;
  std::size_t depth;
};

/// CUdevice_P2PAttribute.
enum class PeerAttribute : int { access_supported = 2 };

// CU_RESOURCE_TYPE_*, CU_TR_*, CU_TRSF_*
inline constexpr int resource_array = 0;
inline constexpr int resource_mipmapped_array = 1;
inline constexpr int address_wrap = 0;
inline constexpr int address_clamp = 1;
inline constexpr int filter_point = 0;
inline constexpr int filter_linear = 1;
inline constexpr unsigned texture_read_as_integer = 0x01;
inline constexpr unsigned texture_normalized_coordinates = 0x02;
inline constexpr unsigned texture_srgb = 0x10;

struct ResourceDesc {  // CUDA_RESOURCE_DESC_v1
  int type;
  union {
    Array array;
    MipmappedArray mipmapped;
    struct {
      DevicePointer pointer;
      ArrayFormat format;
      unsigned channels;
      std::size_t width;
      std::size_t height;
      std::size_t pitch;
    } pitch_2d;
    int reserved[32];
  } resource;
  unsigned flags;
};
struct TextureDesc {  // CUDA_TEXTURE_DESC_v1
  int address_mode[3];
  int filter_mode;
  unsigned flags;
  unsigned max_anisotropy;
  int mipmap_filter_mode;
  float mipmap_level_bias;
  float min_mipmap_level_clamp;
  float max_mipmap_level_clamp;
  float border_color[4];
  int reserved[12];
};
struct ResourceViewDesc;  // never given

// Virtual memory management
inline constexpr int allocation_pinned = 1;    // CU_MEM_ALLOCATION_TYPE_PINNED
inline constexpr int handle_posix_fd = 1;      // CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR
inline constexpr int location_device = 1;      // CU_MEM_LOCATION_TYPE_DEVICE
inline constexpr int access_read_write = 3;    // CU_MEM_ACCESS_FLAGS_PROT_READWRITE
inline constexpr int granularity_minimum = 0;  // CU_MEM_ALLOC_GRANULARITY_MINIMUM
struct MemoryLocation {                        // CUmemLocation_v1
  int type;
  int id;
};
struct AllocationProperties {  // CUmemAllocationProp_v1
  int type;
  int handle_types;
  MemoryLocation location;
  void* win32_meta_data;
  struct {
    unsigned char compression_type;
    unsigned char gpu_direct_rdma_capable;
    unsigned short usage;
    unsigned char reserved[4];
  } flags;
};
struct MemoryAccess {  // CUmemAccessDesc_v1
  MemoryLocation location;
  int flags;
};

// CU_MEMHOSTREGISTER_*
inline constexpr unsigned host_register_portable = 0x01;
inline constexpr unsigned host_register_device_map = 0x02;
inline constexpr unsigned host_register_read_only = 0x08;

inline constexpr unsigned stream_non_blocking = 0x1;   // CU_STREAM_NON_BLOCKING
inline constexpr unsigned event_disable_timing = 0x2;  // CU_EVENT_DISABLE_TIMING

static_assert(sizeof(void*) != 8 || (sizeof(ArrayDescriptor) == 40 && sizeof(ExternalMemoryHandleDesc) == 104 &&
                                     sizeof(ExternalMemoryBufferDesc) == 88 && sizeof(ExternalMemoryMipmappedArrayDesc) == 120 &&
                                     sizeof(ExternalSemaphoreHandleDesc) == 96 && sizeof(ExternalSemaphoreParams) == 144 &&
                                     sizeof(Copy3D) == 200 && sizeof(Copy3DPeer) == 200 && sizeof(ResourceDesc) == 144 &&
                                     sizeof(TextureDesc) == 104 && sizeof(AllocationProperties) == 32 && sizeof(MemoryAccess) == 12),
              "a structure of the driver API differs from cuda.h");

}  // namespace geyser::cuda::api
