// Formats and the bytes of an image: where each plane, mip level and layer lies.
#pragma once

#include <vulkan/vulkan_core.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace fake_vulkan {

/// One plane (or aspect) as copies see it.
struct PlaneFormat {
  VkImageAspectFlags aspect = VK_IMAGE_ASPECT_COLOR_BIT;
  std::uint32_t block_bytes = 0;
  std::uint32_t block_width = 1;
  std::uint32_t block_height = 1;
  std::uint32_t divide_x = 1;
  std::uint32_t divide_y = 1;
};
enum class FormatClass { color, compressed, depth_stencil, planar };
struct FormatDetail {
  FormatClass kind = FormatClass::color;
  std::vector<PlaneFormat> planes;
};
/// Empty for formats that the driver does not know.
[[nodiscard]] std::optional<FormatDetail> format_detail(VkFormat format);

/// Everything of a VkImageCreateInfo that two sides of an opaque handle must agree on.
struct ImageShape {
  VkFormat format = VK_FORMAT_UNDEFINED;
  VkImageType type = VK_IMAGE_TYPE_2D;
  VkImageTiling tiling = VK_IMAGE_TILING_OPTIMAL;
  VkImageUsageFlags usage = 0;
  VkImageCreateFlags flags = 0;
  VkExtent3D extent{};
  std::uint32_t mip_levels = 1;
  std::uint32_t array_layers = 1;
  std::uint64_t modifier = 0;  // with DRM format modifier tiling
};
/// A number that differs when two shapes do.
[[nodiscard]] std::uint64_t hash(const ImageShape& shape);

struct SubresourceLayout {
  std::uint64_t offset = 0;       // bytes
  std::uint64_t row_pitch = 0;    // bytes from a row of blocks to the next
  std::uint64_t slice_pitch = 0;  // bytes from a depth slice to the next
  VkExtent3D extent{};            // texels of the plane
};
struct MemoryPlaneLayout {
  std::uint64_t offset = 0;
  std::uint64_t row_pitch = 0;
  std::uint64_t size = 0;
};
struct ImageLayout {
  std::uint64_t size = 0;                        // bytes
  std::vector<SubresourceLayout> subresources;   // [(plane * mip_levels + mip) * array_layers + layer]
  std::vector<MemoryPlaneLayout> memory_planes;  // DRM format modifier tiling only
};
[[nodiscard]] VkExtent3D plane_extent(const ImageShape& shape, const PlaneFormat& plane, std::uint32_t mip);
/// Optimal and linear tiling.
[[nodiscard]] ImageLayout tight_layout(const ImageShape& shape, const FormatDetail& format);
/// DRM format modifier tiling with `planes_each` memory planes for every plane of the format; `given` are an importer's own, which must
/// hold the image. Empty when they do not.
[[nodiscard]] std::optional<ImageLayout> modifier_layout(const ImageShape& shape, const FormatDetail& format, std::uint32_t planes_each,
                                                         const std::vector<MemoryPlaneLayout>& given);

}  // namespace fake_vulkan
