// Command pools and buffers, and what recording checks.
#include "entry_points.hpp"
#include "execute.hpp"
#include "state.hpp"

namespace fake_vulkan {
namespace {

CommandBuffer* recording(const Call& call, VkCommandBuffer handle) {
  auto* buffer = call.get<CommandBuffer>(handle);
  if (buffer == nullptr) return nullptr;
  if (buffer->state != Recording::recording) {
    call.violation("the command buffer is not recording");
    return nullptr;
  }
  return buffer;
}

template <class T, class Handle>
T* used(const Call& call, CommandBuffer& commands, Handle handle) {
  auto* object = call.get<T>(handle);
  if (object == nullptr) return nullptr;
  const auto* pool = peek<CommandPool>(commands.parent);
  if (pool == nullptr || object->parent != pool->parent) call.violation("the ", T::name, " belongs to another device");
  commands.uses.insert(object->id);
  return object;
}

void clear(CommandBuffer& buffer) {
  buffer.commands.clear();
  buffer.uses.clear();
  buffer.one_time = false;
}

void drop(const char* function, Id id) {
  if (auto* buffer = peek<CommandBuffer>(id)) remove(function, *buffer);
}

std::vector<Id> buffers_of(const CommandPool& pool) {
  std::vector<Id> all;
  for (const auto& [id, object] : state().objects) {
    if (object->parent == pool.id) all.push_back(id);
  }
  return all;
}

template <class Region>
void record_copy(const char* function, VkCommandBuffer handle, VkBuffer buffer_handle, VkImage image_handle, VkImageLayout layout,
                 std::uint32_t count, const Region* regions, bool to_image) {
  const Call call(function);
  CommandBuffer* commands = recording(call, handle);
  if (commands == nullptr) return;
  const auto* buffer = used<Buffer>(call, *commands, buffer_handle);
  const auto* image = used<Image>(call, *commands, image_handle);
  if (buffer == nullptr || image == nullptr) return;
  const VkImageUsageFlags image_usage = to_image ? VK_IMAGE_USAGE_TRANSFER_DST_BIT : VK_IMAGE_USAGE_TRANSFER_SRC_BIT;
  const VkBufferUsageFlags buffer_usage = to_image ? VK_BUFFER_USAGE_TRANSFER_SRC_BIT : VK_BUFFER_USAGE_TRANSFER_DST_BIT;
  if ((image->shape.usage & image_usage) == 0) call.violation("the image was made without this transfer usage");
  if ((buffer->usage & buffer_usage) == 0) call.violation("the buffer was made without this transfer usage");
  const VkImageLayout transfer = to_image ? VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL : VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL;
  if (layout != VK_IMAGE_LAYOUT_GENERAL && layout != transfer) call.violation("a layout that copies cannot use");
  for (std::uint32_t i = 0; i < count; ++i) {
    commands->commands.emplace_back([=, image_id = image->id, buffer_id = buffer->id, region = regions[i]] {
      copy_image(function, image_id, buffer_id, layout, region, to_image);
    });
  }
}

}  // namespace

VkResult entry::vkCreateCommandPool(VkDevice handle, const VkCommandPoolCreateInfo* info, const VkAllocationCallbacks*,
                                    VkCommandPool* out) {
  Call call("vkCreateCommandPool", handle);
  if (info->queueFamilyIndex != 0) call.violation("there is only queue family 0");
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return failure;
  auto pool = std::make_unique<CommandPool>();
  pool->resettable = (info->flags & VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT) != 0;
  *out = handle_of<VkCommandPool>(add(std::move(pool), call.device()->id));
  return VK_SUCCESS;
}

void entry::vkDestroyCommandPool(VkDevice handle, VkCommandPool pool_handle, const VkAllocationCallbacks*) {
  if (pool_handle == VK_NULL_HANDLE) return;
  const Call call("vkDestroyCommandPool", handle);
  auto* pool = call.get<CommandPool>(pool_handle);
  if (pool == nullptr) return;
  for (const Id id : buffers_of(*pool)) drop(call.function(), id);
  remove(call.function(), *pool);
}

VkResult entry::vkResetCommandPool(VkDevice handle, VkCommandPool pool_handle, VkCommandPoolResetFlags) {
  Call call("vkResetCommandPool", handle);
  const auto* pool = call.get<CommandPool>(pool_handle);
  if (pool == nullptr) return VK_ERROR_OUT_OF_DEVICE_MEMORY;
  for (const Id id : buffers_of(*pool)) {
    if (peek<CommandBuffer>(id)->in_flight != 0) call.violation("a command buffer of the pool is pending");
  }
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return failure;
  for (const Id id : buffers_of(*pool)) {
    clear(*peek<CommandBuffer>(id));
    peek<CommandBuffer>(id)->state = Recording::initial;
  }
  return VK_SUCCESS;
}

VkResult entry::vkAllocateCommandBuffers(VkDevice handle, const VkCommandBufferAllocateInfo* info, VkCommandBuffer* out) {
  Call call("vkAllocateCommandBuffers", handle);
  const auto* pool = call.get<CommandPool>(info->commandPool);
  if (pool == nullptr) return VK_ERROR_OUT_OF_HOST_MEMORY;
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return failure;
  for (std::uint32_t i = 0; i < info->commandBufferCount; ++i) out[i] = handle_of<VkCommandBuffer>(add<CommandBuffer>(pool->id));
  return VK_SUCCESS;
}

void entry::vkFreeCommandBuffers(VkDevice handle, VkCommandPool pool_handle, std::uint32_t count, const VkCommandBuffer* buffers) {
  const Call call("vkFreeCommandBuffers", handle);
  const auto* pool = call.get<CommandPool>(pool_handle);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (buffers[i] == VK_NULL_HANDLE) continue;
    auto* buffer = lookup<CommandBuffer>(call.function(), id_of(buffers[i]));
    if (buffer == nullptr) continue;
    if (pool == nullptr || buffer->parent != pool->id) call.violation("the command buffer belongs to another pool");
    remove(call.function(), *buffer);
  }
}

VkResult entry::vkBeginCommandBuffer(VkCommandBuffer handle, const VkCommandBufferBeginInfo* info) {
  Call call("vkBeginCommandBuffer");
  auto* buffer = call.get<CommandBuffer>(handle);
  if (buffer == nullptr) return VK_ERROR_OUT_OF_HOST_MEMORY;
  if (buffer->in_flight != 0) call.violation("the command buffer is pending");
  if (buffer->state == Recording::recording) call.violation("the command buffer is recording already");
  const auto* pool = peek<CommandPool>(buffer->parent);
  if (buffer->state != Recording::initial && !pool->resettable) call.violation("an implicit reset that the pool does not allow");
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return failure;
  clear(*buffer);
  buffer->one_time = (info->flags & VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT) != 0;
  buffer->state = Recording::recording;
  return VK_SUCCESS;
}

VkResult entry::vkEndCommandBuffer(VkCommandBuffer handle) {
  Call call("vkEndCommandBuffer");
  CommandBuffer* buffer = recording(call, handle);
  if (buffer == nullptr) return VK_ERROR_OUT_OF_HOST_MEMORY;
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) {
    buffer->state = Recording::invalid;
    return failure;
  }
  buffer->state = Recording::executable;
  return VK_SUCCESS;
}

VkResult entry::vkResetCommandBuffer(VkCommandBuffer handle, VkCommandBufferResetFlags) {
  Call call("vkResetCommandBuffer");
  auto* buffer = call.get<CommandBuffer>(handle);
  if (buffer == nullptr) return VK_ERROR_OUT_OF_DEVICE_MEMORY;
  if (buffer->in_flight != 0) call.violation("the command buffer is pending");
  if (!peek<CommandPool>(buffer->parent)->resettable) call.violation("the pool does not allow to reset single command buffers");
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return failure;
  clear(*buffer);
  buffer->state = Recording::initial;
  return VK_SUCCESS;
}

void entry::vkCmdPipelineBarrier(VkCommandBuffer handle, VkPipelineStageFlags source, VkPipelineStageFlags destination, VkDependencyFlags,
                                 std::uint32_t, const VkMemoryBarrier*, std::uint32_t buffer_count, const VkBufferMemoryBarrier* buffers,
                                 std::uint32_t count, const VkImageMemoryBarrier* images) {
  const Call call("vkCmdPipelineBarrier");
  CommandBuffer* commands = recording(call, handle);
  if (commands == nullptr) return;
  if (source == 0 || destination == 0) call.violation("a stage mask of 0");
  for (std::uint32_t i = 0; i < buffer_count; ++i) (void)used<Buffer>(call, *commands, buffers[i].buffer);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto* image = used<Image>(call, *commands, images[i].image);
    if (image == nullptr) continue;
    if (images[i].newLayout == VK_IMAGE_LAYOUT_UNDEFINED || images[i].newLayout == VK_IMAGE_LAYOUT_PREINITIALIZED) {
      call.violation("UNDEFINED is no layout to change to");
    }
    VkImageAspectFlags aspects = 0;
    for (const PlaneFormat& plane : image->format.planes) aspects |= plane.aspect;
    if (image->format.kind == FormatClass::planar) aspects = VK_IMAGE_ASPECT_COLOR_BIT;
    if (images[i].subresourceRange.aspectMask != aspects) call.violation("a barrier that does not cover all aspects of the image");
    commands->commands.emplace_back([id = image->id, barrier = images[i]] { execute_barrier(id, barrier); });
  }
}

void entry::vkCmdCopyBuffer(VkCommandBuffer handle, VkBuffer from_handle, VkBuffer to_handle, std::uint32_t count,
                            const VkBufferCopy* regions) {
  const Call call("vkCmdCopyBuffer");
  CommandBuffer* commands = recording(call, handle);
  if (commands == nullptr) return;
  const auto* from = used<Buffer>(call, *commands, from_handle);
  const auto* to = used<Buffer>(call, *commands, to_handle);
  if (from == nullptr || to == nullptr) return;
  for (std::uint32_t i = 0; i < count; ++i) {
    commands->commands.emplace_back([from_id = from->id, to_id = to->id, region = regions[i]] { copy_buffer(from_id, to_id, region); });
  }
}

void entry::vkCmdCopyBufferToImage(VkCommandBuffer handle, VkBuffer buffer, VkImage image, VkImageLayout layout, std::uint32_t count,
                                   const VkBufferImageCopy* regions) {
  record_copy("vkCmdCopyBufferToImage", handle, buffer, image, layout, count, regions, true);
}

void entry::vkCmdCopyImageToBuffer(VkCommandBuffer handle, VkImage image, VkImageLayout layout, VkBuffer buffer, std::uint32_t count,
                                   const VkBufferImageCopy* regions) {
  record_copy("vkCmdCopyImageToBuffer", handle, buffer, image, layout, count, regions, false);
}

void entry::vkCmdClearColorImage(VkCommandBuffer handle, VkImage image_handle, VkImageLayout layout, const VkClearColorValue* color,
                                 std::uint32_t count, const VkImageSubresourceRange* ranges) {
  const Call call("vkCmdClearColorImage");
  CommandBuffer* commands = recording(call, handle);
  if (commands == nullptr) return;
  const auto* image = used<Image>(call, *commands, image_handle);
  if (image == nullptr) return;
  if (image->format.kind != FormatClass::color) call.violation("the format cannot be cleared");
  for (std::uint32_t i = 0; i < count; ++i) {
    commands->commands.emplace_back([=, id = image->id, value = *color, range = ranges[i]] { clear_image(id, layout, value, range); });
  }
}

}  // namespace fake_vulkan
