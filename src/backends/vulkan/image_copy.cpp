#include "backends/vulkan/image_copy.hpp"

namespace geyser::vulkan {
namespace {

vk::ImageAspectFlags aspect_of(const FormatInfo& format, std::uint32_t plane) {
  switch (format.kind) {
    case FormatKind::depth:
      return vk::ImageAspectFlagBits::eDepth;
    case FormatKind::stencil:
      return vk::ImageAspectFlagBits::eStencil;
    case FormatKind::depth_stencil:
      return plane == 0 ? vk::ImageAspectFlagBits::eDepth : vk::ImageAspectFlagBits::eStencil;
    case FormatKind::planar:
      return plane == 0   ? vk::ImageAspectFlagBits::ePlane0
             : plane == 1 ? vk::ImageAspectFlagBits::ePlane1
                          : vk::ImageAspectFlagBits::ePlane2;
    case FormatKind::color:
    case FormatKind::bc:
    case FormatKind::etc2:
    case FormatKind::astc:
      break;
  }
  return vk::ImageAspectFlagBits::eColor;
}

}  // namespace

vk::ImageLayout copy_layout(const TextureState& state, bool to_texture) noexcept {
  if (!state.initialized || state.layout == TextureLayout::general) return vk::ImageLayout::eGeneral;
  return to_texture ? vk::ImageLayout::eTransferDstOptimal : vk::ImageLayout::eTransferSrcOptimal;
}

vk::BufferImageCopy copy_of(const Texture& texture, const TextureRegion& region, const Extent3D& extent) noexcept {
  const auto* format = format_info(texture.descriptor().format);
  return {.bufferOffset = 0,
          .bufferRowLength = 0,  // rows without gaps
          .bufferImageHeight = 0,
          .imageSubresource = {.aspectMask = aspect_of(*format, region.plane),
                               .mipLevel = region.mip_level,
                               .baseArrayLayer = region.array_layer,
                               .layerCount = 1},
          .imageOffset = {static_cast<std::int32_t>(region.offset.x), static_cast<std::int32_t>(region.offset.y),
                          static_cast<std::int32_t>(region.offset.z)},
          .imageExtent = {extent.width, extent.height, extent.depth}};
}

}  // namespace geyser::vulkan
