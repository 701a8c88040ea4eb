// What the device says about images of one description: asked once, then remembered.
#pragma once

#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "backends/vulkan/context.hpp"

namespace geyser::vulkan {

struct ImageParameters;

/// What one image description may be at most, and how its memory may cross.
struct ImageSupport {
  bool usable = false;  ///< the driver accepts such images at all
  bool can_export = false;
  bool can_import = false;
  bool dedicated_required = false;
  vk::Extent3D max_extent;
  std::uint32_t max_mip_levels = 0;
  std::uint32_t max_array_layers = 0;
  vk::DeviceSize max_bytes = 0;
};
struct ModifierCaps {
  std::uint64_t modifier = 0;
  std::uint32_t memory_planes = 1;
  ImageSupport support;
};
/// The answer for one (format, dimension, usage, handle type). Outlives every use: a cache never forgets.
struct FormatCaps {
  ImageSupport support;                 ///< dma_buf: of the best modifier
  std::vector<ModifierCaps> modifiers;  ///< dma_buf only; those that can be exported or imported
};

/// The usage and create flags that this library gives images of that description.
[[nodiscard]] vk::ImageUsageFlags image_usage(const FormatInfo& format, TextureUsage usage) noexcept;
[[nodiscard]] vk::ImageCreateFlags image_flags(const FormatInfo& format, TextureDimension dimension, TextureUsage usage) noexcept;
[[nodiscard]] vk::ImageType image_type(TextureDimension dimension) noexcept;
[[nodiscard]] vk::ImageAspectFlags image_aspects(const FormatInfo& format) noexcept;
/// None for types that are no external memory handle types of Vulkan's, or not of this system.
[[nodiscard]] vk::ExternalMemoryHandleTypeFlagBits memory_handle_bit(MemoryHandleType type) noexcept;

/// The formats that views of a MUTABLE_FORMAT image may have: its own, the sRGB twin, those of its planes.
struct ViewFormats {
  std::array<vk::Format, 5> formats{};
  std::uint32_t count = 0;
};
[[nodiscard]] ViewFormats view_formats(const FormatInfo& format) noexcept;
/// The format of one plane of a planar format; eUndefined for others.
[[nodiscard]] vk::Format plane_format(TextureFormat format, std::uint32_t plane) noexcept;

/// Asks the driver. `modifier` counts with DRM tiling only. Errors: out_of_memory; "not supported" is an answer, not an error.
[[nodiscard]] Result<ImageSupport> query_image(const Context& context, const ImageParameters& parameters);

/// Threading: any thread.
class FormatCache {
 public:
  /// Driver queries at the first call with these arguments, a look-up afterwards. Errors: out_of_memory.
  Result<const FormatCaps*> find(const Context& context, const FormatInfo& format, TextureDimension dimension, TextureUsage usage,
                                 MemoryHandleType type);

 private:
  std::mutex mutex_;  // held for a look-up: less than a shared one costs, which leaks handles besides in libstdc++ over winpthreads
  std::unordered_map<std::uint64_t, FormatCaps> entries_;
};

/// Checks extent, mip levels and layers. Errors: limit_exceeded naming field, given and allowed value.
[[nodiscard]] Result<void> check_limits(const TextureDescriptor& descriptor, const ImageSupport& support);
/// "bc1_rgba_unorm d2 with usage texture_binding"; for errors.
[[nodiscard]] std::string describe_use(const TextureDescriptor& descriptor);

}  // namespace geyser::vulkan
