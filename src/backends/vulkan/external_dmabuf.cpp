// DMA_BUF memory with DRM format modifiers: the driver picks one modifier of a list, and its plane layouts travel in the handle.
// Covered by the fake driver; not run on hardware, because no driver at hand offers it.
#include <algorithm>

#include "backends/vulkan/external_fd.hpp"
#include "core/imported_fd.hpp"
#include "core/message.hpp"

namespace geyser::vulkan {

namespace {

using detail::text;

constexpr std::array<vk::ImageAspectFlagBits, max_memory_planes> memory_plane_aspects = {
    vk::ImageAspectFlagBits::eMemoryPlane0EXT, vk::ImageAspectFlagBits::eMemoryPlane1EXT, vk::ImageAspectFlagBits::eMemoryPlane2EXT,
    vk::ImageAspectFlagBits::eMemoryPlane3EXT};

const ModifierCaps* find_modifier(const FormatCaps& caps, std::uint64_t modifier) noexcept {
  const auto same = [modifier](const ModifierCaps& each) { return each.modifier == modifier; };
  const auto found = std::find_if(caps.modifiers.begin(), caps.modifiers.end(), same);
  return found == caps.modifiers.end() ? nullptr : &*found;
}

std::string hex(std::uint64_t value) { return text("0x", std::hex, value); }

std::string list(const FormatCaps& caps) {
  std::string result;
  for (const auto& each : caps.modifiers)
    result += text(result.empty() ? "" : ", ", hex(each.modifier), " (", each.memory_planes, " planes)");
  return result.empty() ? "none" : result;
}

// The importer's order of preference, or the driver's; only what can be exported at this size.
Result<std::vector<std::uint64_t>> choose_modifiers(const TextureDescriptor& descriptor, const FormatCaps& caps,
                                                    std::span<const ModifierSupport> accepted) {
  std::vector<std::uint64_t> chosen;
  std::optional<Error> too_large;
  const auto consider = [&](const ModifierCaps& each) {
    if (!each.support.can_export) return;
    if (auto ok = check_limits(descriptor, each.support); !ok) {
      too_large = std::move(ok).error();
      return;
    }
    chosen.push_back(each.modifier);
  };
  if (accepted.empty()) {
    for (const auto& each : caps.modifiers) consider(each);
  } else {
    for (const auto& wanted : accepted) {
      const auto* each = find_modifier(caps, wanted.modifier);
      if (each != nullptr && each->memory_planes == wanted.memory_planes) consider(*each);
    }
  }
  if (!chosen.empty()) return chosen;
  if (too_large) return *std::move(too_large);
  return Error(Errc::unsupported_format,
               text("None of the ", accepted.size(), " DRM format modifiers in CreateOptions::modifiers can be exported for ",
                    describe_use(descriptor), "; this device offers ", list(caps), "."));
}

}  // namespace

Result<std::shared_ptr<detail::TextureContents>> allocate_dma_buf(std::shared_ptr<detail::Backend> backend,
                                                                  const std::shared_ptr<Context>& context, const AllocateRequest& request) {
  const FormatCaps& caps = *request.caps;
  auto modifiers = choose_modifiers(request.descriptor, caps, request.modifiers);
  if (!modifiers) return std::move(modifiers).error();
  auto parameters = request.parameters;
  vk::ImageDrmFormatModifierListCreateInfoEXT choice;
  choice.drmFormatModifierCount = static_cast<std::uint32_t>(modifiers->size());
  choice.pDrmFormatModifiers = modifiers->data();
  ImageAndMemory native(*context);
  if (auto ok = native.create(parameters, &choice); !ok) return std::move(ok).error();

  vk::ImageDrmFormatModifierPropertiesEXT chosen;
  const auto asked = context->device.getImageDrmFormatModifierPropertiesEXT(native.image, &chosen, context->dispatch);
  if (asked != vk::Result::eSuccess) return vulkan_error(asked, "vkGetImageDrmFormatModifierPropertiesEXT");
  const auto* modifier = find_modifier(caps, chosen.drmFormatModifier);
  if (modifier == nullptr || std::find(modifiers->begin(), modifiers->end(), chosen.drmFormatModifier) == modifiers->end()) {
    return Error(Errc::unsupported_feature, text("The driver chose the DRM format modifier ", hex(chosen.drmFormatModifier),
                                                 ", which it was not offered; it allows ", list(caps), "."));
  }
  parameters.drm_modifier = chosen.drmFormatModifier;
  std::array<MemoryPlane, max_memory_planes> planes{};
  for (std::uint32_t i = 0; i < modifier->memory_planes; ++i) {
    vk::ImageSubresource which;
    which.aspectMask = memory_plane_aspects[i];
    vk::SubresourceLayout layout;
    context->device.getImageSubresourceLayout(native.image, &which, &layout, context->dispatch);
    planes[i] = {layout.offset, layout.rowPitch, 0};
  }

  auto texture = allocate_exportable(std::move(backend), context, request.descriptor, parameters, native);
  if (!texture) return std::move(texture).error();
  (*texture)->memory_plane_count = modifier->memory_planes;
  (*texture)->memory_planes = planes;
  return std::shared_ptr<detail::TextureContents>(*std::move(texture));
}

Result<std::shared_ptr<detail::TextureContents>> import_dma_buf(std::shared_ptr<detail::Backend> backend,
                                                                const std::shared_ptr<Context>& context, FormatCache& formats,
                                                                TextureHandle& handle) {
  const auto& info = handle.info;
  auto caps = formats.find(*context, *format_info(info.descriptor.format), info.descriptor.dimension, info.descriptor.usage,
                           MemoryHandleType::dma_buf);
  if (!caps) return std::move(caps).error();
  const auto* modifier = find_modifier(**caps, info.drm_modifier);
  if (modifier == nullptr || !modifier->support.can_import) {
    return Error(Errc::unsupported_format, text("TextureHandleInfo::drm_modifier is ", hex(info.drm_modifier), "; this device can import ",
                                                describe_use(info.descriptor), " with ", list(**caps), "."));
  }
  if (info.memory_plane_count != modifier->memory_planes) {
    return Error(Errc::protocol_error, text("TextureHandleInfo::memory_plane_count is ", info.memory_plane_count,
                                            "; the DRM format modifier ", hex(info.drm_modifier), " has ", modifier->memory_planes, "."));
  }
  std::array<vk::SubresourceLayout, max_memory_planes> planes{};
  for (std::uint32_t i = 0; i < info.memory_plane_count; ++i) {
    if (info.memory_planes[i].handle_index != 0) {
      return Error(Errc::unsupported_handle,
                   text("TextureHandleInfo::memory_planes[", i, "].handle_index is ", info.memory_planes[i].handle_index,
                        "; this backend imports dma-bufs whose planes are all in the first file descriptor."));
    }
    planes[i].offset = info.memory_planes[i].offset;
    planes[i].rowPitch = info.memory_planes[i].row_pitch;
  }
  if (handle.handle_count() != 1) {
    return Error(Errc::unsupported_handle,
                 text("The handle holds ", handle.handle_count(), " file descriptors; this backend imports dma-bufs with 1."));
  }
  if (auto ok = check_limits(info.descriptor, modifier->support); !ok) return std::move(ok).error();

  auto parameters = image_parameters(info.descriptor, MemoryHandleType::dma_buf);
  parameters.drm_modifier = info.drm_modifier;
  vk::ImageDrmFormatModifierExplicitCreateInfoEXT layout;
  layout.drmFormatModifier = info.drm_modifier;
  layout.drmFormatModifierPlaneCount = info.memory_plane_count;
  layout.pPlaneLayouts = planes.data();
  ImageAndMemory native(*context);
  if (auto ok = native.create(parameters, &layout); !ok) return std::move(ok).error();
  vk::MemoryRequirements requirements;
  context->device.getImageMemoryRequirements(native.image, &requirements, context->dispatch);
  if (requirements.size > info.allocation_size) {
    return Error(Errc::protocol_error,
                 text("TextureHandleInfo::allocation_size is ", info.allocation_size, " bytes; this image needs ", requirements.size, "."));
  }
  // Memory types of a dma-buf are the importer's own business: the exporter may be another device.
  auto spare = handle.handles[0].duplicate();
  if (!spare) return std::move(spare).error();
  vk::MemoryFdPropertiesKHR allowed;
  const auto asked =
      context->device.getMemoryFdPropertiesKHR(vk::ExternalMemoryHandleTypeFlagBits::eDmaBufEXT, spare->fd(), &allowed, context->dispatch);
  if (asked != vk::Result::eSuccess) return vulkan_error(asked, "vkGetMemoryFdPropertiesKHR");
  const auto bits = requirements.memoryTypeBits & allowed.memoryTypeBits;
  if (bits == 0) {
    return Error(Errc::unsupported_handle,
                 text("This device can reach the dma-buf through the memory types of the mask ", hex(allowed.memoryTypeBits),
                      ", but the image only through ", hex(requirements.memoryTypeBits), "."));
  }
  auto type = context->memory_type(bits, vk::MemoryPropertyFlagBits::eDeviceLocal);
  if (!type) return std::move(type).error();
  vk::MemoryDedicatedAllocateInfo dedicated;
  dedicated.image = native.image;
  vk::ImportMemoryFdInfoKHR import;
  import.handleType = vk::ExternalMemoryHandleTypeFlagBits::eDmaBufEXT;
  import.fd = spare->fd();
  import.pNext = &dedicated;
  vk::MemoryAllocateInfo allocation;
  allocation.pNext = &import;
  allocation.allocationSize = requirements.size;
  allocation.memoryTypeIndex = *type;
  auto bound = native.allocate_and_bind(allocation);
  if (native.memory) {
    static_cast<void>(spare->release());  // the driver's now, even when binding failed
  } else {
    detail::settle_failed_import(*spare, handle.handles[0]);
  }
  if (!bound) return std::move(bound).error();

  auto texture = std::make_shared<Texture>(
      std::move(backend), context,
      detail::TextureContents::Init{info.descriptor, MemoryHandleType::dma_buf, true, info.allocation_size, requirements.size});
  texture->adopt(native);
  texture->parameters = parameters;
  texture->memory_type_index = *type;
  texture->dedicated = true;
  texture->memory_plane_count = info.memory_plane_count;
  texture->memory_planes = info.memory_planes;
  handle.handles[0].reset();
  return std::shared_ptr<detail::TextureContents>(std::move(texture));
}

}  // namespace geyser::vulkan
