// The driver's functions, found in libcuda at run time by the names that it exports: with the version suffix, so that a newer driver gives
// exactly the one that driver_api.hpp describes.
#pragma once

#include <memory>
#include <string>

#include "backends/cuda/driver_api.hpp"
#include "geyser/result.hpp"
#include "platform/dynamic_library.hpp"

namespace geyser::cuda {

// member, exported name, parameters
#define GEYSER_CUDA_FUNCTIONS(X)                                                                                                     \
  X(init, "cuInit", (unsigned flags))                                                                                                \
  X(driver_version, "cuDriverGetVersion", (int* version))                                                                            \
  X(error_name, "cuGetErrorName", (api::Status status, const char** name))                                                           \
  X(error_string, "cuGetErrorString", (api::Status status, const char** text))                                                       \
  X(device_count, "cuDeviceGetCount", (int* count))                                                                                  \
  X(device_get, "cuDeviceGet", (api::Device * device, int ordinal))                                                                  \
  X(device_name, "cuDeviceGetName", (char* name, int bytes, api::Device device))                                                     \
  X(device_attribute, "cuDeviceGetAttribute", (int* value, api::Attribute attribute, api::Device device))                            \
  X(device_memory, "cuDeviceTotalMem_v2", (std::size_t* bytes, api::Device device))                                                  \
  X(primary_retain, "cuDevicePrimaryCtxRetain", (api::Context * context, api::Device device))                                        \
  X(primary_release, "cuDevicePrimaryCtxRelease_v2", (api::Device device))                                                           \
  X(context_current, "cuCtxGetCurrent", (api::Context * context))                                                                    \
  X(context_push, "cuCtxPushCurrent_v2", (api::Context context))                                                                     \
  X(context_pop, "cuCtxPopCurrent_v2", (api::Context * context))                                                                     \
  X(context_device, "cuCtxGetDevice", (api::Device * device))                                                                        \
  X(memory_free, "cuMemFree_v2", (api::DevicePointer pointer))                                                                       \
  X(copy_3d, "cuMemcpy3DAsync_v2", (const api::Copy3D* copy, api::Stream stream))                                                    \
  X(array_create, "cuArray3DCreate_v2", (api::Array * array, const api::ArrayDescriptor* descriptor))                                \
  X(array_destroy, "cuArrayDestroy", (api::Array array))                                                                             \
  X(mipmapped_level, "cuMipmappedArrayGetLevel", (api::Array * level, api::MipmappedArray array, unsigned index))                    \
  X(mipmapped_destroy, "cuMipmappedArrayDestroy", (api::MipmappedArray array))                                                       \
  X(surface_create, "cuSurfObjectCreate", (api::Object * surface, const api::ResourceDesc* resource))                                \
  X(surface_destroy, "cuSurfObjectDestroy", (api::Object surface))                                                                   \
  X(texture_create, "cuTexObjectCreate",                                                                                             \
    (api::Object * texture, const api::ResourceDesc* resource, const api::TextureDesc* sampling, const api::ResourceViewDesc* view)) \
  X(texture_destroy, "cuTexObjectDestroy", (api::Object texture))                                                                    \
  X(external_memory_import, "cuImportExternalMemory", (api::ExternalMemory * memory, const api::ExternalMemoryHandleDesc* handle))   \
  X(external_memory_destroy, "cuDestroyExternalMemory", (api::ExternalMemory memory))                                                \
  X(external_memory_buffer, "cuExternalMemoryGetMappedBuffer",                                                                       \
    (api::DevicePointer * pointer, api::ExternalMemory memory, const api::ExternalMemoryBufferDesc* buffer))                         \
  X(external_memory_array, "cuExternalMemoryGetMappedMipmappedArray",                                                                \
    (api::MipmappedArray * array, api::ExternalMemory memory, const api::ExternalMemoryMipmappedArrayDesc* descriptor))              \
  X(external_semaphore_import, "cuImportExternalSemaphore",                                                                          \
    (api::ExternalSemaphore * semaphore, const api::ExternalSemaphoreHandleDesc* handle))                                            \
  X(external_semaphore_destroy, "cuDestroyExternalSemaphore", (api::ExternalSemaphore semaphore))                                    \
  X(external_semaphore_signal, "cuSignalExternalSemaphoresAsync",                                                                    \
    (const api::ExternalSemaphore* semaphores, const api::ExternalSemaphoreParams* params, unsigned count, api::Stream stream))      \
  X(external_semaphore_wait, "cuWaitExternalSemaphoresAsync",                                                                        \
    (const api::ExternalSemaphore* semaphores, const api::ExternalSemaphoreParams* params, unsigned count, api::Stream stream))      \
  X(host_register, "cuMemHostRegister_v2", (void* memory, std::size_t bytes, unsigned flags))                                        \
  X(host_unregister, "cuMemHostUnregister", (void* memory))                                                                          \
  X(host_pointer, "cuMemHostGetDevicePointer_v2", (api::DevicePointer * pointer, void* memory, unsigned flags))                      \
  X(host_function, "cuLaunchHostFunc", (api::Stream stream, api::HostFunction function, void* data))                                 \
  X(stream_create, "cuStreamCreate", (api::Stream * stream, unsigned flags))                                                         \
  X(stream_destroy, "cuStreamDestroy_v2", (api::Stream stream))                                                                      \
  X(stream_wait_event, "cuStreamWaitEvent", (api::Stream stream, api::Event event, unsigned flags))                                  \
  X(event_create, "cuEventCreate", (api::Event * event, unsigned flags))                                                             \
  X(event_destroy, "cuEventDestroy_v2", (api::Event event))                                                                          \
  X(event_record, "cuEventRecord", (api::Event event, api::Stream stream))                                                           \
  X(event_query, "cuEventQuery", (api::Event event))

// Missing in old drivers: linear textures of CUDA's own, or copies between two devices, are not offered then.
#define GEYSER_CUDA_OPTIONAL_FUNCTIONS(X)                                                                                                  \
  X(device_uuid, "cuDeviceGetUuid", (api::Uuid * uuid, api::Device device))                                                                \
  X(device_uuid_v2, "cuDeviceGetUuid_v2", (api::Uuid * uuid, api::Device device))                                                          \
  X(vmm_create, "cuMemCreate",                                                                                                             \
    (api::Allocation * allocation, std::size_t bytes, const api::AllocationProperties* properties, unsigned long long flags))              \
  X(vmm_release, "cuMemRelease", (api::Allocation allocation))                                                                             \
  X(vmm_reserve, "cuMemAddressReserve",                                                                                                    \
    (api::DevicePointer * pointer, std::size_t bytes, std::size_t alignment, api::DevicePointer wanted, unsigned long long flags))         \
  X(vmm_free_address, "cuMemAddressFree", (api::DevicePointer pointer, std::size_t bytes))                                                 \
  X(vmm_map, "cuMemMap",                                                                                                                   \
    (api::DevicePointer pointer, std::size_t bytes, std::size_t offset, api::Allocation allocation, unsigned long long flags))             \
  X(vmm_unmap, "cuMemUnmap", (api::DevicePointer pointer, std::size_t bytes))                                                              \
  X(vmm_set_access, "cuMemSetAccess", (api::DevicePointer pointer, std::size_t bytes, const api::MemoryAccess* access, std::size_t count)) \
  X(vmm_export, "cuMemExportToShareableHandle", (void* handle, api::Allocation allocation, int type, unsigned long long flags))            \
  X(vmm_import, "cuMemImportFromShareableHandle", (api::Allocation * allocation, void* handle, int type))                                  \
  X(vmm_granularity, "cuMemGetAllocationGranularity", (std::size_t* bytes, const api::AllocationProperties* properties, int option))       \
  X(context_create, "cuCtxCreate_v2", (api::Context * context, unsigned flags, api::Device device))                                        \
  X(context_destroy, "cuCtxDestroy_v2", (api::Context context))                                                                            \
  X(peer_can_access, "cuDeviceCanAccessPeer", (int* can, api::Device device, api::Device peer))                                            \
  X(peer_attribute, "cuDeviceGetP2PAttribute", (int* value, api::PeerAttribute attribute, api::Device source, api::Device target))         \
  X(peer_enable, "cuCtxEnablePeerAccess", (api::Context peer, unsigned flags))                                                             \
  X(memory_allocate, "cuMemAlloc_v2", (api::DevicePointer * pointer, std::size_t bytes))                                                   \
  X(peer_copy_3d, "cuMemcpy3DPeerAsync", (const api::Copy3DPeer* copy, api::Stream stream))

struct Dispatch {
// NOLINTNEXTLINE(bugprone-macro-parentheses): a declarator and its parameters, not values
#define GEYSER_CUDA_MEMBER(member, name, parameters) api::Status(*member) parameters = nullptr;
  GEYSER_CUDA_FUNCTIONS(GEYSER_CUDA_MEMBER)
  GEYSER_CUDA_OPTIONAL_FUNCTIONS(GEYSER_CUDA_MEMBER)
#undef GEYSER_CUDA_MEMBER
  /// All functions of virtual memory management are there.
  [[nodiscard]] bool has_vmm() const noexcept;
  /// Contexts of the library's own, and copies between two of them.
  [[nodiscard]] bool has_peers() const noexcept;
};

/// The open driver library. Initialised once and never closed: the driver keeps threads of its own.
struct Driver {
  explicit Driver(platform::DynamicLibrary opened) noexcept : library(std::move(opened)) {}
  platform::DynamicLibrary library;
  Dispatch cu;
  int version = 0;  ///< 13000 is CUDA 13.0
};
/// Threading: any thread. Errors: not_found (no library, or no device that it can drive), unsupported_feature (a driver without a function
/// that is needed), os_error.
[[nodiscard]] Result<std::shared_ptr<Driver>> open_driver();
/// For tests: the library to open instead of libcuda.so.1. Managers that exist keep theirs. Threading: any thread.
GEYSER_INTERNAL_API void use_driver_library(std::string name);

/// The error of a driver call: device_lost for what ends a context, out_of_memory, and the driver's own name and text in the sentence.
[[nodiscard]] Error cuda_error(const Driver& driver, api::Status status, std::string_view call);

}  // namespace geyser::cuda
