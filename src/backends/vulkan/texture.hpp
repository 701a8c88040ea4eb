// A texture on this device: image, memory, views.
#pragma once

#include <array>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "backends/vulkan/formats.hpp"
#include "backends/vulkan/kept_handles.hpp"

namespace geyser::vulkan {

/// Exactly what the image was made with: what an importer of an opaque handle must repeat.
struct ImageParameters {
  vk::Format format = vk::Format::eUndefined;
  vk::ImageType type = vk::ImageType::e2D;
  vk::ImageTiling tiling = vk::ImageTiling::eOptimal;
  vk::ImageUsageFlags usage;
  vk::ImageCreateFlags flags;
  vk::Extent3D extent;
  std::uint32_t mip_levels = 1;
  std::uint32_t array_layers = 1;
  MemoryHandleType handle_type = MemoryHandleType::none;
  std::uint64_t drm_modifier = 0;
  ViewFormats view_formats;  // dma_buf only: opaque handles do not carry the list, so neither side may use one
};
/// What this library makes for that description; extent, levels and layers left at their defaults.
[[nodiscard]] ImageParameters image_parameters(const FormatInfo& format, TextureDimension dimension, TextureUsage usage,
                                               MemoryHandleType type) noexcept;
/// The same with extent, levels and layers of `descriptor`, whose format is valid.
[[nodiscard]] ImageParameters image_parameters(const TextureDescriptor& descriptor, MemoryHandleType type) noexcept;

/// Image and memory until a Texture takes them over. Ownership: destroys what it still holds.
class ImageAndMemory {
 public:
  explicit ImageAndMemory(const Context& context) noexcept : context_(&context) {}
  ImageAndMemory(const ImageAndMemory&) = delete;
  ImageAndMemory& operator=(const ImageAndMemory&) = delete;
  ~ImageAndMemory();
  /// Creates the image; `next` (may be null) goes to the end of its create info's chain. Errors: as vkCreateImage.
  Result<void> create(const ImageParameters& parameters, const void* next = nullptr);
  /// Allocates and binds. `memory` is set from the moment the driver has it (and what `info` gave it), even when binding fails.
  Result<void> allocate_and_bind(const vk::MemoryAllocateInfo& info);

  vk::Image image;
  vk::DeviceMemory memory;

 private:
  const Context* context_;
};

/// Owns image, memory and views. Freed in that order reversed; the front made sure that nobody uses them.
class Texture final : public detail::TextureContents {
 public:
  Texture(std::shared_ptr<detail::Backend> backend, std::shared_ptr<Context> device_context, Init init) noexcept;
  ~Texture() override;
  Texture(const Texture&) = delete;
  Texture& operator=(const Texture&) = delete;
  /// Takes image and memory over.
  void adopt(ImageAndMemory& native) noexcept;

  std::shared_ptr<Context> context;
  ImageParameters parameters;
  vk::Image image;
  vk::DeviceMemory memory;
  std::uint32_t memory_type_index = 0;
  bool dedicated = false;
  std::uint32_t memory_plane_count = 0;                        // dma_buf and linear images
  std::array<MemoryPlane, max_memory_planes> memory_planes{};  // dma_buf and linear images
  vk::ImageAspectFlags aspects;                                // all of the format's
  mutable KeptHandles kept;                                    // of the memory

  /// The keys of a texture behind a keyed mutex (keyed_mutex.cpp); empty: submits leave the mutex alone. Threading: any thread.
  [[nodiscard]] std::optional<KeyedMutex> keyed_mutex() const;
  void set_keyed_mutex(const std::optional<KeyedMutex>& keys);

  /// Made once per distinct ViewInfo (views.cpp). Threading: any thread.
  Result<VkImageView> view(const ViewInfo& info);

 private:
  struct CachedView {
    vk::ImageViewType type = vk::ImageViewType::e2D;
    vk::Format format = vk::Format::eUndefined;
    vk::ImageSubresourceRange range;
    vk::ImageView view;
  };
  mutable std::mutex keys_mutex_;
  std::optional<KeyedMutex> keys_;
  std::mutex views_mutex_;
  std::vector<CachedView> views_;
};

/// Gives the image in `native` memory of its own that can be exported as parameters.handle_type, and makes a texture of the two.
/// Dedicated even where the driver does not insist: the handle then means this image and nothing else, on every importer.
[[nodiscard]] Result<std::shared_ptr<Texture>> allocate_exportable(std::shared_ptr<detail::Backend> backend,
                                                                   const std::shared_ptr<Context>& context,
                                                                   const TextureDescriptor& descriptor, const ImageParameters& parameters,
                                                                   ImageAndMemory& native);

/// VK_IMAGE_LAYOUT_UNDEFINED for what is no layout.
[[nodiscard]] VkImageLayout native_layout(TextureLayout layout) noexcept;

/// The texture of a public object, or device_mismatch when it is another backend's.
[[nodiscard]] Result<Texture*> vulkan_texture(const SharedTexture& texture);

// Linear images (linear.cpp).
/// Where each of the format's planes lies, at mip level 0 and layer 0.
struct LinearPlanes {
  std::uint32_t count = 0;
  std::array<MemoryPlane, max_memory_planes> planes{};
};
[[nodiscard]] LinearPlanes linear_planes(const Context& context, vk::Image image, const FormatInfo& format) noexcept;
/// Errors: unsupported_format and unsupported_handle saying what the device lacks, limit_exceeded, out_of_memory.
[[nodiscard]] Result<ImageParameters> linear_parameters(const Context& context, const TextureDescriptor& descriptor);
/// What a handle says about its planes is what this device's own image has. Errors: protocol_error; unsupported_handle for another API's
/// memory.
[[nodiscard]] Result<void> check_planes(const TextureHandleInfo& info, const LinearPlanes& own);

}  // namespace geyser::vulkan
