// What vkCmdCopyBufferToImage and vkCmdCopyImageToBuffer are told.
#pragma once

#include "backends/vulkan/texture.hpp"

namespace geyser::vulkan {

/// The layout that a copy happens in: the recorded one where a copy may, so that readers do not transition under each other.
[[nodiscard]] vk::ImageLayout copy_layout(const TextureState& state, bool to_texture) noexcept;
/// A region of the image, and rows without gaps from the buffer's start on. `extent` is the region's.
[[nodiscard]] vk::BufferImageCopy copy_of(const Texture& texture, const TextureRegion& region, const Extent3D& extent) noexcept;

}  // namespace geyser::vulkan
