// The plain Vulkan that the library is measured against: instance, device and functions, none of the library's code in between.
#pragma once

#include <vulkan/vulkan_core.h>

#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace geyser::bench {

/// The device cannot do what a case needs: the case is reported as skipped, with this text.
struct Unsupported : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Throws when `result` is an error.
void check(VkResult result, const char* call);

// Through vkGetDeviceProcAddr, as the library does it: the loader's trampolines would make the floor too high.
// clang-format off
#define GEYSER_BENCH_INSTANCE_FUNCTIONS(X) \
  X(DestroyInstance) X(EnumeratePhysicalDevices) X(GetPhysicalDeviceProperties2) X(GetPhysicalDeviceFeatures2) \
  X(GetPhysicalDeviceMemoryProperties) X(GetPhysicalDeviceQueueFamilyProperties) X(GetPhysicalDeviceExternalSemaphoreProperties) \
  X(GetPhysicalDeviceExternalFenceProperties) X(EnumerateDeviceExtensionProperties) X(CreateDevice) X(GetDeviceProcAddr)
#define GEYSER_BENCH_DEVICE_FUNCTIONS(X) \
  X(DestroyDevice) X(GetDeviceQueue) X(DeviceWaitIdle) X(QueueSubmit) X(CreateImage) X(DestroyImage) X(GetImageMemoryRequirements) \
  X(AllocateMemory) X(FreeMemory) X(BindImageMemory) X(MapMemory) X(CreateBuffer) X(DestroyBuffer) X(GetBufferMemoryRequirements) \
  X(BindBufferMemory) X(CreateSemaphore) X(DestroySemaphore) X(CreateFence) X(DestroyFence) X(ResetFences) X(WaitForFences) \
  X(CreateCommandPool) X(DestroyCommandPool) X(AllocateCommandBuffers) X(BeginCommandBuffer) X(EndCommandBuffer) \
  X(CmdPipelineBarrier) X(CmdClearColorImage) X(CmdCopyBufferToImage) X(CmdCopyImageToBuffer)
// Absent on some devices.
#define GEYSER_BENCH_OPTIONAL_FUNCTIONS(X) \
  X(GetMemoryFdKHR) X(GetSemaphoreFdKHR) X(ImportSemaphoreFdKHR) X(SignalSemaphore) X(WaitSemaphores) X(GetSemaphoreCounterValue)
// clang-format on

struct Functions {
#define X(name) PFN_vk##name name = nullptr;
  GEYSER_BENCH_INSTANCE_FUNCTIONS(X)
  GEYSER_BENCH_DEVICE_FUNCTIONS(X)
  GEYSER_BENCH_OPTIONAL_FUNCTIONS(X)
#undef X
};

/// libvulkan.so.1, opened at run time. Throws when there is none.
[[nodiscard]] PFN_vkGetInstanceProcAddr open_loader();

/// An instance, a device and one queue of it.
class RawDevice {
 public:
  /// `index`: which physical device. `extensions`: those of them that the device has are enabled.
  RawDevice(PFN_vkGetInstanceProcAddr get_instance_proc_addr, std::uint32_t index, std::span<const char* const> extensions);
  ~RawDevice();
  RawDevice(const RawDevice&) = delete;
  RawDevice& operator=(const RawDevice&) = delete;

  [[nodiscard]] bool has_extension(const char* name) const noexcept;
  /// First memory type of `bits` with all of `wanted`, else the first of `bits`.
  [[nodiscard]] std::uint32_t memory_type(std::uint32_t bits, VkMemoryPropertyFlags wanted) const;

  PFN_vkGetInstanceProcAddr get_instance_proc_addr = nullptr;
  VkInstance instance = VK_NULL_HANDLE;
  VkPhysicalDevice physical_device = VK_NULL_HANDLE;
  VkDevice device = VK_NULL_HANDLE;
  VkQueue queue = VK_NULL_HANDLE;
  std::uint32_t queue_family = 0;
  Functions vk;
  VkPhysicalDeviceProperties properties{};
  VkPhysicalDeviceMemoryProperties memory{};
  std::string driver;                   ///< name and version, as the driver says
  std::vector<const char*> extensions;  ///< enabled; static storage of the caller
  bool timeline = false;
  bool exports_binary = false;  ///< OPAQUE_FD, both ways
  bool exports_timeline = false;
  bool exports_fence = false;

 private:
  void create_instance();
  void choose_device(std::uint32_t index);
  void create_device(std::span<const char* const> wanted);
  void query_sync();
};

}  // namespace geyser::bench
