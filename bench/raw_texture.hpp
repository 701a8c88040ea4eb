// A shared texture and its semaphores as a careful person writes them by hand: the same calls with the same parameters as the library's.
#pragma once

#include <cstddef>
#include <span>

#include "bench/raw_device.hpp"

namespace geyser::bench {

/// What an importer must repeat.
struct RawImageInfo {
  VkFormat format = VK_FORMAT_R8G8B8A8_UNORM;
  VkExtent3D extent{0, 0, 1};
  VkImageUsageFlags usage = 0;
  VkImageCreateFlags flags = 0;
};
/// The 2D image of that size and format with the usage and flags that the library gives it.
[[nodiscard]] RawImageInfo raw_image_info(VkFormat format, std::uint32_t width, std::uint32_t height);

/// A file descriptor with what travels beside it.
struct RawHandle {
  int fd = -1;
  RawImageInfo info;
  VkDeviceSize size = 0;
  std::uint32_t memory_type = 0;
};
void close_handle(RawHandle& handle) noexcept;

struct RawImage {
  VkImage image = VK_NULL_HANDLE;
  VkDeviceMemory memory = VK_NULL_HANDLE;
  VkDeviceSize required = 0;
  VkDeviceSize allocated = 0;
  std::uint32_t memory_type = 0;
  RawImageInfo info;
};
[[nodiscard]] RawImage create_image(const RawDevice& device, const RawImageInfo& info);
[[nodiscard]] RawHandle export_image(const RawDevice& device, const RawImage& image);
/// Takes the file descriptor.
[[nodiscard]] RawImage import_image(const RawDevice& device, RawHandle& handle);
void destroy_image(const RawDevice& device, RawImage& image) noexcept;

[[nodiscard]] VkSemaphore create_semaphore(const RawDevice& device, VkSemaphoreType type, bool exportable);
[[nodiscard]] int export_semaphore(const RawDevice& device, VkSemaphore semaphore);
/// Takes the file descriptor.
[[nodiscard]] VkSemaphore import_semaphore(const RawDevice& device, VkSemaphoreType type, int fd);
[[nodiscard]] VkFence create_fence(const RawDevice& device, bool exportable);
void signal_semaphore(const RawDevice& device, VkSemaphore semaphore, std::uint64_t value);
void wait_semaphore(const RawDevice& device, VkSemaphore semaphore, std::uint64_t value);

/// Staging memory, a command buffer and a fence, made once: upload and read-back by hand.
class RawTransfer {
 public:
  RawTransfer(const RawDevice& device, VkDeviceSize bytes);
  ~RawTransfer();
  RawTransfer(const RawTransfer&) = delete;
  RawTransfer& operator=(const RawTransfer&) = delete;

  /// `initialized`: there is content to keep, in GENERAL, released to VK_QUEUE_FAMILY_EXTERNAL.
  void upload(const RawImage& image, bool initialized, std::span<const std::byte> bytes);
  void read_back(const RawImage& image, std::span<std::byte> bytes);

 private:
  struct Staging {
    VkBuffer buffer = VK_NULL_HANDLE;
    VkDeviceMemory memory = VK_NULL_HANDLE;
    std::byte* mapped = nullptr;
  };
  [[nodiscard]] Staging make_staging(VkDeviceSize bytes, VkMemoryPropertyFlags wanted) const;
  void run(const RawImage& image, bool initialized, bool to_image);

  const RawDevice& device_;
  Staging up_;
  Staging down_;
  VkCommandPool pool_ = VK_NULL_HANDLE;
  VkCommandBuffer commands_ = VK_NULL_HANDLE;
  VkFence fence_ = VK_NULL_HANDLE;
};

/// Records acquire (from EXTERNAL) and release (to EXTERNAL) of an image without anything in between.
void record_pass_through(const RawDevice& device, VkCommandBuffer commands, const RawImage& image, bool initialized, VkAccessFlags access);

}  // namespace geyser::bench
