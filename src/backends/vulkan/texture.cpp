#include "backends/vulkan/texture.hpp"

#include "backends/vulkan/external_types.hpp"
#include "backends/vulkan/manager.hpp"
#include "core/message.hpp"
#include "geyser/log.hpp"

namespace geyser::vulkan {

ImageParameters image_parameters(const FormatInfo& format, TextureDimension dimension, TextureUsage usage, MemoryHandleType type) noexcept {
  ImageParameters parameters;
  parameters.format = static_cast<vk::Format>(format.vulkan);
  parameters.type = image_type(dimension);
  parameters.usage = image_usage(format, usage);
  parameters.flags = image_flags(format, dimension, usage);
  parameters.handle_type = type;
  if (type == MemoryHandleType::dma_buf) {
    parameters.tiling = vk::ImageTiling::eDrmFormatModifierEXT;
    if (parameters.flags & vk::ImageCreateFlagBits::eMutableFormat) parameters.view_formats = view_formats(format);
  }
  return parameters;
}

ImageParameters image_parameters(const TextureDescriptor& descriptor, MemoryHandleType type) noexcept {
  auto parameters = image_parameters(*format_info(descriptor.format), descriptor.dimension, descriptor.usage, type);
  parameters.extent = vk::Extent3D{descriptor.extent.width, descriptor.extent.height, descriptor.extent.depth};
  parameters.mip_levels = descriptor.mip_levels;
  parameters.array_layers = descriptor.array_layers;
  return parameters;
}

ImageAndMemory::~ImageAndMemory() {
  if (image) context_->device.destroyImage(image, nullptr, context_->dispatch);
  if (memory) context_->device.freeMemory(memory, nullptr, context_->dispatch);
}

Result<void> ImageAndMemory::create(const ImageParameters& parameters, const void* next) {
  vk::ExternalMemoryImageCreateInfo external;
  external.handleTypes = memory_handle_bit(parameters.handle_type);
  vk::ImageFormatListCreateInfo list;
  if (parameters.view_formats.count != 0) {
    list.viewFormatCount = parameters.view_formats.count;
    list.pViewFormats = parameters.view_formats.formats.data();
    list.pNext = std::exchange(next, &list);
  }
  external.pNext = next;
  vk::ImageCreateInfo info;
  info.pNext = external.handleTypes ? &external : next;
  info.flags = parameters.flags;
  info.imageType = parameters.type;
  info.format = parameters.format;
  info.extent = parameters.extent;
  info.mipLevels = parameters.mip_levels;
  info.arrayLayers = parameters.array_layers;
  info.samples = vk::SampleCountFlagBits::e1;
  info.tiling = parameters.tiling;
  info.usage = parameters.usage;
  info.sharingMode = vk::SharingMode::eExclusive;
  info.initialLayout = vk::ImageLayout::eUndefined;
  const auto result = context_->device.createImage(&info, nullptr, &image, context_->dispatch);
  if (result == vk::Result::eSuccess) return {};
  image = nullptr;
  return vulkan_error(result, "vkCreateImage");
}

Result<void> ImageAndMemory::allocate_and_bind(const vk::MemoryAllocateInfo& info) {
  auto result = context_->device.allocateMemory(&info, nullptr, &memory, context_->dispatch);
  if (result != vk::Result::eSuccess) {
    memory = nullptr;
    return vulkan_error(result, "vkAllocateMemory");
  }
  result = context_->device.bindImageMemory(image, memory, 0, context_->dispatch);
  if (result != vk::Result::eSuccess) return vulkan_error(result, "vkBindImageMemory");
  return {};
}

Texture::Texture(std::shared_ptr<detail::Backend> backend, std::shared_ptr<Context> device_context, Init init) noexcept
    : TextureContents(std::move(backend), std::move(init)), context(std::move(device_context)) {
  aspects = image_aspects(*format_info(descriptor().format));
}

Texture::~Texture() {
  auto& manager = static_cast<Manager&>(*backend());
  if (image && !(manager.transfer().finish(image) && manager.passes().finish(image))) {
    log(LogLevel::error,
        "A texture is destroyed while the queue still has a copy of it, or waits to hand it on; its image stays allocated.");
    return;
  }
  for (const auto& each : views_) context->device.destroyImageView(each.view, nullptr, context->dispatch);
  if (image) context->device.destroyImage(image, nullptr, context->dispatch);
  if (memory) context->device.freeMemory(memory, nullptr, context->dispatch);
}

void Texture::adopt(ImageAndMemory& native) noexcept {
  image = std::exchange(native.image, {});
  memory = std::exchange(native.memory, {});
}

Result<std::shared_ptr<Texture>> allocate_exportable(std::shared_ptr<detail::Backend> backend, const std::shared_ptr<Context>& context,
                                                     const TextureDescriptor& descriptor, const ImageParameters& parameters,
                                                     ImageAndMemory& native) {
  vk::MemoryRequirements requirements;
  context->device.getImageMemoryRequirements(native.image, &requirements, context->dispatch);
  auto type = context->memory_type(requirements.memoryTypeBits, vk::MemoryPropertyFlagBits::eDeviceLocal);
  if (!type) return std::move(type).error();
  vk::MemoryDedicatedAllocateInfo dedicated;
  dedicated.image = native.image;
  vk::ExportMemoryAllocateInfo exported;
  exported.handleTypes = memory_handle_bit(parameters.handle_type);
  auto rights = memory_export_info(parameters.handle_type);
  if (!rights) return std::move(rights).error();
  dedicated.pNext = rights->get();
  exported.pNext = &dedicated;
  vk::MemoryAllocateInfo info;
  info.pNext = &exported;
  info.allocationSize = requirements.size;
  info.memoryTypeIndex = *type;
  if (auto ok = native.allocate_and_bind(info); !ok) return std::move(ok).error();

  auto texture = std::make_shared<Texture>(
      std::move(backend), context,
      detail::TextureContents::Init{descriptor, parameters.handle_type, false, requirements.size, requirements.size});
  texture->adopt(native);
  texture->parameters = parameters;
  texture->memory_type_index = *type;
  texture->dedicated = true;
  return texture;
}

Result<Texture*> vulkan_texture(const SharedTexture& texture) {
  auto* contents = detail::Private::contents(texture);
  if (auto* own = dynamic_cast<Texture*>(contents)) return own;
  if (contents == nullptr) return Error(Errc::invalid_argument, "The texture is empty; it was moved from or never created.");
  return Error(Errc::device_mismatch, detail::text("The texture belongs to the ", contents->backend()->name(),
                                                   " backend; export it there and import it into a Vulkan manager."));
}

Result<NativeTexture> native(const SharedTexture& texture) {
  auto own = vulkan_texture(texture);
  if (!own) return std::move(own).error();
  const Texture& t = **own;
  NativeTexture result;
  result.image = t.image;
  result.memory = t.memory;
  result.memory_size = t.allocated_bytes();
  result.format = static_cast<VkFormat>(t.parameters.format);
  result.type = static_cast<VkImageType>(t.parameters.type);
  result.tiling = static_cast<VkImageTiling>(t.parameters.tiling);
  result.usage = static_cast<VkImageUsageFlags>(t.parameters.usage);
  result.flags = static_cast<VkImageCreateFlags>(t.parameters.flags);
  result.aspects = static_cast<VkImageAspectFlags>(t.aspects);
  return result;
}

}  // namespace geyser::vulkan
