// What a program brings along when it uses Vulkan and Geyser together: its own command buffers and its own buffers.
// Nothing here belongs to the library; functions come from the vkGetInstanceProcAddr that the device was made with.
#pragma once

#include <vulkan/vulkan_core.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

#include "examples/support/must.hpp"
#include "geyser/vulkan.hpp"

namespace example {

inline void must(VkResult result, const char* call) {
  if (result != VK_SUCCESS) throw std::runtime_error(std::string(call) + " returns VkResult " + std::to_string(static_cast<int>(result)));
}

/// No wait of an example is longer than this.
inline constexpr std::chrono::nanoseconds patience = std::chrono::seconds(20);

/// One device with the functions that the commands below need. Ownership: none; the VkDevice stays whose it is.
struct Gpu {
  explicit Gpu(const geyser::vulkan::AdoptInfo& info) : device(info.device), queue(info.queue), queue_family(info.queue_family_index) {
    const auto from_instance = [&](const char* name) { return info.get_instance_proc_addr(info.instance, name); };
    const auto get_device_proc = reinterpret_cast<PFN_vkGetDeviceProcAddr>(from_instance("vkGetDeviceProcAddr"));
    const auto memory_properties =
        reinterpret_cast<PFN_vkGetPhysicalDeviceMemoryProperties>(from_instance("vkGetPhysicalDeviceMemoryProperties"));
    if (get_device_proc == nullptr || memory_properties == nullptr) throw std::runtime_error("the Vulkan loader lacks vkGetDeviceProcAddr");
    const auto load = [&](auto& function, const char* name) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(get_device_proc(device, name));
      if (function == nullptr) throw std::runtime_error(std::string("the Vulkan driver lacks ") + name);
    };
    memory_properties(info.physical_device, &memory);
    load(create_command_pool, "vkCreateCommandPool");
    load(destroy_command_pool, "vkDestroyCommandPool");
    load(allocate_command_buffers, "vkAllocateCommandBuffers");
    load(begin_command_buffer, "vkBeginCommandBuffer");
    load(end_command_buffer, "vkEndCommandBuffer");
    load(create_fence, "vkCreateFence");
    load(destroy_fence, "vkDestroyFence");
    load(reset_fences, "vkResetFences");
    load(wait_for_fences, "vkWaitForFences");
    load(queue_submit, "vkQueueSubmit");
    load(create_buffer, "vkCreateBuffer");
    load(destroy_buffer, "vkDestroyBuffer");
    load(buffer_requirements, "vkGetBufferMemoryRequirements");
    load(allocate_memory, "vkAllocateMemory");
    load(free_memory, "vkFreeMemory");
    load(bind_buffer_memory, "vkBindBufferMemory");
    load(map_memory, "vkMapMemory");
    load(cmd_pipeline_barrier, "vkCmdPipelineBarrier");
    load(cmd_clear_color_image, "vkCmdClearColorImage");
    load(cmd_copy_buffer_to_image, "vkCmdCopyBufferToImage");
    load(cmd_copy_image_to_buffer, "vkCmdCopyImageToBuffer");
  }

  VkDevice device;
  VkQueue queue;
  std::uint32_t queue_family;
  VkPhysicalDeviceMemoryProperties memory{};
  PFN_vkCreateCommandPool create_command_pool = nullptr;
  PFN_vkDestroyCommandPool destroy_command_pool = nullptr;
  PFN_vkAllocateCommandBuffers allocate_command_buffers = nullptr;
  PFN_vkBeginCommandBuffer begin_command_buffer = nullptr;
  PFN_vkEndCommandBuffer end_command_buffer = nullptr;
  PFN_vkCreateFence create_fence = nullptr;
  PFN_vkDestroyFence destroy_fence = nullptr;
  PFN_vkResetFences reset_fences = nullptr;
  PFN_vkWaitForFences wait_for_fences = nullptr;
  PFN_vkQueueSubmit queue_submit = nullptr;
  PFN_vkCreateBuffer create_buffer = nullptr;
  PFN_vkDestroyBuffer destroy_buffer = nullptr;
  PFN_vkGetBufferMemoryRequirements buffer_requirements = nullptr;
  PFN_vkAllocateMemory allocate_memory = nullptr;
  PFN_vkFreeMemory free_memory = nullptr;
  PFN_vkBindBufferMemory bind_buffer_memory = nullptr;
  PFN_vkMapMemory map_memory = nullptr;
  PFN_vkCmdPipelineBarrier cmd_pipeline_barrier = nullptr;
  PFN_vkCmdClearColorImage cmd_clear_color_image = nullptr;
  PFN_vkCmdCopyBufferToImage cmd_copy_buffer_to_image = nullptr;
  PFN_vkCmdCopyImageToBuffer cmd_copy_image_to_buffer = nullptr;
};

/// One command buffer and the fence of its last submit. The Gpu outlives it. Threading: one thread at a time.
class Commands {
 public:
  explicit Commands(const Gpu& gpu) : gpu_(&gpu) {
    const VkCommandPoolCreateInfo pool{VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO, nullptr, VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT,
                                       gpu.queue_family};
    must(gpu.create_command_pool(gpu.device, &pool, nullptr, &pool_), "vkCreateCommandPool");
    const VkCommandBufferAllocateInfo one{VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO, nullptr, pool_, VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                          1};
    const VkFenceCreateInfo fence{VK_STRUCTURE_TYPE_FENCE_CREATE_INFO, nullptr, 0};
    VkResult result = gpu.allocate_command_buffers(gpu.device, &one, &buffer_);
    if (result == VK_SUCCESS) result = gpu.create_fence(gpu.device, &fence, nullptr, &fence_);
    if (result != VK_SUCCESS) {
      gpu.destroy_command_pool(gpu.device, pool_, nullptr);
      must(result, "vkAllocateCommandBuffers or vkCreateFence");
    }
  }
  Commands(const Commands&) = delete;
  Commands& operator=(const Commands&) = delete;
  ~Commands() {
    if (pending_) (void)gpu_->wait_for_fences(gpu_->device, 1, &fence_, VK_TRUE, static_cast<std::uint64_t>(patience.count()));
    gpu_->destroy_fence(gpu_->device, fence_, nullptr);
    gpu_->destroy_command_pool(gpu_->device, pool_, nullptr);
  }

  /// Starts recording, after the last submit is done.
  VkCommandBuffer begin() {
    wait();
    const VkCommandBufferBeginInfo info{VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO, nullptr, VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT,
                                        nullptr};
    must(gpu_->begin_command_buffer(buffer_, &info), "vkBeginCommandBuffer");
    return buffer_;
  }
  /// Ends recording and submits with the library's wait and signal arrays.
  void submit(geyser::vulkan::SubmitArrays& arrays) {
    must(gpu_->end_command_buffer(buffer_), "vkEndCommandBuffer");
    const VkSubmitInfo info = arrays.submit_info({&buffer_, 1});
    must(gpu_->queue_submit(gpu_->queue, 1, &info, fence_), "vkQueueSubmit");
    pending_ = true;
  }
  /// Ends recording and submits without waiting for or signalling anything but the fence.
  void submit() {
    geyser::vulkan::SubmitArrays none;
    submit(none);
  }
  /// Until the GPU is done with the last submit.
  void wait() {
    if (!pending_) return;
    must(gpu_->wait_for_fences(gpu_->device, 1, &fence_, VK_TRUE, static_cast<std::uint64_t>(patience.count())), "vkWaitForFences");
    must(gpu_->reset_fences(gpu_->device, 1, &fence_), "vkResetFences");
    pending_ = false;
  }

 private:
  const Gpu* gpu_;
  VkCommandPool pool_ = VK_NULL_HANDLE;
  VkCommandBuffer buffer_ = VK_NULL_HANDLE;
  VkFence fence_ = VK_NULL_HANDLE;
  bool pending_ = false;
};

/// A buffer for copies that the CPU sees, mapped all its life. The Gpu outlives it.
class MappedBuffer {
 public:
  MappedBuffer(const Gpu& gpu, std::size_t bytes) : gpu_(&gpu), size_(bytes) {
    const VkBufferCreateInfo info{.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
                                  .size = bytes,
                                  .usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT,
                                  .sharingMode = VK_SHARING_MODE_EXCLUSIVE};
    must(gpu.create_buffer(gpu.device, &info, nullptr, &buffer_), "vkCreateBuffer");
    VkMemoryRequirements need{};
    gpu.buffer_requirements(gpu.device, buffer_, &need);
    const VkMemoryAllocateInfo allocate{VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, nullptr, need.size, memory_type(need.memoryTypeBits)};
    void* mapped = nullptr;
    VkResult result = gpu.allocate_memory(gpu.device, &allocate, nullptr, &memory_);
    if (result == VK_SUCCESS) result = gpu.bind_buffer_memory(gpu.device, buffer_, memory_, 0);
    if (result == VK_SUCCESS) result = gpu.map_memory(gpu.device, memory_, 0, VK_WHOLE_SIZE, 0, &mapped);
    if (result != VK_SUCCESS) {
      gpu.destroy_buffer(gpu.device, buffer_, nullptr);
      gpu.free_memory(gpu.device, memory_, nullptr);
      must(result, "making a mapped buffer");
    }
    data_ = static_cast<std::byte*>(mapped);
  }
  MappedBuffer(const MappedBuffer&) = delete;
  MappedBuffer& operator=(const MappedBuffer&) = delete;
  ~MappedBuffer() {
    gpu_->destroy_buffer(gpu_->device, buffer_, nullptr);
    gpu_->free_memory(gpu_->device, memory_, nullptr);
  }

  [[nodiscard]] VkBuffer handle() const noexcept { return buffer_; }
  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return {data_, size_}; }

 private:
  /// Cached memory reads at the CPU's own speed; where there is none, any coherent memory.
  [[nodiscard]] std::uint32_t memory_type(std::uint32_t allowed) const {
    constexpr VkMemoryPropertyFlags coherent = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
    for (const VkMemoryPropertyFlags wanted : {coherent | VK_MEMORY_PROPERTY_HOST_CACHED_BIT, coherent}) {
      for (std::uint32_t i = 0; i < gpu_->memory.memoryTypeCount; ++i) {
        if ((allowed >> i & 1U) != 0 && (gpu_->memory.memoryTypes[i].propertyFlags & wanted) == wanted) return i;
      }
    }
    throw std::runtime_error("the device has no memory that the CPU can map");
  }

  const Gpu* gpu_;
  std::size_t size_;
  VkBuffer buffer_ = VK_NULL_HANDLE;
  VkDeviceMemory memory_ = VK_NULL_HANDLE;
  std::byte* data_ = nullptr;
};

/// How copies and clears use an image.
inline constexpr geyser::vulkan::ImageUse written_by_transfer{VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, VK_PIPELINE_STAGE_TRANSFER_BIT,
                                                              VK_ACCESS_TRANSFER_WRITE_BIT};
inline constexpr geyser::vulkan::ImageUse read_by_transfer{VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, VK_PIPELINE_STAGE_TRANSFER_BIT,
                                                           VK_ACCESS_TRANSFER_READ_BIT};

/// How a copy reads an image that others read at the same time: in the layout that it has.
inline constexpr geyser::vulkan::ImageUse read_in_place{VK_IMAGE_LAYOUT_GENERAL, VK_PIPELINE_STAGE_TRANSFER_BIT,
                                                        VK_ACCESS_TRANSFER_READ_BIT};

/// The whole of a colour image with one level and one layer.
inline constexpr VkImageSubresourceRange whole_image{VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
/// A box of it, as a copy to or from the start of a buffer.
[[nodiscard]] inline VkBufferImageCopy box_copy(std::uint32_t width, std::uint32_t height, std::int32_t x = 0, std::int32_t y = 0,
                                                VkDeviceSize offset = 0) {
  return {.bufferOffset = offset,
          .imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1},
          .imageOffset = {x, y, 0},
          .imageExtent = {width, height, 1}};
}
/// On host timelines the library signals a semaphore from the CPU while a submit waits for it. Validation layers of 2023 take that for an
/// error now and then: programs that are validated call this before they submit, and the CPU waits first.
inline void wait_for_host_timelines(const geyser::Access& access) {
  for (const geyser::SyncPoint& point : access.waits()) {
    if (point.semaphore.kind() == geyser::SemaphoreKind::host_timeline) must(point.semaphore.wait(point.value, patience));
  }
}
/// Makes what transfers wrote visible to the CPU, once the submit's fence has signalled.
inline void record_host_read(const Gpu& gpu, VkCommandBuffer commands) {
  const VkMemoryBarrier barrier{VK_STRUCTURE_TYPE_MEMORY_BARRIER, nullptr, VK_ACCESS_TRANSFER_WRITE_BIT, VK_ACCESS_HOST_READ_BIT};
  gpu.cmd_pipeline_barrier(commands, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_HOST_BIT, 0, 1, &barrier, 0, nullptr, 0, nullptr);
}

}  // namespace example
