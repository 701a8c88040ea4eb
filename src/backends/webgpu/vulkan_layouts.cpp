// Layouts of Vulkan images, which Dawn wants to be told and tells.
#include <vulkan/vulkan_core.h>

#include "backends/webgpu/external.hpp"
#include "core/message.hpp"

namespace geyser::webgpu {
namespace {

struct Named {
  TextureLayout layout;
  VkImageLayout native;
};
constexpr Named layouts[] = {
    {TextureLayout::undefined, VK_IMAGE_LAYOUT_UNDEFINED},
    {TextureLayout::general, VK_IMAGE_LAYOUT_GENERAL},
    {TextureLayout::color_attachment, VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL},
    {TextureLayout::depth_stencil_attachment, VK_IMAGE_LAYOUT_DEPTH_STENCIL_ATTACHMENT_OPTIMAL},
    {TextureLayout::depth_stencil_read_only, VK_IMAGE_LAYOUT_DEPTH_STENCIL_READ_ONLY_OPTIMAL},
    {TextureLayout::shader_read_only, VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL},
    {TextureLayout::transfer_src, VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL},
    {TextureLayout::transfer_dst, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL},
};

}  // namespace

LayoutChain::LayoutChain(TextureLayout layout) noexcept : layout_(layout) {
  begin_.chain.sType = WGPUSType_SharedTextureMemoryVkImageLayoutBeginState;
  end_.chain.sType = WGPUSType_SharedTextureMemoryVkImageLayoutEndState;
  for (const auto& each : layouts) {
    if (each.layout == layout) begin_.oldLayout = begin_.newLayout = each.native;
  }
}

WGPUChainedStruct* LayoutChain::begin() noexcept { return &begin_.chain; }
WGPUChainedStruct* LayoutChain::end() noexcept { return &end_.chain; }

Result<TextureLayout> LayoutChain::left() const {
  // Not used in the access: Dawn says 0 and 0, and means that it changed nothing.
  if (end_.oldLayout == VK_IMAGE_LAYOUT_UNDEFINED && end_.newLayout == VK_IMAGE_LAYOUT_UNDEFINED) return layout_;
  if (end_.oldLayout == end_.newLayout) {
    for (const auto& each : layouts) {
      if (each.native == end_.newLayout) return each.layout;
    }
  }
  return Error(Errc::internal, detail::text("Dawn left the texture between the VkImageLayouts ", end_.oldLayout, " and ", end_.newLayout,
                                            ", which this library cannot hand on; its content counts as lost."));
}

}  // namespace geyser::webgpu
