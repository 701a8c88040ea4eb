// What a CUDA program brings along itself: the driver's functions that it calls, a context, and kernels as PTX, which the driver compiles.
#pragma once

#include <dlfcn.h>
#include <ffnvcodec/dynlink_cuda.h>

#include <stdexcept>
#include <string>
#include <type_traits>

#include "geyser/cuda.hpp"

namespace example {

/// The functions of libcuda.so.1 that the examples need. Ownership: the library stays loaded.
struct Cuda {
  Cuda() {
    void* library = ::dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) throw std::runtime_error("there is no CUDA driver (libcuda.so.1); install NVIDIA's driver");
    const auto load = [&](auto& function, const char* name) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(::dlsym(library, name));
      if (function == nullptr) throw std::runtime_error(std::string("the CUDA driver lacks ") + name);
    };
    load(init, "cuInit");
    load(get_error_name, "cuGetErrorName");
    load(context_retain, "cuDevicePrimaryCtxRetain");
    load(context_release, "cuDevicePrimaryCtxRelease_v2");
    load(context_set_current, "cuCtxSetCurrent");
    load(stream_create, "cuStreamCreate");
    load(stream_destroy, "cuStreamDestroy_v2");
    load(stream_synchronize, "cuStreamSynchronize");
    load(module_load, "cuModuleLoadData");
    load(module_unload, "cuModuleUnload");
    load(module_function, "cuModuleGetFunction");
    load(launch, "cuLaunchKernel");
    load(memory_allocate, "cuMemAlloc_v2");
    load(memory_free, "cuMemFree_v2");
    load(memory_set, "cuMemsetD8Async");
    load(copy_2d, "cuMemcpy2DAsync_v2");
    load(copy_to_host, "cuMemcpyDtoHAsync_v2");
  }
  void must(CUresult result, const char* call) const {
    if (result == CUDA_SUCCESS) return;
    const char* name = nullptr;
    if (get_error_name(result, &name) != CUDA_SUCCESS || name == nullptr) name = "an unknown error";
    throw std::runtime_error(std::string(call) + " returns " + name);
  }
  tcuInit* init = nullptr;
  tcuGetErrorName* get_error_name = nullptr;
  tcuDevicePrimaryCtxRetain* context_retain = nullptr;
  tcuDevicePrimaryCtxRelease* context_release = nullptr;
  CUresult(CUDAAPI* context_set_current)(CUcontext context) = nullptr;
  tcuStreamCreate* stream_create = nullptr;
  tcuStreamDestroy_v2* stream_destroy = nullptr;
  tcuStreamSynchronize* stream_synchronize = nullptr;
  tcuModuleLoadData* module_load = nullptr;
  tcuModuleUnload* module_unload = nullptr;
  tcuModuleGetFunction* module_function = nullptr;
  tcuLaunchKernel* launch = nullptr;
  tcuMemAlloc_v2* memory_allocate = nullptr;
  tcuMemFree_v2* memory_free = nullptr;
  tcuMemsetD8Async* memory_set = nullptr;
  tcuMemcpy2DAsync_v2* copy_2d = nullptr;
  tcuMemcpyDtoHAsync_v2* copy_to_host = nullptr;
};

/// The primary context of one device, current in this thread, a stream, and one kernel. Outlives the managers on it.
class CudaKernel {
 public:
  CudaKernel(const Cuda& cuda, const geyser::Uuid& device, const char* ptx, const char* kernel) : cuda_(&cuda), device_(find(device)) {
    cuda.must(cuda.init(0), "cuInit");
    cuda.must(cuda.context_retain(&context_, device_), "cuDevicePrimaryCtxRetain");
    cuda.must(cuda.context_set_current(context_), "cuCtxSetCurrent");
    cuda.must(cuda.stream_create(&stream_, 1 /* CU_STREAM_NON_BLOCKING */), "cuStreamCreate");
    cuda.must(cuda.module_load(&module_, ptx), "cuModuleLoadData");
    cuda.must(cuda.module_function(&function_, module_, kernel), "cuModuleGetFunction");
  }
  CudaKernel(const CudaKernel&) = delete;
  CudaKernel& operator=(const CudaKernel&) = delete;
  ~CudaKernel() {
    (void)cuda_->stream_synchronize(stream_);
    (void)cuda_->module_unload(module_);
    (void)cuda_->stream_destroy(stream_);
    (void)cuda_->context_release(device_);
  }
  [[nodiscard]] CUcontext context() const { return context_; }
  [[nodiscard]] CUstream stream() const { return stream_; }
  /// One thread for each texel, in the stream.
  void launch(std::uint32_t width, std::uint32_t height, void** arguments) const {
    cuda_->must(cuda_->launch(function_, (width + 15) / 16, (height + 15) / 16, 1, 16, 16, 1, 0, stream_, arguments, nullptr),
                "cuLaunchKernel");
  }
  void finish() const { cuda_->must(cuda_->stream_synchronize(stream_), "cuStreamSynchronize"); }

 private:
  static int find(const geyser::Uuid& uuid) {
    auto devices = geyser::cuda::enumerate_devices();
    if (!devices) throw std::runtime_error(devices.error().describe());
    for (const auto& device : *devices) {
      if (device.identity.device_uuid == uuid) return device.ordinal;
    }
    throw std::runtime_error("CUDA has no device with the UUID " + to_string(uuid));
  }
  const Cuda* cuda_;
  CUdevice device_;
  CUcontext context_ = nullptr;
  CUstream stream_ = nullptr;
  CUmodule module_ = nullptr;
  CUfunction function_ = nullptr;
};

}  // namespace example
