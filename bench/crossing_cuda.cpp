// CUDA's ends of a crossing. One context and stream serve the library and the floor.
#include "bench/crossing.hpp"

#include <dlfcn.h>
#include <ffnvcodec/dynlink_cuda.h>

#include "geyser/cuda.hpp"

namespace geyser::bench {
namespace {

constexpr auto timeline_fd = static_cast<CUexternalSemaphoreHandleType>(9);  // CU_EXTERNAL_SEMAPHORE_HANDLE_TYPE_TIMELINE_SEMAPHORE_FD
constexpr unsigned dedicated = 1;                                            // CUDA_EXTERNAL_MEMORY_DEDICATED
constexpr unsigned color_attachment = 0x20;                                  // CUDA_ARRAY3D_COLOR_ATTACHMENT

// clang-format off
#define GEYSER_BENCH_CUDA(X) \
  X(Init, "cuInit") X(DevicePrimaryCtxRetain, "cuDevicePrimaryCtxRetain") X(StreamCreate, "cuStreamCreate") \
  X(StreamSynchronize, "cuStreamSynchronize") X(ImportExternalMemory, "cuImportExternalMemory") \
  X(DestroyExternalMemory, "cuDestroyExternalMemory") X(ExternalMemoryGetMappedMipmappedArray, "cuExternalMemoryGetMappedMipmappedArray") \
  X(MipmappedArrayDestroy, "cuMipmappedArrayDestroy") \
  X(ImportExternalSemaphore, "cuImportExternalSemaphore") X(DestroyExternalSemaphore, "cuDestroyExternalSemaphore") \
  X(SignalExternalSemaphoresAsync, "cuSignalExternalSemaphoresAsync") X(WaitExternalSemaphoresAsync, "cuWaitExternalSemaphoresAsync")
// clang-format on

using SetCurrent = CUresult(CUDAAPI*)(CUcontext);
using AllocatePitch = tcuMemAllocPitch_v2*;

/// Made at first use, and kept until the benchmarks' devices go.
struct CudaApi {
  explicit CudaApi(const Bench& bench) {
    void* library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) throw Unsupported("cuda: there is no libcuda.so.1");
    const auto load = [&](auto& function, const char* name) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
      if (function == nullptr) throw Unsupported(std::string("cuda lacks ") + name);
    };
#define X(name, symbol) load(name, symbol);
    GEYSER_BENCH_CUDA(X)
#undef X
    load(set_current, "cuCtxSetCurrent");
    load(allocate_pitch, "cuMemAllocPitch_v2");
    load(release, "cuMemFree_v2");
    load(copy_2d, "cuMemcpy2D_v2");
    const Uuid wanted = bench.manager_a.identity().device_uuid;
    auto devices = cuda::enumerate_devices();
    if (!devices) throw Unsupported("cuda: " + devices.error().describe());
    int ordinal = -1;
    for (const auto& each : *devices) {
      if (each.identity.device_uuid == wanted) ordinal = each.ordinal;
    }
    if (ordinal < 0) throw Unsupported("cuda does not know this device");
    check(Init(0), "cuInit");
    check(DevicePrimaryCtxRetain(&context, ordinal), "cuDevicePrimaryCtxRetain");
    check(set_current(context), "cuCtxSetCurrent");
    check(StreamCreate(&stream, CU_STREAM_NON_BLOCKING), "cuStreamCreate");
    cuda::AdoptInfo info;
    info.context = context;
    info.stream = stream;
    info.partner = &bench.manager_a;
    manager.emplace(take(cuda::create_manager(info)));
  }
  static std::unique_ptr<CudaApi>& kept() {
    static std::unique_ptr<CudaApi> one;
    return one;
  }
  static CudaApi& on(const Bench& bench) {
    if (!kept()) kept() = std::make_unique<CudaApi>(bench);
    return *kept();
  }
  static void check(CUresult result, const char* call) {
    if (result != CUDA_SUCCESS) throw std::runtime_error(std::string(call) + " returns CUresult " + std::to_string(result));
  }
#define X(name, symbol) tcu##name* name = nullptr;
  GEYSER_BENCH_CUDA(X)
#undef X
  SetCurrent set_current = nullptr;
  AllocatePitch allocate_pitch = nullptr;
  tcuMemFree_v2* release = nullptr;
  tcuMemcpy2D_v2* copy_2d = nullptr;
  CUcontext context = nullptr;
  CUstream stream = nullptr;
  std::optional<TextureShareManager> manager;
};

struct CudaLibraryEnd final : LibraryEnd {
  CudaLibraryEnd(const Bench& bench, const SharedTexture& made, const SharedSemaphore& written_, const SharedSemaphore& released_)
      : stream_(CudaApi::on(bench).stream) {
    TextureShareManager& manager = *CudaApi::on(bench).manager;
    texture = take(manager.import_texture(take(bench.manager_a.export_texture(made))));
    written = take(manager.import_semaphore(take(bench.manager_a.export_semaphore(written_))));
    released = take(manager.import_semaphore(take(bench.manager_a.export_semaphore(released_))));
  }
  void pass(Access& access) override {
    take(cuda::acquire(access, stream_));
    take(cuda::release(access, stream_));
  }

 private:
  CUstream stream_;
};

struct CudaRawEnd final : RawEnd {
  CudaRawEnd(const Bench& bench, const RawShared& shared) : api_(CudaApi::on(bench)) {
    RawHandle handle = export_image(shared.device, shared.image);
    CUDA_EXTERNAL_MEMORY_HANDLE_DESC memory{};
    memory.type = CU_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD;
    memory.handle.fd = handle.fd;
    memory.size = handle.size;
    memory.flags = dedicated;
    CudaApi::check(api_.ImportExternalMemory(&memory_, &memory), "cuImportExternalMemory");
    CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC array{};
    array.arrayDesc.Width = crossing_width;
    array.arrayDesc.Height = crossing_height;
    array.arrayDesc.Format = static_cast<CUarray_format>(1);  // CU_AD_FORMAT_UNSIGNED_INT8
    array.arrayDesc.NumChannels = 4;
    array.arrayDesc.Flags = color_attachment;
    array.numLevels = 1;
    CudaApi::check(api_.ExternalMemoryGetMappedMipmappedArray(&array_, memory_, &array), "cuExternalMemoryGetMappedMipmappedArray");
    if (shared.written == VK_NULL_HANDLE) return;
    const VkSemaphore given[] = {shared.written, shared.released};
    for (int i = 0; i < 2; ++i) {
      CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC semaphore{};
      semaphore.type = timeline_fd;
      semaphore.handle.fd = export_semaphore(shared.device, given[i]);
      CudaApi::check(api_.ImportExternalSemaphore(&semaphores_[i], &semaphore), "cuImportExternalSemaphore");
    }
  }
  ~CudaRawEnd() override {
    (void)api_.StreamSynchronize(api_.stream);
    (void)api_.MipmappedArrayDestroy(array_);
    (void)api_.DestroyExternalMemory(memory_);
    for (CUexternalSemaphore each : semaphores_) {
      if (each != nullptr) (void)api_.DestroyExternalSemaphore(each);
    }
  }
  void pass(bool writes, std::uint64_t wait, std::uint64_t signal) override {
    if (semaphores_[0] == nullptr) {
      CudaApi::check(api_.StreamSynchronize(api_.stream), "cuStreamSynchronize");
      return;
    }
    CUDA_EXTERNAL_SEMAPHORE_WAIT_PARAMS value{};
    if (wait != 0) {
      value.params.fence.value = wait;
      CudaApi::check(api_.WaitExternalSemaphoresAsync(&semaphores_[writes ? 1 : 0], &value, 1, api_.stream),
                     "cuWaitExternalSemaphoresAsync");
    }
    value.params.fence.value = signal;
    CudaApi::check(api_.SignalExternalSemaphoresAsync(&semaphores_[writes ? 0 : 1], &value, 1, api_.stream),
                   "cuSignalExternalSemaphoresAsync");
  }

 private:
  CudaApi& api_;
  CUexternalMemory memory_ = nullptr;
  CUmipmappedArray array_ = nullptr;
  CUexternalSemaphore semaphores_[2] = {nullptr, nullptr};  // written, released
};

struct CudaHostEnd final : HostEnd {
  explicit CudaHostEnd(const Bench& bench) : api_(CudaApi::on(bench)) {
    CudaApi::check(api_.allocate_pitch(&memory_, &pitch_, row_bytes, crossing_height, 16), "cuMemAllocPitch");
    write(std::vector<std::byte>(crossing_bytes, std::byte{0x5a}));
  }
  ~CudaHostEnd() override { (void)api_.release(memory_); }
  void read(std::span<std::byte> pixels) override {
    CUDA_MEMCPY2D copy{};
    copy.srcMemoryType = CU_MEMORYTYPE_DEVICE;
    copy.srcDevice = memory_;
    copy.srcPitch = pitch_;
    copy.dstMemoryType = CU_MEMORYTYPE_HOST;
    copy.dstHost = pixels.data();
    copy.dstPitch = row_bytes;
    copy.WidthInBytes = row_bytes;
    copy.Height = crossing_height;
    CudaApi::check(api_.copy_2d(&copy), "cuMemcpy2D");
  }
  void write(std::span<const std::byte> pixels) override {
    CUDA_MEMCPY2D copy{};
    copy.srcMemoryType = CU_MEMORYTYPE_HOST;
    copy.srcHost = pixels.data();
    copy.srcPitch = row_bytes;
    copy.dstMemoryType = CU_MEMORYTYPE_DEVICE;
    copy.dstDevice = memory_;
    copy.dstPitch = pitch_;
    copy.WidthInBytes = row_bytes;
    copy.Height = crossing_height;
    CudaApi::check(api_.copy_2d(&copy), "cuMemcpy2D");
  }

 private:
  static constexpr std::size_t row_bytes = std::size_t{4} * crossing_width;
  CudaApi& api_;
  CUdeviceptr memory_ = 0;
  std::size_t pitch_ = 0;
};

}  // namespace

CrossingApi cuda_crossing() {
  return {"cuda",
          [](const Bench& bench, const SharedTexture& made, const SharedSemaphore& written, const SharedSemaphore& released) {
            return std::make_unique<CudaLibraryEnd>(bench, made, written, released);
          },
          [](const Bench& bench, const RawShared& shared) { return std::make_unique<CudaRawEnd>(bench, shared); },
          [](const Bench& bench) { return std::make_unique<CudaHostEnd>(bench); }, [] { CudaApi::kept().reset(); }};
}

}  // namespace geyser::bench
