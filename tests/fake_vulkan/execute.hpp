// What commands do to memory when a submit executes. The caller holds the driver's lock.
#pragma once

#include "objects.hpp"

namespace fake_vulkan {

void execute_barrier(Id image, const VkImageMemoryBarrier& barrier);
void copy_image(const char* function, Id image, Id buffer, VkImageLayout layout, const VkBufferImageCopy& region, bool to_image);
void copy_buffer(Id from, Id to, const VkBufferCopy& region);
void clear_image(Id image, VkImageLayout layout, const VkClearColorValue& color, const VkImageSubresourceRange& range);

}  // namespace fake_vulkan
