// Images, buffers, views, and what binds them to memory.
#include <algorithm>

#include "entry_points.hpp"
#include "state.hpp"

namespace fake_vulkan {
namespace {

constexpr std::uint64_t page = 4096;

ImageShape shape_of(const VkImageCreateInfo& info) {
  ImageShape shape;
  shape.format = info.format;
  shape.type = info.imageType;
  shape.tiling = info.tiling;
  shape.usage = info.usage;
  shape.flags = info.flags;
  shape.extent = info.extent;
  shape.mip_levels = info.mipLevels;
  shape.array_layers = info.arrayLayers;
  return shape;
}

/// What vkGetPhysicalDeviceImageFormatProperties2 would have said.
void check_limits(const Call& call, const Device& device, const Image& image) {
  for (unsigned bit = 0; bit < 32; ++bit) {
    const VkExternalMemoryHandleTypeFlags type = image.handle_types & (1U << bit);
    if (type == 0 && !(bit == 0 && image.handle_types == 0)) continue;
    ImageSupport support;
    if (image_support(*device.config, device.extensions, {image.shape, type}, support) != VK_SUCCESS) {
      call.violation("an image that the device does not support");
      continue;
    }
    const VkImageFormatProperties& most = support.properties;
    const ImageShape& shape = image.shape;
    if (shape.extent.width > most.maxExtent.width || shape.extent.height > most.maxExtent.height ||
        shape.extent.depth > most.maxExtent.depth || shape.mip_levels > most.maxMipLevels || shape.array_layers > most.maxArrayLayers) {
      call.violation("an image beyond the device's limits");
    }
  }
}

void check_create(const Call& call, const Device& device, const VkImageCreateInfo& info, const Image& image) {
  const VkExtent3D& extent = info.extent;
  if (extent.width == 0 || extent.height == 0 || extent.depth == 0 || info.mipLevels == 0 || info.arrayLayers == 0)
    call.violation("an empty image");
  if (image.handle_types != 0 && info.initialLayout != VK_IMAGE_LAYOUT_UNDEFINED)
    call.violation("an external image that is not UNDEFINED at first");
  if ((info.flags & VK_IMAGE_CREATE_CUBE_COMPATIBLE_BIT) != 0 && (extent.width != extent.height || info.arrayLayers < 6)) {
    call.violation("a cube that is not square or has fewer than six layers");
  }
  if (image.format.kind == FormatClass::planar && (extent.width % 2 != 0 || extent.height % 2 != 0))
    call.violation("a 4:2:0 image with an odd side");
  check_limits(call, device, image);
}

/// DRM format modifier tiling: chooses or takes over the modifier. An error where the importer's planes do not hold the image.
VkResult place_with_modifier(const Call& call, const Device& device, const VkImageCreateInfo& info, Image& image) {
  const auto* list =
      find<VkImageDrmFormatModifierListCreateInfoEXT>(info.pNext, VK_STRUCTURE_TYPE_IMAGE_DRM_FORMAT_MODIFIER_LIST_CREATE_INFO_EXT);
  const auto* given =
      find<VkImageDrmFormatModifierExplicitCreateInfoEXT>(info.pNext, VK_STRUCTURE_TYPE_IMAGE_DRM_FORMAT_MODIFIER_EXPLICIT_CREATE_INFO_EXT);
  if (!device.has("VK_EXT_image_drm_format_modifier")) call.violation("VK_EXT_image_drm_format_modifier is not enabled");
  if ((list == nullptr) == (given == nullptr)) call.violation("exactly one of a modifier list and an explicit modifier is wanted");
  const ModifierConfig* chosen = nullptr;
  std::vector<MemoryPlaneLayout> planes;
  if (given != nullptr) {
    chosen = find_modifier(*device.config, given->drmFormatModifier);
    for (std::uint32_t i = 0; i < given->drmFormatModifierPlaneCount; ++i) {
      const VkSubresourceLayout& plane = given->pPlaneLayouts[i];
      if (plane.size != 0) call.violation("VkSubresourceLayout::size is not 0");
      if (plane.arrayPitch != 0 && info.arrayLayers == 1) call.violation("VkSubresourceLayout::arrayPitch is not 0");
      if (plane.depthPitch != 0 && info.extent.depth == 1) call.violation("VkSubresourceLayout::depthPitch is not 0");
      planes.push_back({plane.offset, plane.rowPitch, 0});
    }
  } else if (list != nullptr) {
    // The driver's own order decides, as Vulkan allows: callers must ask which modifier it became.
    for (const ModifierConfig& modifier : device.config->modifiers) {
      const auto* end = list->pDrmFormatModifiers + list->drmFormatModifierCount;
      if (std::find(list->pDrmFormatModifiers, end, modifier.modifier) == end) continue;
      chosen = &modifier;
      break;
    }
  }
  if (chosen == nullptr) {
    call.violation("no modifier that the device has");
    return VK_ERROR_INVALID_DRM_FORMAT_MODIFIER_PLANE_LAYOUT_EXT;
  }
  image.shape.modifier = chosen->modifier;
  const auto layout = modifier_layout(image.shape, image.format, chosen->memory_planes, planes);
  if (!layout || (given != nullptr && planes.empty())) return VK_ERROR_INVALID_DRM_FORMAT_MODIFIER_PLANE_LAYOUT_EXT;
  image.layout = *layout;
  image.memory_planes = static_cast<std::uint32_t>(layout->memory_planes.size());
  return VK_SUCCESS;
}

VkMemoryRequirements requirements(const Device& device, const Image& image) {
  return {(image.layout.size + page - 1) / page * page, device.config->image_alignment, device.config->image_memory_type_bits};
}

VkMemoryRequirements requirements(const Device& device, const Buffer& buffer) {
  return {(buffer.size + 63) / 64 * 64, 64, device.config->buffer_memory_type_bits};
}

void fill_dedicated(VkMemoryRequirements2& out, bool required) {
  if (auto* dedicated = find<VkMemoryDedicatedRequirements>(out.pNext, VK_STRUCTURE_TYPE_MEMORY_DEDICATED_REQUIREMENTS)) {
    dedicated->prefersDedicatedAllocation = required ? VK_TRUE : VK_FALSE;
    dedicated->requiresDedicatedAllocation = required ? VK_TRUE : VK_FALSE;
  }
}

/// Checks and binds an image or a buffer.
template <class Resource>
VkResult bind(Call& call, Resource* resource, Memory* memory, std::uint64_t offset, Id dedicated) {
  if (resource == nullptr || memory == nullptr) return VK_ERROR_OUT_OF_HOST_MEMORY;
  const VkMemoryRequirements needs = requirements(*call.device(), *resource);
  if (resource->memory != 0) call.violation("the ", Resource::name, " is bound already");
  if ((needs.memoryTypeBits & (1U << memory->memory_type)) == 0)
    call.violation("memory type ", memory->memory_type, " does not suit the ", Resource::name);
  if (offset % needs.alignment != 0) call.violation("the offset is not aligned");
  const std::uint64_t wanted = memory->imported ? (needs.size < memory->size ? needs.size : memory->size) : needs.size;
  if (offset + wanted > memory->size) call.violation("the ", Resource::name, " does not fit into the memory");
  if (dedicated != 0 && (dedicated != resource->id || offset != 0)) call.violation("the memory is dedicated to something else");
  if (memory->handle_types != 0 && (memory->handle_types & resource->handle_types) == 0) {
    call.violation("the ", Resource::name, " was made without the handle type of the memory");
  }
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return failure;
  resource->memory = memory->id;
  resource->memory_offset = offset;
  memory->bound.insert(resource->id);
  return VK_SUCCESS;
}

VkResult bind_image(Call& call, VkImage handle, VkDeviceMemory memory_handle, std::uint64_t offset) {
  auto* image = call.get<Image>(handle);
  auto* memory = call.get<Memory>(memory_handle);
  if (image != nullptr && memory != nullptr) {
    if (image->dedicated_only && memory->dedicated_image != image->id) call.violation("the image needs a dedicated allocation");
    // Only now is it known whether what an importer said about its planes stays inside the memory.
    if (offset + image->layout.size > memory->size) return VK_ERROR_OUT_OF_DEVICE_MEMORY;
  }
  return bind(call, image, memory, offset, memory != nullptr ? memory->dedicated_image : 0);
}

VkResult bind_buffer(Call& call, VkBuffer handle, VkDeviceMemory memory_handle, std::uint64_t offset) {
  auto* memory = call.get<Memory>(memory_handle);
  return bind(call, call.get<Buffer>(handle), memory, offset, memory != nullptr ? memory->dedicated_buffer : 0);
}

void unbind(Id memory, Id resource) {
  if (auto* bound = peek<Memory>(memory)) bound->bound.erase(resource);
}

}  // namespace

VkResult entry::vkCreateImage(VkDevice handle, const VkImageCreateInfo* info, const VkAllocationCallbacks*, VkImage* out) {
  Call call("vkCreateImage", handle);
  Device* device = call.device();
  if (device == nullptr) return VK_ERROR_OUT_OF_HOST_MEMORY;
  auto image = std::make_unique<Image>();
  image->shape = shape_of(*info);
  const auto detail = format_detail(info->format);
  if (!detail) {
    call.violation("a format that the driver does not know");
    return VK_ERROR_OUT_OF_HOST_MEMORY;
  }
  image->format = *detail;
  if (const auto* external = find<VkExternalMemoryImageCreateInfo>(info->pNext, VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO)) {
    image->handle_types = external->handleTypes;
  }
  image->dedicated_only = image->handle_types != 0;
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return failure;
  if (info->tiling == VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT) {
    if (const VkResult result = place_with_modifier(call, *device, *info, *image); result != VK_SUCCESS) return result;
  } else {
    image->layout = tight_layout(image->shape, image->format);
  }
  check_create(call, *device, *info, *image);
  image->states.assign(std::size_t{info->mipLevels} * info->arrayLayers, SubresourceState{});
  *out = handle_of<VkImage>(add(std::move(image), device->id));
  return VK_SUCCESS;
}

void entry::vkDestroyImage(VkDevice handle, VkImage image_handle, const VkAllocationCallbacks*) {
  if (image_handle == VK_NULL_HANDLE) return;
  const Call call("vkDestroyImage", handle);
  auto* image = call.get<Image>(image_handle);
  if (image == nullptr) return;
  for (const auto& [id, object] : state().objects) {
    const auto* view = dynamic_cast<const ImageView*>(object.get());
    if (view != nullptr && view->image == image->id) call.violation("a view of the image is still alive");
  }
  unbind(image->memory, image->id);
  remove(call.function(), *image);
}

void entry::vkGetImageMemoryRequirements2(VkDevice handle, const VkImageMemoryRequirementsInfo2* info, VkMemoryRequirements2* out) {
  const Call call("vkGetImageMemoryRequirements2", handle);
  const auto* image = call.get<Image>(info->image);
  if (image == nullptr) return;
  out->memoryRequirements = requirements(*call.device(), *image);
  fill_dedicated(*out, image->dedicated_only);
}

void entry::vkGetImageMemoryRequirements(VkDevice handle, VkImage image_handle, VkMemoryRequirements* out) {
  const Call call("vkGetImageMemoryRequirements", handle);
  if (const auto* image = call.get<Image>(image_handle)) *out = requirements(*call.device(), *image);
}

void entry::vkGetBufferMemoryRequirements2(VkDevice handle, const VkBufferMemoryRequirementsInfo2* info, VkMemoryRequirements2* out) {
  const Call call("vkGetBufferMemoryRequirements2", handle);
  const auto* buffer = call.get<Buffer>(info->buffer);
  if (buffer == nullptr) return;
  out->memoryRequirements = requirements(*call.device(), *buffer);
  fill_dedicated(*out, false);
}

void entry::vkGetBufferMemoryRequirements(VkDevice handle, VkBuffer buffer_handle, VkMemoryRequirements* out) {
  const Call call("vkGetBufferMemoryRequirements", handle);
  if (const auto* buffer = call.get<Buffer>(buffer_handle)) *out = requirements(*call.device(), *buffer);
}

VkResult entry::vkBindImageMemory(VkDevice handle, VkImage image, VkDeviceMemory memory, VkDeviceSize offset) {
  Call call("vkBindImageMemory", handle);
  return bind_image(call, image, memory, offset);
}

VkResult entry::vkBindImageMemory2(VkDevice handle, std::uint32_t count, const VkBindImageMemoryInfo* infos) {
  Call call("vkBindImageMemory2", handle);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (const VkResult result = bind_image(call, infos[i].image, infos[i].memory, infos[i].memoryOffset); result != VK_SUCCESS)
      return result;
  }
  return VK_SUCCESS;
}

VkResult entry::vkBindBufferMemory(VkDevice handle, VkBuffer buffer, VkDeviceMemory memory, VkDeviceSize offset) {
  Call call("vkBindBufferMemory", handle);
  return bind_buffer(call, buffer, memory, offset);
}

VkResult entry::vkBindBufferMemory2(VkDevice handle, std::uint32_t count, const VkBindBufferMemoryInfo* infos) {
  Call call("vkBindBufferMemory2", handle);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (const VkResult result = bind_buffer(call, infos[i].buffer, infos[i].memory, infos[i].memoryOffset); result != VK_SUCCESS)
      return result;
  }
  return VK_SUCCESS;
}

void entry::vkGetImageSubresourceLayout(VkDevice handle, VkImage image_handle, const VkImageSubresource* which, VkSubresourceLayout* out) {
  const Call call("vkGetImageSubresourceLayout", handle);
  *out = {};
  const auto* image = call.get<Image>(image_handle);
  if (image == nullptr) return;
  if (image->shape.tiling == VK_IMAGE_TILING_OPTIMAL) return call.violation("an image of optimal tiling has no layout to ask for");
  for (std::size_t i = 0; i < image->layout.memory_planes.size(); ++i) {
    if (which->aspectMask != static_cast<VkImageAspectFlags>(VK_IMAGE_ASPECT_MEMORY_PLANE_0_BIT_EXT) << i) continue;
    const MemoryPlaneLayout& plane = image->layout.memory_planes[i];
    *out = {plane.offset, plane.size, plane.row_pitch, 0, 0};
    return;
  }
  if (image->shape.tiling != VK_IMAGE_TILING_LINEAR) return call.violation("the aspect is not a memory plane of the image");
  for (std::size_t i = 0; i < image->format.planes.size(); ++i) {
    if (which->aspectMask != image->format.planes[i].aspect) continue;
    const SubresourceLayout& sub = image->layout.subresources[i];
    *out = {sub.offset, sub.slice_pitch, sub.row_pitch, 0, 0};
  }
}

VkResult entry::vkGetImageDrmFormatModifierPropertiesEXT(VkDevice handle, VkImage image_handle,
                                                         VkImageDrmFormatModifierPropertiesEXT* out) {
  Call call("vkGetImageDrmFormatModifierPropertiesEXT", handle);
  const auto* image = call.get<Image>(image_handle);
  if (image == nullptr) return VK_ERROR_OUT_OF_HOST_MEMORY;
  if (image->shape.tiling != VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT) call.violation("the image has no modifier");
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return failure;
  out->drmFormatModifier = image->shape.modifier;
  return VK_SUCCESS;
}

VkResult entry::vkCreateImageView(VkDevice handle, const VkImageViewCreateInfo* info, const VkAllocationCallbacks*, VkImageView* out) {
  Call call("vkCreateImageView", handle);
  const auto* image = call.get<Image>(info->image);
  if (image == nullptr) return VK_ERROR_OUT_OF_HOST_MEMORY;
  const VkImageSubresourceRange& range = info->subresourceRange;
  const auto fits = [](std::uint32_t base, std::uint32_t count, std::uint32_t all, std::uint32_t remaining) {
    return base < all && (count == remaining || (count > 0 && count <= all - base));
  };
  if (!fits(range.baseMipLevel, range.levelCount, image->shape.mip_levels, VK_REMAINING_MIP_LEVELS) ||
      (image->shape.type != VK_IMAGE_TYPE_3D &&
       !fits(range.baseArrayLayer, range.layerCount, image->shape.array_layers, VK_REMAINING_ARRAY_LAYERS))) {
    call.violation("a range outside the image");
  }
  if (info->format != image->shape.format && (image->shape.flags & VK_IMAGE_CREATE_MUTABLE_FORMAT_BIT) == 0 &&
      image->format.kind != FormatClass::planar) {
    call.violation("another format of an image without MUTABLE_FORMAT");
  }
  if (image->memory == 0) call.violation("the image has no memory");
  VkImageAspectFlags aspects = VK_IMAGE_ASPECT_COLOR_BIT;
  if (image->format.kind != FormatClass::color && image->format.kind != FormatClass::compressed) {
    for (const PlaneFormat& plane : image->format.planes) aspects |= plane.aspect;
    if (image->format.kind == FormatClass::depth_stencil) aspects &= ~VkImageAspectFlags{VK_IMAGE_ASPECT_COLOR_BIT};
  }
  if (range.aspectMask == 0 || (range.aspectMask & ~aspects) != 0) call.violation("an aspect that the image does not have");
  constexpr VkImageUsageFlags viewable = VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_STORAGE_BIT | VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT |
                                         VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT | VK_IMAGE_USAGE_INPUT_ATTACHMENT_BIT;
  if ((image->shape.usage & viewable) == 0) call.violation("a view of an image that has no usage for views");
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return failure;
  auto view = std::make_unique<ImageView>();
  view->image = image->id;
  *out = handle_of<VkImageView>(add(std::move(view), call.device()->id));
  return VK_SUCCESS;
}

void entry::vkDestroyImageView(VkDevice handle, VkImageView view_handle, const VkAllocationCallbacks*) {
  if (view_handle == VK_NULL_HANDLE) return;
  const Call call("vkDestroyImageView", handle);
  if (auto* view = call.get<ImageView>(view_handle)) remove(call.function(), *view);
}

VkResult entry::vkCreateSamplerYcbcrConversion(VkDevice handle, const VkSamplerYcbcrConversionCreateInfo*, const VkAllocationCallbacks*,
                                               VkSamplerYcbcrConversion* out) {
  Call call("vkCreateSamplerYcbcrConversion", handle);
  if (call.device() != nullptr && !call.device()->ycbcr) call.violation("samplerYcbcrConversion is not enabled");
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return failure;
  *out = handle_of<VkSamplerYcbcrConversion>(add<Conversion>(call.device()->id));
  return VK_SUCCESS;
}

void entry::vkDestroySamplerYcbcrConversion(VkDevice handle, VkSamplerYcbcrConversion conversion_handle, const VkAllocationCallbacks*) {
  if (conversion_handle == VK_NULL_HANDLE) return;
  const Call call("vkDestroySamplerYcbcrConversion", handle);
  if (auto* conversion = call.get<Conversion>(conversion_handle)) remove(call.function(), *conversion);
}

VkResult entry::vkCreateBuffer(VkDevice handle, const VkBufferCreateInfo* info, const VkAllocationCallbacks*, VkBuffer* out) {
  Call call("vkCreateBuffer", handle);
  if (info->size == 0 || info->usage == 0) call.violation("an empty buffer or one without a use");
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return failure;
  auto buffer = std::make_unique<Buffer>();
  buffer->size = info->size;
  buffer->usage = info->usage;
  if (const auto* external = find<VkExternalMemoryBufferCreateInfo>(info->pNext, VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO)) {
    buffer->handle_types = external->handleTypes;
  }
  *out = handle_of<VkBuffer>(add(std::move(buffer), call.device()->id));
  return VK_SUCCESS;
}

void entry::vkDestroyBuffer(VkDevice handle, VkBuffer buffer_handle, const VkAllocationCallbacks*) {
  if (buffer_handle == VK_NULL_HANDLE) return;
  const Call call("vkDestroyBuffer", handle);
  auto* buffer = call.get<Buffer>(buffer_handle);
  if (buffer == nullptr) return;
  unbind(buffer->memory, buffer->id);
  remove(call.function(), *buffer);
}

}  // namespace fake_vulkan
