// The same texture through libplacebo, where it is installed: create with an exported file descriptor, and destroy.
// libplacebo may cut several textures from one kept allocation: exported_bytes and offset show when it does.
#include <libplacebo/gpu.h>
#include <libplacebo/log.h>
#include <libplacebo/vulkan.h>

#include "bench/pair.hpp"

namespace geyser::bench {
namespace {

class PlaceboLifecycle final : public Operation {
 public:
  PlaceboLifecycle(const Bench& bench, int width, int height) {
    const RawDevice& device = bench.a;
    if (!device.timeline) throw Unsupported("libplacebo needs timeline semaphores, which the device does not have");
    pl_log_params log{};
    log.log_level = PL_LOG_NONE;
    log_ = pl_log_create(PL_API_VER, &log);

    VkPhysicalDeviceTimelineSemaphoreFeatures timelines{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TIMELINE_SEMAPHORE_FEATURES};
    timelines.timelineSemaphore = VK_TRUE;
    VkPhysicalDeviceFeatures2 features{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2, &timelines, {}};
    pl_vulkan_import_params import{};
    import.instance = device.instance;
    import.get_proc_addr = device.get_instance_proc_addr;
    import.phys_device = device.physical_device;
    import.device = device.device;
    import.extensions = device.extensions.data();
    import.num_extensions = static_cast<int>(device.extensions.size());
    import.queue_graphics = {device.queue_family, 1};
    import.features = &features;
    vulkan_ = pl_vulkan_import(log_, &import);
    if (vulkan_ == nullptr) {
      release();
      throw Unsupported("pl_vulkan_import refuses this device");
    }
    pl_gpu gpu = vulkan_->gpu;
    params_.w = width;
    params_.h = height;
    params_.format = pl_find_named_fmt(gpu, "rgba8");
    params_.sampleable = true;
    params_.renderable = true;
    params_.host_writable = true;
    params_.host_readable = true;
    params_.export_handle = PL_HANDLE_FD;
    if (params_.format == nullptr || (gpu->export_caps.tex & PL_HANDLE_FD) == 0) {
      release();
      throw Unsupported("libplacebo cannot export an rgba8 texture as a file descriptor here");
    }
  }
  ~PlaceboLifecycle() override { release(); }

  void run() override {
    pl_tex texture = pl_tex_create(vulkan_->gpu, &params_);
    if (texture == nullptr) throw std::runtime_error("pl_tex_create fails");
    exported_bytes_ = static_cast<double>(texture->shared_mem.size);
    offset_ = static_cast<double>(texture->shared_mem.offset);
    pl_tex_destroy(vulkan_->gpu, &texture);
  }
  std::map<std::string, double> figures() const override { return {{"exported_bytes", exported_bytes_}, {"offset", offset_}}; }

 private:
  void release() noexcept {
    if (vulkan_ != nullptr) pl_vulkan_destroy(&vulkan_);
    if (log_ != nullptr) pl_log_destroy(&log_);
  }

  pl_log log_ = nullptr;
  pl_vulkan vulkan_ = nullptr;
  pl_tex_params params_{};
  double exported_bytes_ = 0;
  double offset_ = 0;
};

}  // namespace

void add_libplacebo_cases(const Bench& bench) {
  add_single(bench, "texture_lifecycle/1080p/libplacebo", make<PlaceboLifecycle>(1920, 1080));
  add_single(bench, "texture_lifecycle/4K/libplacebo", make<PlaceboLifecycle>(3840, 2160));
}

}  // namespace geyser::bench
