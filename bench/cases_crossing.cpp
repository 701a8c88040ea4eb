// A 4K frame from one API to another: from the writer's begin_write until the host knows that the reader's commands have had it. Beside it
// the same by hand, and the way through the CPU's memory.
#include <vector>

#include "bench/crossing.hpp"
#include "bench/raw_frame.hpp"
#include "geyser/vulkan.hpp"

namespace geyser::bench {
namespace {

constexpr std::chrono::seconds wait_limit{10};

[[nodiscard]] TextureDescriptor frame_descriptor() {
  TextureDescriptor made;
  made.extent = {crossing_width, crossing_height, 1};
  made.format = TextureFormat::rgba8_unorm;
  made.usage = TextureUsage::copy_src | TextureUsage::copy_dst | TextureUsage::texture_binding | TextureUsage::render_attachment;
  return made;
}

struct VulkanLibraryEnd final : LibraryEnd {
  VulkanLibraryEnd(const Bench& bench, const SharedSemaphore& written_, const SharedSemaphore& released_) : bench_(bench), frame_(bench.a) {
    written = written_;
    released = released_;
  }
  ~VulkanLibraryEnd() override {
    if (pending_) frame_.wait();
  }
  void pass(Access& access) override {
    if (pending_) frame_.wait();
    frame_.begin();
    take(vulkan::record_acquire(access, frame_.commands, {}));
    take(vulkan::record_release(access, frame_.commands, {}));
    frame_.end();
    Access* const accesses[] = {&access};
    take(vulkan::submit(bench_.manager_a, {&frame_.commands, 1}, accesses, frame_.fence));
    pending_ = true;
  }

 private:
  const Bench& bench_;
  RawFrame frame_;
  bool pending_ = false;
};

struct VulkanRawEnd final : RawEnd {
  explicit VulkanRawEnd(const RawShared& shared) : shared_(shared), frame_(shared.device) {}
  ~VulkanRawEnd() override {
    if (pending_) frame_.wait();
  }
  void pass(bool writes, std::uint64_t wait, std::uint64_t signal) override {
    if (pending_) frame_.wait();
    frame_.begin();
    record_pass_through(shared_.device, frame_.commands, shared_.image, true, VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT);
    frame_.end();
    const VkSemaphore wait_for = writes ? shared_.released : shared_.written;
    frame_.submit(wait == 0 ? VK_NULL_HANDLE : wait_for, wait, writes ? shared_.written : shared_.released, signal);
    pending_ = true;
    if (shared_.written == VK_NULL_HANDLE) frame_.wait_only();
  }

 private:
  const RawShared& shared_;
  RawFrame frame_;
  bool pending_ = false;
};

struct VulkanHostEnd final : HostEnd {
  explicit VulkanHostEnd(const Bench& bench)
      : device_(bench.a),
        transfer_(bench.a, crossing_bytes),
        image_(create_image(bench.a, raw_image_info(VK_FORMAT_R8G8B8A8_UNORM, crossing_width, crossing_height))) {
    transfer_.upload(image_, false, std::vector<std::byte>(crossing_bytes, std::byte{0x5a}));
  }
  ~VulkanHostEnd() override { destroy_image(device_, image_); }
  void read(std::span<std::byte> pixels) override { transfer_.read_back(image_, pixels); }
  void write(std::span<const std::byte> pixels) override { transfer_.upload(image_, true, pixels); }

 private:
  const RawDevice& device_;
  RawTransfer transfer_;
  RawImage image_;
};

[[nodiscard]] CrossingApi vulkan_crossing() {
  // The texture is Vulkan's own: an end of that API uses it as it is.
  return {"vulkan",
          [](const Bench& bench, const SharedTexture&, const SharedSemaphore& written, const SharedSemaphore& released) {
            return std::make_unique<VulkanLibraryEnd>(bench, written, released);
          },
          [](const Bench&, const RawShared& shared) { return std::make_unique<VulkanRawEnd>(shared); },
          [](const Bench& bench) { return std::make_unique<VulkanHostEnd>(bench); }};
}

[[nodiscard]] SharedSemaphore make_timeline(const Bench& bench) {
  SemaphoreDescriptor wanted;
  wanted.kind = bench.a.exports_timeline ? SemaphoreKind::timeline : SemaphoreKind::host_timeline;
  return take(bench.manager_a.create_shared_semaphore(wanted));
}

struct LibraryCrossing final : Operation {
  LibraryCrossing(const Bench& bench, const CrossingApi& from, const CrossingApi& to)
      : made_(take(bench.manager_a.create_shareable_texture(frame_descriptor()))),
        written_(make_timeline(bench)),
        released_(make_timeline(bench)) {
    take(bench.manager_a.upload(made_, {}, std::vector<std::byte>(crossing_bytes, std::byte{0x5a})));
    writer_ = from.library(bench, made_, written_, released_);
    reader_ = to.library(bench, made_, written_, released_);
  }
  void run() override {
    ++frame_;
    AccessInfo write;
    write.state.emplace();
    write.state->initialized = true;
    write.state->layout = TextureLayout::general;
    if (frame_ > 1) write.state->points.push_back({writer_->released, frame_ - 1});
    write.signal = SyncPoint{writer_->written, frame_};
    Access writing = take(texture(*writer_).begin_write(write));
    writer_->pass(writing);
    TextureState state = take(std::move(writing).end());
    state.points = {SyncPoint{reader_->written, frame_}};
    AccessInfo read;
    read.state = std::move(state);
    read.signal = SyncPoint{reader_->released, frame_};
    Access reading = take(texture(*reader_).begin_read(read));
    reader_->pass(reading);
    (void)take(std::move(reading).end());
    take(released_.wait(frame_, wait_limit));
  }

 private:
  [[nodiscard]] SharedTexture& texture(LibraryEnd& end) { return end.texture ? *end.texture : made_; }
  SharedTexture made_;
  SharedSemaphore written_;
  SharedSemaphore released_;
  std::unique_ptr<LibraryEnd> writer_;
  std::unique_ptr<LibraryEnd> reader_;
  std::uint64_t frame_ = 0;
};

struct RawCrossing final : Operation {
  RawCrossing(const Bench& bench, const CrossingApi& from, const CrossingApi& to)
      : device_(bench.a), image_(create_image(bench.a, raw_image_info(VK_FORMAT_R8G8B8A8_UNORM, crossing_width, crossing_height))) {
    RawTransfer(device_, crossing_bytes).upload(image_, false, std::vector<std::byte>(crossing_bytes, std::byte{0x5a}));
    if (device_.exports_timeline) {
      shared_.written = create_semaphore(device_, VK_SEMAPHORE_TYPE_TIMELINE, true);
      shared_.released = create_semaphore(device_, VK_SEMAPHORE_TYPE_TIMELINE, true);
    }
    try {
      writer_ = from.raw(bench, shared_);
      reader_ = to.raw(bench, shared_);
    } catch (...) {
      clear();
      throw;
    }
  }
  ~RawCrossing() override { clear(); }
  void run() override {
    ++frame_;
    writer_->pass(true, frame_ - 1, frame_);
    reader_->pass(false, frame_, frame_);
    if (device_.exports_timeline) wait_semaphore(device_, shared_.released, frame_);
  }

 private:
  void clear() noexcept {
    writer_.reset();
    reader_.reset();
    device_.vk.DestroySemaphore(device_.device, shared_.written, nullptr);
    device_.vk.DestroySemaphore(device_.device, shared_.released, nullptr);
    destroy_image(device_, image_);
  }
  const RawDevice& device_;
  RawImage image_;
  RawShared shared_{device_, image_};
  std::unique_ptr<RawEnd> writer_;
  std::unique_ptr<RawEnd> reader_;
  std::uint64_t frame_ = 0;
};

struct HostCrossing final : Operation {
  HostCrossing(const Bench& bench, const CrossingApi& from, const CrossingApi& to)
      : writer_(from.host(bench)), reader_(to.host(bench)), pixels_(crossing_bytes) {}
  void run() override {
    writer_->read(pixels_);
    reader_->write(pixels_);
  }

 private:
  std::unique_ptr<HostEnd> writer_;
  std::unique_ptr<HostEnd> reader_;
  std::vector<std::byte> pixels_;
};

}  // namespace

void add_crossing_cases(const Bench& bench) {
  const CrossingApi apis[] = {vulkan_crossing(), opengl_crossing(), cuda_crossing(), webgpu_crossing()};
  const CrossingApi& vulkan = apis[0];
  const CrossingApi& webgpu = apis[3];
  for (const CrossingApi& from : apis) {
    for (const CrossingApi& to : apis) {
      if (&from == &to) continue;
      // Dawn is handed Vulkan's semaphores whoever else takes part: with the others it costs the sum of the two crossings.
      if ((&from == &webgpu && &to != &vulkan) || (&to == &webgpu && &from != &vulkan)) continue;
      const std::string name = std::string("crossing/") + from.name + "_to_" + to.name + "/4K";
      add_pair(bench, name + "/shared", make<LibraryCrossing>(from, to), make<RawCrossing>(from, to));
      add_single(bench, name + "/through_host", make<HostCrossing>(from, to));
    }
  }
}

void close_crossing_cases() {
  opengl_crossing().close();
  cuda_crossing().close();
  webgpu_crossing().close();
}

}  // namespace geyser::bench
