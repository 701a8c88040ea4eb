// Memory behind opaque file descriptors: Dawn makes the image that the exporter made, from the VkImageCreateInfo in the handle.
#include <vulkan/vulkan_core.h>

#include "backends/webgpu/external_linux.hpp"
#include "core/message.hpp"
#include "platform/handle_identity.hpp"

namespace geyser::webgpu {
namespace {

using detail::text;

Error contradiction(std::string_view field, const std::string& given, const std::string& expected) {
  return Error(Errc::protocol_error, text("TextureHandleInfo::", field, " is ", given, "; ", expected, "."));
}

/// Dawn makes views of sRGB twins, and asks for images that allow it.
bool needs_mutable(const FormatInfo& format) noexcept { return format.srgb_twin != TextureFormat::undefined; }

}  // namespace

std::string why_not_opaque_fd(const TextureDescriptor&) { return {}; }

Result<void> check_opaque_fd(const TextureHandle& handle) {
  const TextureHandleInfo& info = handle.info;
  const FormatInfo& format = *format_info(info.descriptor.format);
  if (info.native_format != format.vulkan) {
    return contradiction("native_format", text(info.native_format),
                         text("the descriptor's format ", format.name, " is VkFormat ", format.vulkan));
  }
  if (info.linear_tiling) {
    return Error(Errc::unsupported_format,
                 "The texture is linear, and Dawn imports images in the device's own order only; create it without "
                 "CreateOptions::linear.");
  }
  if ((info.native_usage & VK_IMAGE_USAGE_TRANSFER_DST_BIT) == 0) {
    return Error(Errc::unsupported_format,
                 "The image was made without VK_IMAGE_USAGE_TRANSFER_DST_BIT, which Dawn needs to clear it; add it where it is created.");
  }
  if (needs_mutable(format) && (info.native_create_flags & VK_IMAGE_CREATE_MUTABLE_FORMAT_BIT) == 0) {
    return Error(
        Errc::unsupported_format,
        "The image was made without VK_IMAGE_CREATE_MUTABLE_FORMAT_BIT, which Dawn needs for its views; add it where it is created.");
  }
  if (!platform::may_be_memory(handle.handles[0], info.allocation_size)) {
    return Error(Errc::protocol_error, text("The OS handle is no memory of ", info.allocation_size,
                                            " bytes (a pipe, a socket, or a shorter file); pass the handle that export_texture() made."));
  }
  return {};
}

Result<WGPUSharedTextureMemory> import_opaque_fd(const Entered& entered, const TextureHandle& handle) {
  const TextureHandleInfo& info = handle.info;
  VkExternalMemoryImageCreateInfo external{};
  external.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO;
  external.handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT;
  VkImageCreateInfo image{};
  image.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO;
  image.pNext = &external;
  image.flags = info.native_create_flags;
  image.imageType = VK_IMAGE_TYPE_2D;
  image.format = static_cast<VkFormat>(info.native_format);
  image.extent = {info.descriptor.extent.width, info.descriptor.extent.height, 1};
  image.mipLevels = 1;
  image.arrayLayers = 1;
  image.samples = VK_SAMPLE_COUNT_1_BIT;
  image.tiling = VK_IMAGE_TILING_OPTIMAL;
  image.usage = info.native_usage;
  image.sharingMode = VK_SHARING_MODE_EXCLUSIVE;
  image.initialLayout = VK_IMAGE_LAYOUT_UNDEFINED;
  // A position of its own: drivers read the head of a memory file, and duplicates share one position, in other processes too.
  const OsHandle reopened = platform::reopened_file(handle.handles[0]);
  WGPUSharedTextureMemoryOpaqueFDDescriptor memory{};
  memory.chain.sType = WGPUSType_SharedTextureMemoryOpaqueFDDescriptor;
  memory.vkImageCreateInfo = &image;
  memory.memoryFD = (reopened ? reopened : handle.handles[0]).fd();
  memory.memoryTypeIndex = info.memory_type_index;
  memory.allocationSize = info.allocation_size;
  memory.dedicatedAllocation = static_cast<WGPUBool>(info.dedicated);
  WGPUSharedTextureMemoryDescriptor descriptor{};
  descriptor.nextInChain = &memory.chain;
  descriptor.label = view_of(info.descriptor.label);
  return entered.wgpu().DeviceImportSharedTextureMemory(entered.context().device, &descriptor);
}

}  // namespace geyser::webgpu
