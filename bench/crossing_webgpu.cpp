// WebGPU's ends of a crossing, on Dawn. One device serves the library and the floor. GEYSER_BENCH_DAWN names the library of Dawn
// (libwebgpu_dawn.so; tests/webgpu builds one); without it the system looks for it.
//
// Each pass copies one texel out, so that Dawn has something to order. By hand that is what a careful person writes with Dawn and Vulkan:
// Dawn's fences are binary semaphores of one use, so every frame has two of them between it and the timelines of the other side.
#include "bench/crossing.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <deque>
#include <vector>

#include "bench/raw_device.hpp"
#include "geyser/webgpu.hpp"

namespace geyser::bench {
namespace {

// clang-format off
#define GEYSER_BENCH_DAWN(X) \
  X(BufferGetConstMappedRange) X(BufferMapAsync) X(BufferRelease) X(BufferUnmap) X(CommandBufferRelease) \
  X(CommandEncoderCopyTextureToBuffer) X(CommandEncoderFinish) X(CommandEncoderRelease) X(DeviceCreateBuffer) X(DeviceCreateCommandEncoder) \
  X(DeviceCreateTexture) X(DeviceImportSharedFence) X(DeviceImportSharedTextureMemory) X(QueueOnSubmittedWorkDone) X(QueueSubmit) \
  X(QueueWriteTexture) X(SharedFenceExportInfo) X(SharedFenceRelease) X(SharedTextureMemoryBeginAccess) X(SharedTextureMemoryCreateTexture) \
  X(SharedTextureMemoryEndAccess) X(SharedTextureMemoryEndAccessStateFreeMembers) X(SharedTextureMemoryRelease) X(TextureRelease)
// clang-format on

template <class Descriptor>
void set_count(Descriptor& descriptor, std::size_t count) {  // newer headers count the values as well
  if constexpr (requires { descriptor.signaledValueCount; }) descriptor.signaledValueCount = count;
}

webgpu::GetProcAddress find_dawn() {
  const char* given = std::getenv("GEYSER_BENCH_DAWN");
  if (given == nullptr || *given == '\0') return nullptr;
  void* library = dlopen(given, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw Unsupported(std::string("webgpu: ") + dlerror());
  return reinterpret_cast<webgpu::GetProcAddress>(dlsym(library, "wgpuGetProcAddress"));
}

webgpu::Device open(const Bench& bench) {
  auto device = webgpu::Device::create({.partner = &bench.manager_a, .get_proc_address = find_dawn()});
  if (!device) throw Unsupported("webgpu: " + device.error().describe());
  return *std::move(device);
}

/// Made at first use, and kept until the benchmarks' devices go.
struct Dawn {
  explicit Dawn(const Bench& bench) : device(open(bench)), manager(take(device.create_manager(bench.manager_a))) {
#define X(name)                                                                                                  \
  name = reinterpret_cast<WGPUProc##name>(device.get_proc_address()(WGPUStringView{"wgpu" #name, WGPU_STRLEN})); \
  if (name == nullptr) throw Unsupported("webgpu: Dawn lacks wgpu" #name);
    GEYSER_BENCH_DAWN(X)
#undef X
    buffer = make_buffer(256, WGPUBufferUsage_CopyDst);
  }
  ~Dawn() { BufferRelease(buffer); }
  Dawn(const Dawn&) = delete;
  Dawn& operator=(const Dawn&) = delete;
  static std::unique_ptr<Dawn>& kept() {
    static std::unique_ptr<Dawn> one;
    return one;
  }
  static Dawn& on(const Bench& bench) {
    if (!kept()) kept() = std::make_unique<Dawn>(bench);
    return *kept();
  }

  [[nodiscard]] WGPUBuffer make_buffer(std::uint64_t bytes, WGPUBufferUsage usage) const {
    WGPUBufferDescriptor descriptor{};
    descriptor.size = bytes;
    descriptor.usage = usage;
    return DeviceCreateBuffer(device.handle(), &descriptor);
  }
  void copy(WGPUTexture texture, WGPUBuffer to, WGPUExtent3D extent) const {
    WGPUTexelCopyTextureInfo from{};
    from.texture = texture;
    from.aspect = WGPUTextureAspect_All;
    WGPUTexelCopyBufferInfo destination{};
    destination.buffer = to;
    destination.layout.bytesPerRow = extent.width == 1 ? 256 : 4 * extent.width;
    destination.layout.rowsPerImage = extent.height;
    WGPUCommandEncoder encoder = DeviceCreateCommandEncoder(device.handle(), nullptr);
    CommandEncoderCopyTextureToBuffer(encoder, &from, &destination, &extent);
    WGPUCommandBuffer commands = CommandEncoderFinish(encoder, nullptr);
    CommandEncoderRelease(encoder);
    QueueSubmit(device.queue(), 1, &commands);
    CommandBufferRelease(commands);
  }
  void use(WGPUTexture texture) const { copy(texture, buffer, {1, 1, 1}); }
  void finish() const {
    bool done = false;
    WGPUQueueWorkDoneCallbackInfo info{};
    info.mode = WGPUCallbackMode_AllowProcessEvents;
    info.userdata1 = &done;
    info.callback = [](WGPUQueueWorkDoneStatus, WGPUStringView, void* to, void*) { *static_cast<bool*>(to) = true; };
    QueueOnSubmittedWorkDone(device.queue(), info);
    take(device.process_events_until([&] { return done; }, std::chrono::seconds(10)));
  }

  webgpu::Device device;
  TextureShareManager manager;
  WGPUBuffer buffer = nullptr;
#define X(name) WGPUProc##name name = nullptr;
  GEYSER_BENCH_DAWN(X)
#undef X
};

struct DawnLibraryEnd final : LibraryEnd {
  DawnLibraryEnd(const Bench& bench, const SharedTexture& made, const SharedSemaphore& written_, const SharedSemaphore& released_)
      : dawn_(Dawn::on(bench)) {
    texture = take(dawn_.manager.import_texture(take(bench.manager_a.export_texture(made))));
    written = take(dawn_.manager.import_semaphore(take(bench.manager_a.export_semaphore(written_))));
    released = take(dawn_.manager.import_semaphore(take(bench.manager_a.export_semaphore(released_))));
  }
  void pass(Access& access) override {
    dawn_.use(take(webgpu::acquire(access)));
    take(webgpu::release(access));
  }

 private:
  Dawn& dawn_;
};

struct DawnRawEnd final : RawEnd {
  DawnRawEnd(const Bench& bench, const RawShared& shared) : dawn_(Dawn::on(bench)), shared_(shared) {
    RawHandle handle = export_image(shared.device, shared.image);
    VkExternalMemoryImageCreateInfo external{VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO};
    external.handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT;
    VkImageCreateInfo image{VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO, &external};
    image.flags = handle.info.flags;
    image.imageType = VK_IMAGE_TYPE_2D;
    image.format = handle.info.format;
    image.extent = handle.info.extent;
    image.mipLevels = 1;
    image.arrayLayers = 1;
    image.samples = VK_SAMPLE_COUNT_1_BIT;
    image.tiling = VK_IMAGE_TILING_OPTIMAL;
    image.usage = handle.info.usage;
    WGPUSharedTextureMemoryOpaqueFDDescriptor opaque{};
    opaque.chain.sType = WGPUSType_SharedTextureMemoryOpaqueFDDescriptor;
    opaque.vkImageCreateInfo = &image;
    opaque.memoryFD = handle.fd;
    opaque.memoryTypeIndex = handle.memory_type;
    opaque.allocationSize = handle.size;
    opaque.dedicatedAllocation = 1U;
    WGPUSharedTextureMemoryDescriptor descriptor{};
    descriptor.nextInChain = &opaque.chain;
    memory_ = dawn_.DeviceImportSharedTextureMemory(dawn_.device.handle(), &descriptor);
    close_handle(handle);  // Dawn has a duplicate
  }
  ~DawnRawEnd() override {
    try {
      dawn_.finish();
    } catch (const std::exception&) {
      // Reported by the case that it happened in.
    }
    shared_.device.vk.DeviceWaitIdle(shared_.device.device);
    while (!frames_.empty()) retire();
    for (VkFence fence : idle_) shared_.device.vk.DestroyFence(shared_.device.device, fence, nullptr);
    dawn_.SharedTextureMemoryRelease(memory_);
  }
  void pass(bool writes, std::uint64_t wait, std::uint64_t signal) override {
    if (shared_.written == VK_NULL_HANDLE) return pass_unordered();
    constexpr std::size_t in_flight = 8;
    while (frames_.size() >= in_flight) retire();
    Frame& frame = frames_.emplace_back();
    frame.over = take_fence();
    // The other side's timeline, as a fence of one use.
    WGPUSharedFence fence = nullptr;
    if (wait != 0) {
      frame.before = create_semaphore(shared_.device, VK_SEMAPHORE_TYPE_BINARY, true);
      forward(writes ? shared_.released : shared_.written, wait, frame.before, 0, VK_NULL_HANDLE);
      const int fd = export_semaphore(shared_.device, frame.before);
      fence = import_fence(fd);
      close(fd);
    }
    WGPUTexture texture = dawn_.SharedTextureMemoryCreateTexture(memory_, nullptr);
    begin(texture, fence);
    dawn_.use(texture);
    const int after = end(texture);
    dawn_.TextureRelease(texture);
    if (fence != nullptr) dawn_.SharedFenceRelease(fence);
    frame.after = import_semaphore(shared_.device, VK_SEMAPHORE_TYPE_BINARY, after);
    forward(frame.after, 0, writes ? shared_.written : shared_.released, signal, frame.over);
  }

 private:
  struct Frame {
    VkFence over = VK_NULL_HANDLE;
    VkSemaphore before = VK_NULL_HANDLE;
    VkSemaphore after = VK_NULL_HANDLE;
  };

  [[nodiscard]] VkFence take_fence() {
    const RawDevice& device = shared_.device;
    VkFence fence = VK_NULL_HANDLE;
    if (idle_.empty()) {
      const VkFenceCreateInfo info{VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
      check(device.vk.CreateFence(device.device, &info, nullptr, &fence), "vkCreateFence");
      return fence;
    }
    fence = idle_.back();
    idle_.pop_back();
    check(device.vk.ResetFences(device.device, 1, &fence), "vkResetFences");
    return fence;
  }
  void retire() {
    const RawDevice& device = shared_.device;
    Frame& frame = frames_.front();
    constexpr std::uint64_t ten_seconds = 10'000'000'000;
    check(device.vk.WaitForFences(device.device, 1, &frame.over, VK_TRUE, ten_seconds), "vkWaitForFences");
    device.vk.DestroySemaphore(device.device, frame.before, nullptr);
    device.vk.DestroySemaphore(device.device, frame.after, nullptr);
    idle_.push_back(frame.over);
    frames_.pop_front();
  }
  /// A submit of nothing: one semaphore for another. Values of binary ones are ignored.
  void forward(VkSemaphore from, std::uint64_t from_value, VkSemaphore to, std::uint64_t to_value, VkFence over) const {
    const VkPipelineStageFlags stage = VK_PIPELINE_STAGE_ALL_COMMANDS_BIT;
    const VkTimelineSemaphoreSubmitInfo values{VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO, nullptr, 1, &from_value, 1, &to_value};
    const VkSubmitInfo info{VK_STRUCTURE_TYPE_SUBMIT_INFO, &values, 1, &from, &stage, 0, nullptr, 1, &to};
    check(shared_.device.vk.QueueSubmit(shared_.device.queue, 1, &info, over), "vkQueueSubmit");
  }
  [[nodiscard]] WGPUSharedFence import_fence(int fd) const {
    WGPUSharedFenceVkSemaphoreOpaqueFDDescriptor opaque{};
    opaque.chain.sType = WGPUSType_SharedFenceVkSemaphoreOpaqueFDDescriptor;
    opaque.handle = fd;
    WGPUSharedFenceDescriptor descriptor{};
    descriptor.nextInChain = &opaque.chain;
    return dawn_.DeviceImportSharedFence(dawn_.device.handle(), &descriptor);
  }
  void begin(WGPUTexture texture, WGPUSharedFence fence) {
    WGPUSharedTextureMemoryVkImageLayoutBeginState layouts{};
    layouts.chain.sType = WGPUSType_SharedTextureMemoryVkImageLayoutBeginState;
    layouts.oldLayout = layout_;
    layouts.newLayout = layout_;
    const std::uint64_t one = 1;
    WGPUSharedTextureMemoryBeginAccessDescriptor descriptor{};
    descriptor.nextInChain = &layouts.chain;
    descriptor.initialized = 1U;
    descriptor.fenceCount = fence != nullptr ? 1 : 0;
    descriptor.fences = &fence;
    descriptor.signaledValues = &one;
    set_count(descriptor, descriptor.fenceCount);
    if (dawn_.SharedTextureMemoryBeginAccess(memory_, texture, &descriptor) != WGPUStatus_Success) {
      throw std::runtime_error("wgpuSharedTextureMemoryBeginAccess fails");
    }
  }
  /// A descriptor of the fence behind it; -1 when nothing is `wanted`.
  int end(WGPUTexture texture, bool wanted = true) {
    WGPUSharedTextureMemoryVkImageLayoutEndState layouts{};
    layouts.chain.sType = WGPUSType_SharedTextureMemoryVkImageLayoutEndState;
    WGPUSharedTextureMemoryEndAccessState state{};
    state.nextInChain = &layouts.chain;
    if (dawn_.SharedTextureMemoryEndAccess(memory_, texture, &state) != WGPUStatus_Success) {
      throw std::runtime_error("wgpuSharedTextureMemoryEndAccess fails");
    }
    layout_ = layouts.newLayout;
    int fd = -1;
    if (wanted && state.fenceCount == 1) {
      WGPUSharedFenceVkSemaphoreOpaqueFDExportInfo opaque{};
      opaque.chain.sType = WGPUSType_SharedFenceVkSemaphoreOpaqueFDExportInfo;
      WGPUSharedFenceExportInfo info{};
      info.nextInChain = &opaque.chain;
      dawn_.SharedFenceExportInfo(state.fences[0], &info);
      fd = dup(opaque.handle);
    }
    dawn_.SharedTextureMemoryEndAccessStateFreeMembers(state);
    if (wanted && fd < 0) throw std::runtime_error("Dawn ends an access without a fence");
    return fd;
  }
  void pass_unordered() {
    WGPUTexture texture = dawn_.SharedTextureMemoryCreateTexture(memory_, nullptr);
    begin(texture, nullptr);
    dawn_.use(texture);
    static_cast<void>(end(texture, false));
    dawn_.TextureRelease(texture);
    dawn_.finish();
  }

  Dawn& dawn_;
  RawShared shared_;
  WGPUSharedTextureMemory memory_ = nullptr;
  std::int32_t layout_ = VK_IMAGE_LAYOUT_GENERAL;
  std::deque<Frame> frames_;
  std::vector<VkFence> idle_;
};

struct DawnHostEnd final : HostEnd {
  explicit DawnHostEnd(const Bench& bench) : dawn_(Dawn::on(bench)) {
    WGPUTextureDescriptor descriptor{};
    descriptor.usage = WGPUTextureUsage_CopySrc | WGPUTextureUsage_CopyDst | WGPUTextureUsage_TextureBinding;
    descriptor.dimension = WGPUTextureDimension_2D;
    descriptor.size = {crossing_width, crossing_height, 1};
    descriptor.format = WGPUTextureFormat_RGBA8Unorm;
    descriptor.mipLevelCount = 1;
    descriptor.sampleCount = 1;
    texture_ = dawn_.DeviceCreateTexture(dawn_.device.handle(), &descriptor);
    buffer_ = dawn_.make_buffer(crossing_bytes, WGPUBufferUsage_MapRead | WGPUBufferUsage_CopyDst);
    write(std::vector<std::byte>(crossing_bytes, std::byte{0x5a}));
  }
  ~DawnHostEnd() override {
    dawn_.BufferRelease(buffer_);
    dawn_.TextureRelease(texture_);
  }
  void read(std::span<std::byte> pixels) override {
    static_assert(4 * crossing_width % 256 == 0, "rows in buffers start on multiples of 256 bytes");
    dawn_.copy(texture_, buffer_, {crossing_width, crossing_height, 1});
    bool done = false;
    WGPUBufferMapCallbackInfo info{};
    info.mode = WGPUCallbackMode_AllowProcessEvents;
    info.userdata1 = &done;
    info.callback = [](WGPUMapAsyncStatus, WGPUStringView, void* to, void*) { *static_cast<bool*>(to) = true; };
    dawn_.BufferMapAsync(buffer_, WGPUMapMode_Read, 0, crossing_bytes, info);
    take(dawn_.device.process_events_until([&] { return done; }, std::chrono::seconds(10)));
    const auto* from = static_cast<const std::byte*>(dawn_.BufferGetConstMappedRange(buffer_, 0, crossing_bytes));
    if (from == nullptr) throw std::runtime_error("Dawn maps no buffer");
    std::copy_n(from, pixels.size(), pixels.begin());
    dawn_.BufferUnmap(buffer_);
  }
  void write(std::span<const std::byte> pixels) override {
    WGPUTexelCopyTextureInfo to{};
    to.texture = texture_;
    to.aspect = WGPUTextureAspect_All;
    WGPUTexelCopyBufferLayout layout{};
    layout.bytesPerRow = 4 * crossing_width;
    layout.rowsPerImage = crossing_height;
    const WGPUExtent3D extent{crossing_width, crossing_height, 1};
    dawn_.QueueWriteTexture(dawn_.device.queue(), &to, pixels.data(), pixels.size(), &layout, &extent);
    dawn_.finish();
  }

 private:
  Dawn& dawn_;
  WGPUTexture texture_ = nullptr;
  WGPUBuffer buffer_ = nullptr;
};

}  // namespace

CrossingApi webgpu_crossing() {
  return {"webgpu",
          [](const Bench& bench, const SharedTexture& made, const SharedSemaphore& written, const SharedSemaphore& released) {
            return std::make_unique<DawnLibraryEnd>(bench, made, written, released);
          },
          [](const Bench& bench, const RawShared& shared) { return std::make_unique<DawnRawEnd>(bench, shared); },
          [](const Bench& bench) { return std::make_unique<DawnHostEnd>(bench); }, [] { Dawn::kept().reset(); }};
}

}  // namespace geyser::bench
