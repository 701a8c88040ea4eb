// The backend's declarations of the driver API against an independent header of the same ABI, where one is installed.
#include <gtest/gtest.h>

#include "backends/cuda/driver_api.hpp"

#if __has_include(<ffnvcodec/dynlink_cuda.h>)
#include <ffnvcodec/dynlink_cuda.h>

namespace {

namespace api = geyser::cuda::api;

#define SAME_SIZE(ours, theirs) static_assert(sizeof(api::ours) == sizeof(theirs) && alignof(api::ours) == alignof(theirs))
#define SAME_PLACE(ours, member, theirs, other) static_assert(offsetof(api::ours, member) == offsetof(theirs, other))

SAME_SIZE(Uuid, CUuuid);
SAME_SIZE(ArrayDescriptor, CUDA_ARRAY3D_DESCRIPTOR);
SAME_PLACE(ArrayDescriptor, height, CUDA_ARRAY3D_DESCRIPTOR, Height);
SAME_PLACE(ArrayDescriptor, depth, CUDA_ARRAY3D_DESCRIPTOR, Depth);
SAME_PLACE(ArrayDescriptor, format, CUDA_ARRAY3D_DESCRIPTOR, Format);
SAME_PLACE(ArrayDescriptor, channels, CUDA_ARRAY3D_DESCRIPTOR, NumChannels);
SAME_PLACE(ArrayDescriptor, flags, CUDA_ARRAY3D_DESCRIPTOR, Flags);

SAME_SIZE(ExternalMemoryHandleDesc, CUDA_EXTERNAL_MEMORY_HANDLE_DESC);
SAME_PLACE(ExternalMemoryHandleDesc, handle, CUDA_EXTERNAL_MEMORY_HANDLE_DESC, handle);
SAME_PLACE(ExternalMemoryHandleDesc, size, CUDA_EXTERNAL_MEMORY_HANDLE_DESC, size);
SAME_PLACE(ExternalMemoryHandleDesc, flags, CUDA_EXTERNAL_MEMORY_HANDLE_DESC, flags);
SAME_PLACE(ExternalMemoryHandleDesc, reserved, CUDA_EXTERNAL_MEMORY_HANDLE_DESC, reserved);

SAME_SIZE(ExternalMemoryBufferDesc, CUDA_EXTERNAL_MEMORY_BUFFER_DESC);
SAME_PLACE(ExternalMemoryBufferDesc, size, CUDA_EXTERNAL_MEMORY_BUFFER_DESC, size);
SAME_PLACE(ExternalMemoryBufferDesc, flags, CUDA_EXTERNAL_MEMORY_BUFFER_DESC, flags);

SAME_SIZE(ExternalMemoryMipmappedArrayDesc, CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC);
SAME_PLACE(ExternalMemoryMipmappedArrayDesc, array, CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC, arrayDesc);
SAME_PLACE(ExternalMemoryMipmappedArrayDesc, levels, CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC, numLevels);

SAME_SIZE(ExternalSemaphoreHandleDesc, CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC);
SAME_PLACE(ExternalSemaphoreHandleDesc, handle, CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC, handle);
SAME_PLACE(ExternalSemaphoreHandleDesc, flags, CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC, flags);

SAME_SIZE(ExternalSemaphoreParams, CUDA_EXTERNAL_SEMAPHORE_SIGNAL_PARAMS);
SAME_SIZE(ExternalSemaphoreParams, CUDA_EXTERNAL_SEMAPHORE_WAIT_PARAMS);
SAME_PLACE(ExternalSemaphoreParams, params.value, CUDA_EXTERNAL_SEMAPHORE_SIGNAL_PARAMS, params.fence.value);
SAME_PLACE(ExternalSemaphoreParams, flags, CUDA_EXTERNAL_SEMAPHORE_SIGNAL_PARAMS, flags);

SAME_SIZE(ResourceDesc, CUDA_RESOURCE_DESC);
SAME_PLACE(ResourceDesc, resource, CUDA_RESOURCE_DESC, res);
SAME_PLACE(ResourceDesc, resource.pitch_2d.pitch, CUDA_RESOURCE_DESC, res.pitch2D.pitchInBytes);
SAME_PLACE(ResourceDesc, flags, CUDA_RESOURCE_DESC, flags);

SAME_SIZE(TextureDesc, CUDA_TEXTURE_DESC);
SAME_PLACE(TextureDesc, filter_mode, CUDA_TEXTURE_DESC, filterMode);
SAME_PLACE(TextureDesc, flags, CUDA_TEXTURE_DESC, flags);
SAME_PLACE(TextureDesc, mipmap_filter_mode, CUDA_TEXTURE_DESC, mipmapFilterMode);
SAME_PLACE(TextureDesc, max_mipmap_level_clamp, CUDA_TEXTURE_DESC, maxMipmapLevelClamp);
SAME_PLACE(TextureDesc, reserved, CUDA_TEXTURE_DESC, reserved);

// Copy3D is not in that header; its ends are laid out as those of the 2D copy with a third coordinate and a level.
static_assert(offsetof(api::Copy3D, src_type) == 4 * sizeof(std::size_t) && offsetof(api::Copy3D, dst_x_bytes) == 88 &&
              offsetof(api::Copy3D, width_bytes) == 176);

// Nor is Copy3DPeer: a context takes the reserved pointer's place on each side.
#define SAME_AS_COPY(member) static_assert(offsetof(api::Copy3DPeer, member) == offsetof(api::Copy3D, member))
SAME_AS_COPY(src_type);
SAME_AS_COPY(src_device);
SAME_AS_COPY(src_pitch);
SAME_AS_COPY(dst_x_bytes);
SAME_AS_COPY(dst_array);
SAME_AS_COPY(dst_pitch);
SAME_AS_COPY(width_bytes);
static_assert(offsetof(api::Copy3DPeer, src_context) == offsetof(api::Copy3D, reserved0) &&
              offsetof(api::Copy3DPeer, dst_context) == offsetof(api::Copy3D, reserved1));

static_assert(api::opaque_fd == CU_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD && api::opaque_fd == CU_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD);
static_assert(api::timeline_semaphore_fd == CU_EXTERNAL_SEMAPHORE_HANDLE_TYPE_TIMELINE_SEMAPHORE_FD);
static_assert(api::memory_host == CU_MEMORYTYPE_HOST && api::memory_device == CU_MEMORYTYPE_DEVICE &&
              api::memory_array == CU_MEMORYTYPE_ARRAY);
static_assert(static_cast<int>(api::Attribute::can_map_host_memory) == CU_DEVICE_ATTRIBUTE_CAN_MAP_HOST_MEMORY);
static_assert(static_cast<int>(api::Attribute::pci_bus_id) == CU_DEVICE_ATTRIBUTE_PCI_BUS_ID);
static_assert(static_cast<int>(api::Attribute::pci_device_id) == CU_DEVICE_ATTRIBUTE_PCI_DEVICE_ID);
static_assert(static_cast<int>(api::Attribute::pci_domain_id) == CU_DEVICE_ATTRIBUTE_PCI_DOMAIN_ID);
static_assert(static_cast<int>(api::ArrayFormat::uint8) == CU_AD_FORMAT_UNSIGNED_INT8);
static_assert(static_cast<int>(api::ArrayFormat::uint16) == CU_AD_FORMAT_UNSIGNED_INT16);
static_assert(static_cast<int>(api::ArrayFormat::uint32) == CU_AD_FORMAT_UNSIGNED_INT32);
static_assert(static_cast<int>(api::ArrayFormat::sint8) == CU_AD_FORMAT_SIGNED_INT8);
static_assert(static_cast<int>(api::ArrayFormat::sint16) == CU_AD_FORMAT_SIGNED_INT16);
static_assert(static_cast<int>(api::ArrayFormat::sint32) == CU_AD_FORMAT_SIGNED_INT32);
static_assert(static_cast<int>(api::ArrayFormat::half) == CU_AD_FORMAT_HALF);
static_assert(static_cast<int>(api::ArrayFormat::float32) == CU_AD_FORMAT_FLOAT);
static_assert(api::resource_array == CU_RESOURCE_TYPE_ARRAY && api::resource_mipmapped_array == CU_RESOURCE_TYPE_MIPMAPPED_ARRAY);
static_assert(api::address_wrap == CU_TR_ADDRESS_MODE_WRAP && api::address_clamp == CU_TR_ADDRESS_MODE_CLAMP);
static_assert(api::filter_linear == CU_TR_FILTER_MODE_LINEAR && api::filter_point == CU_TR_FILTER_MODE_POINT);
static_assert(api::texture_read_as_integer == CU_TRSF_READ_AS_INTEGER);
static_assert(api::stream_non_blocking == CU_STREAM_NON_BLOCKING && api::event_disable_timing == CU_EVENT_DISABLE_TIMING);
static_assert(static_cast<int>(api::Status::not_ready) == CUDA_ERROR_NOT_READY);
static_assert(static_cast<int>(api::Status::launch_timeout) == CUDA_ERROR_LAUNCH_TIMEOUT);

TEST(Abi, declarations_agree_with_another_header) { SUCCEED() << "compared while compiling"; }

}  // namespace
#else
TEST(Abi, declarations_agree_with_another_header) { GTEST_SKIP() << "ffnvcodec/dynlink_cuda.h (libffmpeg-nvenc-dev) is not installed"; }
#endif
