// What each frame pays: beginning and ending an access, recording and submitting it, and taking a texture from the pool.
#include <mutex>
#include <optional>

#include "bench/pair.hpp"
#include "bench/raw_frame.hpp"
#include "bench/raw_texture.hpp"
#include "geyser/pool.hpp"
#include "geyser/vulkan.hpp"

namespace geyser::bench {
namespace {

constexpr int short_calls = 64;

[[nodiscard]] TextureDescriptor full_hd() {
  TextureDescriptor made;
  made.extent = {1920, 1080, 1};
  made.format = TextureFormat::rgba8_unorm;
  made.usage = TextureUsage::copy_src | TextureUsage::copy_dst | TextureUsage::texture_binding | TextureUsage::render_attachment;
  return made;
}
[[nodiscard]] RawImageInfo raw_full_hd() { return raw_image_info(VK_FORMAT_R8G8B8A8_UNORM, 1920, 1080); }

// Bookkeeping alone.

struct BeginEnd final : Operation {
  explicit BeginEnd(const Bench& bench) : texture_(take(bench.manager_a.create_shareable_texture(full_hd()))) {}
  void run() override {
    Access access = take(texture_.begin_write());
    benchmark::DoNotOptimize(take(std::move(access).end(TextureLayout::general)));
  }
  int batch() const override { return short_calls; }

 private:
  SharedTexture texture_;
};

/// The least that a careful program does by hand: a lock, a check that nobody else has it, the layout.
struct RawBeginEnd final : Operation {
  explicit RawBeginEnd(const Bench&) {}
  void run() override {
    {
      const std::lock_guard guard(mutex_);
      if (open_) throw std::runtime_error("already open");
      open_ = true;
      benchmark::DoNotOptimize(layout_);
    }
    const std::lock_guard guard(mutex_);
    open_ = false;
    layout_ = VK_IMAGE_LAYOUT_GENERAL;
    benchmark::DoNotOptimize(layout_);
  }
  int batch() const override { return short_calls; }

 private:
  std::mutex mutex_;
  bool open_ = false;
  VkImageLayout layout_ = VK_IMAGE_LAYOUT_UNDEFINED;
};

// With the caller's own commands: acquire, release, one submit. Where the driver exports timelines it waits for the last frame and signals
// this one; elsewhere the host waits for the submit's fence, and that is timed on both sides.

struct RecordSubmit final : Operation {
  explicit RecordSubmit(const Bench& bench)
      : bench_(bench), texture_(take(bench.manager_a.create_shareable_texture(full_hd()))), frame_(bench.a) {
    SemaphoreDescriptor wanted;
    wanted.kind = SemaphoreKind::timeline;
    if (bench.a.exports_timeline) done_ = take(bench.manager_a.create_shared_semaphore(wanted));
  }
  void run() override {
    AccessInfo info;
    if (done_) info.signal = SyncPoint{done_, ++value_};
    Access access = take(texture_.begin_write(info));
    frame_.begin();
    take(vulkan::record_acquire(access, frame_.commands, {}));
    take(vulkan::record_release(access, frame_.commands, {}));
    frame_.end();
    Access* const accesses[] = {&access};
    take(vulkan::submit(bench_.manager_a, {&frame_.commands, 1}, accesses, frame_.fence));
    if (!done_) frame_.wait();
    benchmark::DoNotOptimize(take(std::move(access).end()));
  }
  void after() override {
    if (done_) frame_.wait();
  }

 private:
  const Bench& bench_;
  SharedTexture texture_;
  RawFrame frame_;
  SharedSemaphore done_;
  std::uint64_t value_ = 0;
};

struct RawRecordSubmit final : Operation {
  explicit RawRecordSubmit(const Bench& bench) : device_(bench.a), image_(create_image(device_, raw_full_hd())), frame_(bench.a) {
    if (device_.exports_timeline) done_ = create_semaphore(device_, VK_SEMAPHORE_TYPE_TIMELINE, true);
  }
  ~RawRecordSubmit() override {
    destroy_image(device_, image_);
    device_.vk.DestroySemaphore(device_.device, done_, nullptr);
  }
  void run() override {
    ++value_;
    frame_.begin();
    record_pass_through(device_, frame_.commands, image_, value_ > 1, VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT);
    frame_.end();
    frame_.submit(value_ > 1 ? done_ : VK_NULL_HANDLE, value_ - 1, done_, value_);
    if (done_ == VK_NULL_HANDLE) frame_.wait();
  }
  void after() override {
    if (done_ != VK_NULL_HANDLE) frame_.wait();
  }

 private:
  const RawDevice& device_;
  RawImage image_;
  RawFrame frame_;
  VkSemaphore done_ = VK_NULL_HANDLE;
  std::uint64_t value_ = 0;
};

// Pool.

struct PoolReuse final : Operation {
  explicit PoolReuse(const Bench& bench) : pool_(bench.manager_a) {
    (void)take(pool_.acquire(wanted_));  // returned at once: the next one is a reuse
    if (!take(pool_.acquire(wanted_)).reused()) throw std::runtime_error("the pool does not reuse");
  }
  void run() override {
    PooledTexture texture = take(pool_.acquire(wanted_));
    benchmark::DoNotOptimize(&*texture);
  }
  int batch() const override { return short_calls; }

 private:
  TextureDescriptor wanted_ = full_hd();
  TexturePool pool_;
};

/// A free list as one writes it by hand.
struct RawPoolReuse final : Operation {
  explicit RawPoolReuse(const Bench& bench) : device_(bench.a) { idle_.push_back(create_image(device_, wanted_)); }
  ~RawPoolReuse() override {
    for (RawImage& image : idle_) destroy_image(device_, image);
  }
  void run() override {
    RawImage taken;
    {
      const std::lock_guard guard(mutex_);
      for (std::size_t i = 0; i < idle_.size(); ++i) {
        if (idle_[i].info.format != wanted_.format || idle_[i].info.extent.width != wanted_.extent.width ||
            idle_[i].info.extent.height != wanted_.extent.height || idle_[i].info.usage != wanted_.usage) {
          continue;
        }
        taken = idle_[i];
        idle_.erase(idle_.begin() + static_cast<std::ptrdiff_t>(i));
        break;
      }
    }
    benchmark::DoNotOptimize(taken);
    const std::lock_guard guard(mutex_);
    idle_.push_back(taken);
  }
  int batch() const override { return short_calls; }

 private:
  const RawDevice& device_;
  RawImageInfo wanted_ = raw_full_hd();
  std::mutex mutex_;
  std::vector<RawImage> idle_;
};

}  // namespace

void add_access_cases(const Bench& bench) {
  add_pair(bench, "pool_reuse", make<PoolReuse>(), make<RawPoolReuse>());
  add_pair(bench, "access_begin_end", make<BeginEnd>(), make<RawBeginEnd>());
  add_pair(bench, "access_record_submit", make<RecordSubmit>(), make<RawRecordSubmit>());
}

}  // namespace geyser::bench
