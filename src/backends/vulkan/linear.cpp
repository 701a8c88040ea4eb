// Linear images: rows of texels one after the other. Where each plane lies is the driver's to say, and travels in the handle for importers
// that have no driver of Vulkan to ask (CUDA).
#include "backends/vulkan/external_types.hpp"
#include "core/message.hpp"

namespace geyser::vulkan {

namespace {

using detail::text;

constexpr vk::ImageAspectFlagBits plane_aspects[] = {vk::ImageAspectFlagBits::ePlane0, vk::ImageAspectFlagBits::ePlane1,
                                                     vk::ImageAspectFlagBits::ePlane2};

/// vkGetImageSubresourceLayout wants exactly one aspect.
vk::ImageAspectFlags one_aspect(const FormatInfo& format, std::uint32_t plane) {
  switch (format.kind) {
    case FormatKind::planar:
      return plane_aspects[plane];
    case FormatKind::depth:
    case FormatKind::depth_stencil:
      return plane == 0 ? vk::ImageAspectFlagBits::eDepth : vk::ImageAspectFlagBits::eStencil;
    case FormatKind::stencil:
      return vk::ImageAspectFlagBits::eStencil;
    default:
      return vk::ImageAspectFlagBits::eColor;
  }
}

}  // namespace

LinearPlanes linear_planes(const Context& context, vk::Image image, const FormatInfo& format) noexcept {
  LinearPlanes planes;
  planes.count = format.plane_count;
  for (std::uint32_t i = 0; i < planes.count; ++i) {
    vk::ImageSubresource which;
    which.aspectMask = one_aspect(format, i);
    vk::SubresourceLayout layout;
    context.device.getImageSubresourceLayout(image, &which, &layout, context.dispatch);
    planes.planes[i] = {layout.offset, layout.rowPitch, 0};
  }
  return planes;
}

Result<ImageParameters> linear_parameters(const Context& context, const TextureDescriptor& descriptor) {
  const auto type = opaque_memory_type();
  auto parameters = image_parameters(descriptor, type);
  parameters.tiling = vk::ImageTiling::eLinear;
  if (const auto missing = missing_for(context.features, type); !missing.empty()) {
    return Error(Errc::unsupported_handle,
                 text("Linear textures cross as ", to_string(type), ", and ", missing, " is not enabled on the device."));
  }
  auto support = query_image(context, parameters);
  if (!support) return std::move(support).error();
  if (!support->can_export) {
    return Error(Errc::unsupported_format, text("This device cannot share ", describe_use(descriptor), " with linear tiling (",
                                                support->usable ? text("the driver does not export such images as ", to_string(type))
                                                                : std::string("it has no such images"),
                                                "); leave CreateOptions::linear false, or ask for less usage."));
  }
  if (auto ok = check_limits(descriptor, *support); !ok) return std::move(ok).error().with_context("asking for linear tiling");
  return parameters;
}

Result<void> check_planes(const TextureHandleInfo& info, const LinearPlanes& own) {
  if (info.memory_plane_count == 0) return {};  // an exporter that does not say trusts the driver to do the same twice
  if (info.memory_plane_count != own.count) {
    return Error(Errc::protocol_error, text("TextureHandleInfo::memory_plane_count is ", info.memory_plane_count, "; a linear ",
                                            to_string(info.descriptor.format), " texture has ", own.count, "."));
  }
  for (std::uint32_t i = 0; i < own.count; ++i) {
    const MemoryPlane& given = info.memory_planes[i];
    if (given.offset == own.planes[i].offset && given.row_pitch == own.planes[i].row_pitch) continue;
    // Another API may lay rows out as it likes (any_memory_type); a Vulkan driver does as this one does.
    return Error(info.memory_type_index == any_memory_type ? Errc::unsupported_handle : Errc::protocol_error,
                 text("TextureHandleInfo::memory_planes[", i, "] is at offset ", given.offset, " with a row pitch of ", given.row_pitch,
                      " bytes; this device reads such a linear image at offset ", own.planes[i].offset, " with ", own.planes[i].row_pitch,
                      ", so that the exporter must lay its rows out in the same way."));
  }
  return {};
}

}  // namespace geyser::vulkan
