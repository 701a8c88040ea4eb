#include "support/vulkan_commands.hpp"

#include "core/message.hpp"

namespace geyser::test {
namespace {

Result<void> check(VkResult result, const char* call) {
  if (result == VK_SUCCESS) return {};
  return Error(Errc::internal, detail::text("the test's own ", call, " fails with ", vk::to_string(static_cast<vk::Result>(result))),
               ErrorDomain::vulkan, result);
}

}  // namespace

Result<std::unique_ptr<Commands>> Commands::create(const vulkan::AdoptInfo& info) {
  std::unique_ptr<Commands> made(new Commands(info));
  made->dispatch_.init(vk::Instance(info.instance), info.get_instance_proc_addr, vk::Device(info.device));
  VkCommandPoolCreateInfo pool{};
  pool.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO;
  pool.queueFamilyIndex = info.queue_family_index;
  if (auto r = check(made->vk().vkCreateCommandPool(info.device, &pool, nullptr, &made->pool_), "vkCreateCommandPool"); !r) {
    return std::move(r).error();
  }
  return made;
}

Commands::~Commands() {
  if (pool_ == VK_NULL_HANDLE) return;
  vk().vkDeviceWaitIdle(info_.device);
  vk().vkDestroyCommandPool(info_.device, pool_, nullptr);
}

Result<VkCommandBuffer> Commands::begin() {
  VkCommandBufferAllocateInfo allocate{};
  allocate.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
  allocate.commandPool = pool_;
  allocate.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
  allocate.commandBufferCount = 1;
  VkCommandBuffer commands = VK_NULL_HANDLE;
  if (auto r = check(vk().vkAllocateCommandBuffers(info_.device, &allocate, &commands), "vkAllocateCommandBuffers"); !r) {
    return std::move(r).error();
  }
  VkCommandBufferBeginInfo start{};
  start.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO;
  start.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT;
  if (auto r = check(vk().vkBeginCommandBuffer(commands, &start), "vkBeginCommandBuffer"); !r) return std::move(r).error();
  return commands;
}

Result<void> Commands::end(VkCommandBuffer commands) { return check(vk().vkEndCommandBuffer(commands), "vkEndCommandBuffer"); }

Result<void> Commands::submit(const VkSubmitInfo& submit, VkFence fence) {
  return check(vk().vkQueueSubmit(info_.queue, 1, &submit, fence), "vkQueueSubmit");
}

// A fence behind all that was submitted, not vkDeviceWaitIdle: that one waits for ever, and inside the validation layer (layer_turns.cpp).
Result<void> Commands::wait_idle() {
  constexpr std::chrono::seconds longest{60};
  auto fence = create_fence();
  if (!fence) return std::move(fence).error();
  if (auto r = check(vk().vkQueueSubmit(info_.queue, 0, nullptr, *fence), "vkQueueSubmit"); !r) {
    destroy(*fence);
    return r;
  }
  auto over = wait(*fence, longest);
  if (over && !*over) return Error(Errc::timed_out, detail::text("the queue is not idle within ", longest.count(), " s"));
  destroy(*fence);
  if (!over) return std::move(over).error();
  return {};
}

Result<VkFence> Commands::create_fence() {
  VkFenceCreateInfo create{};
  create.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO;
  VkFence fence = VK_NULL_HANDLE;
  if (auto r = check(vk().vkCreateFence(info_.device, &create, nullptr, &fence), "vkCreateFence"); !r) return std::move(r).error();
  return fence;
}

Result<bool> Commands::wait(VkFence fence, std::chrono::nanoseconds timeout) {
  const VkResult result = vk().vkWaitForFences(info_.device, 1, &fence, VK_TRUE, static_cast<std::uint64_t>(timeout.count()));
  if (result == VK_TIMEOUT) return false;
  if (auto r = check(result, "vkWaitForFences"); !r) return std::move(r).error();
  return true;
}

void Commands::destroy(VkFence fence) noexcept { vk().vkDestroyFence(info_.device, fence, nullptr); }

Result<std::uint32_t> Commands::memory_type(std::uint32_t bits, VkMemoryPropertyFlags wanted) const {
  VkPhysicalDeviceMemoryProperties memory{};
  vk().vkGetPhysicalDeviceMemoryProperties(info_.physical_device, &memory);
  for (std::uint32_t i = 0; i < memory.memoryTypeCount; ++i) {
    if ((bits & (1U << i)) != 0 && (memory.memoryTypes[i].propertyFlags & wanted) == wanted) return i;
  }
  return Error(Errc::internal, "the test finds no memory type for its own buffer");
}

Result<std::unique_ptr<MappedBuffer>> MappedBuffer::create(Commands& commands, std::uint64_t bytes) {
  std::unique_ptr<MappedBuffer> made(new MappedBuffer(commands));
  const VkDevice device = commands.info().device;
  VkBufferCreateInfo create{};
  create.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO;
  create.size = bytes;
  create.usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT;
  if (auto r = check(commands.vk().vkCreateBuffer(device, &create, nullptr, &made->buffer_), "vkCreateBuffer"); !r)
    return std::move(r).error();
  VkMemoryRequirements needs{};
  commands.vk().vkGetBufferMemoryRequirements(device, made->buffer_, &needs);
  auto type = commands.memory_type(needs.memoryTypeBits, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT);
  if (!type) return std::move(type).error();
  VkMemoryAllocateInfo allocate{};
  allocate.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO;
  allocate.allocationSize = needs.size;
  allocate.memoryTypeIndex = *type;
  if (auto r = check(commands.vk().vkAllocateMemory(device, &allocate, nullptr, &made->memory_), "vkAllocateMemory"); !r) {
    return std::move(r).error();
  }
  if (auto r = check(commands.vk().vkBindBufferMemory(device, made->buffer_, made->memory_, 0), "vkBindBufferMemory"); !r) {
    return std::move(r).error();
  }
  void* mapped = nullptr;
  if (auto r = check(commands.vk().vkMapMemory(device, made->memory_, 0, VK_WHOLE_SIZE, 0, &mapped), "vkMapMemory"); !r) {
    return std::move(r).error();
  }
  made->bytes_ = {static_cast<std::byte*>(mapped), static_cast<std::size_t>(bytes)};
  return made;
}

MappedBuffer::~MappedBuffer() {
  const VkDevice device = commands_.info().device;
  commands_.vk().vkDeviceWaitIdle(device);
  commands_.vk().vkDestroyBuffer(device, buffer_, nullptr);
  commands_.vk().vkFreeMemory(device, memory_, nullptr);
}

void clear_color(Commands& commands, VkCommandBuffer buffer, VkImage image, VkImageLayout layout, std::uint32_t value) {
  VkClearColorValue color{};
  color.uint32[0] = value;
  const VkImageSubresourceRange range{VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
  commands.vk().vkCmdClearColorImage(buffer, image, layout, &color, 1, &range);
}

void copy_out(Commands& commands, VkCommandBuffer buffer, VkImage image, VkImageLayout layout, VkExtent3D extent, const MappedBuffer& to,
              std::uint64_t offset) {
  VkBufferImageCopy copy{};
  copy.bufferOffset = offset;
  copy.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
  copy.imageExtent = extent;
  commands.vk().vkCmdCopyImageToBuffer(buffer, image, layout, to.handle(), 1, &copy);
  VkBufferMemoryBarrier visible{};
  visible.sType = VK_STRUCTURE_TYPE_BUFFER_MEMORY_BARRIER;
  visible.srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT;
  visible.dstAccessMask = VK_ACCESS_HOST_READ_BIT;
  visible.srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
  visible.dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
  visible.buffer = to.handle();
  visible.size = VK_WHOLE_SIZE;
  commands.vk().vkCmdPipelineBarrier(buffer, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_HOST_BIT, 0, 0, nullptr, 1, &visible, 0,
                                     nullptr);
}

}  // namespace geyser::test
