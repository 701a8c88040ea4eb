#include "bench/devices/raw_cuda.hpp"

#include <dlfcn.h>

#include <array>
#include <cstring>
#include <thread>
#include <vector>

#include "backends/cuda/driver_api.hpp"

namespace geyser::bench {
namespace {

namespace api = cuda::api;
using api::Status;
using Clock = std::chrono::steady_clock;

// clang-format off
#define GEYSER_RAW_CUDA(X) \
  X(init, "cuInit", (unsigned flags)) \
  X(device_count, "cuDeviceGetCount", (int* count)) \
  X(device_get, "cuDeviceGet", (api::Device* device, int ordinal)) \
  X(device_uuid, "cuDeviceGetUuid_v2", (api::Uuid* uuid, api::Device device)) \
  X(can_access, "cuDeviceCanAccessPeer", (int* can, api::Device device, api::Device peer)) \
  X(context_create, "cuCtxCreate_v2", (api::Context* context, unsigned flags, api::Device device)) \
  X(context_destroy, "cuCtxDestroy_v2", (api::Context context)) \
  X(context_set, "cuCtxSetCurrent", (api::Context context)) \
  X(peer_enable, "cuCtxEnablePeerAccess", (api::Context peer, unsigned flags)) \
  X(memory_allocate, "cuMemAlloc_v2", (api::DevicePointer* pointer, std::size_t bytes)) \
  X(memory_free, "cuMemFree_v2", (api::DevicePointer pointer)) \
  X(memory_set, "cuMemsetD8_v2", (api::DevicePointer pointer, unsigned char value, std::size_t bytes)) \
  X(host_allocate, "cuMemHostAlloc", (void** memory, std::size_t bytes, unsigned flags)) \
  X(host_free, "cuMemFreeHost", (void* memory)) \
  X(array_create, "cuArray3DCreate_v2", (api::Array* array, const api::ArrayDescriptor* descriptor)) \
  X(array_destroy, "cuArrayDestroy", (api::Array array)) \
  X(stream_create, "cuStreamCreate", (api::Stream* stream, unsigned flags)) \
  X(stream_destroy, "cuStreamDestroy_v2", (api::Stream stream)) \
  X(stream_query, "cuStreamQuery", (api::Stream stream)) \
  X(stream_wait, "cuStreamWaitEvent", (api::Stream stream, api::Event event, unsigned flags)) \
  X(event_create, "cuEventCreate", (api::Event* event, unsigned flags)) \
  X(event_destroy, "cuEventDestroy_v2", (api::Event event)) \
  X(event_record, "cuEventRecord", (api::Event event, api::Stream stream)) \
  X(copy_peer, "cuMemcpyPeerAsync", (api::DevicePointer to, api::Context to_context, api::DevicePointer from, api::Context from_context, \
                                     std::size_t bytes, api::Stream stream)) \
  X(copy_peer_3d, "cuMemcpy3DPeerAsync", (const api::Copy3DPeer* copy, api::Stream stream)) \
  X(copy_out, "cuMemcpyDtoHAsync_v2", (void* to, api::DevicePointer from, std::size_t bytes, api::Stream stream)) \
  X(copy_in, "cuMemcpyHtoDAsync_v2", (api::DevicePointer to, const void* from, std::size_t bytes, api::Stream stream))
// clang-format on

void check(Status status, const char* call) {
  if (status != Status::success)
    throw std::runtime_error(std::string(call) + " answers CUresult " + std::to_string(static_cast<int>(status)));
}

}  // namespace

struct RawPair::Api {
// NOLINTNEXTLINE(bugprone-macro-parentheses)
#define X(member, name, parameters) Status(*member) parameters = nullptr;
  GEYSER_RAW_CUDA(X)
#undef X
  struct Side {
    api::Device device = -1;
    api::Context context = nullptr;
    api::Stream stream = nullptr;
  };
  std::array<Side, 2> sides;
  bool peers = false;

  Api(const Uuid& from, const Uuid& to) {
    void* library = ::dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) throw NoFloor("there is no libcuda.so.1");
    const auto load = [&](auto& function, const char* name) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(::dlsym(library, name));
      if (function == nullptr) throw NoFloor(std::string("libcuda.so.1 lacks ") + name);
    };
#define X(member, name, parameters) load(member, name);
    GEYSER_RAW_CUDA(X)
#undef X
    if (init(0) != Status::success) throw NoFloor("CUDA finds no device");
    int count = 0;
    check(device_count(&count), "cuDeviceGetCount");
    const std::array wanted{&from, &to};
    for (int ordinal = 0; ordinal < count; ++ordinal) {
      api::Device device = 0;
      api::Uuid uuid{};
      check(device_get(&device, ordinal), "cuDeviceGet");
      check(device_uuid(&uuid, device), "cuDeviceGetUuid");
      for (std::size_t i = 0; i < 2; ++i) {
        if (std::memcmp(uuid.bytes, wanted[i]->bytes.data(), sizeof uuid.bytes) == 0) sides[i].device = device;
      }
    }
    if (sides[0].device < 0 || sides[1].device < 0 || sides[0].device == sides[1].device) throw NoFloor("CUDA does not show both devices");
    for (auto& side : sides) {
      check(context_create(&side.context, 0, side.device), "cuCtxCreate");
      check(stream_create(&side.stream, api::stream_non_blocking), "cuStreamCreate");
    }
    int can = 0;
    peers = can_access(&can, sides[1].device, sides[0].device) == Status::success && can != 0;
    for (std::size_t i = 0; peers && i < 2; ++i) {
      check(context_set(sides[i].context), "cuCtxSetCurrent");
      peers = peer_enable(sides[1 - i].context, 0) == Status::success;
    }
  }
  ~Api() {
    for (auto& side : sides) {
      if (side.context == nullptr) continue;
      static_cast<void>(context_set(side.context));
      if (side.stream != nullptr) static_cast<void>(stream_destroy(side.stream));
      static_cast<void>(context_destroy(side.context));
    }
  }
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  void enter(std::size_t side) const { check(context_set(sides[side].context), "cuCtxSetCurrent"); }
  /// Looks all the time: the floor's figures shall not have a sleep in them.
  void wait(std::size_t side) const {
    enter(side);
    const auto deadline = Clock::now() + std::chrono::seconds(20);
    for (;;) {
      const auto status = stream_query(sides[side].stream);
      if (status == Status::success) return;
      if (status != Status::not_ready) check(status, "cuStreamQuery");
      if (Clock::now() > deadline) throw std::runtime_error("a CUDA stream did not end within 20 seconds");
      std::this_thread::yield();
    }
  }
  [[nodiscard]] api::DevicePointer allocate(std::size_t side, std::size_t bytes, unsigned char value) const {
    enter(side);
    api::DevicePointer pointer = 0;
    check(memory_allocate(&pointer, bytes), "cuMemAlloc");
    check(memory_set(pointer, value, bytes), "cuMemsetD8");
    return pointer;
  }
  void need_peers() const {
    if (!peers) throw NoFloor("the devices have no peer access");
  }
};

namespace {

class RawPeer final : public RawWay {
 public:
  RawPeer(std::shared_ptr<RawPair::Api> cuda, std::size_t bytes, std::size_t stream_side)
      : cuda_(std::move(cuda)), bytes_(bytes), side_(stream_side), from_(cuda_->allocate(0, bytes, 1)), to_(cuda_->allocate(1, bytes, 2)) {}
  ~RawPeer() override {
    static_cast<void>(cuda_->context_set(cuda_->sides[0].context));
    static_cast<void>(cuda_->memory_free(from_));
    static_cast<void>(cuda_->context_set(cuda_->sides[1].context));
    static_cast<void>(cuda_->memory_free(to_));
  }
  void push() override {
    cuda_->enter(side_);
    check(cuda_->copy_peer(to_, cuda_->sides[1].context, from_, cuda_->sides[0].context, bytes_, cuda_->sides[side_].stream),
          "cuMemcpyPeerAsync");
  }
  void finish() override { cuda_->wait(side_); }

 private:
  std::shared_ptr<RawPair::Api> cuda_;
  std::size_t bytes_;
  std::size_t side_;
  api::DevicePointer from_;
  api::DevicePointer to_;
};

class RawPeerArray final : public RawWay {
 public:
  RawPeerArray(std::shared_ptr<RawPair::Api> cuda, std::uint32_t width, std::uint32_t height) : cuda_(std::move(cuda)) {
    const api::ArrayDescriptor descriptor{
        .width = width, .height = height, .depth = 0, .format = api::ArrayFormat::uint8, .channels = 4, .flags = 0};
    for (std::size_t i = 0; i < 2; ++i) {
      cuda_->enter(i);
      check(cuda_->array_create(&arrays_[i], &descriptor), "cuArray3DCreate");
    }
    copy_.src_type = copy_.dst_type = api::memory_array;
    copy_.src_array = arrays_[0];
    copy_.dst_array = arrays_[1];
    copy_.src_context = cuda_->sides[0].context;
    copy_.dst_context = cuda_->sides[1].context;
    copy_.width_bytes = std::size_t{4} * width;
    copy_.height = height;
    copy_.depth = 1;
  }
  ~RawPeerArray() override {
    for (std::size_t i = 0; i < 2; ++i) {
      static_cast<void>(cuda_->context_set(cuda_->sides[i].context));
      if (arrays_[i] != nullptr) static_cast<void>(cuda_->array_destroy(arrays_[i]));
    }
  }
  void push() override {
    cuda_->enter(1);
    check(cuda_->copy_peer_3d(&copy_, cuda_->sides[1].stream), "cuMemcpy3DPeerAsync");
  }
  void finish() override { cuda_->wait(1); }

 private:
  std::shared_ptr<RawPair::Api> cuda_;
  std::array<api::Array, 2> arrays_{};
  api::Copy3DPeer copy_{};
};

class RawBounce final : public RawWay {
 public:
  RawBounce(std::shared_ptr<RawPair::Api> cuda, std::size_t bytes)
      : cuda_(std::move(cuda)), bytes_(bytes), from_(cuda_->allocate(0, bytes, 1)), to_(cuda_->allocate(1, bytes, 2)) {
    for (auto& buffer : buffers_) {
      constexpr unsigned portable = 1;
      check(cuda_->host_allocate(&buffer.memory, bytes, portable), "cuMemHostAlloc");
      cuda_->enter(0);
      check(cuda_->event_create(&buffer.out, api::event_disable_timing), "cuEventCreate");
      cuda_->enter(1);
      check(cuda_->event_create(&buffer.in, api::event_disable_timing), "cuEventCreate");
    }
  }
  ~RawBounce() override {
    static_cast<void>(cuda_->context_set(cuda_->sides[0].context));
    static_cast<void>(cuda_->memory_free(from_));
    for (auto& buffer : buffers_) static_cast<void>(cuda_->event_destroy(buffer.out));
    static_cast<void>(cuda_->context_set(cuda_->sides[1].context));
    static_cast<void>(cuda_->memory_free(to_));
    for (auto& buffer : buffers_) {
      static_cast<void>(cuda_->event_destroy(buffer.in));
      static_cast<void>(cuda_->host_free(buffer.memory));
    }
  }
  void push() override {
    Buffer& buffer = buffers_[next_++ % buffers_.size()];
    cuda_->enter(0);
    // Before its first record an event has happened.
    check(cuda_->stream_wait(cuda_->sides[0].stream, buffer.in, 0), "cuStreamWaitEvent");
    check(cuda_->copy_out(buffer.memory, from_, bytes_, cuda_->sides[0].stream), "cuMemcpyDtoHAsync");
    check(cuda_->event_record(buffer.out, cuda_->sides[0].stream), "cuEventRecord");
    cuda_->enter(1);
    check(cuda_->stream_wait(cuda_->sides[1].stream, buffer.out, 0), "cuStreamWaitEvent");
    check(cuda_->copy_in(to_, buffer.memory, bytes_, cuda_->sides[1].stream), "cuMemcpyHtoDAsync");
    check(cuda_->event_record(buffer.in, cuda_->sides[1].stream), "cuEventRecord");
  }
  void finish() override { cuda_->wait(1); }

 private:
  struct Buffer {
    void* memory = nullptr;
    api::Event out = nullptr;
    api::Event in = nullptr;
  };
  std::shared_ptr<RawPair::Api> cuda_;
  std::size_t bytes_;
  api::DevicePointer from_;
  api::DevicePointer to_;
  std::array<Buffer, 2> buffers_;
  std::size_t next_ = 0;
};

class MemcpyTwice final : public RawWay {
 public:
  explicit MemcpyTwice(std::size_t bytes) : from_(bytes, std::byte{1}), between_(bytes), to_(bytes) {}
  void push() override {
    std::memcpy(between_.data(), from_.data(), from_.size());
    std::memcpy(to_.data(), between_.data(), from_.size());
    from_.front() = to_.back();  // so that no compiler finds them unused
  }
  void finish() override {}

 private:
  std::vector<std::byte> from_;
  std::vector<std::byte> between_;
  std::vector<std::byte> to_;
};

}  // namespace

RawPair::RawPair(const Uuid& from, const Uuid& to) : api_(std::make_shared<Api>(from, to)) {}
RawPair::~RawPair() = default;

std::unique_ptr<RawWay> RawPair::peer(std::size_t bytes) {
  api_->need_peers();
  return std::make_unique<RawPeer>(api_, bytes, 1);
}
std::unique_ptr<RawWay> RawPair::peer_pushed(std::size_t bytes) {
  api_->need_peers();
  return std::make_unique<RawPeer>(api_, bytes, 0);
}
std::unique_ptr<RawWay> RawPair::peer_array(std::uint32_t width, std::uint32_t height) {
  api_->need_peers();
  return std::make_unique<RawPeerArray>(api_, width, height);
}
std::unique_ptr<RawWay> RawPair::bounce(std::size_t bytes) { return std::make_unique<RawBounce>(api_, bytes); }
std::unique_ptr<RawWay> raw_memcpy_twice(std::size_t bytes) { return std::make_unique<MemcpyTwice>(bytes); }

}  // namespace geyser::bench
