// Which images a device can have, and how they can leave it.
#include <algorithm>
#include <bit>

#include "entry_points.hpp"
#include "state.hpp"

namespace fake_vulkan {
namespace {

constexpr VkFormatFeatureFlags copies = VK_FORMAT_FEATURE_TRANSFER_SRC_BIT | VK_FORMAT_FEATURE_TRANSFER_DST_BIT;

VkFormatFeatureFlags features(const DeviceConfig& config, VkFormat format, bool linear) {
  const auto detail = format_detail(format);
  if (!detail || config.unsupported_formats.count(format) != 0) return 0;
  switch (detail->kind) {
    case FormatClass::color:
      return copies | VK_FORMAT_FEATURE_SAMPLED_IMAGE_BIT | VK_FORMAT_FEATURE_STORAGE_IMAGE_BIT | VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BIT |
             VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BLEND_BIT | VK_FORMAT_FEATURE_BLIT_SRC_BIT | VK_FORMAT_FEATURE_BLIT_DST_BIT;
    case FormatClass::compressed:
      return linear ? 0 : copies | VK_FORMAT_FEATURE_SAMPLED_IMAGE_BIT;
    case FormatClass::depth_stencil:
      return linear ? 0 : copies | VK_FORMAT_FEATURE_SAMPLED_IMAGE_BIT | VK_FORMAT_FEATURE_DEPTH_STENCIL_ATTACHMENT_BIT;
    case FormatClass::planar:
      return copies | VK_FORMAT_FEATURE_SAMPLED_IMAGE_BIT | VK_FORMAT_FEATURE_MIDPOINT_CHROMA_SAMPLES_BIT;
  }
  return 0;
}

bool usable(VkFormatFeatureFlags have, VkImageUsageFlags usage) {
  const auto needs = [&](VkImageUsageFlagBits bit, VkFormatFeatureFlags feature) { return (usage & bit) == 0 || (have & feature) != 0; };
  return needs(VK_IMAGE_USAGE_TRANSFER_SRC_BIT, VK_FORMAT_FEATURE_TRANSFER_SRC_BIT) &&
         needs(VK_IMAGE_USAGE_TRANSFER_DST_BIT, VK_FORMAT_FEATURE_TRANSFER_DST_BIT) &&
         needs(VK_IMAGE_USAGE_SAMPLED_BIT, VK_FORMAT_FEATURE_SAMPLED_IMAGE_BIT) &&
         needs(VK_IMAGE_USAGE_STORAGE_BIT, VK_FORMAT_FEATURE_STORAGE_IMAGE_BIT) &&
         needs(VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT, VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BIT) &&
         needs(VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT, VK_FORMAT_FEATURE_DEPTH_STENCIL_ATTACHMENT_BIT);
}

/// Memory planes of `format` with `modifier`; 0 when they do not go together.
std::uint32_t modifier_planes(const ModifierConfig& modifier, VkFormat format, const FormatDetail& detail) {
  if (detail.kind != FormatClass::color && detail.kind != FormatClass::planar) return 0;
  if (!modifier.formats.empty() && modifier.formats.count(format) == 0) return 0;
  const auto planes = modifier.memory_planes * static_cast<std::uint32_t>(detail.planes.size());
  return planes <= 4 ? planes : 0;
}

VkExternalMemoryFeatureFlags external_features(const DeviceConfig& config, const std::set<std::string>& extensions,
                                               const ImageQuery& query) {
  const auto offered = [&extensions](const char* name) { return extensions.count(name) != 0; };
  switch (query.handle_type) {
    case VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT:
      return offered("VK_KHR_external_memory_fd") ? config.opaque_fd_memory : 0;
    case VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT:
      return offered("VK_EXT_external_memory_dma_buf") && query.shape.tiling != VK_IMAGE_TILING_OPTIMAL ? config.dma_buf_memory : 0;
    default:
      return 0;
  }
}

ImageQuery query_of(const VkPhysicalDeviceImageFormatInfo2& info) {
  ImageQuery query;
  query.shape.format = info.format;
  query.shape.type = info.type;
  query.shape.tiling = info.tiling;
  query.shape.usage = info.usage;
  query.shape.flags = info.flags;
  if (const auto* external =
          find<VkPhysicalDeviceExternalImageFormatInfo>(info.pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_IMAGE_FORMAT_INFO)) {
    query.handle_type = external->handleType;
  }
  if (const auto* drm = find<VkPhysicalDeviceImageDrmFormatModifierInfoEXT>(
          info.pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_IMAGE_DRM_FORMAT_MODIFIER_INFO_EXT)) {
    query.shape.modifier = drm->drmFormatModifier;
  }
  return query;
}

}  // namespace

const ModifierConfig* find_modifier(const DeviceConfig& config, std::uint64_t modifier) {
  const auto found = std::find_if(config.modifiers.begin(), config.modifiers.end(), [&](const auto& m) { return m.modifier == modifier; });
  return found == config.modifiers.end() ? nullptr : &*found;
}

VkResult image_support(const DeviceConfig& config, const std::set<std::string>& extensions, const ImageQuery& query, ImageSupport& out) {
  const ImageShape& shape = query.shape;
  const auto detail = format_detail(shape.format);
  if (!detail) return VK_ERROR_FORMAT_NOT_SUPPORTED;
  const bool linear = shape.tiling != VK_IMAGE_TILING_OPTIMAL;
  const VkFormatFeatureFlags have = features(config, shape.format, linear);
  if (have == 0 || shape.usage == 0 || !usable(have, shape.usage)) return VK_ERROR_FORMAT_NOT_SUPPORTED;
  const bool cube = (shape.flags & VK_IMAGE_CREATE_CUBE_COMPATIBLE_BIT) != 0;
  if (cube && shape.type != VK_IMAGE_TYPE_2D) return VK_ERROR_FORMAT_NOT_SUPPORTED;
  if (linear && (shape.type != VK_IMAGE_TYPE_2D || cube)) return VK_ERROR_FORMAT_NOT_SUPPORTED;
  if (detail->kind == FormatClass::planar && (shape.type != VK_IMAGE_TYPE_2D || cube)) return VK_ERROR_FORMAT_NOT_SUPPORTED;
  if (detail->kind == FormatClass::depth_stencil && shape.type == VK_IMAGE_TYPE_3D) return VK_ERROR_FORMAT_NOT_SUPPORTED;
  if (shape.tiling == VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT) {
    const ModifierConfig* modifier = find_modifier(config, shape.modifier);
    out.memory_planes = modifier != nullptr ? modifier_planes(*modifier, shape.format, *detail) : 0;
    if (out.memory_planes == 0) return VK_ERROR_FORMAT_NOT_SUPPORTED;
  }
  const std::uint32_t side = shape.type == VK_IMAGE_TYPE_3D ? config.max_image_dimension_3d : config.max_image_dimension_2d;
  const bool single = linear || detail->kind == FormatClass::planar;
  out.properties.maxExtent = {side, shape.type == VK_IMAGE_TYPE_1D ? 1 : side, shape.type == VK_IMAGE_TYPE_3D ? side : 1};
  out.properties.maxMipLevels = single ? 1 : static_cast<std::uint32_t>(std::bit_width(side));
  out.properties.maxArrayLayers = single || shape.type == VK_IMAGE_TYPE_3D ? 1 : config.max_image_array_layers;
  out.properties.sampleCounts = VK_SAMPLE_COUNT_1_BIT;
  out.properties.maxResourceSize = config.max_resource_size;
  if (query.handle_type != 0) {
    const VkExternalMemoryFeatureFlags external = external_features(config, extensions, query);
    if (external == 0) return VK_ERROR_FORMAT_NOT_SUPPORTED;
    out.external = {external, query.handle_type, query.handle_type};
  }
  return VK_SUCCESS;
}

void entry::vkGetPhysicalDeviceFormatProperties(VkPhysicalDevice handle, VkFormat format, VkFormatProperties* out) {
  const Call call("vkGetPhysicalDeviceFormatProperties");
  const auto* physical = call.get<PhysicalDevice>(handle);
  if (physical == nullptr) return;
  const VkFormatFeatureFlags optimal = features(*physical->config, format, false);
  *out = {features(*physical->config, format, true), optimal, optimal != 0 ? copies : 0};
}

void entry::vkGetPhysicalDeviceFormatProperties2(VkPhysicalDevice handle, VkFormat format, VkFormatProperties2* out) {
  entry::vkGetPhysicalDeviceFormatProperties(handle, format, &out->formatProperties);
  const Call call("vkGetPhysicalDeviceFormatProperties2");
  const auto* physical = call.get<PhysicalDevice>(handle);
  auto* list = find<VkDrmFormatModifierPropertiesListEXT>(out->pNext, VK_STRUCTURE_TYPE_DRM_FORMAT_MODIFIER_PROPERTIES_LIST_EXT);
  if (physical == nullptr || list == nullptr) return;
  std::vector<VkDrmFormatModifierPropertiesEXT> all;
  const auto detail = format_detail(format);
  const VkFormatFeatureFlags have = features(*physical->config, format, true);
  for (const ModifierConfig& modifier : physical->config->modifiers) {
    const std::uint32_t planes = detail && have != 0 ? modifier_planes(modifier, format, *detail) : 0;
    if (planes != 0) all.push_back({modifier.modifier, planes, have});
  }
  (void)enumerate(all, &list->drmFormatModifierCount, list->pDrmFormatModifierProperties);
}

VkResult entry::vkGetPhysicalDeviceImageFormatProperties(VkPhysicalDevice handle, VkFormat format, VkImageType type, VkImageTiling tiling,
                                                         VkImageUsageFlags usage, VkImageCreateFlags flags, VkImageFormatProperties* out) {
  Call call("vkGetPhysicalDeviceImageFormatProperties");
  const auto* physical = call.get<PhysicalDevice>(handle);
  if (physical == nullptr) return VK_ERROR_FORMAT_NOT_SUPPORTED;
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return failure;
  ImageQuery query;
  query.shape.format = format;
  query.shape.type = type;
  query.shape.tiling = tiling;
  query.shape.usage = usage;
  query.shape.flags = flags;
  ImageSupport support;
  const VkResult result = image_support(*physical->config, {}, query, support);
  *out = result == VK_SUCCESS ? support.properties : VkImageFormatProperties{};
  return result;
}

VkResult entry::vkGetPhysicalDeviceImageFormatProperties2(VkPhysicalDevice handle, const VkPhysicalDeviceImageFormatInfo2* info,
                                                          VkImageFormatProperties2* out) {
  Call call("vkGetPhysicalDeviceImageFormatProperties2");
  const auto* physical = call.get<PhysicalDevice>(handle);
  if (physical == nullptr) return VK_ERROR_FORMAT_NOT_SUPPORTED;
  const bool by_modifier = find<VkPhysicalDeviceImageDrmFormatModifierInfoEXT>(
                               info->pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_IMAGE_DRM_FORMAT_MODIFIER_INFO_EXT) != nullptr;
  if (by_modifier != (info->tiling == VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT)) {
    call.violation("VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT and VkPhysicalDeviceImageDrmFormatModifierInfoEXT go together");
  }
  const bool mutable_format = (info->flags & VK_IMAGE_CREATE_MUTABLE_FORMAT_BIT) != 0;
  const auto* list = find<VkImageFormatListCreateInfo>(info->pNext, VK_STRUCTURE_TYPE_IMAGE_FORMAT_LIST_CREATE_INFO);
  if (by_modifier && mutable_format && (list == nullptr || list->viewFormatCount == 0)) {
    call.violation("an image with a DRM format modifier and MUTABLE_FORMAT needs a format list");
  }
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return failure;
  const std::vector<std::string> offered = device_extensions(*physical->config);
  const ImageQuery query = query_of(*info);
  ImageSupport support;
  const VkResult result = image_support(*physical->config, {offered.begin(), offered.end()}, query, support);
  out->imageFormatProperties = result == VK_SUCCESS ? support.properties : VkImageFormatProperties{};
  if (auto* external = find<VkExternalImageFormatProperties>(out->pNext, VK_STRUCTURE_TYPE_EXTERNAL_IMAGE_FORMAT_PROPERTIES)) {
    external->externalMemoryProperties = support.external;
  }
  return result;
}

}  // namespace fake_vulkan
