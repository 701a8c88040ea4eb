// The door to Vulkan. Adopts what the caller has (instance, device, queue, vkGetInstanceProcAddr) and destroys nothing of it;
// Device::create() makes one for those who have none. The loader is never linked.
#pragma once

#include <vulkan/vulkan_core.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "geyser/manager.hpp"

namespace geyser::vulkan {

/// Called around every use of the adopted queue, so that the caller may use it from other threads.
/// Ownership: the caller's; outlives the manager and all that it made. Threading: called from any thread; must not call the library.
class QueueLock {
 public:
  virtual ~QueueLock() = default;
  virtual void lock() noexcept = 0;
  virtual void unlock() noexcept = 0;
};

/// A device that the caller made.
/// Valid usage: handles belong together; extensions and features listed were enabled at creation (unchecked: Vulkan cannot be asked).
struct AdoptInfo {
  VkInstance instance = VK_NULL_HANDLE;
  VkPhysicalDevice physical_device = VK_NULL_HANDLE;
  VkDevice device = VK_NULL_HANDLE;
  VkQueue queue = VK_NULL_HANDLE;
  std::uint32_t queue_family_index = 0;
  PFN_vkGetInstanceProcAddr get_instance_proc_addr = nullptr;
  std::uint32_t api_version = VK_API_VERSION_1_1;  ///< VkApplicationInfo::apiVersion of the instance; at least 1.1
  std::span<const char* const> enabled_device_extensions{};
  bool timeline_semaphore_enabled = false;  ///< the feature timelineSemaphore (1.2 or VK_KHR_timeline_semaphore)
  QueueLock* queue_lock = nullptr;          ///< null: only the library uses the queue while a call into it runs
};

/// Device extensions that the library uses where present; enable those that the device has.
/// Ownership: static storage. Threading: any thread. Errors: none.
[[nodiscard]] GEYSER_API std::span<const char* const> recommended_device_extensions() noexcept;

/// A manager on the caller's device. Nothing given is ever destroyed.
/// Ownership: the caller keeps device and instance alive until the manager and all that it made are gone.
/// Threading: any thread. Valid usage: as AdoptInfo (null handles and api_version checked).
/// Errors: invalid_argument, unsupported_feature (below Vulkan 1.1), out_of_memory.
[[nodiscard]] GEYSER_API Result<TextureShareManager> create_manager(const AdoptInfo& info);

/// Which device: every field that is set must match. Of several that match, and of all when none is set: the first discrete, else the first
/// integrated, virtual, software device, in the order of enumerate_devices().
struct DeviceSelector {
  std::optional<Uuid> uuid{};
  std::optional<Uuid> driver_uuid{};  ///< where two drivers offer one device
  std::optional<PciAddress> pci{};
  std::optional<std::array<std::uint8_t, 8>> luid{};  ///< the adapter of a Direct3D device; drivers that tell no LUID never match
  std::optional<std::uint32_t> index{};               ///< in the order of enumerate_devices()
  std::string name{};                                 ///< part of the device name, any case
};
struct DeviceSummary {
  std::uint32_t index = 0;
  DeviceIdentity identity;
  VkPhysicalDeviceType type = VK_PHYSICAL_DEVICE_TYPE_OTHER;
  std::uint32_t api_version = 0;
  std::uint32_t vendor_id = 0;
};
/// The devices that the loader (libvulkan.so.1, vulkan-1.dll, or the one that `get_instance_proc_addr` belongs to) shows.
/// Threading: any thread. Errors: not_found (no loader, no driver), os_error.
[[nodiscard]] GEYSER_API Result<std::vector<DeviceSummary>> enumerate_devices(PFN_vkGetInstanceProcAddr get_instance_proc_addr = nullptr);

struct DeviceOptions {
  DeviceSelector selector{};
  PFN_vkGetInstanceProcAddr get_instance_proc_addr = nullptr;  ///< null: the system's loader is opened at run time
  bool validation = false;  ///< Khronos validation with synchronization validation; messages go to the log as errors and are counted
  std::string application_name = "geyser";
};

/// An instance and a device with everything enabled that the library can use, and one queue with graphics, compute and transfer (or the
/// nearest there is). Ownership: move-only; managers made from it keep the VkDevice alive. Threading: any thread.
class [[nodiscard]] GEYSER_API Device {
 public:
  /// Errors: not_found naming the devices there are, unsupported_feature (below Vulkan 1.1; validation asked for and absent),
  /// out_of_memory.
  [[nodiscard]] static Result<Device> create(const DeviceOptions& options = {});
  Device(Device&&) noexcept;
  Device& operator=(Device&&) noexcept;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  ~Device();

  /// What create_manager(AdoptInfo) would want; spans live as long as *this. Errors: none.
  [[nodiscard]] AdoptInfo adopt_info() const noexcept;
  [[nodiscard]] const DeviceSummary& summary() const noexcept;
  /// A manager that keeps this device alive. Errors: as create_manager(AdoptInfo).
  [[nodiscard]] Result<TextureShareManager> create_manager() const;
  /// Messages that the validation layers gave for this instance so far. Errors: none.
  [[nodiscard]] std::uint64_t validation_messages() const noexcept;

 private:
  struct Block;
  explicit Device(std::shared_ptr<Block> block) noexcept;
  std::shared_ptr<Block> block_;
};

/// The native objects of a texture. Ownership: the texture's; valid as long as it lives.
struct NativeTexture {
  VkImage image = VK_NULL_HANDLE;
  VkDeviceMemory memory = VK_NULL_HANDLE;
  VkDeviceSize memory_offset = 0;  ///< bytes
  VkDeviceSize memory_size = 0;    ///< bytes
  VkFormat format = VK_FORMAT_UNDEFINED;
  VkImageType type = VK_IMAGE_TYPE_2D;
  VkImageTiling tiling = VK_IMAGE_TILING_OPTIMAL;
  VkImageUsageFlags usage = 0;
  VkImageCreateFlags flags = 0;
  VkImageAspectFlags aspects = 0;
};
/// Valid usage: a texture of a Vulkan manager (checked). Threading: any thread. Errors: device_mismatch.
[[nodiscard]] GEYSER_API Result<NativeTexture> native(const SharedTexture& texture);
/// The VkSemaphore to use in submits of this device. For a host timeline it is a local timeline that the library keeps in step with the
/// shared counter, good for waits only: signal host timelines through submit(), submit_arrays() or signal_texture_ready(). Valid usage: a
/// semaphore of a Vulkan manager (checked). Threading: any thread. Errors: device_mismatch.
[[nodiscard]] GEYSER_API Result<VkSemaphore> native(const SharedSemaphore& semaphore);

/// Which view; defaults: the whole texture in its own format and dimension.
struct ViewInfo {
  std::optional<VkImageViewType> type{};
  TextureFormat format = TextureFormat::undefined;  ///< undefined: the texture's own; else its sRGB twin, or a plane's format
  VkImageAspectFlags aspects = 0;                   ///< 0: all of a colour format, depth of depth + stencil, else what is named
  std::uint32_t base_mip_level = 0;
  std::uint32_t mip_levels = VK_REMAINING_MIP_LEVELS;
  std::uint32_t base_array_layer = 0;
  std::uint32_t array_layers = VK_REMAINING_ARRAY_LAYERS;
};
/// A view, made once and kept by the texture. Ownership: the texture's. Threading: any thread.
/// Valid usage: ranges inside the texture (checked). Errors: device_mismatch, invalid_argument, out_of_memory.
[[nodiscard]] GEYSER_API Result<VkImageView> view(const SharedTexture& texture, const ViewInfo& info = {});

/// How the caller's commands use the image.
struct ImageUse {
  VkImageLayout layout = VK_IMAGE_LAYOUT_GENERAL;
  VkPipelineStageFlags stages = VK_PIPELINE_STAGE_ALL_COMMANDS_BIT;
  VkAccessFlags access = VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT;
};
/// Records the barrier that takes the image over: from the recorded layout (or UNDEFINED when there is no content to keep) and from
/// VK_QUEUE_FAMILY_EXTERNAL to the adopted queue family and `use`.
/// Valid usage: `commands` is recording, outside a render pass (unchecked); `access` belongs to a Vulkan texture (checked). Threading: as
/// the command buffer. Errors: device_mismatch, invalid_state.
[[nodiscard]] GEYSER_API Result<void> record_acquire(Access& access, VkCommandBuffer commands, const ImageUse& use);
/// Records the barrier that gives the image away: from `use` to `layout` and to VK_QUEUE_FAMILY_EXTERNAL. The access remembers `layout` for
/// end(). Valid usage: after record_acquire on the same access (checked); otherwise as record_acquire.
[[nodiscard]] GEYSER_API Result<void> record_release(Access& access, VkCommandBuffer commands, const ImageUse& use,
                                                     TextureLayout layout = TextureLayout::general);

/// Wait and signal arrays for the caller's own vkQueueSubmit.
/// Ownership: value; keep it, unmoved, until vkQueueSubmit returned. Threading: one thread at a time.
struct SubmitArrays {
  std::vector<VkSemaphore> wait_semaphores;
  std::vector<std::uint64_t> wait_values;
  std::vector<VkPipelineStageFlags> wait_stages;
  std::vector<VkSemaphore> signal_semaphores;
  std::vector<std::uint64_t> signal_values;
  VkTimelineSemaphoreSubmitInfo timeline{};
  std::vector<VkDeviceMemory> keyed_memories;  ///< textures behind keyed mutexes (see set_keyed_mutex)
  std::vector<std::uint64_t> acquire_keys;
  std::vector<std::uint32_t> acquire_timeouts;  ///< milliseconds
  std::vector<VkDeviceMemory> released_memories;
  std::vector<std::uint64_t> release_keys;
  std::array<std::uint64_t, 10> system_info{};  ///< room for the structure that submit_info() chains for them
  /// A VkSubmitInfo over these arrays and `commands`. Lives as long as *this and `commands`. Errors: none.
  [[nodiscard]] GEYSER_API VkSubmitInfo submit_info(std::span<const VkCommandBuffer> commands) noexcept;
};
/// Collects what `accesses` wait for and signal. `stage`: where the waits take effect.
/// Fills `arrays` (its capacity is reused). Valid usage: every access belongs to one Vulkan manager (checked). Errors: device_mismatch,
/// out_of_memory.
[[nodiscard]] GEYSER_API Result<void> submit_arrays(std::span<Access* const> accesses, VkPipelineStageFlags stage, SubmitArrays& arrays);
/// Submits `commands` to the manager's queue under the queue lock, waiting and signalling as `accesses` say.
/// `fence` may be VK_NULL_HANDLE. Threading: any thread. Errors: device_mismatch, device_lost, out_of_memory.
[[nodiscard]] GEYSER_API Result<void> submit(const TextureShareManager& manager, std::span<const VkCommandBuffer> commands,
                                             std::span<Access* const> accesses, VkFence fence = VK_NULL_HANDLE);

/// How submits take a texture of Direct3D 11 that is guarded by an IDXGIKeyedMutex (VK_KHR_win32_keyed_mutex).
struct KeyedMutex {
  std::uint64_t acquire_key = 0;
  std::uint64_t release_key = 0;
  std::chrono::milliseconds timeout{1000};  ///< of the acquisition on the queue; a submit that runs into it is VK_TIMEOUT, an Error
};
/// From now on every submit of submit(), submit_arrays(), upload() and read_back() with an access to `texture` acquires its mutex with
/// `acquire_key` before the commands and releases it with `release_key` behind them; set other keys before the next submit where the peer
/// counts. Empty: submits leave the mutex alone again. Textures that come with D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX (0x100) in
/// native_create_flags, as Geyser's Direct3D 11 exports them, begin with key 0 both ways.
/// Valid usage: an imported d3d11_texture (checked); no submit with it runs in another thread (unchecked). Threading: any thread.
/// Errors: device_mismatch, unsupported_handle for other textures, unsupported_feature without VK_KHR_win32_keyed_mutex, invalid_argument
/// for a timeout that does not fit 32 bits of milliseconds. Never run on a driver that has it.
[[nodiscard]] GEYSER_API Result<void> set_keyed_mutex(const SharedTexture& texture, const std::optional<KeyedMutex>& keys);

/// How a fence crosses.
enum class FenceHandleType : std::uint8_t { opaque_fd = 1, sync_fd = 2, opaque_win32 = 3 };
/// A fence on its way to another process. Ownership: move-only; import consumes it only on success.
struct FenceHandle {
  FenceHandleType type = FenceHandleType::opaque_fd;
  DeviceIdentity exporter;
  OsHandle handle;  ///< sync_fd: none means "already signalled"
};
/// A VkFence that can be handed to another process.
/// Ownership: move-only; owns the VkFence. Threading: wait() and signalled() from any thread; reset() and submits as Vulkan says.
class [[nodiscard]] GEYSER_API SharedFence {
 public:
  SharedFence(SharedFence&&) noexcept;
  SharedFence& operator=(SharedFence&&) noexcept;
  SharedFence(const SharedFence&) = delete;
  SharedFence& operator=(const SharedFence&) = delete;
  ~SharedFence();
  [[nodiscard]] VkFence handle() const noexcept;
  /// Errors: device_lost.
  [[nodiscard]] Result<bool> signalled() const;
  /// Errors: timed_out, device_lost. Units: nanoseconds.
  [[nodiscard]] Result<void> wait(std::chrono::nanoseconds timeout) const;
  /// Valid usage: not in use by a pending submit (unchecked). Errors: out_of_memory.
  [[nodiscard]] Result<void> reset();
  struct Block;
  explicit SharedFence(std::unique_ptr<Block> block) noexcept;

 private:
  friend struct FenceAccess;
  std::unique_ptr<Block> block_;
};
/// `type` empty: the best one that the driver exports. Errors: unsupported_handle when the driver cannot export fences that way,
/// invalid_argument for a type of another operating system, out_of_memory. Threading: any thread.
[[nodiscard]] GEYSER_API Result<SharedFence> create_fence(const TextureShareManager& manager, std::optional<FenceHandleType> type = {});
/// sync_fd: takes the pending signal out of the fence (copy transference). Errors: unsupported_handle, out_of_memory. Threading: any
/// thread.
[[nodiscard]] GEYSER_API Result<FenceHandle> export_fence(const SharedFence& fence);
/// Errors: device_mismatch, unsupported_handle, protocol_error, out_of_memory. Threading: any thread.
[[nodiscard]] GEYSER_API Result<SharedFence> import_fence(const TextureShareManager& manager, FenceHandle&& handle);

/// Host memory that the device reads and writes directly (VK_EXT_external_memory_host): the bridge between devices.
/// Ownership: move-only; owns the VkBuffer, not the memory, which must stay mapped until this is destroyed and its last submit is over.
/// Threading: any thread.
class [[nodiscard]] GEYSER_API HostBuffer {
 public:
  HostBuffer(HostBuffer&&) noexcept;
  HostBuffer& operator=(HostBuffer&&) noexcept;
  HostBuffer(const HostBuffer&) = delete;
  HostBuffer& operator=(const HostBuffer&) = delete;
  ~HostBuffer();
  [[nodiscard]] VkBuffer handle() const noexcept;
  [[nodiscard]] std::uint64_t size() const noexcept;  ///< bytes
  struct Block;
  explicit HostBuffer(std::unique_ptr<Block> block) noexcept;

 private:
  friend struct HostBufferAccess;
  std::unique_ptr<Block> block_;
};
/// The alignment of address and size that import_host_memory() needs; 0 when the device cannot do it. Units: bytes. Errors: none.
[[nodiscard]] GEYSER_API std::uint64_t host_memory_alignment(const TextureShareManager& manager) noexcept;
/// Valid usage: `memory` starts and ends on host_memory_alignment() (checked). Threading: any thread.
/// Errors: unsupported_feature, invalid_argument, out_of_memory.
[[nodiscard]] GEYSER_API Result<HostBuffer> import_host_memory(const TextureShareManager& manager, std::span<std::byte> memory);
/// Copies a region between texture and host buffer on the GPU, rows without gaps at `offset` bytes, and waits for it.
/// Opens and ends an access of its own, as TextureShareManager::upload() and read_back() do, without staging memory.
/// Errors: invalid_argument (does not fit), and as those.
[[nodiscard]] GEYSER_API Result<void> copy_to_texture(const TextureShareManager& manager, const HostBuffer& from, std::uint64_t offset,
                                                      SharedTexture& to, const TextureRegion& region, const AccessInfo& info = {});
[[nodiscard]] GEYSER_API Result<void> copy_from_texture(const TextureShareManager& manager, SharedTexture& from,
                                                        const TextureRegion& region, const HostBuffer& to, std::uint64_t offset,
                                                        const AccessInfo& info = {});

}  // namespace geyser::vulkan
