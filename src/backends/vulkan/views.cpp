#include <algorithm>

#include "backends/vulkan/texture.hpp"
#include "core/guard.hpp"
#include "core/message.hpp"

namespace geyser::vulkan {

namespace {

using detail::text;
using Aspect = vk::ImageAspectFlagBits;

Error wrong(std::string_view field, const std::string& given, const std::string& allowed) {
  return Error(Errc::invalid_argument, text("ViewInfo::", field, " is ", given, "; ", allowed, "."));
}

vk::ImageViewType default_type(TextureDimension dimension) noexcept {
  switch (dimension) {
    case TextureDimension::d2_array:
      return vk::ImageViewType::e2DArray;
    case TextureDimension::cube:
      return vk::ImageViewType::eCube;
    case TextureDimension::cube_array:
      return vk::ImageViewType::eCubeArray;
    case TextureDimension::d3:
      return vk::ImageViewType::e3D;
    default:
      return vk::ImageViewType::e2D;
  }
}

// Index of the plane that `aspect` names, or nothing.
std::optional<std::uint32_t> plane_index(vk::ImageAspectFlags aspect) noexcept {
  if (aspect == Aspect::ePlane0) return 0;
  if (aspect == Aspect::ePlane1) return 1;
  if (aspect == Aspect::ePlane2) return 2;
  return std::nullopt;
}

Result<vk::ImageAspectFlags> choose_aspects(const FormatInfo& format, const ViewInfo& info) {
  const vk::ImageAspectFlags given(info.aspects);
  const auto all = image_aspects(format);
  if (format.kind == FormatKind::planar) {
    const auto plane = plane_index(given);
    if (plane && *plane < format.plane_count) return given;
    return wrong("aspects", vk::to_string(given),
                 text("name one of the ", int{format.plane_count}, " planes of ", format.name,
                      " (VK_IMAGE_ASPECT_PLANE_0_BIT, ...); a view of all planes needs a VkSamplerYcbcrConversion of your own"));
  }
  if (!given) return format.kind == FormatKind::depth_stencil ? vk::ImageAspectFlags(Aspect::eDepth) : all;
  if ((given & all) == given) return given;
  return wrong("aspects", vk::to_string(given), text(format.name, " has ", vk::to_string(all)));
}

Result<vk::Format> choose_format(const FormatInfo& format, const ImageParameters& parameters, const ViewInfo& info,
                                 vk::ImageAspectFlags aspects) {
  const auto plane = plane_index(aspects);
  const auto own = plane ? plane_format(format.format, *plane) : parameters.format;
  if (info.format == TextureFormat::undefined) return own;
  const auto* asked = format_info(info.format);
  if (asked == nullptr) return wrong("format", text(static_cast<int>(info.format)), "it is no TextureFormat");
  const auto wanted = static_cast<vk::Format>(asked->vulkan);
  if (wanted == own) return own;
  if (plane) {
    // Planes of 10 bits in 16 may be read as plain 16-bit texels.
    const auto same_bits = *plane == 0 ? vk::Format::eR16Unorm : vk::Format::eR16G16Unorm;
    if (format.format == TextureFormat::p010 && wanted == same_bits) return wanted;
    return wrong("format", std::string(asked->name), text("plane ", *plane, " of ", format.name, " is ", vk::to_string(own)));
  }
  if (info.format != format.srgb_twin || format.kind == FormatKind::planar) {
    return wrong("format", std::string(asked->name),
                 text("a view of ", format.name, " has that format or its sRGB twin, ", to_string(format.srgb_twin)));
  }
  if (!(parameters.flags & vk::ImageCreateFlagBits::eMutableFormat)) {
    return wrong("format", std::string(asked->name),
                 text(format.name, " textures are made without VK_IMAGE_CREATE_MUTABLE_FORMAT_BIT, so views keep the format"));
  }
  return wanted;
}

// `count` of ViewInfo, or the rest when it is "remaining". Nothing outside [0, total) passes.
Result<std::uint32_t> choose_count(std::string_view base_field, std::string_view count_field, std::uint32_t base, std::uint32_t count,
                                   std::uint32_t total) {
  if (base >= total) return wrong(base_field, std::to_string(base), text("it must be below ", total));
  const auto rest = total - base;
  if (count == VK_REMAINING_MIP_LEVELS) return rest;
  if (count == 0 || count > rest)
    return wrong(count_field, std::to_string(count), text("from ", base_field, " ", base, " on, 1 to ", rest, " are there"));
  return count;
}
static_assert(VK_REMAINING_MIP_LEVELS == VK_REMAINING_ARRAY_LAYERS);

Result<void> check_type(vk::ImageViewType type, TextureDimension dimension, const ImageParameters& parameters,
                        const vk::ImageSubresourceRange& range) {
  const auto refuse = [type](const std::string& why) { return wrong("type", vk::to_string(type), why); };
  const bool cube = dimension == TextureDimension::cube || dimension == TextureDimension::cube_array;
  switch (type) {
    case vk::ImageViewType::e3D:
      if (dimension != TextureDimension::d3) return refuse(text("the texture is ", to_string(dimension)));
      return {};
    case vk::ImageViewType::e2D:
    case vk::ImageViewType::e2DArray:
      if (dimension == TextureDimension::d3) {
        if (!(parameters.flags & vk::ImageCreateFlagBits::e2DArrayCompatible)) {
          return refuse("slices of a d3 texture have views only when its usage has render_attachment");
        }
        if (range.levelCount != 1) return wrong("mip_levels", std::to_string(range.levelCount), "a 2D view of d3 slices has exactly 1");
      }
      if (type == vk::ImageViewType::e2D && range.layerCount != 1) {
        return wrong("array_layers", std::to_string(range.layerCount), "a 2D view has exactly 1");
      }
      return {};
    case vk::ImageViewType::eCube:
    case vk::ImageViewType::eCubeArray:
      if (!cube) return refuse(text("the texture is ", to_string(dimension)));
      if (type == vk::ImageViewType::eCube ? range.layerCount != 6 : range.layerCount % 6 != 0) {
        return wrong("array_layers", std::to_string(range.layerCount),
                     type == vk::ImageViewType::eCube ? "a cube view has exactly 6" : "a cube array view has a multiple of 6");
      }
      return {};
    default:
      return refuse("textures of this library have 2D, 2D array, cube, cube array and 3D views");
  }
}

// What a view of `format` may be used for: an sRGB twin, for one, is seldom a storage image although its texture is.
vk::ImageUsageFlags view_usage(const Context& context, const ImageParameters& parameters, vk::Format format, bool slices) {
  using Usage = vk::ImageUsageFlagBits;
  using Feature = vk::FormatFeatureFlagBits;
  auto usage = parameters.usage &
               (Usage::eSampled | Usage::eStorage | Usage::eColorAttachment | Usage::eDepthStencilAttachment | Usage::eInputAttachment);
  if (slices)
    usage &= Usage::eColorAttachment | Usage::eDepthStencilAttachment;  // all that VK_IMAGE_CREATE_2D_ARRAY_COMPATIBLE_BIT promises
  if (format == parameters.format) return usage;
  vk::FormatProperties properties;
  context.physical_device.getFormatProperties(format, &properties, context.dispatch);
  const auto features = properties.optimalTilingFeatures;
  if (!(features & Feature::eSampledImage)) usage &= ~vk::ImageUsageFlags(Usage::eSampled);
  if (!(features & Feature::eStorageImage)) usage &= ~vk::ImageUsageFlags(Usage::eStorage);
  if (!(features & Feature::eColorAttachment)) usage &= ~vk::ImageUsageFlags(Usage::eColorAttachment);
  return usage;
}

}  // namespace

Result<VkImageView> Texture::view(const ViewInfo& info) {
  const auto& format = *format_info(descriptor().format);
  auto chosen_aspects = choose_aspects(format, info);
  if (!chosen_aspects) return std::move(chosen_aspects).error();
  auto chosen_format = choose_format(format, parameters, info, *chosen_aspects);
  if (!chosen_format) return std::move(chosen_format).error();
  const auto type = info.type ? static_cast<vk::ImageViewType>(*info.type) : default_type(descriptor().dimension);
  auto levels = choose_count("base_mip_level", "mip_levels", info.base_mip_level, info.mip_levels, descriptor().mip_levels);
  if (!levels) return std::move(levels).error();
  const bool slices = descriptor().dimension == TextureDimension::d3 && type != vk::ImageViewType::e3D;
  const auto total_layers = slices ? mip_extent(descriptor(), info.base_mip_level).depth : descriptor().array_layers;
  auto layers = choose_count("base_array_layer", "array_layers", info.base_array_layer, info.array_layers, total_layers);
  if (!layers) return std::move(layers).error();
  vk::ImageSubresourceRange range;
  range.aspectMask = *chosen_aspects;
  range.baseMipLevel = info.base_mip_level;
  range.levelCount = *levels;
  range.baseArrayLayer = info.base_array_layer;
  range.layerCount = *layers;
  if (auto ok = check_type(type, descriptor().dimension, parameters, range); !ok) return std::move(ok).error();

  const std::lock_guard lock(views_mutex_);
  const auto same = [&](const CachedView& each) { return each.type == type && each.format == *chosen_format && each.range == range; };
  if (const auto found = std::find_if(views_.begin(), views_.end(), same); found != views_.end())
    return static_cast<VkImageView>(found->view);
  auto native_format = *chosen_format;
  auto usage = view_usage(*context, parameters, native_format, slices);
  if (!usage && info.format == TextureFormat::undefined && format.format == TextureFormat::p010) {
    // Not every device that has p010 can view its planes as 10-bit texels; as 16-bit texels they hold the same numbers.
    native_format = native_format == vk::Format::eR10X6UnormPack16 ? vk::Format::eR16Unorm : vk::Format::eR16G16Unorm;
    usage = view_usage(*context, parameters, native_format, slices);
  }
  if (!usage) {
    return Error(Errc::invalid_argument,
                 text("TextureDescriptor::usage is ", to_string(descriptor().usage), ", which this device cannot view as ",
                      vk::to_string(*chosen_format), "; add texture_binding, storage_binding or render_attachment."));
  }
  views_.reserve(views_.size() + 1);  // before there is a view that could be lost
  vk::ImageViewUsageCreateInfo restriction;
  restriction.usage = usage;
  vk::ImageViewCreateInfo create;
  create.pNext = &restriction;
  create.image = image;
  create.viewType = type;
  create.format = native_format;
  create.subresourceRange = range;
  vk::ImageView view;
  const auto result = context->device.createImageView(&create, nullptr, &view, context->dispatch);
  if (result != vk::Result::eSuccess) return vulkan_error(result, "vkCreateImageView");
  views_.push_back({type, *chosen_format, range, view});
  return static_cast<VkImageView>(view);
}

Result<VkImageView> view(const SharedTexture& texture, const ViewInfo& info) {
  return detail::guard([&]() -> Result<VkImageView> {
    auto own = vulkan_texture(texture);
    if (!own) return std::move(own).error();
    return (*own)->view(info);
  });
}

}  // namespace geyser::vulkan
