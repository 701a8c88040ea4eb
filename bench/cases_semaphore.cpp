// Semaphores and fences: creating, signalling, asking, and handing over.
#include <chrono>
#include <optional>

#include "bench/pair.hpp"
#include "bench/raw_texture.hpp"
#include "geyser/vulkan.hpp"

namespace geyser::bench {
namespace {

constexpr std::chrono::seconds wait_limit{10};
constexpr int short_calls = 64;  // calls of well under a microsecond

[[nodiscard]] bool exports(const RawDevice& device, SemaphoreKind kind) {
  return kind == SemaphoreKind::binary ? device.exports_binary : device.exports_timeline;
}
[[nodiscard]] VkSemaphoreType native_type(SemaphoreKind kind) {
  return kind == SemaphoreKind::binary ? VK_SEMAPHORE_TYPE_BINARY : VK_SEMAPHORE_TYPE_TIMELINE;
}
void require_export(const RawDevice& device, SemaphoreKind kind) {
  if (exports(device, kind)) return;
  throw Unsupported(std::string("the driver cannot export ") + std::string(to_string(kind)) + " semaphores as opaque_fd");
}
[[nodiscard]] SharedSemaphore create(TextureShareManager& manager, SemaphoreKind kind) {
  SemaphoreDescriptor wanted;
  wanted.kind = kind;
  return take(manager.create_shared_semaphore(wanted));
}

// Library.

struct CreateSemaphore final : Operation {
  CreateSemaphore(const Bench& bench, SemaphoreKind kind) : bench_(bench), kind_(kind) { require_export(bench.a, kind); }
  void run() override { made_ = create(bench_.manager_a, kind_); }
  void after() override { made_ = {}; }

 private:
  const Bench& bench_;
  SemaphoreKind kind_;
  SharedSemaphore made_;
};

struct SemaphoreRoundTrip final : Operation {
  SemaphoreRoundTrip(const Bench& bench, SemaphoreKind kind) : bench_(bench) {
    require_export(bench.a, kind);
    made_ = create(bench.manager_a, kind);
  }
  void run() override { imported_ = take(bench_.manager_b.import_semaphore(take(bench_.manager_a.export_semaphore(made_)))); }
  void after() override { imported_ = {}; }

 private:
  const Bench& bench_;
  SharedSemaphore made_;
  SharedSemaphore imported_;
};

struct SignalWait final : Operation {
  SignalWait(const Bench& bench, SemaphoreKind kind) : made_(create(bench.manager_a, kind)) {}
  void run() override {
    ++value_;
    take(made_.signal(value_));
    take(made_.wait(value_, wait_limit));
  }
  int batch() const override { return short_calls; }

 private:
  SharedSemaphore made_;
  std::uint64_t value_ = 0;
};

struct Query final : Operation {
  Query(const Bench& bench, SemaphoreKind kind) : made_(create(bench.manager_a, kind)) {}
  void run() override { benchmark::DoNotOptimize(take(made_.value())); }
  int batch() const override { return short_calls; }

 private:
  SharedSemaphore made_;
};

struct CreateFence final : Operation {
  explicit CreateFence(const Bench& bench) : bench_(bench) {}
  void run() override { made_.emplace(take(vulkan::create_fence(bench_.manager_a))); }
  void after() override { made_.reset(); }

 private:
  const Bench& bench_;
  std::optional<vulkan::SharedFence> made_;
};

// Floor.

class RawSemaphore : public Operation {
 public:
  RawSemaphore(const Bench& bench, SemaphoreKind kind) : device_(bench.a), kind_(kind) {}
  ~RawSemaphore() override { destroy(); }

 protected:
  void create() { made_ = create_semaphore(device_, native_type(kind_), exports(device_, kind_)); }
  void destroy() {
    if (made_ != VK_NULL_HANDLE) device_.vk.DestroySemaphore(device_.device, made_, nullptr);
    made_ = VK_NULL_HANDLE;
  }
  const RawDevice& device_;
  SemaphoreKind kind_;
  VkSemaphore made_ = VK_NULL_HANDLE;
};

struct RawCreateSemaphore final : RawSemaphore {
  RawCreateSemaphore(const Bench& bench, SemaphoreKind kind) : RawSemaphore(bench, kind) { require_export(bench.a, kind); }
  void run() override { create(); }
  void after() override { destroy(); }
};
struct RawSemaphoreRoundTrip final : RawSemaphore {
  RawSemaphoreRoundTrip(const Bench& bench, SemaphoreKind kind) : RawSemaphore(bench, kind), importer_(bench.b) {
    require_export(bench.a, kind);
    create();
  }
  void run() override { imported_ = import_semaphore(importer_, native_type(kind_), export_semaphore(device_, made_)); }
  void after() override { importer_.vk.DestroySemaphore(importer_.device, imported_, nullptr); }

 private:
  const RawDevice& importer_;
  VkSemaphore imported_ = VK_NULL_HANDLE;
};
struct RawSignalWait final : RawSemaphore {
  RawSignalWait(const Bench& bench, SemaphoreKind kind) : RawSemaphore(bench, kind) {
    if (!bench.a.timeline) throw Unsupported("the device has no timeline semaphores");
    create();
  }
  void run() override {
    ++value_;
    signal_semaphore(device_, made_, value_);
    wait_semaphore(device_, made_, value_);
  }
  int batch() const override { return short_calls; }

 private:
  std::uint64_t value_ = 0;
};
struct RawQuery final : RawSemaphore {
  RawQuery(const Bench& bench, SemaphoreKind kind) : RawSemaphore(bench, kind) {
    if (!bench.a.timeline) throw Unsupported("the device has no timeline semaphores");
    create();
  }
  void run() override {
    std::uint64_t value = 0;
    check(device_.vk.GetSemaphoreCounterValue(device_.device, made_, &value), "vkGetSemaphoreCounterValue");
    benchmark::DoNotOptimize(value);
  }
  int batch() const override { return short_calls; }
};
struct RawCreateFence final : Operation {
  explicit RawCreateFence(const Bench& bench) : device_(bench.a) {
    if (!device_.exports_fence) throw Unsupported("the driver cannot export fences as opaque_fd");
  }
  void run() override { made_ = create_fence(device_, true); }
  void after() override { device_.vk.DestroyFence(device_.device, made_, nullptr); }

 private:
  const RawDevice& device_;
  VkFence made_ = VK_NULL_HANDLE;
};

}  // namespace

void add_semaphore_cases(const Bench& bench) {
  constexpr auto binary = SemaphoreKind::binary;
  constexpr auto timeline = SemaphoreKind::timeline;
  const auto creation = [&](const char* name, SemaphoreKind kind) {
    add_pair(bench, name, make<CreateSemaphore>(kind), make<RawCreateSemaphore>(kind));
  };
  creation("semaphore_creation", binary);
  add_pair(bench, "fence_creation", make<CreateFence>(), make<RawCreateFence>());
  add_pair(bench, "semaphore_export_import", make<SemaphoreRoundTrip>(binary), make<RawSemaphoreRoundTrip>(binary));
  creation("timeline_semaphore_creation", timeline);
  add_pair(bench, "timeline_semaphore_signal_wait", make<SignalWait>(timeline), make<RawSignalWait>(timeline));
  add_pair(bench, "timeline_semaphore_query", make<Query>(timeline), make<RawQuery>(timeline));
  add_pair(bench, "timeline_semaphore_export_import", make<SemaphoreRoundTrip>(timeline), make<RawSemaphoreRoundTrip>(timeline));
  creation("semaphore_comparison/binary_create", binary);
  creation("semaphore_comparison/timeline_create", timeline);
  // The lowest rung of the ladder beside what it stands in for.
  add_pair(bench, "host_timeline_signal_wait", make<SignalWait>(SemaphoreKind::host_timeline), make<RawSignalWait>(timeline));
  add_pair(bench, "host_timeline_query", make<Query>(SemaphoreKind::host_timeline), make<RawQuery>(timeline));
}

}  // namespace geyser::bench
