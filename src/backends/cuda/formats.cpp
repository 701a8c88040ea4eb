#include "backends/cuda/formats.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#include "core/message.hpp"

namespace geyser::cuda {
namespace {

using detail::text;

constexpr std::uint32_t any = std::numeric_limits<std::uint32_t>::max();

/// CUarray_format's normalised ones follow each other: 8 bits with 1, 2, 4 channels, then 16 bits; unsigned, then signed.
api::ArrayFormat bits_of(std::uint32_t format) noexcept {
  constexpr std::uint32_t unorm8 = 0xc0, unorm16 = 0xc3, snorm8 = 0xc6, snorm16 = 0xc9, end = 0xcc;
  if (format < unorm8 || format >= end) return static_cast<api::ArrayFormat>(format);
  if (format < unorm16) return api::ArrayFormat::uint8;
  if (format < snorm8) return api::ArrayFormat::uint16;
  return format < snorm16 ? api::ArrayFormat::sint8 : api::ArrayFormat::sint16;
}

std::string why_no_array(const FormatInfo& format) {
  switch (format.kind) {
    case FormatKind::planar:
      return "a planar format is more than one image; hand its planes over as textures of their own, or as shared_memory";
    case FormatKind::depth_stencil:
    case FormatKind::stencil:
      return "CUDA has no arrays with stencil";
    case FormatKind::etc2:
    case FormatKind::astc:
      return "CUDA has no arrays of mobile block-compressed formats";
    default:
      return format.cuda_array == 0 ? "CUDA has no array format with these channels" : "";
  }
}

std::uint32_t limit(std::uint32_t value) noexcept { return value == 0 ? any : value; }

}  // namespace

Result<ArrayShape> array_shape(Context& context, const TextureDescriptor& descriptor) {
  const FormatInfo& format = *format_info(descriptor.format);
  if (const auto why = why_no_array(format); !why.empty()) {
    return Error(Errc::unsupported_format, text("CUDA cannot use a tiled texture of ", format.name, ": ", why,
                                                why_not_linear(descriptor).empty() ? "; CreateOptions::linear gives plain rows." : "."));
  }
  ArrayShape shape{.format = bits_of(format.cuda_array), .channels = format.channels, .flags = 0};
  if (!context.makes_arrays(shape.format, shape.channels)) {
    return Error(Errc::unsupported_format,
                 text("This CUDA driver (", context.identity.driver, ") makes no arrays of ", format.name, "; a newer driver may."));
  }
  using enum TextureDimension;
  const bool cubes = descriptor.dimension == cube || descriptor.dimension == cube_array;
  if (cubes && format.kind == FormatKind::bc && descriptor.mip_levels > 1) {
    return Error(Errc::unsupported_format,
                 text("CUDA places the layers of block-compressed cubes with mip levels elsewhere than the other APIs, so ", format.name,
                      " as ", to_string(descriptor.dimension), " with ", descriptor.mip_levels,
                      " mip levels cannot be shared with it; use one level, or d2_array."));
  }
  if (descriptor.dimension == d2_array || descriptor.dimension == cube_array) shape.flags |= api::array_layered;
  if (descriptor.dimension == cube || descriptor.dimension == cube_array) shape.flags |= api::array_cubemap;
  if (has(descriptor.usage, TextureUsage::storage_binding)) shape.flags |= api::array_surface_ldst;
  if (format.kind == FormatKind::depth) {
    shape.flags |= api::array_depth_texture;
  } else if (has(descriptor.usage, TextureUsage::render_attachment)) {
    shape.flags |= api::array_color_attachment;
  }
  return shape;
}

api::ArrayDescriptor array_descriptor(const TextureDescriptor& descriptor, const ArrayShape& shape) noexcept {
  std::size_t depth = descriptor.dimension == TextureDimension::d2 ? 0 : descriptor.array_layers;
  if (descriptor.dimension == TextureDimension::d3) depth = descriptor.extent.depth;
  return {.width = descriptor.extent.width,
          .height = descriptor.extent.height,
          .depth = depth,
          .format = shape.format,
          .channels = shape.channels,
          .flags = shape.flags};
}

std::string why_not_linear(const TextureDescriptor& descriptor) {
  const FormatInfo& format = *format_info(descriptor.format);
  if (descriptor.dimension != TextureDimension::d2) return text("it is ", to_string(descriptor.dimension), ", not d2");
  if (descriptor.mip_levels != 1) return text("it has ", descriptor.mip_levels, " mip levels, not 1");
  if (format.plane_count != 1) return text(format.name, " has ", static_cast<int>(format.plane_count), " planes, not 1");
  return {};
}

FormatSupport array_limits(const Features& features, const TextureDescriptor& descriptor) {
  const auto& max = features.max;
  FormatSupport support;
  support.max_array_layers = 1;
  switch (descriptor.dimension) {
    case TextureDimension::d2:
      support.max_extent = {limit(max.d2[0]), limit(max.d2[1]), 1};
      if (descriptor.mip_levels > 1) {
        support.max_extent.width = std::min(support.max_extent.width, limit(max.mipmapped[0]));
        support.max_extent.height = std::min(support.max_extent.height, limit(max.mipmapped[1]));
      }
      break;
    case TextureDimension::d2_array:
      support.max_extent = {limit(max.layered[0]), limit(max.layered[1]), 1};
      support.max_array_layers = limit(max.layered[2]);
      break;
    case TextureDimension::cube:
      support.max_extent = {limit(max.cube), limit(max.cube), 1};
      support.max_array_layers = 6;
      break;
    case TextureDimension::cube_array:
      support.max_extent = {limit(max.cube_layered[0]), limit(max.cube_layered[0]), 1};
      support.max_array_layers = limit(max.cube_layered[1]);
      break;
    case TextureDimension::d3:
      support.max_extent = {limit(max.d3[0]), limit(max.d3[1]), limit(max.d3[2])};
      break;
  }
  const std::uint32_t longest = std::max({support.max_extent.width, support.max_extent.height, support.max_extent.depth});
  support.max_mip_levels = static_cast<std::uint32_t>(std::bit_width(longest));
  return support;
}

Result<void> check_array_limits(const Features& features, const TextureDescriptor& descriptor) {
  const auto most = array_limits(features, descriptor);
  const auto& extent = descriptor.extent;
  if (extent.width > most.max_extent.width || extent.height > most.max_extent.height || extent.depth > most.max_extent.depth) {
    return Error(Errc::limit_exceeded, text("extent is ", extent.width, "x", extent.height, "x", extent.depth, "; this CUDA device allows ",
                                            most.max_extent.width, "x", most.max_extent.height, "x", most.max_extent.depth, " for ",
                                            to_string(descriptor.dimension), " textures."));
  }
  if (descriptor.array_layers > most.max_array_layers) {
    return Error(Errc::limit_exceeded, text("array_layers is ", descriptor.array_layers, "; this CUDA device allows ",
                                            most.max_array_layers, " for ", to_string(descriptor.dimension), " textures."));
  }
  return {};
}

std::uint32_t vulkan_usage(const TextureDescriptor& descriptor) noexcept {
  constexpr std::uint32_t transfer_src = 0x1, transfer_dst = 0x2, sampled = 0x4, storage = 0x8, color = 0x10, depth_stencil = 0x20;
  std::uint32_t usage = transfer_src | transfer_dst;
  if (has(descriptor.usage, TextureUsage::texture_binding)) usage |= sampled;
  if (has(descriptor.usage, TextureUsage::storage_binding)) usage |= storage;
  if (has(descriptor.usage, TextureUsage::render_attachment)) {
    const auto kind = format_info(descriptor.format)->kind;
    const bool depth = kind == FormatKind::depth || kind == FormatKind::stencil || kind == FormatKind::depth_stencil;
    usage |= depth ? depth_stencil : color;
  }
  return usage;
}

}  // namespace geyser::cuda
