// A Vulkan driver on the CPU for tests: any device that a test describes, every failure that a test asks for, and a count of all that is
// left. Threading: every function from any thread, unless it says otherwise. One driver per process.
#pragma once

#include <vulkan/vulkan_core.h>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace fake_vulkan {

using UuidBytes = std::array<std::uint8_t, VK_UUID_SIZE>;
/// A UUID made of one byte.
[[nodiscard]] UuidBytes uuid(std::uint8_t byte);

struct PciConfig {
  std::uint32_t domain = 0;
  std::uint32_t bus = 0;
  std::uint32_t device = 0;
  std::uint32_t function = 0;
};

/// A DRM format modifier. `memory_planes` counts those of a format with one plane; formats with more have that many for each.
struct ModifierConfig {
  std::uint64_t modifier = 0;  // 0 is LINEAR
  std::uint32_t memory_planes = 1;
  std::set<VkFormat> formats;  // empty: every colour and planar format
};

struct MemoryTypeConfig {
  VkMemoryPropertyFlags flags = 0;
  std::uint32_t heap = 0;
};

inline constexpr VkExternalMemoryFeatureFlags memory_both =
    VK_EXTERNAL_MEMORY_FEATURE_EXPORTABLE_BIT | VK_EXTERNAL_MEMORY_FEATURE_IMPORTABLE_BIT;
inline constexpr VkExternalSemaphoreFeatureFlags semaphore_both =
    VK_EXTERNAL_SEMAPHORE_FEATURE_EXPORTABLE_BIT | VK_EXTERNAL_SEMAPHORE_FEATURE_IMPORTABLE_BIT;
inline constexpr VkExternalFenceFeatureFlags fence_both =
    VK_EXTERNAL_FENCE_FEATURE_EXPORTABLE_BIT | VK_EXTERNAL_FENCE_FEATURE_IMPORTABLE_BIT;

/// One device. The extensions that it offers follow from what it can do; `hidden_extensions` are left out of them.
struct DeviceConfig {
  std::string name = "Fake GPU";
  std::string driver_name = "fake";
  VkPhysicalDeviceType type = VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU;
  std::uint32_t api_version = VK_API_VERSION_1_3;
  std::uint32_t vendor_id = 0x10DE;
  UuidBytes device_uuid = uuid(0x11);
  UuidBytes driver_uuid = uuid(0x22);
  std::optional<std::array<std::uint8_t, VK_LUID_SIZE>> luid;
  std::optional<PciConfig> pci = PciConfig{0, 0xC1, 0, 0};

  bool timeline = true;
  VkExternalMemoryFeatureFlags opaque_fd_memory = memory_both;
  VkExternalMemoryFeatureFlags dma_buf_memory = 0;
  bool host_memory = true;
  VkExternalSemaphoreFeatureFlags opaque_fd_timeline = semaphore_both;
  VkExternalSemaphoreFeatureFlags opaque_fd_binary = semaphore_both;
  VkExternalSemaphoreFeatureFlags sync_fd_binary = semaphore_both;
  VkExternalFenceFeatureFlags opaque_fd_fence = fence_both;
  VkExternalFenceFeatureFlags sync_fd_fence = fence_both;
  // What importing an opaque handle of another device answers; the device refuses every allocation from then on, as NVIDIA's does.
  VkResult foreign_import = VK_ERROR_INVALID_EXTERNAL_HANDLE;
  bool foreign_import_poisons = true;
  bool closes_failed_imports = false;     // as lavapipe and SwiftShader do, against the specification
  bool opaque_and_sync_together = true;   // one semaphore may be exportable as both
  bool sync_fd_minus_one = false;         // exporting a signal that has happened gives -1, as Vulkan allows
  std::vector<ModifierConfig> modifiers;  // the driver's own order of preference

  std::set<VkFormat> unsupported_formats;
  std::set<std::string> hidden_extensions;
  std::uint32_t max_image_dimension_2d = 16384;
  std::uint32_t max_image_dimension_3d = 2048;
  std::uint32_t max_image_array_layers = 2048;
  std::uint64_t max_resource_size = std::uint64_t{1} << 31U;  // bytes
  std::uint64_t heap_size = std::uint64_t{4} << 30U;          // bytes
  std::uint64_t host_pointer_alignment = 4096;                // bytes
  std::uint64_t image_alignment = 1024;                       // bytes
  std::vector<MemoryTypeConfig> memory_types = {
      {VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT, 1},
      {VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, 0},
      {VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT | VK_MEMORY_PROPERTY_HOST_CACHED_BIT, 1},
      {VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, 0},
  };
  std::uint32_t image_memory_type_bits = 0b1010;
  std::uint32_t buffer_memory_type_bits = 0b1111;
  VkQueueFlags queue_flags = VK_QUEUE_GRAPHICS_BIT | VK_QUEUE_COMPUTE_BIT | VK_QUEUE_TRANSFER_BIT;
};

struct Config {
  std::uint32_t instance_version = VK_API_VERSION_1_3;
  std::vector<DeviceConfig> devices = {DeviceConfig{}};
  std::set<std::string> instance_extensions = {"VK_EXT_debug_utils"};
  bool validation_layer = false;  // VK_LAYER_KHRONOS_validation is listed (and does nothing)
};

// Devices as they are found in the wild.
[[nodiscard]] DeviceConfig nvidia_like(std::uint8_t uuid_byte = 0x11);       // OPAQUE_FD for everything, SYNC_FD, no dma-buf
[[nodiscard]] DeviceConfig mesa_like(std::uint8_t uuid_byte = 0x31);         // dma-buf with modifiers, OPAQUE_FD, SYNC_FD
[[nodiscard]] DeviceConfig lavapipe_like(std::uint8_t uuid_byte = 0x51);     // OPAQUE_FD memory, no external semaphore or fence
[[nodiscard]] DeviceConfig swiftshader_like(std::uint8_t uuid_byte = 0x71);  // OPAQUE_FD memory, binary OPAQUE_FD semaphores
[[nodiscard]] DeviceConfig bare(std::uint8_t uuid_byte = 0x91);              // nothing external at all

/// The driver's one entry, for AdoptInfo and DeviceOptions.
[[nodiscard]] PFN_vkGetInstanceProcAddr get_instance_proc_addr();

/// Drops every object that is left, forgets counts, violations and injections, and starts with `config`.
void reset(const Config& config = {});

/// What is alive, by type ("VkImage"), without entries that are 0; physical devices and queues are not counted.
using LiveObjects = std::map<std::string, std::size_t>;
[[nodiscard]] LiveObjects live_objects();
/// File descriptors that the driver itself holds.
[[nodiscard]] std::size_t owned_fds();
/// Submits that wait for something.
[[nodiscard]] std::size_t pending_submits();
/// How many times `function` was called since reset().
[[nodiscard]] std::uint64_t calls(std::string_view function);

/// Misuse that the driver saw. take_violations() also forgets it.
[[nodiscard]] std::vector<std::string> violations();
std::vector<std::string> take_violations();

// Injection. Only calls of the thread that arms it count, unless `any_thread`.
/// Calls that could have failed since reset(), in order, of the calling thread.
[[nodiscard]] std::vector<std::string> fallible_calls();
/// Fails the `nth` (from 1) fallible call from now on.
void fail_call(std::uint64_t nth, VkResult result);
/// Fails the `nth` (from 1) call of `function` from now on, and, if `forever`, every later one.
void fail_function(std::string_view function, std::uint64_t nth, VkResult result, bool forever = false, bool any_thread = false);
/// Nothing fails any more.
void stop_failing();
/// The function that the injection failed last; empty when it did not come to it.
[[nodiscard]] std::string injected();

/// Loses the device as a GPU reset would: waits end, submits are dropped.
void lose_device(VkDevice device);
/// While held, submits of every device stay pending: a GPU that hangs, or is only slow.
void hold_queues(bool held);
/// Called at the start of every vkQueue* call, in the calling thread, with nothing locked. Not thread-safe itself: set it while nobody
/// calls.
void set_queue_hook(std::function<void(const char* function)> hook);

/// Open file descriptors of this process.
[[nodiscard]] std::size_t process_fds();

}  // namespace fake_vulkan
