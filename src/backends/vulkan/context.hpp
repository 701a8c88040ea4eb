// What every file of this room works on: the adopted device, its functions, what it can do.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "backends/vulkan/dispatch.hpp"
#include "core/backend.hpp"
#include "geyser/vulkan.hpp"

namespace geyser::vulkan {

/// Turns a VkResult into an Error: device_lost, out_of_memory, unsupported_format ... with the name of the call and of the result.
[[nodiscard]] Error vulkan_error(vk::Result result, std::string_view call);

/// Functions that one operating system has and vulkan_core.h has not; only its own files know more (external_types.hpp).
struct SystemFunctions;

/// A set of SemaphoreHandleType.
using SemaphoreTypes = std::uint32_t;
[[nodiscard]] constexpr SemaphoreTypes set_of(SemaphoreHandleType type) noexcept { return 1U << static_cast<unsigned>(type); }

/// What the device was made with.
struct Features {
  bool external_memory = false;  // the system's own extension: file descriptors, Win32 handles, Metal objects
  bool external_semaphore = false;
  bool external_fence = false;
  bool keyed_mutex = false;
  bool external_memory_dma_buf = false;
  bool image_drm_format_modifier = false;
  bool external_memory_host = false;  // enabled, and the driver imports copy buffers
  bool image_format_list = false;     // core 1.2 or the extension
  bool queue_family_foreign = false;
  bool timeline_semaphore = false;
  std::uint64_t host_pointer_alignment = 0;  // bytes; 0 without external_memory_host
};

/// What a physical device says about itself.
struct DeviceProperties {
  vk::PhysicalDeviceProperties properties;
  DeviceIdentity identity;                          ///< only the name below Vulkan 1.1
  std::vector<vk::ExtensionProperties> extensions;  ///< empty below Vulkan 1.1
  std::uint64_t host_pointer_alignment = 0;         ///< bytes; 0 without VK_EXT_external_memory_host
  [[nodiscard]] bool has_extension(std::string_view name) const noexcept;
};
/// Errors: invalid_argument (functions missing), out_of_memory.
[[nodiscard]] Result<DeviceProperties> query_device(const Dispatch& dispatch, vk::PhysicalDevice device);

/// The adopted device. Ownership: destroys nothing of it; `keep_alive` holds a Device of ours, if it is one.
/// Threading: any thread; the queue is used under lock_queue().
class Context {
 public:
  static Result<std::shared_ptr<Context>> create(const AdoptInfo& info, std::shared_ptr<void> keep_alive);
  ~Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  vk::Instance instance;
  vk::PhysicalDevice physical_device;
  vk::Device device;
  vk::Queue queue;
  std::uint32_t queue_family = 0;
  std::uint32_t api_version = 0;
  Dispatch dispatch;
  Features features;
  vk::PhysicalDeviceProperties properties;
  vk::PhysicalDeviceMemoryProperties memory;
  Capabilities capabilities;
  std::shared_ptr<const SystemFunctions> system;  // set by find_external_features(), null where vulkan_core.h has all that is needed
  // Filled by query_semaphore_support() (sync.cpp): what semaphores and fences are made exportable as.
  SemaphoreTypes exportable_timeline = 0;
  SemaphoreTypes exportable_binary = 0;
  vk::ExternalFenceHandleTypeFlags exportable_fences;
  vk::ExternalFenceHandleTypeFlags importable_fences;

  /// Holds our own mutex and the caller's QueueLock.
  class QueueGuard {
   public:
    explicit QueueGuard(Context& context) : context_(context), own_(context.queue_mutex_) {
      if (context_.queue_lock_ != nullptr) context_.queue_lock_->lock();
    }
    ~QueueGuard() {
      if (context_.queue_lock_ != nullptr) context_.queue_lock_->unlock();
    }
    QueueGuard(const QueueGuard&) = delete;
    QueueGuard& operator=(const QueueGuard&) = delete;

   private:
    Context& context_;
    std::unique_lock<std::mutex> own_;
  };
  [[nodiscard]] QueueGuard lock_queue() { return QueueGuard(*this); }

  /// First memory type of `type_bits` that has all of `wanted`; else the first that has `type_bits`; else out_of_memory.
  [[nodiscard]] Result<std::uint32_t> memory_type(std::uint32_t type_bits, vk::MemoryPropertyFlags wanted) const;

 private:
  Context() = default;
  std::mutex queue_mutex_;
  QueueLock* queue_lock_ = nullptr;
  std::shared_ptr<void> keep_alive_;
};

/// True when the driver makes copy buffers over host memory (external_host.cpp). The extension must be enabled.
[[nodiscard]] bool can_import_host_buffers(const Context& context) noexcept;

}  // namespace geyser::vulkan
