// Memory behind opaque handles: one dedicated allocation per texture. What the importer must repeat travels in TextureHandleInfo and is
// checked before and after the driver sees it.
#include "backends/vulkan/external_types.hpp"
#include "core/message.hpp"

namespace geyser::vulkan {

namespace {

using detail::text;

// What a foreign exporter may add to what this library would use; anything else changes the meaning of the memory.
constexpr vk::ImageUsageFlags known_usage = vk::ImageUsageFlagBits::eTransferSrc | vk::ImageUsageFlagBits::eTransferDst |
                                            vk::ImageUsageFlagBits::eSampled | vk::ImageUsageFlagBits::eStorage |
                                            vk::ImageUsageFlagBits::eColorAttachment | vk::ImageUsageFlagBits::eDepthStencilAttachment |
                                            vk::ImageUsageFlagBits::eInputAttachment;
constexpr vk::ImageCreateFlags known_flags = vk::ImageCreateFlagBits::eMutableFormat | vk::ImageCreateFlagBits::eCubeCompatible |
                                             vk::ImageCreateFlagBits::e2DArrayCompatible | vk::ImageCreateFlagBits::eExtendedUsage |
                                             vk::ImageCreateFlagBits::eBlockTexelViewCompatible | vk::ImageCreateFlagBits::eAlias;

Error contradiction(std::string_view field, const std::string& given, const std::string& expected) {
  return Error(Errc::protocol_error, text("TextureHandleInfo::", field, " is ", given, "; ", expected, "."));
}

Result<void> check_heap(const Context& context, const TextureHandleInfo& info, std::uint32_t memory_type) {
  const auto heap = context.memory.memoryHeaps[context.memory.memoryTypes[memory_type].heapIndex].size;
  if (info.allocation_size <= heap) return {};
  return contradiction("allocation_size", text(info.allocation_size, " bytes"), text("the memory that it names has ", heap));
}

// The parameters that the handle names, once they are known to make sense for its descriptor.
Result<ImageParameters> parameters_of(const Context& context, FormatCache& formats, const TextureHandleInfo& info) {
  const auto* format = format_info(info.descriptor.format);
  auto parameters = image_parameters(info.descriptor, info.type);
  if (info.native_format != format->vulkan) {
    return contradiction("native_format", vk::to_string(static_cast<vk::Format>(info.native_format)),
                         text("the descriptor's format ", format->name, " is ", vk::to_string(parameters.format)));
  }
  const vk::ImageUsageFlags usage(info.native_usage);
  const vk::ImageCreateFlags flags(info.native_create_flags);
  const bool linear = info.linear_tiling;
  ImageSupport foreign;
  const ImageSupport* support = &foreign;
  if (usage == parameters.usage && flags == parameters.flags && !linear) {
    auto caps = formats.find(context, *format, info.descriptor.dimension, info.descriptor.usage, info.type);
    if (!caps) return std::move(caps).error();
    support = &(*caps)->support;
  } else {
    // Another exporter's image: repeat its parameters, provided that they are a superset of ours which this driver accepts.
    if ((usage & parameters.usage) != parameters.usage || (info.native_usage & ~static_cast<std::uint32_t>(known_usage)) != 0) {
      return contradiction("native_usage", text(vk::to_string(usage), " (0x", std::hex, info.native_usage, ")"),
                           text("at least ", vk::to_string(parameters.usage), " and at most ", vk::to_string(known_usage),
                                " is allowed for this descriptor"));
    }
    const auto required = parameters.flags & vk::ImageCreateFlagBits::eCubeCompatible;
    if ((flags & required) != required || (info.native_create_flags & ~static_cast<std::uint32_t>(known_flags)) != 0) {
      return contradiction("native_create_flags", text(vk::to_string(flags), " (0x", std::hex, info.native_create_flags, ")"),
                           text("at least ", vk::to_string(required), " and at most ", vk::to_string(known_flags), " is allowed"));
    }
    parameters.usage = usage;
    parameters.flags = flags;
    if (linear) parameters.tiling = vk::ImageTiling::eLinear;
    auto asked = query_image(context, parameters);
    if (!asked) return std::move(asked).error();
    foreign = *asked;
  }
  if (!support->can_import) {
    return Error(Errc::unsupported_format, text("This device cannot import ", describe_use(info.descriptor), " as ", to_string(info.type),
                                                " (native usage ", vk::to_string(usage), ", flags ", vk::to_string(flags), ")."));
  }
  if (support->dedicated_required && !info.dedicated) {
    return contradiction("dedicated", "false", "this driver shares such images only from dedicated allocations");
  }
  if (auto ok = check_limits(info.descriptor, *support); !ok) return std::move(ok).error();
  return parameters;
}

// A driver that is given another GPU's memory under this GPU's name may refuse more than that import: NVIDIA's answers
// VK_ERROR_OUT_OF_DEVICE_MEMORY, and from then on to every allocation of the device. Whoever asks next would look for a leak of his own.
Error after_refusal(detail::Backend& backend, const Context& context, const TextureHandleInfo& info, std::uint32_t memory_type,
                    Error refusal) {
  constexpr vk::DeviceSize probe_bytes = 4096;
  const vk::MemoryAllocateInfo probe{.allocationSize = probe_bytes, .memoryTypeIndex = memory_type};
  vk::DeviceMemory memory;
  const auto result = context.device.allocateMemory(&probe, nullptr, &memory, context.dispatch);
  if (result == vk::Result::eSuccess) context.device.freeMemory(memory, nullptr, context.dispatch);
  // Too many allocations are the program's own.
  if (result == vk::Result::eSuccess || result == vk::Result::eErrorTooManyObjects) return refusal;
  const auto& exporter = info.exporter;
  std::string_view answer = refusal.message();
  if (answer.ends_with('.')) answer.remove_suffix(1);
  backend.lose(Error(Errc::device_lost,
                     text(context.capabilities.identity.name,
                          " allocates no memory any more since the import of an opaque handle, which says that it is of ",
                          exporter.name.empty() ? "an unnamed device" : exporter.name, " with device ", to_string(exporter.device_uuid),
                          ", failed (", answer, ", and ", probe_bytes,
                          " plain bytes are refused, too); destroy this VkDevice with all that was made from it, and make another."),
                     ErrorDomain::vulkan, static_cast<std::int64_t>(result)));
  return std::move(backend.alive()).error();
}

}  // namespace

Result<std::shared_ptr<detail::TextureContents>> allocate_opaque(std::shared_ptr<detail::Backend> backend,
                                                                 const std::shared_ptr<Context>& context, const AllocateRequest& request) {
  const auto& parameters = request.parameters;
  ImageAndMemory native(*context);
  if (auto ok = native.create(parameters); !ok) return std::move(ok).error();
  LinearPlanes planes;
  if (parameters.tiling == vk::ImageTiling::eLinear)
    planes = linear_planes(*context, native.image, *format_info(request.descriptor.format));
  auto texture = allocate_exportable(std::move(backend), context, request.descriptor, parameters, native);
  if (!texture) return std::move(texture).error();
  (*texture)->memory_plane_count = planes.count;
  (*texture)->memory_planes = planes.planes;
  return std::shared_ptr<detail::TextureContents>(*std::move(texture));
}

Result<std::shared_ptr<detail::TextureContents>> import_opaque(std::shared_ptr<detail::Backend> backend,
                                                               const std::shared_ptr<Context>& context, FormatCache& formats,
                                                               TextureHandle& handle) {
  const auto& info = handle.info;
  auto parameters = parameters_of(*context, formats, info);
  if (!parameters) return std::move(parameters).error();
  const bool any_type = info.memory_type_index == any_memory_type;
  if (any_type && !info.linear_tiling) {
    return contradiction("memory_type_index", "any_memory_type", "only linear images can be in memory of an API without Vulkan's types");
  }
  if (!any_type && info.memory_type_index >= context->memory.memoryTypeCount) {
    return contradiction("memory_type_index", text(info.memory_type_index),
                         text("this device has ", context->memory.memoryTypeCount, " memory types"));
  }
  // Before any image is made: what is beyond every heap is not worth the driver's time.
  if (!any_type) {
    if (auto ok = check_heap(*context, info, info.memory_type_index); !ok) return std::move(ok).error();
  }
  ImageAndMemory native(*context);
  if (auto ok = native.create(*parameters); !ok) return std::move(ok).error();
  LinearPlanes planes;
  if (info.linear_tiling) {
    planes = linear_planes(*context, native.image, *format_info(info.descriptor.format));
    if (auto ok = check_planes(info, planes); !ok) return std::move(ok).error();
  }
  vk::MemoryRequirements requirements;
  context->device.getImageMemoryRequirements(native.image, &requirements, context->dispatch);
  std::uint32_t memory_type = info.memory_type_index;
  if (any_type) {
    auto chosen = context->memory_type(requirements.memoryTypeBits, vk::MemoryPropertyFlagBits::eDeviceLocal);
    if (!chosen) return std::move(chosen).error();
    memory_type = *chosen;
    if (auto ok = check_heap(*context, info, memory_type); !ok) return std::move(ok).error();
  }
  if (requirements.size > info.allocation_size || (info.dedicated && requirements.size != info.allocation_size)) {
    return contradiction("allocation_size", text(info.allocation_size, " bytes"),
                         text("this image needs ", info.dedicated ? "exactly " : "", requirements.size, " bytes"));
  }
  if ((requirements.memoryTypeBits >> memory_type & 1U) == 0) {
    return contradiction("memory_type_index", text(info.memory_type_index),
                         text("this image can only be in memory types of the mask 0x", std::hex, requirements.memoryTypeBits));
  }

  vk::MemoryDedicatedAllocateInfo dedicated;
  dedicated.image = native.image;
  vk::MemoryAllocateInfo allocation;
  if (info.dedicated) allocation.pNext = &dedicated;
  allocation.allocationSize = info.allocation_size;
  allocation.memoryTypeIndex = memory_type;
  if (auto ok = allocate_from_opaque(native, allocation, handle); !ok) {
    const bool refused = ok.error().domain() == ErrorDomain::vulkan && !native.memory;  // the driver saw it, and did not take it
    if (refused) return after_refusal(*backend, *context, info, memory_type, std::move(ok).error());
    return std::move(ok).error();
  }

  auto texture =
      std::make_shared<Texture>(std::move(backend), context,
                                detail::TextureContents::Init{info.descriptor, info.type, true, info.allocation_size, requirements.size});
  texture->adopt(native);
  texture->parameters = *parameters;
  texture->memory_type_index = memory_type;
  texture->dedicated = info.dedicated;
  texture->memory_plane_count = planes.count;
  texture->memory_planes = planes.planes;
  handle.handles[0].reset();
  return std::shared_ptr<detail::TextureContents>(std::move(texture));
}

}  // namespace geyser::vulkan
