#include "image_layout.hpp"

#define VULKAN_HPP_NO_EXCEPTIONS
#define VULKAN_HPP_ASSERT_ON_RESULT(x) (static_cast<void>(0))
#include <algorithm>
#include <vulkan/vulkan.hpp>
#include <vulkan/vulkan_format_traits.hpp>

namespace fake_vulkan {
namespace {

constexpr std::uint64_t row_alignment = 64;
constexpr std::uint64_t plane_alignment = 256;

std::uint64_t align(std::uint64_t value, std::uint64_t alignment) { return (value + alignment - 1) / alignment * alignment; }

std::uint64_t blocks(std::uint32_t texels, std::uint32_t block) { return (std::uint64_t{texels} + block - 1) / block; }

}  // namespace

std::optional<FormatDetail> format_detail(VkFormat format) {
  const auto depth = [](std::uint32_t bytes) { return PlaneFormat{VK_IMAGE_ASPECT_DEPTH_BIT, bytes, 1, 1, 1, 1}; };
  const PlaneFormat stencil{VK_IMAGE_ASPECT_STENCIL_BIT, 1, 1, 1, 1, 1};
  // What a copy sees of depth and stencil is not the block of the combined format.
  switch (format) {
    case VK_FORMAT_UNDEFINED:
      return std::nullopt;
    case VK_FORMAT_D16_UNORM:
      return FormatDetail{FormatClass::depth_stencil, {depth(2)}};
    case VK_FORMAT_X8_D24_UNORM_PACK32:
    case VK_FORMAT_D32_SFLOAT:
      return FormatDetail{FormatClass::depth_stencil, {depth(4)}};
    case VK_FORMAT_S8_UINT:
      return FormatDetail{FormatClass::depth_stencil, {stencil}};
    case VK_FORMAT_D16_UNORM_S8_UINT:
      return FormatDetail{FormatClass::depth_stencil, {depth(2), stencil}};
    case VK_FORMAT_D24_UNORM_S8_UINT:
    case VK_FORMAT_D32_SFLOAT_S8_UINT:
      return FormatDetail{FormatClass::depth_stencil, {depth(4), stencil}};
    default:
      break;
  }
  const auto hpp = static_cast<vk::Format>(format);
  const std::uint32_t bytes = vk::blockSize(hpp);
  if (bytes == 0) return std::nullopt;
  const std::uint8_t planes = vk::planeCount(hpp);
  FormatDetail detail;
  if (planes > 1) {
    detail.kind = FormatClass::planar;
    constexpr std::array<VkImageAspectFlags, 3> aspects = {VK_IMAGE_ASPECT_PLANE_0_BIT, VK_IMAGE_ASPECT_PLANE_1_BIT,
                                                           VK_IMAGE_ASPECT_PLANE_2_BIT};
    for (std::uint8_t i = 0; i < planes; ++i) {
      detail.planes.push_back({aspects[i], vk::blockSize(vk::planeCompatibleFormat(hpp, i)), 1, 1, vk::planeWidthDivisor(hpp, i),
                               vk::planeHeightDivisor(hpp, i)});
    }
    return detail;
  }
  const auto extent = vk::blockExtent(hpp);
  if (extent[0] > 1 || extent[1] > 1) detail.kind = FormatClass::compressed;
  detail.planes.push_back({VK_IMAGE_ASPECT_COLOR_BIT, bytes, extent[0], extent[1], 1, 1});
  return detail;
}

std::uint64_t hash(const ImageShape& shape) {
  std::uint64_t value = 0xCBF29CE484222325U;
  const auto mix = [&value](std::uint64_t part) {
    for (unsigned shift = 0; shift < 64; shift += 8) value = (value ^ ((part >> shift) & 0xFFU)) * 0x100000001B3U;
  };
  for (const std::uint64_t part :
       {static_cast<std::uint64_t>(shape.format), static_cast<std::uint64_t>(shape.type), static_cast<std::uint64_t>(shape.tiling),
        std::uint64_t{shape.usage}, std::uint64_t{shape.flags}, std::uint64_t{shape.extent.width}, std::uint64_t{shape.extent.height},
        std::uint64_t{shape.extent.depth}, std::uint64_t{shape.mip_levels}, std::uint64_t{shape.array_layers}, shape.modifier}) {
    mix(part);
  }
  return value;
}

VkExtent3D plane_extent(const ImageShape& shape, const PlaneFormat& plane, std::uint32_t mip) {
  const auto side = [mip](std::uint32_t base, std::uint32_t divide) { return std::max(1U, (base / divide) >> mip); };
  return {side(shape.extent.width, plane.divide_x), side(shape.extent.height, plane.divide_y),
          shape.type == VK_IMAGE_TYPE_3D ? std::max(1U, shape.extent.depth >> mip) : 1U};
}

ImageLayout tight_layout(const ImageShape& shape, const FormatDetail& format) {
  ImageLayout layout;
  for (const PlaneFormat& plane : format.planes) {
    for (std::uint32_t mip = 0; mip < shape.mip_levels; ++mip) {
      SubresourceLayout sub;
      sub.extent = plane_extent(shape, plane, mip);
      sub.row_pitch = align(blocks(sub.extent.width, plane.block_width) * plane.block_bytes, row_alignment);
      sub.slice_pitch = sub.row_pitch * blocks(sub.extent.height, plane.block_height);
      for (std::uint32_t layer = 0; layer < shape.array_layers; ++layer) {
        layout.size = align(layout.size, plane_alignment);
        sub.offset = layout.size;
        layout.subresources.push_back(sub);
        layout.size += sub.slice_pitch * sub.extent.depth;
      }
    }
  }
  return layout;
}

std::optional<ImageLayout> modifier_layout(const ImageShape& shape, const FormatDetail& format, std::uint32_t planes_each,
                                           const std::vector<MemoryPlaneLayout>& given) {
  ImageLayout layout;
  const std::size_t count = format.planes.size() * planes_each;
  if (!given.empty() && given.size() != count) return std::nullopt;
  // The planes of the format come first, then the auxiliary ones: an importer that forgets an auxiliary plane has the wrong count,
  // and one that mixes up the order has the wrong pixels.
  for (std::size_t i = 0; i < count; ++i) {
    const PlaneFormat& plane = format.planes[i % format.planes.size()];
    const bool auxiliary = i >= format.planes.size();
    SubresourceLayout sub;
    sub.extent = plane_extent(shape, plane, 0);
    const std::uint64_t row_bytes = auxiliary ? row_alignment : blocks(sub.extent.width, plane.block_width) * plane.block_bytes;
    const std::uint64_t rows = auxiliary ? blocks(sub.extent.height, 16) : blocks(sub.extent.height, plane.block_height);
    MemoryPlaneLayout memory;
    // LINEAR packs rows more tightly than the tiled modifiers: importers must use the pitch that they are given.
    memory.row_pitch = align(row_bytes, shape.modifier == 0 ? row_alignment : 4 * row_alignment);
    memory.offset = align(layout.size, shape.modifier == 0 ? plane_alignment : 16 * plane_alignment);
    if (!given.empty()) {
      if (given[i].row_pitch < row_bytes) return std::nullopt;
      memory.row_pitch = given[i].row_pitch;
      memory.offset = given[i].offset;
    }
    memory.size = memory.row_pitch * rows;
    layout.size = std::max(layout.size, memory.offset + memory.size);
    layout.memory_planes.push_back(memory);
    if (!auxiliary) {
      sub.offset = memory.offset;
      sub.row_pitch = memory.row_pitch;
      sub.slice_pitch = memory.size;
      layout.subresources.push_back(sub);
    }
  }
  return layout;
}

}  // namespace fake_vulkan
