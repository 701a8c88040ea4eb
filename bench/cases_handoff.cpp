// Handing a 4K frame from one device to another: shared, and by way of the CPU.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "bench/pair.hpp"
#include "bench/raw_frame.hpp"
#include "bench/raw_texture.hpp"
#include "geyser/vulkan.hpp"

namespace geyser::bench {
namespace {

constexpr std::uint32_t width = 3840;
constexpr std::uint32_t height = 2160;
constexpr std::size_t frame_bytes = std::size_t{4} * width * height;
constexpr std::chrono::seconds wait_limit{10};

[[nodiscard]] TextureDescriptor ultra_hd() {
  TextureDescriptor made;
  made.extent = {width, height, 1};
  made.format = TextureFormat::rgba8_unorm;
  made.usage = TextureUsage::copy_src | TextureUsage::copy_dst | TextureUsage::texture_binding | TextureUsage::render_attachment;
  return made;
}
[[nodiscard]] RawImageInfo raw_ultra_hd() { return raw_image_info(VK_FORMAT_R8G8B8A8_UNORM, width, height); }

/// A semaphore with both ends: made on one device, imported on the other.
struct SharedEnds {
  SharedSemaphore made;
  SharedSemaphore imported;
};
[[nodiscard]] SharedEnds share_semaphore(const RawDevice& device, TextureShareManager& from, TextureShareManager& to) {
  SharedEnds ends;
  SemaphoreDescriptor wanted;  // binary ones would have to be made anew for every frame
  wanted.kind = device.exports_timeline ? SemaphoreKind::timeline : SemaphoreKind::host_timeline;
  ends.made = take(from.create_shared_semaphore(wanted));
  ends.imported = take(to.import_semaphore(take(from.export_semaphore(ends.made))));
  return ends;
}

/// How many frames are on their way at once. One: from the producer's begin_write until the host knows that the consumer's commands have
/// the frame. More: a ring of as many textures, and the time of a frame in a run of `frames_a_run` that ends when the last one is there.
struct InFlight {
  std::uint64_t textures = 1;
  std::uint64_t frames_a_run = 1;
};
constexpr InFlight one_by_one{};
constexpr InFlight pipelined{.textures = 3, .frames_a_run = 48};

/// A command buffer on each side, used again when both are done with the frame of a round ago.
struct FramePair {
  explicit FramePair(const Bench& bench) : a(bench.a), b(bench.b) {}
  void settle() {
    if (!std::exchange(submitted, false)) return;
    a.wait();
    b.wait();
  }
  RawFrame a;
  RawFrame b;
  bool submitted = false;
};

struct ZeroCopy final : Operation {
  ZeroCopy(const Bench& bench, InFlight in_flight)
      : bench_(bench),
        in_flight_(in_flight),
        written_(share_semaphore(bench.a, bench.manager_a, bench.manager_b)),
        released_(share_semaphore(bench.b, bench.manager_b, bench.manager_a)) {
    const std::vector<std::byte> content(frame_bytes, std::byte{0x5a});
    for (std::uint64_t i = 0; i < in_flight.textures; ++i) {
      auto made = take(bench.manager_a.create_shareable_texture(ultra_hd()));
      take(bench.manager_a.upload(made, {}, content));
      auto seen = take(bench.manager_b.import_texture(take(bench.manager_a.export_texture(made))));
      ring_.push_back({std::make_unique<FramePair>(bench), std::move(made), std::move(seen)});
    }
  }
  ~ZeroCopy() override { after(); }
  [[nodiscard]] int batch() const override { return static_cast<int>(in_flight_.frames_a_run); }
  void run() override {
    ++frame_;
    Slot& slot = ring_[frame_ % ring_.size()];
    slot.frames->settle();
    AccessInfo write;
    write.signal = SyncPoint{written_.made, frame_};
    const SyncPoint reader_done{released_.imported, frame_ - std::min<std::uint64_t>(frame_, ring_.size())};
    if (reader_done.value > 0) write.wait_for = {&reader_done, 1};
    Access producer = take(slot.made.begin_write(write));
    pass_through(bench_.manager_a, slot.frames->a, producer);
    const TextureState published = take(std::move(producer).end());

    AccessInfo read;
    read.state.emplace();
    read.state->initialized = published.initialized;
    read.state->layout = published.layout;
    read.state->points.push_back({written_.imported, frame_});
    read.signal = SyncPoint{released_.made, frame_};
    Access consumer = take(slot.seen.begin_read(read));
    pass_through(bench_.manager_b, slot.frames->b, consumer);
    (void)take(std::move(consumer).end());
    slot.frames->submitted = true;
    if (frame_ % in_flight_.frames_a_run == 0) take(released_.made.wait(frame_, wait_limit));
  }
  void after() override {
    for (Slot& slot : ring_) slot.frames->settle();
  }

 private:
  struct Slot {
    std::unique_ptr<FramePair> frames;
    SharedTexture made;
    SharedTexture seen;
  };
  static void pass_through(const TextureShareManager& manager, RawFrame& frame, Access& access) {
    frame.begin();
    take(vulkan::record_acquire(access, frame.commands, {}));
    take(vulkan::record_release(access, frame.commands, {}));
    frame.end();
    Access* const accesses[] = {&access};
    take(vulkan::submit(manager, {&frame.commands, 1}, accesses, frame.fence));
  }

  const Bench& bench_;
  InFlight in_flight_;
  SharedEnds written_;
  SharedEnds released_;
  std::vector<Slot> ring_;
  std::uint64_t frame_ = 0;
};

/// By hand: exported timelines where the driver has them, otherwise the host waits for the producer's fence.
struct RawZeroCopy final : Operation {
  RawZeroCopy(const Bench& bench, InFlight in_flight) : a_(bench.a), b_(bench.b), in_flight_(in_flight) {
    for (std::uint64_t i = 0; i < in_flight.textures; ++i) {
      Slot slot;
      slot.frames = std::make_unique<FramePair>(bench);
      slot.made = create_image(a_, raw_ultra_hd());
      RawHandle handle = export_image(a_, slot.made);
      slot.seen = import_image(b_, handle);
      ring_.push_back(std::move(slot));
    }
    if (!a_.exports_timeline) return;
    written_a_ = create_semaphore(a_, VK_SEMAPHORE_TYPE_TIMELINE, true);
    written_b_ = import_semaphore(b_, VK_SEMAPHORE_TYPE_TIMELINE, export_semaphore(a_, written_a_));
    released_b_ = create_semaphore(b_, VK_SEMAPHORE_TYPE_TIMELINE, true);
    released_a_ = import_semaphore(a_, VK_SEMAPHORE_TYPE_TIMELINE, export_semaphore(b_, released_b_));
  }
  ~RawZeroCopy() override {
    after();
    for (Slot& slot : ring_) {
      destroy_image(b_, slot.seen);
      destroy_image(a_, slot.made);
    }
    for (VkSemaphore semaphore : {written_a_, released_a_}) a_.vk.DestroySemaphore(a_.device, semaphore, nullptr);
    for (VkSemaphore semaphore : {written_b_, released_b_}) b_.vk.DestroySemaphore(b_.device, semaphore, nullptr);
  }
  [[nodiscard]] int batch() const override { return static_cast<int>(in_flight_.frames_a_run); }
  void run() override {
    ++number_;
    Slot& slot = ring_[number_ % ring_.size()];
    slot.frames->settle();
    const bool used = number_ > ring_.size();
    const VkAccessFlags access = VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT;
    slot.frames->a.begin();
    record_pass_through(a_, slot.frames->a.commands, slot.made, used, access);
    slot.frames->a.end();
    slot.frames->a.submit(used ? released_a_ : VK_NULL_HANDLE, used ? number_ - ring_.size() : 0, written_a_, number_);
    // Without exported semaphores only the host can order the two devices; the fence is waited for again, and reset, in settle().
    if (!a_.exports_timeline) slot.frames->a.wait_only();
    slot.frames->b.begin();
    record_pass_through(b_, slot.frames->b.commands, slot.seen, true, access);
    slot.frames->b.end();
    slot.frames->b.submit(written_b_, number_, released_b_, number_);
    slot.frames->submitted = true;
    if (number_ % in_flight_.frames_a_run != 0) return;
    if (a_.exports_timeline) {
      wait_semaphore(b_, released_b_, number_);
    } else {
      slot.frames->b.wait_only();
    }
  }
  void after() override {
    for (Slot& slot : ring_) slot.frames->settle();
  }

 private:
  struct Slot {
    std::unique_ptr<FramePair> frames;
    RawImage made;
    RawImage seen;
  };

  const RawDevice& a_;
  const RawDevice& b_;
  InFlight in_flight_;
  std::vector<Slot> ring_;
  VkSemaphore written_a_ = VK_NULL_HANDLE;
  VkSemaphore written_b_ = VK_NULL_HANDLE;
  VkSemaphore released_a_ = VK_NULL_HANDLE;
  VkSemaphore released_b_ = VK_NULL_HANDLE;
  std::uint64_t number_ = 0;
};

/// Memory that two processes would map.
class SharedPages {
 public:
  SharedPages() {
    const int fd = memfd_create("geyser_bench", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, static_cast<off_t>(frame_bytes)) != 0) throw std::runtime_error("no shared memory for a 4K frame");
    void* mapped = mmap(nullptr, frame_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (mapped == MAP_FAILED) throw std::runtime_error("mmap of a 4K frame fails");
    bytes_ = {static_cast<std::byte*>(mapped), frame_bytes};
  }
  ~SharedPages() { munmap(bytes_.data(), bytes_.size()); }
  SharedPages(const SharedPages&) = delete;
  SharedPages& operator=(const SharedPages&) = delete;
  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return bytes_; }

 private:
  std::span<std::byte> bytes_;
};

/// The leanest way by the CPU: the read-back lands in the shared memory, and the upload reads from there.
struct CpuCopy final : Operation {
  explicit CpuCopy(const Bench& bench)
      : bench_(bench),
        texture_a_(take(bench.manager_a.create_shareable_texture(ultra_hd()))),
        texture_b_(take(bench.manager_b.create_shareable_texture(ultra_hd()))) {
    const std::vector<std::byte> content(frame_bytes, std::byte{0x5a});
    take(bench.manager_a.upload(texture_a_, {}, content));
  }
  void run() override {
    take(bench_.manager_a.read_back(texture_a_, {}, pages_.bytes()));
    take(bench_.manager_b.upload(texture_b_, {}, pages_.bytes()));
  }

 private:
  const Bench& bench_;
  SharedPages pages_;
  SharedTexture texture_a_;
  SharedTexture texture_b_;
};

struct RawCpuCopy final : Operation {
  explicit RawCpuCopy(const Bench& bench)
      : a_(bench.a),
        b_(bench.b),
        from_(a_, frame_bytes),
        to_(b_, frame_bytes),
        image_a_(create_image(a_, raw_ultra_hd())),
        image_b_(create_image(b_, raw_ultra_hd())) {
    from_.upload(image_a_, false, std::vector<std::byte>(frame_bytes, std::byte{0x5a}));
    to_.upload(image_b_, false, pages_.bytes());
  }
  ~RawCpuCopy() override {
    destroy_image(a_, image_a_);
    destroy_image(b_, image_b_);
  }
  void run() override {
    from_.read_back(image_a_, pages_.bytes());
    to_.upload(image_b_, true, pages_.bytes());
  }

 private:
  const RawDevice& a_;
  const RawDevice& b_;
  SharedPages pages_;
  RawTransfer from_;
  RawTransfer to_;
  RawImage image_a_;
  RawImage image_b_;
};

}  // namespace

void add_handoff_cases(const Bench& bench) {
  add_pair(bench, "zero_copy_vs_cpu_copy/4K/zero_copy", make<ZeroCopy>(one_by_one), make<RawZeroCopy>(one_by_one));
  add_pair(bench, "zero_copy_vs_cpu_copy/4K/zero_copy_pipelined", make<ZeroCopy>(pipelined), make<RawZeroCopy>(pipelined));
  add_pair(bench, "zero_copy_vs_cpu_copy/4K/cpu_copy", make<CpuCopy>(), make<RawCpuCopy>());
}

}  // namespace geyser::bench
