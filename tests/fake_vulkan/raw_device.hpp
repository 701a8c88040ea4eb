// A little plain Vulkan over the fake driver, for its own tests and for tests of adopted devices. Ownership: RAII.
#pragma once

#include <vulkan/vulkan_core.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fake_vulkan/entry_points.hpp"
#include "fake_vulkan/fake_driver.hpp"

namespace fake_vulkan {

/// Every function of the driver, as vkGetInstanceProcAddr gives it.
struct RawFunctions {
#define FAKE_VULKAN_MEMBER(name, version, extension) PFN_##name name = nullptr;
  FAKE_VULKAN_GLOBAL(FAKE_VULKAN_MEMBER)
  FAKE_VULKAN_INSTANCE(FAKE_VULKAN_MEMBER)
  FAKE_VULKAN_DEVICE(FAKE_VULKAN_MEMBER)
#undef FAKE_VULKAN_MEMBER
  void load(VkInstance instance);
};

class RawInstance {
 public:
  explicit RawInstance(std::uint32_t api_version = VK_API_VERSION_1_3);
  RawInstance(const RawInstance&) = delete;
  RawInstance& operator=(const RawInstance&) = delete;
  ~RawInstance();
  [[nodiscard]] std::vector<VkPhysicalDevice> physical_devices() const;
  RawFunctions vk;
  VkInstance handle = VK_NULL_HANDLE;
  std::uint32_t api_version;
};

struct RawDeviceOptions {
  std::size_t index = 0;
  std::optional<std::vector<const char*>> extensions;  // empty: all that the device has
  std::optional<bool> timeline;                        // empty: where the device has it
};

struct RawSubmit {
  VkSemaphore wait = VK_NULL_HANDLE;
  std::uint64_t wait_value = 0;
  VkSemaphore signal = VK_NULL_HANDLE;
  std::uint64_t signal_value = 0;
  VkFence fence = VK_NULL_HANDLE;
  VkCommandBuffer commands = VK_NULL_HANDLE;
};

class RawDevice {
 public:
  explicit RawDevice(const RawInstance& instance, const RawDeviceOptions& options = {});
  RawDevice(const RawDevice&) = delete;
  RawDevice& operator=(const RawDevice&) = delete;
  ~RawDevice();
  /// What vkCreateDevice answers; a device that it makes is destroyed.
  static VkResult try_create(const RawInstance& instance, const RawDeviceOptions& options);

  [[nodiscard]] VkSemaphore semaphore(bool timeline, VkExternalSemaphoreHandleTypeFlags exports = 0) const;
  [[nodiscard]] int export_semaphore(VkSemaphore semaphore, VkExternalSemaphoreHandleTypeFlagBits type) const;
  VkResult import_semaphore(VkSemaphore semaphore, int fd,
                            VkExternalSemaphoreHandleTypeFlagBits type = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT) const;
  [[nodiscard]] VkFence fence() const;
  VkResult submit(const RawSubmit& submit) const;
  [[nodiscard]] VkResult wait(VkSemaphore semaphore, std::uint64_t value, std::uint64_t timeout) const;
  void copy(VkBuffer from, VkBuffer to, std::uint64_t size) const;
  /// Records with `record(commands)`, submits, and waits.
  template <class Record>
  void run(Record&& record) const {
    const VkCommandBuffer commands = begin();
    record(commands);
    end(commands);
  }

  const RawInstance& instance;
  RawFunctions vk;
  VkPhysicalDevice physical = VK_NULL_HANDLE;
  VkDevice handle = VK_NULL_HANDLE;
  VkQueue queue = VK_NULL_HANDLE;
  std::vector<std::string> extensions;
  bool timeline = false;

 private:
  [[nodiscard]] VkCommandBuffer begin() const;
  void end(VkCommandBuffer commands) const;
  VkCommandPool pool_ = VK_NULL_HANDLE;
};

/// Host-visible memory with a buffer over all of it, mapped.
class RawBuffer {
 public:
  RawBuffer(const RawDevice& device, std::uint64_t size, std::uint32_t memory_type);
  RawBuffer(const RawBuffer&) = delete;
  RawBuffer& operator=(const RawBuffer&) = delete;
  ~RawBuffer();
  [[nodiscard]] const std::uint8_t* bytes() const { return static_cast<const std::uint8_t*>(mapped); }
  VkBuffer buffer = VK_NULL_HANDLE;
  VkDeviceMemory memory = VK_NULL_HANDLE;
  void* mapped = nullptr;

 private:
  const RawDevice& device_;
};

struct RawImageOptions {
  int import_fd = -1;
  std::uint64_t allocation_size = 0;  // 0: what the image needs
  std::uint32_t memory_type = 1;
  bool dedicated = true;
  bool export_info = true;
  VkFormat format = VK_FORMAT_R8G8B8A8_UNORM;
  std::vector<std::uint64_t> modifiers;     // not empty: DRM format modifier tiling and dma-buf
  std::vector<VkSubresourceLayout> planes;  // not empty: the explicit layout of the only modifier
};

/// A 16x8 image with 4 bytes a texel, in memory that can be exported, or that is imported.
class RawImage {
 public:
  static constexpr std::uint32_t width = 16;
  static constexpr std::uint32_t height = 8;
  static constexpr std::size_t bytes = std::size_t{width} * height * 4;

  RawImage(const RawDevice& device, const RawImageOptions& options);
  RawImage(const RawImage&) = delete;
  RawImage& operator=(const RawImage&) = delete;
  ~RawImage();
  [[nodiscard]] int export_fd() const;  // -1 on failure
  /// Writes all texels and gives the image away in layout GENERAL.
  void upload(const std::vector<std::byte>& texels) const;
  /// Takes the image over from layout `from`, reads it, and gives it away in layout GENERAL.
  [[nodiscard]] std::vector<std::byte> read_back(VkImageLayout from = VK_IMAGE_LAYOUT_GENERAL) const;
  [[nodiscard]] std::uint64_t modifier() const;
  [[nodiscard]] std::vector<VkSubresourceLayout> planes(std::uint32_t count) const;
  void forget_memory() const { memory = VK_NULL_HANDLE; }

  VkImage image = VK_NULL_HANDLE;
  mutable VkDeviceMemory memory = VK_NULL_HANDLE;
  VkResult allocated = VK_SUCCESS;  // of vkCreateImage and vkAllocateMemory

 private:
  void create(const RawImageOptions& options);
  void barrier(VkCommandBuffer commands, VkImageLayout from, bool acquire) const;
  const RawDevice& device_;
  bool dma_buf_;
};

}  // namespace fake_vulkan
