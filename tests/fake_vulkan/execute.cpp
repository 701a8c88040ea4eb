#include "execute.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "state.hpp"

namespace fake_vulkan {
namespace {

constexpr int discarded = 0xDB;  // what content becomes that goes through UNDEFINED: whoever meant to keep it notices

std::byte* base_of(const char* function, const Image& image) {
  const auto* memory = peek<Memory>(image.memory);
  if (memory == nullptr) {
    violate(function, "the image has no memory, or it has been freed");
    return nullptr;
  }
  return memory->data + image.memory_offset;
}

std::byte* base_of(const char* function, const Buffer& buffer) {
  const auto* memory = peek<Memory>(buffer.memory);
  if (memory == nullptr) {
    violate(function, "the buffer has no memory, or it has been freed");
    return nullptr;
  }
  return memory->data + buffer.memory_offset;
}

SubresourceState& state_of(Image& image, std::uint32_t mip, std::uint32_t layer) {
  return image.states[mip * image.shape.array_layers + layer];
}

const SubresourceLayout& layout_of(const Image& image, std::size_t plane, std::uint32_t mip, std::uint32_t layer) {
  return image.layout.subresources[(plane * image.shape.mip_levels + mip) * image.shape.array_layers + layer];
}

bool is_external(std::uint32_t family) { return family == VK_QUEUE_FAMILY_EXTERNAL || family == VK_QUEUE_FAMILY_FOREIGN_EXT; }

void discard(Image& image, std::uint32_t mip, std::uint32_t layer) {
  std::byte* base = base_of("vkCmdPipelineBarrier", image);
  if (base == nullptr) return;
  for (std::size_t plane = 0; plane < image.format.planes.size(); ++plane) {
    const SubresourceLayout& sub = layout_of(image, plane, mip, layer);
    std::memset(base + sub.offset, discarded, sub.slice_pitch * sub.extent.depth);
  }
}

void barrier_on(Image& image, std::uint32_t mip, std::uint32_t layer, const VkImageMemoryBarrier& barrier) {
  constexpr const char* function = "vkCmdPipelineBarrier";
  SubresourceState& now = state_of(image, mip, layer);
  const auto* memory = peek<Memory>(image.memory);
  const bool from_outside = is_external(barrier.srcQueueFamilyIndex);
  const bool to_outside = is_external(barrier.dstQueueFamilyIndex);
  const std::shared_ptr<SharedLayouts> shared = memory != nullptr ? memory->layouts : nullptr;
  const std::pair<std::uint32_t, std::uint32_t> key{mip, layer};
  if (barrier.oldLayout == VK_IMAGE_LAYOUT_UNDEFINED) {
    discard(image, mip, layer);
  } else if (from_outside) {
    const auto released = shared != nullptr ? shared->released.find(key) : decltype(shared->released.end()){};
    if (shared == nullptr || released == shared->released.end()) {
      violate(function, "acquired from outside with content, but nobody released it");
    } else if (released->second != barrier.oldLayout) {
      violate(function, "acquired from layout ", barrier.oldLayout, ", but released in layout ", released->second);
    }
  } else {
    if (now.external) violate(function, "the image belongs to VK_QUEUE_FAMILY_EXTERNAL");
    if (now.layout != barrier.oldLayout) violate(function, "oldLayout is ", barrier.oldLayout, ", but the image is in layout ", now.layout);
  }
  now.layout = barrier.newLayout;
  now.external = to_outside;
  if (to_outside && shared != nullptr) shared->released[key] = barrier.newLayout;
}

/// True when the subresource may be used by a transfer now.
bool usable(const char* function, Image& image, std::uint32_t mip, std::uint32_t layer, VkImageLayout layout) {
  const SubresourceState& now = state_of(image, mip, layer);
  if (now.external) violate(function, "the image belongs to VK_QUEUE_FAMILY_EXTERNAL");
  if (now.layout != layout) violate(function, "the image is in layout ", now.layout, ", the command says ", layout);
  return !now.external && now.layout == layout;
}

struct Blocks {
  std::uint64_t columns;
  std::uint64_t rows;
};
Blocks blocks_of(const PlaneFormat& plane, std::uint32_t width, std::uint32_t height) {
  return {(std::uint64_t{width} + plane.block_width - 1) / plane.block_width,
          (std::uint64_t{height} + plane.block_height - 1) / plane.block_height};
}

bool check_region(const char* function, const Image& image, const PlaneFormat& plane, const SubresourceLayout& sub,
                  const VkBufferImageCopy& region, std::uint64_t buffer_size) {
  const VkOffset3D& o = region.imageOffset;
  const VkExtent3D& e = region.imageExtent;
  const auto inside = [](std::int32_t offset, std::uint32_t extent, std::uint32_t all) {
    return offset >= 0 && extent > 0 && std::uint64_t{static_cast<std::uint32_t>(offset)} + extent <= all;
  };
  if (!inside(o.x, e.width, sub.extent.width) || !inside(o.y, e.height, sub.extent.height) || !inside(o.z, e.depth, sub.extent.depth)) {
    violate(function, "a region outside the image");
    return false;
  }
  const auto whole_blocks = [](std::int32_t offset, std::uint32_t extent, std::uint32_t block, std::uint32_t all) {
    const auto start = static_cast<std::uint32_t>(offset);
    return start % block == 0 && (extent % block == 0 || start + extent == all);
  };
  if (!whole_blocks(o.x, e.width, plane.block_width, sub.extent.width) ||
      !whole_blocks(o.y, e.height, plane.block_height, sub.extent.height)) {
    violate(function, "a region that cuts a block");
    return false;
  }
  const std::uint64_t alignment = image.format.kind == FormatClass::depth_stencil ? 4 : plane.block_bytes;
  if (region.bufferOffset % alignment != 0)
    violate(function, "bufferOffset is ", region.bufferOffset, ", which is no multiple of ", alignment);
  const std::uint32_t row_length = region.bufferRowLength == 0 ? e.width : region.bufferRowLength;
  const std::uint32_t image_height = region.bufferImageHeight == 0 ? e.height : region.bufferImageHeight;
  if (row_length < e.width || image_height < e.height) {
    violate(function, "bufferRowLength or bufferImageHeight is smaller than the region");
    return false;
  }
  const Blocks pitch = blocks_of(plane, row_length, image_height);
  const Blocks size = blocks_of(plane, e.width, e.height);
  const std::uint64_t slices = std::uint64_t{region.imageSubresource.layerCount} * e.depth;
  const std::uint64_t bytes = (((slices - 1) * pitch.rows + size.rows - 1) * pitch.columns + size.columns) * plane.block_bytes;
  if (region.bufferOffset > buffer_size || bytes > buffer_size - region.bufferOffset) {
    violate(function, "a region outside the buffer");
    return false;
  }
  return true;
}

/// One texel of `format` with that colour; empty for formats that clears do not know.
std::vector<std::byte> pack(VkFormat format, const VkClearColorValue& color) {
  const auto unorm8 = [&color](std::initializer_list<int> order) {
    std::vector<std::byte> texel;
    for (const int channel : order)
      texel.push_back(static_cast<std::byte>(std::lround(std::clamp(color.float32[channel], 0.0F, 1.0F) * 255.0F)));
    return texel;
  };
  const auto words = [&color](std::size_t channels) {
    const auto* bytes = reinterpret_cast<const std::byte*>(color.uint32);
    return std::vector<std::byte>(bytes, bytes + 4 * channels);
  };
  const auto uint8 = [&color](int channels) {
    std::vector<std::byte> texel;
    for (int channel = 0; channel < channels; ++channel) texel.push_back(static_cast<std::byte>(color.uint32[channel]));
    return texel;
  };
  switch (format) {
    case VK_FORMAT_R8_UNORM:
      return unorm8({0});
    case VK_FORMAT_R8G8_UNORM:
      return unorm8({0, 1});
    case VK_FORMAT_R8G8B8A8_UNORM:
      return unorm8({0, 1, 2, 3});
    case VK_FORMAT_B8G8R8A8_UNORM:
      return unorm8({2, 1, 0, 3});
    case VK_FORMAT_R8_UINT:
      return uint8(1);
    case VK_FORMAT_R8G8B8A8_UINT:
      return uint8(4);
    case VK_FORMAT_R32_UINT:
    case VK_FORMAT_R32_SINT:
    case VK_FORMAT_R32_SFLOAT:
      return words(1);
    case VK_FORMAT_R32G32_UINT:
    case VK_FORMAT_R32G32_SFLOAT:
      return words(2);
    case VK_FORMAT_R32G32B32A32_UINT:
    case VK_FORMAT_R32G32B32A32_SFLOAT:
      return words(4);
    default:
      return {};
  }
}

std::uint32_t count_of(std::uint32_t count, std::uint32_t base, std::uint32_t all) {
  return count == VK_REMAINING_MIP_LEVELS ? all - base : count;  // the same number as VK_REMAINING_ARRAY_LAYERS
}

/// Calls `f(mip, layer)` for every subresource of a range that is inside the image.
template <class F>
void for_each(const char* function, const Image& image, const VkImageSubresourceRange& range, F&& f) {
  const std::uint32_t mips = image.shape.mip_levels;
  const std::uint32_t layers = image.shape.array_layers;
  const bool inside = range.baseMipLevel < mips && range.baseArrayLayer < layers &&
                      count_of(range.levelCount, range.baseMipLevel, mips) <= mips - range.baseMipLevel &&
                      count_of(range.layerCount, range.baseArrayLayer, layers) <= layers - range.baseArrayLayer;
  if (!inside) return violate(function, "a range outside the image");
  for (std::uint32_t m = 0; m < count_of(range.levelCount, range.baseMipLevel, mips); ++m) {
    for (std::uint32_t l = 0; l < count_of(range.layerCount, range.baseArrayLayer, layers); ++l)
      f(range.baseMipLevel + m, range.baseArrayLayer + l);
  }
}

}  // namespace

void execute_barrier(Id id, const VkImageMemoryBarrier& barrier) {
  auto* image = lookup<Image>("vkCmdPipelineBarrier", id);
  if (image == nullptr) return;
  for_each("vkCmdPipelineBarrier", *image, barrier.subresourceRange,
           [&](std::uint32_t mip, std::uint32_t layer) { barrier_on(*image, mip, layer, barrier); });
}

void copy_image(const char* function, Id image_id, Id buffer_id, VkImageLayout layout, const VkBufferImageCopy& region, bool to_image) {
  auto* image = lookup<Image>(function, image_id);
  auto* buffer = lookup<Buffer>(function, buffer_id);
  if (image == nullptr || buffer == nullptr) return;
  std::byte* texels = base_of(function, *image);
  std::byte* bytes = base_of(function, *buffer);
  if (texels == nullptr || bytes == nullptr) return;
  const VkImageSubresourceLayers& where = region.imageSubresource;
  const auto found =
      std::find_if(image->format.planes.begin(), image->format.planes.end(), [&](const auto& p) { return p.aspect == where.aspectMask; });
  if (found == image->format.planes.end()) return violate(function, "an aspect that the image does not have, or several at once");
  if (where.mipLevel >= image->shape.mip_levels || where.layerCount == 0 || where.baseArrayLayer >= image->shape.array_layers ||
      where.layerCount > image->shape.array_layers - where.baseArrayLayer) {
    return violate(function, "a mip level or layer that the image does not have");
  }
  const PlaneFormat& plane = *found;
  const auto plane_index = static_cast<std::size_t>(found - image->format.planes.begin());
  const VkExtent3D& extent = region.imageExtent;
  const Blocks pitch = blocks_of(plane, region.bufferRowLength == 0 ? extent.width : region.bufferRowLength,
                                 region.bufferImageHeight == 0 ? extent.height : region.bufferImageHeight);
  const Blocks size = blocks_of(plane, extent.width, extent.height);
  std::uint64_t slice = 0;
  for (std::uint32_t l = 0; l < where.layerCount; ++l) {
    const std::uint32_t layer = where.baseArrayLayer + l;
    const SubresourceLayout& sub = layout_of(*image, plane_index, where.mipLevel, layer);
    if (!usable(function, *image, where.mipLevel, layer, layout) || !check_region(function, *image, plane, sub, region, buffer->size))
      return;
    for (std::uint32_t z = 0; z < extent.depth; ++z, ++slice) {
      for (std::uint64_t row = 0; row < size.rows; ++row) {
        std::byte* linear = bytes + region.bufferOffset + (slice * pitch.rows + row) * pitch.columns * plane.block_bytes;
        std::byte* texel = texels + sub.offset + (static_cast<std::uint32_t>(region.imageOffset.z) + z) * sub.slice_pitch +
                           (static_cast<std::uint32_t>(region.imageOffset.y) / plane.block_height + row) * sub.row_pitch +
                           std::uint64_t{static_cast<std::uint32_t>(region.imageOffset.x) / plane.block_width} * plane.block_bytes;
        std::memcpy(to_image ? texel : linear, to_image ? linear : texel, size.columns * plane.block_bytes);
      }
    }
  }
}

void copy_buffer(Id from_id, Id to_id, const VkBufferCopy& region) {
  constexpr const char* function = "vkCmdCopyBuffer";
  const auto* from = lookup<Buffer>(function, from_id);
  const auto* to = lookup<Buffer>(function, to_id);
  if (from == nullptr || to == nullptr) return;
  if (region.srcOffset + region.size > from->size || region.dstOffset + region.size > to->size)
    return violate(function, "a region outside a buffer");
  const std::byte* source = base_of(function, *from);
  std::byte* destination = base_of(function, *to);
  if (source != nullptr && destination != nullptr) std::memmove(destination + region.dstOffset, source + region.srcOffset, region.size);
}

void clear_image(Id id, VkImageLayout layout, const VkClearColorValue& color, const VkImageSubresourceRange& range) {
  constexpr const char* function = "vkCmdClearColorImage";
  auto* image = lookup<Image>(function, id);
  if (image == nullptr) return;
  std::byte* base = base_of(function, *image);
  const std::vector<std::byte> texel = pack(image->shape.format, color);
  if (texel.empty()) return violate(function, "the fake driver does not know how to clear format ", image->shape.format);
  if (base == nullptr) return;
  for_each(function, *image, range, [&](std::uint32_t mip, std::uint32_t layer) {
    if (!usable(function, *image, mip, layer, layout)) return;
    const SubresourceLayout& sub = layout_of(*image, 0, mip, layer);
    for (std::uint32_t z = 0; z < sub.extent.depth; ++z) {
      for (std::uint32_t y = 0; y < sub.extent.height; ++y) {
        std::byte* row = base + sub.offset + z * sub.slice_pitch + y * sub.row_pitch;
        for (std::uint32_t x = 0; x < sub.extent.width; ++x) std::memcpy(row + x * texel.size(), texel.data(), texel.size());
      }
    }
  });
}

}  // namespace fake_vulkan
