// Copies between devices against the CUDA toolkit's own header, where one is installed: the other header does not have them.
#include <gtest/gtest.h>

#include "backends/cuda/driver_api.hpp"

#if __has_include(<cuda.h>)
#include <cuda.h>

namespace {

namespace api = geyser::cuda::api;
#define SAME_COPY(member, other) static_assert(offsetof(api::Copy3DPeer, member) == offsetof(CUDA_MEMCPY3D_PEER, other))

static_assert(sizeof(api::Copy3DPeer) == sizeof(CUDA_MEMCPY3D_PEER) && sizeof(api::Copy3D) == sizeof(CUDA_MEMCPY3D));
SAME_COPY(src_x_bytes, srcXInBytes);
SAME_COPY(src_lod, srcLOD);
SAME_COPY(src_type, srcMemoryType);
SAME_COPY(src_host, srcHost);
SAME_COPY(src_device, srcDevice);
SAME_COPY(src_array, srcArray);
SAME_COPY(src_context, srcContext);
SAME_COPY(src_pitch, srcPitch);
SAME_COPY(src_height, srcHeight);
SAME_COPY(dst_x_bytes, dstXInBytes);
SAME_COPY(dst_lod, dstLOD);
SAME_COPY(dst_type, dstMemoryType);
SAME_COPY(dst_host, dstHost);
SAME_COPY(dst_device, dstDevice);
SAME_COPY(dst_array, dstArray);
SAME_COPY(dst_context, dstContext);
SAME_COPY(dst_pitch, dstPitch);
SAME_COPY(dst_height, dstHeight);
SAME_COPY(width_bytes, WidthInBytes);
SAME_COPY(height, Height);
SAME_COPY(depth, Depth);
static_assert(static_cast<int>(api::PeerAttribute::access_supported) == CU_DEVICE_P2P_ATTRIBUTE_ACCESS_SUPPORTED);
static_assert(static_cast<int>(api::Status::peer_access_unsupported) == CUDA_ERROR_PEER_ACCESS_UNSUPPORTED);
static_assert(static_cast<int>(api::Status::peer_access_already_enabled) == CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED);
static_assert(static_cast<int>(api::Status::too_many_peers) == CUDA_ERROR_TOO_MANY_PEERS);

TEST(Abi, peer_copies_agree_with_the_toolkit) { SUCCEED() << "compared while compiling"; }

}  // namespace
#else
TEST(Abi, peer_copies_agree_with_the_toolkit) { GTEST_SKIP() << "cuda.h of the CUDA toolkit is not installed"; }
#endif
