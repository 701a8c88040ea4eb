// What the handles stand for. Handles are numbers, never addresses, and are never used twice: a stale one is always noticed.
#pragma once

#include <vulkan/vulkan_core.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fake_driver.hpp"
#include "image_layout.hpp"

namespace fake_vulkan {

using Id = std::uint64_t;

/// A file descriptor of the driver. Its destructor notices when somebody else closed it.
class OwnedFd {
 public:
  OwnedFd() = default;
  explicit OwnedFd(int fd);
  OwnedFd(OwnedFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)), inode_(other.inode_) {}
  OwnedFd& operator=(OwnedFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(inode_, other.inode_);
    return *this;
  }
  ~OwnedFd();
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_ = -1;
  std::uint64_t inode_ = 0;
};

struct Object {
  Id id = 0;
  const char* type = "";  // "VkImage"
  Id parent = 0;          // device, instance or pool
  int in_flight = 0;      // submits that are not complete and use it
  Object() = default;
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  virtual ~Object() = default;
};

struct Instance : Object {
  static constexpr const char* name = "VkInstance";
  std::uint32_t api_version = VK_API_VERSION_1_0;
  std::set<std::string> extensions;
  std::vector<Id> physical_devices;
};
struct PhysicalDevice : Object {
  static constexpr const char* name = "VkPhysicalDevice";
  const DeviceConfig* config = nullptr;
  std::uint32_t api_version = 0;  // the lower of the device's and the instance's
};
struct Device : Object {
  static constexpr const char* name = "VkDevice";
  const DeviceConfig* config = nullptr;
  std::uint32_t api_version = 0;
  std::set<std::string> extensions;
  bool timeline = false;
  bool ycbcr = false;
  bool lost = false;
  bool poisoned = false;  // a handle of another device was imported: as on NVIDIA, no allocation succeeds any more
  std::uint64_t allocated = 0;
  Id queue = 0;
  [[nodiscard]] bool has(const char* extension) const { return extensions.count(extension) != 0; }
};

/// Layouts that the sharers of one piece of memory released its image in, so that an acquire from the wrong one is noticed.
struct SharedLayouts {
  std::map<std::pair<std::uint32_t, std::uint32_t>, VkImageLayout> released;  // (mip, layer)
};

struct Memory : Object {
  static constexpr const char* name = "VkDeviceMemory";
  Memory() = default;
  ~Memory() override;
  std::uint64_t size = 0;
  std::uint32_t memory_type = 0;
  VkMemoryPropertyFlags flags = 0;
  std::byte* data = nullptr;
  std::uint64_t mapping = 0;  // bytes to unmap; 0 for host pointers of the caller
  OwnedFd fd;
  VkExternalMemoryHandleTypeFlags handle_types = 0;  // exportable as, or imported from
  bool imported = false;
  Id dedicated_image = 0;
  Id dedicated_buffer = 0;
  std::vector<std::byte> shadow;  // what the host sees of memory that is not coherent
  bool mapped = false;
  std::set<Id> bound;
  std::shared_ptr<SharedLayouts> layouts;
};

struct SubresourceState {
  VkImageLayout layout = VK_IMAGE_LAYOUT_UNDEFINED;
  bool external = false;  // given away to VK_QUEUE_FAMILY_EXTERNAL or _FOREIGN
};
struct Image : Object {
  static constexpr const char* name = "VkImage";
  ImageShape shape;
  FormatDetail format;
  ImageLayout layout;
  std::uint32_t memory_planes = 0;  // DRM format modifier tiling only
  VkExternalMemoryHandleTypeFlags handle_types = 0;
  bool dedicated_only = false;
  Id memory = 0;
  std::uint64_t memory_offset = 0;
  std::vector<SubresourceState> states;  // [mip * array_layers + layer]
};
struct Buffer : Object {
  static constexpr const char* name = "VkBuffer";
  std::uint64_t size = 0;
  VkBufferUsageFlags usage = 0;
  VkExternalMemoryHandleTypeFlags handle_types = 0;
  Id memory = 0;
  std::uint64_t memory_offset = 0;
};
struct ImageView : Object {
  static constexpr const char* name = "VkImageView";
  Id image = 0;
};
struct Conversion : Object {
  static constexpr const char* name = "VkSamplerYcbcrConversion";
};
struct Messenger : Object {
  static constexpr const char* name = "VkDebugUtilsMessengerEXT";
};

/// The payload of a semaphore or fence: a page that all who imported it map. Binary: value 1 is signalled.
class SyncPayload {
 public:
  /// `timeline`, `fence`: what may import it. Null without memory or descriptors.
  static std::shared_ptr<SyncPayload> create(bool exportable, char kind, const UuidBytes& device, const UuidBytes& driver,
                                             std::uint64_t value);
  static std::shared_ptr<SyncPayload> import(int fd);
  ~SyncPayload();
  SyncPayload(const SyncPayload&) = delete;
  SyncPayload& operator=(const SyncPayload&) = delete;
  [[nodiscard]] std::uint64_t value() const;
  void set(std::uint64_t value);
  /// Binary: signals submitted and not executed, less waits submitted and not executed.
  [[nodiscard]] std::int64_t promised() const;
  void promise(std::int64_t change);
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  struct Page;
  SyncPayload() = default;
  Page* page_ = nullptr;
  OwnedFd fd_;
};

/// Payload of a sync_fd import; no descriptor means that it has been signalled.
struct TemporaryPayload {
  OwnedFd sync_fd;
};

struct Semaphore : Object {
  static constexpr const char* name = "VkSemaphore";
  bool timeline = false;
  VkExternalSemaphoreHandleTypeFlags handle_types = 0;
  std::shared_ptr<SyncPayload> payload;
  std::optional<TemporaryPayload> temporary;
  std::vector<OwnedFd> exported_sync;  // sync_fds that the next signal fires
  std::multiset<std::uint64_t> pending_signals;
};
struct Fence : Object {
  static constexpr const char* name = "VkFence";
  VkExternalFenceHandleTypeFlags handle_types = 0;
  std::shared_ptr<SyncPayload> payload;
  std::optional<TemporaryPayload> temporary;
  std::vector<OwnedFd> exported_sync;
};

struct CommandPool : Object {
  static constexpr const char* name = "VkCommandPool";
  bool resettable = false;
  std::uint32_t users = 0;
};
enum class Recording { initial, recording, executable, invalid };
struct CommandBuffer : Object {
  static constexpr const char* name = "VkCommandBuffer";
  Recording state = Recording::initial;
  bool one_time = false;
  std::vector<std::function<void()>> commands;
  std::set<Id> uses;
};

struct SemaphorePoint {
  Id semaphore = 0;
  std::uint64_t value = 0;  // timelines only
};
struct Submit {
  std::vector<SemaphorePoint> waits;
  std::vector<Id> command_buffers;
  std::vector<SemaphorePoint> signals;
  Id fence = 0;
  std::set<Id> uses;  // everything above and what the commands use
};
struct Queue : Object {
  static constexpr const char* name = "VkQueue";
  std::deque<Submit> pending;
  int users = 0;  // calls in progress
};

}  // namespace fake_vulkan
