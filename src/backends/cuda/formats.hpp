// What CUDA calls the formats, and which textures it has arrays or plain memory for.
#pragma once

#include <string>

#include "backends/cuda/context.hpp"

namespace geyser::cuda {

/// Rows of textures that CUDA allocates itself start on multiples of it where no partner says otherwise: those of NVIDIA's linear Vulkan
/// images (2D, one level) do, measured with driver 580, and an importer repeats the image and refuses memory with another pitch. Bytes.
inline constexpr std::uint64_t linear_row_alignment = 128;

struct ArrayShape {
  api::ArrayFormat format{};
  unsigned channels = 0;
  unsigned flags = 0;
};
/// The array that a tiled texture is mapped as. Normalised formats become the integers of their size: a kernel reads the bits, and texture
/// objects turn them into 0..1 on demand. Errors: unsupported_format naming why CUDA has no such array.
[[nodiscard]] Result<ArrayShape> array_shape(Context& context, const TextureDescriptor& descriptor);
/// Extent with layers, faces or slices as depth.
[[nodiscard]] api::ArrayDescriptor array_descriptor(const TextureDescriptor& descriptor, const ArrayShape& shape) noexcept;
/// A clause that says why the texture cannot be plain memory with rows one after the other; empty when it can.
[[nodiscard]] std::string why_not_linear(const TextureDescriptor& descriptor);
/// The largest array textures of that kind.
[[nodiscard]] FormatSupport array_limits(const Features& features, const TextureDescriptor& descriptor);
/// Errors: limit_exceeded naming the limit.
[[nodiscard]] Result<void> check_array_limits(const Features& features, const TextureDescriptor& descriptor);
/// VkImageUsageFlags that a Vulkan manager makes such a texture with.
[[nodiscard]] std::uint32_t vulkan_usage(const TextureDescriptor& descriptor) noexcept;

}  // namespace geyser::cuda
