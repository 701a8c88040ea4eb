#include "backends/vulkan/formats.hpp"

#include <algorithm>

#include "backends/vulkan/external_types.hpp"
#include "core/message.hpp"

namespace geyser::vulkan {

namespace {

using detail::text;

constexpr std::uint64_t key_of(TextureFormat format, TextureDimension dimension, TextureUsage usage, MemoryHandleType type) noexcept {
  return static_cast<std::uint64_t>(format) | static_cast<std::uint64_t>(dimension) << 16 | static_cast<std::uint64_t>(type) << 24 |
         static_cast<std::uint64_t>(usage) << 32;
}

// Blocks with an sRGB twin too: Dawn imports them only so.
bool is_mutable(const FormatInfo& format) noexcept {
  return format.kind == FormatKind::color || format.kind == FormatKind::planar || format.srgb_twin != TextureFormat::undefined;
}

// "Not supported" arrives as an error code; only running out of memory is a failure of the question itself.
Result<bool> accepted(vk::Result result, std::string_view call) {
  if (result == vk::Result::eSuccess) return true;
  if (result == vk::Result::eErrorFormatNotSupported) return false;
  return vulkan_error(result, call);
}

void raise(ImageSupport& best, const ImageSupport& other) noexcept {
  best.usable |= other.usable;
  best.can_export |= other.can_export;
  best.can_import |= other.can_import;
  best.dedicated_required |= other.dedicated_required;
  best.max_extent.width = std::max(best.max_extent.width, other.max_extent.width);
  best.max_extent.height = std::max(best.max_extent.height, other.max_extent.height);
  best.max_extent.depth = std::max(best.max_extent.depth, other.max_extent.depth);
  best.max_mip_levels = std::max(best.max_mip_levels, other.max_mip_levels);
  best.max_array_layers = std::max(best.max_array_layers, other.max_array_layers);
  best.max_bytes = std::max(best.max_bytes, other.max_bytes);
}

// Every modifier of the format, each asked for with these parameters.
Result<void> query_modifiers(const Context& context, ImageParameters parameters, FormatCaps& caps) {
  vk::DrmFormatModifierPropertiesListEXT list;
  vk::FormatProperties2 properties;
  properties.pNext = &list;
  context.physical_device.getFormatProperties2(parameters.format, &properties, context.dispatch);
  if (list.drmFormatModifierCount == 0) return {};
  std::vector<vk::DrmFormatModifierPropertiesEXT> found(list.drmFormatModifierCount);
  list.pDrmFormatModifierProperties = found.data();
  context.physical_device.getFormatProperties2(parameters.format, &properties, context.dispatch);
  found.resize(std::min<std::size_t>(found.size(), list.drmFormatModifierCount));
  for (const auto& each : found) {
    if (each.drmFormatModifierPlaneCount == 0 || each.drmFormatModifierPlaneCount > max_memory_planes) continue;
    parameters.drm_modifier = each.drmFormatModifier;
    auto support = query_image(context, parameters);
    if (!support) return std::move(support).error();
    if (!support->usable || !(support->can_export || support->can_import)) continue;
    caps.modifiers.push_back({each.drmFormatModifier, each.drmFormatModifierPlaneCount, *support});
    raise(caps.support, *support);
  }
  return {};
}

}  // namespace

vk::ImageUsageFlags image_usage(const FormatInfo& format, TextureUsage usage) noexcept {
  // Copies are always possible: upload, read-back and importers of other APIs need them.
  vk::ImageUsageFlags flags = vk::ImageUsageFlagBits::eTransferSrc | vk::ImageUsageFlagBits::eTransferDst;
  if (has(usage, TextureUsage::texture_binding)) flags |= vk::ImageUsageFlagBits::eSampled;
  if (has(usage, TextureUsage::storage_binding)) flags |= vk::ImageUsageFlagBits::eStorage;
  if (has(usage, TextureUsage::render_attachment)) {
    const bool depth = format.kind == FormatKind::depth || format.kind == FormatKind::stencil || format.kind == FormatKind::depth_stencil;
    flags |= depth ? vk::ImageUsageFlagBits::eDepthStencilAttachment : vk::ImageUsageFlagBits::eColorAttachment;
  }
  return flags;
}

vk::ImageCreateFlags image_flags(const FormatInfo& format, TextureDimension dimension, TextureUsage usage) noexcept {
  vk::ImageCreateFlags flags;
  if (is_mutable(format)) flags |= vk::ImageCreateFlagBits::eMutableFormat;
  if (dimension == TextureDimension::cube || dimension == TextureDimension::cube_array) flags |= vk::ImageCreateFlagBits::eCubeCompatible;
  // Slices of a 3D image can be attachments only through 2D views.
  if (dimension == TextureDimension::d3 && has(usage, TextureUsage::render_attachment))
    flags |= vk::ImageCreateFlagBits::e2DArrayCompatible;
  return flags;
}

vk::ImageType image_type(TextureDimension dimension) noexcept {
  return dimension == TextureDimension::d3 ? vk::ImageType::e3D : vk::ImageType::e2D;
}

vk::ImageAspectFlags image_aspects(const FormatInfo& format) noexcept {
  switch (format.kind) {
    case FormatKind::depth:
      return vk::ImageAspectFlagBits::eDepth;
    case FormatKind::stencil:
      return vk::ImageAspectFlagBits::eStencil;
    case FormatKind::depth_stencil:
      return vk::ImageAspectFlagBits::eDepth | vk::ImageAspectFlagBits::eStencil;
    default:
      return vk::ImageAspectFlagBits::eColor;
  }
}

vk::Format plane_format(TextureFormat format, std::uint32_t plane) noexcept {
  switch (format) {
    case TextureFormat::nv12:
      return plane == 0 ? vk::Format::eR8Unorm : vk::Format::eR8G8Unorm;
    case TextureFormat::p010:
      return plane == 0 ? vk::Format::eR10X6UnormPack16 : vk::Format::eR10X6G10X6Unorm2Pack16;
    case TextureFormat::i420:
      return vk::Format::eR8Unorm;
    default:
      return vk::Format::eUndefined;
  }
}

ViewFormats view_formats(const FormatInfo& format) noexcept {
  ViewFormats result;
  const auto add = [&result](vk::Format each) {
    const auto end = result.formats.begin() + result.count;
    if (std::find(result.formats.begin(), end, each) == end) result.formats[result.count++] = each;
  };
  add(static_cast<vk::Format>(format.vulkan));
  if (const auto* twin = format_info(format.srgb_twin)) add(static_cast<vk::Format>(twin->vulkan));
  if (format.kind == FormatKind::planar) {
    for (std::uint32_t plane = 0; plane < format.plane_count; ++plane) add(plane_format(format.format, plane));
  }
  if (format.format == TextureFormat::p010) {
    add(vk::Format::eR16Unorm);
    add(vk::Format::eR16G16Unorm);
  }
  return result;
}

Result<ImageSupport> query_image(const Context& context, const ImageParameters& parameters) {
  vk::PhysicalDeviceExternalImageFormatInfo external;
  external.handleType = memory_handle_bit(parameters.handle_type);
  vk::PhysicalDeviceImageDrmFormatModifierInfoEXT modifier;
  vk::ImageFormatListCreateInfo list;
  if (parameters.tiling == vk::ImageTiling::eDrmFormatModifierEXT) {
    modifier.drmFormatModifier = parameters.drm_modifier;
    modifier.sharingMode = vk::SharingMode::eExclusive;
    external.pNext = &modifier;
    if (parameters.view_formats.count != 0) {  // required with MUTABLE_FORMAT and a modifier
      list.viewFormatCount = parameters.view_formats.count;
      list.pViewFormats = parameters.view_formats.formats.data();
      modifier.pNext = &list;
    }
  }
  const bool asked = external.handleType != vk::ExternalMemoryHandleTypeFlagBits{};
  vk::PhysicalDeviceImageFormatInfo2 info;
  info.pNext = asked ? &external : external.pNext;
  info.format = parameters.format;
  info.type = parameters.type;
  info.tiling = parameters.tiling;
  info.usage = parameters.usage;
  info.flags = parameters.flags;

  vk::ExternalImageFormatProperties external_properties;
  vk::ImageFormatProperties2 properties;
  if (asked) properties.pNext = &external_properties;
  auto usable = accepted(context.physical_device.getImageFormatProperties2(&info, &properties, context.dispatch),
                         "vkGetPhysicalDeviceImageFormatProperties2");
  if (!usable) return std::move(usable).error();
  ImageSupport support;
  if (!*usable) {
    // Some drivers refuse the whole question because of the handle type; whether the format itself works decides what the error says.
    info.pNext = external.pNext;
    properties.pNext = nullptr;
    auto plain = accepted(context.physical_device.getImageFormatProperties2(&info, &properties, context.dispatch),
                          "vkGetPhysicalDeviceImageFormatProperties2");
    if (!plain) return std::move(plain).error();
    support.usable = *plain;
    return support;
  }
  const auto features = external_properties.externalMemoryProperties.externalMemoryFeatures;
  const auto& limits = properties.imageFormatProperties;
  support.usable = true;
  support.can_export = !asked || (features & vk::ExternalMemoryFeatureFlagBits::eExportable);
  support.can_import = !asked || (features & vk::ExternalMemoryFeatureFlagBits::eImportable);
  support.dedicated_required = static_cast<bool>(features & vk::ExternalMemoryFeatureFlagBits::eDedicatedOnly);
  support.max_extent = limits.maxExtent;
  support.max_mip_levels = limits.maxMipLevels;
  support.max_array_layers = limits.maxArrayLayers;
  support.max_bytes = limits.maxResourceSize;
  return support;
}

Result<const FormatCaps*> FormatCache::find(const Context& context, const FormatInfo& format, TextureDimension dimension,
                                            TextureUsage usage, MemoryHandleType type) {
  const auto key = key_of(format.format, dimension, usage, type);
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = entries_.find(key); found != entries_.end()) return &found->second;
  }
  FormatCaps caps;
  const auto parameters = image_parameters(format, dimension, usage, type);
  if (missing_for(context.features, type).empty()) {
    if (type == MemoryHandleType::dma_buf) {
      // A dma-buf is described by one offset and pitch per plane: layers, slices and mip levels have no place in it.
      if (dimension == TextureDimension::d2 && format.drm + format.drm_opaque != 0) {
        if (auto asked = query_modifiers(context, parameters, caps); !asked) return std::move(asked).error();
      }
      caps.support.max_mip_levels = std::min(caps.support.max_mip_levels, 1U);
      caps.support.max_array_layers = std::min(caps.support.max_array_layers, 1U);
    } else if (type == MemoryHandleType::io_surface) {
      // An IOSurface is one plane, or the planes of one picture, of texels: no layers, levels, depth or blocks.
      if (dimension == TextureDimension::d2 && (format.kind == FormatKind::color || format.kind == FormatKind::planar)) {
        auto support = query_image(context, parameters);
        if (!support) return std::move(support).error();
        caps.support = *support;
        caps.support.max_mip_levels = std::min(caps.support.max_mip_levels, 1U);
        caps.support.max_array_layers = std::min(caps.support.max_array_layers, 1U);
      }
    } else {
      auto support = query_image(context, parameters);
      if (!support) return std::move(support).error();
      caps.support = *support;
    }
  }
  const std::lock_guard lock(mutex_);
  return &entries_.try_emplace(key, std::move(caps)).first->second;
}

Result<void> check_limits(const TextureDescriptor& descriptor, const ImageSupport& support) {
  const auto check = [&](std::string_view field, std::uint32_t given, std::uint32_t limit) -> Result<void> {
    if (given <= limit) return {};
    return Error(Errc::limit_exceeded, text("TextureDescriptor::", field, " is ", given, "; this device allows at most ", limit, " for ",
                                            describe_use(descriptor), "."));
  };
  if (auto ok = check("extent.width", descriptor.extent.width, support.max_extent.width); !ok) return ok;
  if (auto ok = check("extent.height", descriptor.extent.height, support.max_extent.height); !ok) return ok;
  if (auto ok = check("extent.depth", descriptor.extent.depth, support.max_extent.depth); !ok) return ok;
  if (auto ok = check("mip_levels", descriptor.mip_levels, support.max_mip_levels); !ok) return ok;
  if (auto ok = check("array_layers", descriptor.array_layers, support.max_array_layers); !ok) return ok;
  // Exact byte counts only where an upper bound of 2 x 16 bytes a texel is not enough to rule the limit out.
  const auto texels =
      static_cast<double>(descriptor.extent.width) * descriptor.extent.height * descriptor.extent.depth * descriptor.array_layers;
  if (texels * 32 > static_cast<double>(support.max_bytes)) {
    auto bytes = content_bytes(descriptor);
    if (!bytes) return std::move(bytes).error();
    if (*bytes > support.max_bytes) {
      return Error(Errc::limit_exceeded, text("The texture needs ", *bytes, " bytes; this device allows at most ", support.max_bytes,
                                              " for ", describe_use(descriptor), "."));
    }
  }
  return {};
}

std::string describe_use(const TextureDescriptor& descriptor) {
  return text(to_string(descriptor.format), " ", to_string(descriptor.dimension), " with usage ", to_string(descriptor.usage));
}

}  // namespace geyser::vulkan
