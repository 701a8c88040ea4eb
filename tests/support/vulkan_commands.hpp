// What a user of the library has of his own: a command pool, command buffers, a host-visible buffer, fences. Plain Vulkan on an adopted
// device.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "backends/vulkan/dispatch.hpp"
#include "geyser/vulkan.hpp"

namespace geyser::test {

/// Ownership: owns its pool and all command buffers; the destructor waits for the device. Threading: one thread.
class Commands {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Commands>> create(const vulkan::AdoptInfo& info);
  ~Commands();
  Commands(const Commands&) = delete;
  Commands& operator=(const Commands&) = delete;

  /// A new command buffer, recording.
  [[nodiscard]] Result<VkCommandBuffer> begin();
  [[nodiscard]] Result<void> end(VkCommandBuffer commands);
  /// The caller's own vkQueueSubmit.
  [[nodiscard]] Result<void> submit(const VkSubmitInfo& submit, VkFence fence = VK_NULL_HANDLE);
  [[nodiscard]] Result<void> wait_idle();
  [[nodiscard]] Result<VkFence> create_fence();
  /// False when it is not signalled by then.
  [[nodiscard]] Result<bool> wait(VkFence fence, std::chrono::nanoseconds timeout);
  void destroy(VkFence fence) noexcept;

  [[nodiscard]] const vulkan::Dispatch& vk() const noexcept { return dispatch_; }
  [[nodiscard]] const vulkan::AdoptInfo& info() const noexcept { return info_; }
  [[nodiscard]] Result<std::uint32_t> memory_type(std::uint32_t bits, VkMemoryPropertyFlags wanted) const;

 private:
  explicit Commands(const vulkan::AdoptInfo& info) : info_(info) {}
  vulkan::AdoptInfo info_;
  vulkan::Dispatch dispatch_;
  VkCommandPool pool_ = VK_NULL_HANDLE;
};

/// A mapped, coherent buffer that copies can read and write. Ownership: owns buffer and memory.
class MappedBuffer {
 public:
  [[nodiscard]] static Result<std::unique_ptr<MappedBuffer>> create(Commands& commands, std::uint64_t bytes);
  ~MappedBuffer();
  MappedBuffer(const MappedBuffer&) = delete;
  MappedBuffer& operator=(const MappedBuffer&) = delete;
  [[nodiscard]] VkBuffer handle() const noexcept { return buffer_; }
  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return bytes_; }

 private:
  explicit MappedBuffer(Commands& commands) : commands_(commands) {}
  Commands& commands_;
  VkBuffer buffer_ = VK_NULL_HANDLE;
  VkDeviceMemory memory_ = VK_NULL_HANDLE;
  std::span<std::byte> bytes_;
};

/// Clears level 0, layer 0 of a colour image in `layout` to `value` in its first channel (as uint32).
void clear_color(Commands& commands, VkCommandBuffer buffer, VkImage image, VkImageLayout layout, std::uint32_t value);
/// Copies level 0, layer 0 of a colour image into `to` at `offset`, and makes it visible to the host.
void copy_out(Commands& commands, VkCommandBuffer buffer, VkImage image, VkImageLayout layout, VkExtent3D extent, const MappedBuffer& to,
              std::uint64_t offset);

}  // namespace geyser::test
