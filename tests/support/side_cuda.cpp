// CUDA as a side of an exchange: the primary context of a device, and copies in a stream of the test's own. The library opened is
// libcuda.so.1, or the one that GEYSER_TEST_CUDA_LIBRARY names (the emulated driver of tests/fake_cuda).
#include <dlfcn.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <new>
#include <thread>

#include "backends/cuda/dispatch.hpp"
#include "geyser/cuda.hpp"
#include "support/side.hpp"

namespace geyser::test {
namespace {

using cuda::api::Status;

const char* library_name() {
  const char* given = std::getenv("GEYSER_TEST_CUDA_LIBRARY");
  return given != nullptr && *given != '\0' ? given : "libcuda.so.1";
}

/// What a program of its own would use of the driver. Never closed, as the driver itself asks for.
struct Functions {
  Functions() {
    library = ::dlopen(library_name(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      missing = library_name();
      return;
    }
    load("cuDeviceGet", device_get);
    load("cuDevicePrimaryCtxRetain", retain);
    load("cuDevicePrimaryCtxRelease_v2", release);
    load("cuCtxPushCurrent_v2", push);
    load("cuCtxPopCurrent_v2", pop);
    load("cuStreamCreate", stream_create);
    load("cuStreamDestroy_v2", stream_destroy);
    load("cuEventCreate", event_create);
    load("cuEventDestroy_v2", event_destroy);
    load("cuEventRecord", event_record);
    load("cuEventQuery", event_query);
    load("cuMemHostRegister_v2", host_register);
    load("cuMemHostUnregister", host_unregister);
    load("cuMemcpy3DAsync_v2", copy);
  }
  void* library = nullptr;
  const char* missing = nullptr;
  Status (*device_get)(cuda::api::Device*, int) = nullptr;
  Status (*retain)(cuda::api::Context*, cuda::api::Device) = nullptr;
  Status (*release)(cuda::api::Device) = nullptr;
  Status (*push)(cuda::api::Context) = nullptr;
  Status (*pop)(cuda::api::Context*) = nullptr;
  Status (*stream_create)(cuda::Stream*, unsigned) = nullptr;
  Status (*stream_destroy)(cuda::Stream) = nullptr;
  Status (*event_create)(cuda::api::Event*, unsigned) = nullptr;
  Status (*event_destroy)(cuda::api::Event) = nullptr;
  Status (*event_record)(cuda::api::Event, cuda::Stream) = nullptr;
  Status (*event_query)(cuda::api::Event) = nullptr;
  Status (*host_register)(void*, std::size_t, unsigned) = nullptr;
  Status (*host_unregister)(void*) = nullptr;
  Status (*copy)(const cuda::api::Copy3D*, cuda::Stream) = nullptr;

 private:
  template <class Function>
  void load(const char* name, Function& into) {
    into = reinterpret_cast<Function>(::dlsym(library, name));
    if (into == nullptr) missing = name;
  }
};

const Functions& functions() {
  static const Functions all;
  return all;
}

Error failed(const char* call, Status status) {
  return Error(Errc::internal, std::string(call) + " answers " + std::to_string(static_cast<int>(status)) + ".");
}

/// Pinned host memory on both ends, so that no copy waits for the stream.
class CudaPainter final : public Painter {
 public:
  static Result<std::unique_ptr<Painter>> create(int ordinal, std::uint32_t width, std::uint32_t height, std::uint32_t slots) {
    const Functions& cu = functions();
    if (cu.missing != nullptr) return Error(Errc::unsupported_feature, std::string("The driver has no ") + cu.missing + ".");
    std::unique_ptr<CudaPainter> painter(new CudaPainter(width, height, slots));
    if (auto status = cu.device_get(&painter->device_, ordinal); status != Status::success) return failed("cuDeviceGet", status);
    if (auto status = cu.retain(&painter->context_, painter->device_); status != Status::success) {
      return failed("cuDevicePrimaryCtxRetain", status);
    }
    const Entered entered(painter->context_);
    if (auto status = cu.stream_create(&painter->stream_, cuda::api::stream_non_blocking); status != Status::success) {
      return failed("cuStreamCreate", status);
    }
    // One pattern more than slots: the last turn has no reader after it.
    const std::size_t texels = painter->texels();
    painter->memory_.assign((2 * slots + 1) * texels + page / sizeof(std::uint32_t), 0xA5A5A5A5U);
    void* start = painter->memory_.data();
    std::size_t room = painter->memory_.size() * sizeof(std::uint32_t);
    std::align(page, (2 * slots + 1) * texels * sizeof(std::uint32_t), start, room);
    painter->texels_ = static_cast<std::uint32_t*>(start);
    if (auto status = cu.host_register(start, (2 * slots + 1) * texels * sizeof(std::uint32_t), 0); status != Status::success) {
      painter->texels_ = nullptr;
      return failed("cuMemHostRegister", status);
    }
    return std::unique_ptr<Painter>(std::move(painter));
  }
  ~CudaPainter() override {
    const Functions& cu = functions();
    if (context_ == nullptr) return;
    {
      const Entered entered(context_);
      if (stream_ != nullptr && !finish() && stuck_) {
        // Unpinning would wait for the stream, for ever: its memory, and the context, stay until the process ends.
        static_cast<void>(new (std::nothrow) std::vector<std::uint32_t>(std::move(memory_)));
        return;
      }
      if (stream_ != nullptr) static_cast<void>(cu.stream_destroy(stream_));
      if (texels_ != nullptr) static_cast<void>(cu.host_unregister(texels_));
    }
    static_cast<void>(cu.release(device_));
  }
  CudaPainter(const CudaPainter&) = delete;
  CudaPainter& operator=(const CudaPainter&) = delete;

  Result<void> work(SharedTexture& texture, Access& access, std::optional<std::uint32_t> slot,
                    std::optional<std::uint32_t> value) override {
    const Entered entered(context_);
    if (auto ok = cuda::acquire(access, stream_); !ok) return ok;
    const auto done = [&]() -> Result<void> {
      if (slot) {
        if (auto ok = copy(texture, at(*slot), false); !ok) return ok;
      }
      if (!value) return {};
      if (turns_ > slots_) return Error(Errc::internal, "The painter has no pattern left for another turn.");
      std::uint32_t* pattern = at(slots_ + turns_++);
      std::fill(pattern, pattern + texels(), *value);
      return copy(texture, pattern, true);
    }();
    if (auto ok = cuda::release(access, stream_); !ok) return ok;
    return done ? Result<void>() : Result<void>(done.error().clone());
  }
  Result<std::vector<std::uint32_t>> fetched(std::uint32_t slot) override {
    const Entered entered(context_);
    if (auto ok = finish(); !ok) return std::move(ok).error();
    return std::vector<std::uint32_t>(at(slot), at(slot) + texels());
  }

 private:
  static constexpr std::size_t page = 4096;
  struct Entered {
    explicit Entered(cuda::api::Context context) { static_cast<void>(functions().push(context)); }
    ~Entered() {
      cuda::api::Context ignored = nullptr;
      static_cast<void>(functions().pop(&ignored));
    }
    Entered(const Entered&) = delete;
    Entered& operator=(const Entered&) = delete;
  };
  CudaPainter(std::uint32_t width, std::uint32_t height, std::uint32_t slots) : width_(width), height_(height), slots_(slots) {}
  [[nodiscard]] std::size_t texels() const noexcept { return std::size_t{width_} * height_; }
  [[nodiscard]] std::uint32_t* at(std::uint32_t index) const noexcept { return texels_ + index * texels(); }

  // Bounded, unlike cuStreamSynchronize. The context is current.
  Result<void> finish() {
    constexpr auto patience = std::chrono::seconds(5);  // the work is copies of some kilobytes
    const auto hung = [&] {
      return Error(Errc::timed_out, "The painter's CUDA stream timed out: after " + std::to_string(patience.count()) +
                                        " s it still waits for a semaphore that nobody signalled, as far as CUDA sees.");
    };
    if (stuck_) return hung();
    const Functions& cu = functions();
    cuda::api::Event event = nullptr;
    if (auto status = cu.event_create(&event, cuda::api::event_disable_timing); status != Status::success) {
      return failed("cuEventCreate", status);
    }
    Status status = cu.event_record(event, stream_);
    const auto end = std::chrono::steady_clock::now() + patience;
    if (status == Status::success) {
      while ((status = cu.event_query(event)) == Status::not_ready && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    }
    static_cast<void>(cu.event_destroy(event));
    stuck_ = status == Status::not_ready;
    if (stuck_) return hung();
    return status == Status::success ? Result<void>() : failed("cuEventQuery", status);
  }

  Result<void> copy(const SharedTexture& texture, std::uint32_t* host, bool in) {
    cuda::api::Copy3D copy{};
    auto linear = cuda::is_linear(texture);
    if (!linear) return std::move(linear).error();
    auto& device_type = in ? copy.dst_type : copy.src_type;
    auto& host_type = in ? copy.src_type : copy.dst_type;
    host_type = cuda::api::memory_host;
    (in ? copy.src_pitch : copy.dst_pitch) = width_ * sizeof(std::uint32_t);
    (in ? copy.src_height : copy.dst_height) = height_;
    if (in) {
      copy.src_host = host;
    } else {
      copy.dst_host = host;
    }
    if (*linear) {
      auto memory = cuda::linear_memory(texture);
      if (!memory) return std::move(memory).error();
      device_type = cuda::api::memory_device;
      (in ? copy.dst_device : copy.src_device) = memory->pointer;
      (in ? copy.dst_pitch : copy.src_pitch) = static_cast<std::size_t>(memory->row_pitch);
      (in ? copy.dst_height : copy.src_height) = height_;
    } else {
      auto array = cuda::array(texture);
      if (!array) return std::move(array).error();
      device_type = cuda::api::memory_array;
      (in ? copy.dst_array : copy.src_array) = *array;
    }
    copy.width_bytes = width_ * sizeof(std::uint32_t);
    copy.height = height_;
    copy.depth = 1;
    if (auto status = functions().copy(&copy, stream_); status != Status::success) return failed("cuMemcpy3DAsync", status);
    return {};
  }

  std::uint32_t width_;
  std::uint32_t height_;
  std::uint32_t slots_;
  std::uint32_t turns_ = 0;
  bool stuck_ = false;  // the stream did not come to its end
  cuda::api::Device device_ = 0;
  cuda::api::Context context_ = nullptr;
  cuda::Stream stream_ = nullptr;
  std::vector<std::uint32_t> memory_;
  std::uint32_t* texels_ = nullptr;  // in memory_, on a page
};

class CudaSide final : public Side {
 public:
  CudaSide(int ordinal, const Uuid& device) : ordinal_(ordinal), device_(device) {}
  void enter() noexcept override {}  // every call of the backend enters by itself
  Result<TextureShareManager> create_manager(const TextureShareManager* partner) override {
    return cuda::create_manager({.context = nullptr, .device = device_, .stream = nullptr, .partner = partner});
  }
  [[nodiscard]] std::uint64_t messages() const noexcept override { return 0; }
  Result<std::unique_ptr<Painter>> create_painter(std::uint32_t width, std::uint32_t height, std::uint32_t slots) override {
    return CudaPainter::create(ordinal_, width, height, slots);
  }

 private:
  int ordinal_;
  Uuid device_;
};

}  // namespace

std::vector<DeviceEntry> find_cuda(const std::vector<DeviceEntry>& vulkan) {
  std::vector<DeviceEntry> found;
  if (const char* given = std::getenv("GEYSER_TEST_CUDA_LIBRARY")) cuda::use_driver_library(given);
  auto devices = cuda::enumerate_devices();
  if (!devices) {
    missing_devices().push_back("CUDA: " + devices.error().describe());
    return found;
  }
  for (const auto& device : *devices) {
    DeviceEntry entry;
    entry.key = "cuda-" + std::to_string(device.ordinal);
    entry.api = Api::cuda;
    entry.index = static_cast<std::uint32_t>(device.ordinal);
    entry.identity = device.identity;
    for (const auto& partner : vulkan) {
      if (partner.identity.device_uuid != device.identity.device_uuid) continue;
      entry.key = "cuda-" + partner.key;
      entry.partner = partner.key;
      break;
    }
    found.push_back(std::move(entry));
  }
  return found;
}

Result<std::unique_ptr<Side>> open_cuda(const DeviceEntry& entry) {
  if (const char* given = std::getenv("GEYSER_TEST_CUDA_LIBRARY")) cuda::use_driver_library(given);
  return std::unique_ptr<Side>(std::make_unique<CudaSide>(static_cast<int>(entry.index), entry.identity.device_uuid));
}

}  // namespace geyser::test
