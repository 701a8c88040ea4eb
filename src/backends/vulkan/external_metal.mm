// Type-checked, never run. IOSurfaces and MTLTextures behind images. A surface is bound at image creation; a texture too, or, where the
// driver has VK_EXT_external_memory_metal, as imported memory.
#import "backends/vulkan/external_metal.hpp"

#include "core/byte_count.hpp"
#include "core/message.hpp"
#include "core/process_objects.hpp"

namespace geyser::vulkan {
namespace {

using detail::text;
using Contents = std::shared_ptr<detail::TextureContents>;

constexpr VkExportMetalObjectCreateInfoEXT exported_texture{VK_STRUCTURE_TYPE_EXPORT_METAL_OBJECT_CREATE_INFO_EXT, nullptr,
                                                            VK_EXPORT_METAL_OBJECT_TYPE_METAL_TEXTURE_BIT_EXT};

/// Lent by the driver. Null when the image has none.
IOSurfaceRef surface_of(const Context& context, vk::Image image) {
  VkExportMetalIOSurfaceInfoEXT surface{VK_STRUCTURE_TYPE_EXPORT_METAL_IO_SURFACE_INFO_EXT, nullptr, static_cast<VkImage>(image), nullptr};
  VkExportMetalObjectsInfoEXT objects{VK_STRUCTURE_TYPE_EXPORT_METAL_OBJECTS_INFO_EXT, &surface};
  context.system->export_objects(static_cast<VkDevice>(context.device), &objects);
  return surface.ioSurface;
}

/// Where the system says that the planes lie.
void note_planes(Texture& texture, IOSurfaceRef surface) {
  const std::size_t planes = IOSurfaceGetPlaneCount(surface);
  texture.memory_plane_count = planes == 0 ? 1 : static_cast<std::uint32_t>(planes);
  if (planes == 0) {
    texture.memory_planes[0] = {.offset = 0, .row_pitch = IOSurfaceGetBytesPerRow(surface), .handle_index = 0};
    return;
  }
  const auto* base = static_cast<const std::byte*>(IOSurfaceGetBaseAddress(surface));
  for (std::size_t i = 0; i < planes && i < max_memory_planes; ++i) {
    const auto* plane = static_cast<const std::byte*>(IOSurfaceGetBaseAddressOfPlane(surface, i));
    texture.memory_planes[i] = {.offset = static_cast<std::uint64_t>(plane - base),
                                .row_pitch = IOSurfaceGetBytesPerRowOfPlane(surface, i),
                                .handle_index = 0};
  }
}

Error contradiction(std::string_view field, std::uint64_t given, std::uint64_t wanted) {
  return Error(Errc::protocol_error, text("The IOSurface's ", field, " is ", given, "; the handle's descriptor needs ", wanted, "."));
}

/// The driver believes what it is given ("undefined behavior"), so the surface is compared with the descriptor here.
Result<void> check_surface(IOSurfaceRef surface, const TextureHandleInfo& info) {
  const TextureDescriptor& descriptor = info.descriptor;
  const FormatInfo& format = *format_info(descriptor.format);
  if (IOSurfaceGetWidth(surface) != descriptor.extent.width) return contradiction("width", IOSurfaceGetWidth(surface), descriptor.extent.width);
  if (IOSurfaceGetHeight(surface) != descriptor.extent.height) {
    return contradiction("height", IOSurfaceGetHeight(surface), descriptor.extent.height);
  }
  if (IOSurfaceGetAllocSize(surface) != info.allocation_size) {
    return contradiction("allocation size", IOSurfaceGetAllocSize(surface), info.allocation_size);
  }
  const bool planar = format.kind == FormatKind::planar;
  const std::size_t planes = planar ? format.plane_count : 0;
  if (IOSurfaceGetPlaneCount(surface) != planes) return contradiction("plane count", IOSurfaceGetPlaneCount(surface), planes);
  if (!planar) {
    if (IOSurfaceGetBytesPerElement(surface) != format.planes[0].block_bytes) {
      return contradiction("bytes per element", IOSurfaceGetBytesPerElement(surface), format.planes[0].block_bytes);
    }
    return {};
  }
  for (std::size_t i = 0; i < planes; ++i) {
    const Extent3D extent = detail::plane_extent(format.planes[i], descriptor.extent);
    if (IOSurfaceGetWidthOfPlane(surface, i) != extent.width) {
      return contradiction("plane width", IOSurfaceGetWidthOfPlane(surface, i), extent.width);
    }
    if (IOSurfaceGetHeightOfPlane(surface, i) != extent.height) {
      return contradiction("plane height", IOSurfaceGetHeightOfPlane(surface, i), extent.height);
    }
    if (IOSurfaceGetBytesPerElementOfPlane(surface, i) != format.planes[i].block_bytes) {
      return contradiction("bytes per element", IOSurfaceGetBytesPerElementOfPlane(surface, i), format.planes[i].block_bytes);
    }
  }
  return {};
}

Result<void> check_wanted(const Context& context, FormatCache& formats, const TextureHandleInfo& info) {
  const TextureDescriptor& descriptor = info.descriptor;
  auto caps = formats.find(context, *format_info(descriptor.format), descriptor.dimension, descriptor.usage, info.type);
  if (!caps) return std::move(caps).error();
  if (!(*caps)->support.can_import) {
    return Error(Errc::unsupported_format, text("This device cannot import ", describe_use(descriptor), " as ", to_string(info.type), "."));
  }
  return check_limits(descriptor, (*caps)->support);
}

/// Memory for an image whose bytes Metal has already: Vulkan wants an allocation all the same. `next` goes behind the dedication.
Result<std::uint32_t> bind(const Context& context, ImageAndMemory& native, std::uint32_t allowed, const void* next) {
  vk::MemoryRequirements requirements;
  context.device.getImageMemoryRequirements(native.image, &requirements, context.dispatch);
  auto type = context.memory_type(requirements.memoryTypeBits & allowed, vk::MemoryPropertyFlagBits::eDeviceLocal);
  if (!type) return std::move(type).error();
  vk::MemoryDedicatedAllocateInfo dedicated;
  dedicated.image = native.image;
  dedicated.pNext = next;
  vk::MemoryAllocateInfo allocation;
  allocation.pNext = &dedicated;
  allocation.allocationSize = requirements.size;
  allocation.memoryTypeIndex = *type;
  if (auto ok = native.allocate_and_bind(allocation); !ok) return std::move(ok).error();
  return *type;
}

std::shared_ptr<Texture> make(std::shared_ptr<detail::Backend> backend, const std::shared_ptr<Context>& context,
                              detail::TextureContents::Init init, const ImageParameters& parameters, ImageAndMemory& native,
                              std::uint32_t memory_type) {
  auto texture = std::make_shared<Texture>(std::move(backend), context, std::move(init));
  texture->adopt(native);
  texture->parameters = parameters;
  texture->memory_type_index = memory_type;
  texture->dedicated = true;
  return texture;
}

std::uint64_t bytes_of(const Context& context, vk::Image image) {
  vk::MemoryRequirements requirements;
  context.device.getImageMemoryRequirements(image, &requirements, context.dispatch);
  return requirements.size;
}

/// With VK_EXT_external_memory_metal, images say at creation that their memory is a texture's.
const void* texture_chain(const Context& context, vk::ExternalMemoryImageCreateInfo& external) {
  external.handleTypes = vk::ExternalMemoryHandleTypeFlags(static_cast<VkExternalMemoryHandleTypeFlags>(metal_texture_bit));
  if (context.system->external_memory_metal()) return &external;
  return &exported_texture;
}

}  // namespace

Result<Contents> allocate_surface(std::shared_ptr<detail::Backend> backend, const std::shared_ptr<Context>& context,
                                  const AllocateRequest& request) {
  // Without a surface in it, the structure asks the driver for a new one.
  const VkExportMetalObjectCreateInfoEXT exported{VK_STRUCTURE_TYPE_EXPORT_METAL_OBJECT_CREATE_INFO_EXT, nullptr,
                                                  VK_EXPORT_METAL_OBJECT_TYPE_METAL_IOSURFACE_BIT_EXT};
  const VkImportMetalIOSurfaceInfoEXT create{VK_STRUCTURE_TYPE_IMPORT_METAL_IO_SURFACE_INFO_EXT, &exported, nullptr};
  ImageAndMemory native(*context);
  if (auto ok = native.create(request.parameters, &create); !ok) return std::move(ok).error();
  IOSurfaceRef surface = surface_of(*context, native.image);
  if (surface == nullptr) return Error(Errc::unsupported_format, "The driver puts no IOSurface behind such an image.");
  auto type = bind(*context, native, ~0U, nullptr);
  if (!type) return std::move(type).error();
  const std::uint64_t bytes = IOSurfaceGetAllocSize(surface);
  auto texture = make(std::move(backend), context, {request.descriptor, MemoryHandleType::io_surface, false, bytes, bytes},
                      request.parameters, native, *type);
  note_planes(*texture, surface);
  return Contents(std::move(texture));
}

Result<Contents> import_surface(std::shared_ptr<detail::Backend> backend, const std::shared_ptr<Context>& context, FormatCache& formats,
                                TextureHandle& handle) {
  const TextureHandleInfo& info = handle.info;
  if (auto ok = check_wanted(*context, formats, info); !ok) return std::move(ok).error();
  IOSurfaceRef surface = IOSurfaceLookupFromMachPort(static_cast<mach_port_t>(handle.handles[0].borrow()));
  if (surface == nullptr) return Error(Errc::protocol_error, "The handle is a Mach port that names no IOSurface.");
  const std::shared_ptr<void> kept(static_cast<void*>(surface), [](void* object) { CFRelease(object); });
  if (auto ok = check_surface(surface, info); !ok) return std::move(ok).error();
  const auto parameters = image_parameters(info.descriptor, info.type);
  const VkImportMetalIOSurfaceInfoEXT import{VK_STRUCTURE_TYPE_IMPORT_METAL_IO_SURFACE_INFO_EXT, nullptr, surface};
  ImageAndMemory native(*context);
  if (auto ok = native.create(parameters, &import); !ok) return std::move(ok).error();
  auto type = bind(*context, native, ~0U, nullptr);
  if (!type) return std::move(type).error();
  auto texture = make(std::move(backend), context, {info.descriptor, info.type, true, info.allocation_size, info.required_size}, parameters,
                      native, *type);
  note_planes(*texture, surface);
  handle.handles[0].reset();  // the image holds the surface
  return Contents(std::move(texture));
}

Result<OsHandle> export_surface(const Texture& texture) {
  IOSurfaceRef surface = surface_of(*texture.context, texture.image);
  if (surface == nullptr) return Error(Errc::unsupported_handle, "The driver shows no IOSurface behind the image.");
  const mach_port_t port = IOSurfaceCreateMachPort(surface);
  if (port == MACH_PORT_NULL) return Error(Errc::out_of_memory, "IOSurfaceCreateMachPort gives no port.");
  return OsHandle(static_cast<OsHandle::Value>(port));
}

Result<Contents> allocate_metal_texture(std::shared_ptr<detail::Backend> backend, const std::shared_ptr<Context>& context,
                                        const AllocateRequest& request) {
  vk::ExternalMemoryImageCreateInfo external;
  ImageAndMemory native(*context);
  if (auto ok = native.create(request.parameters, texture_chain(*context, external)); !ok) return std::move(ok).error();
  const std::uint64_t bytes = bytes_of(*context, native.image);
  vk::ExportMemoryAllocateInfo exported;
  exported.handleTypes = external.handleTypes;
  auto type = bind(*context, native, ~0U, context->system->external_memory_metal() ? &exported : nullptr);
  if (!type) return std::move(type).error();
  return Contents(make(std::move(backend), context, {request.descriptor, MemoryHandleType::metal_texture, false, bytes, bytes},
                       request.parameters, native, *type));
}

Result<Contents> import_metal_texture(std::shared_ptr<detail::Backend> backend, const std::shared_ptr<Context>& context,
                                      FormatCache& formats, TextureHandle& handle) {
  const TextureHandleInfo& info = handle.info;
  if (auto ok = check_wanted(*context, formats, info); !ok) return std::move(ok).error();
  auto object = detail::find_process_object(detail::ProcessObjectKind::metal_texture, handle.handles[0]);
  if (!object) return std::move(object).error();
  id<MTLTexture> native_texture = (__bridge id<MTLTexture>)object->get();
  const TextureDescriptor& descriptor = info.descriptor;
  const NSUInteger length = descriptor.dimension == TextureDimension::d2_array     ? descriptor.array_layers
                            : descriptor.dimension == TextureDimension::cube_array ? descriptor.array_layers / 6
                                                                                   : 1;
  if (native_texture.width != descriptor.extent.width || native_texture.height != descriptor.extent.height ||
      native_texture.depth != descriptor.extent.depth || native_texture.mipmapLevelCount != descriptor.mip_levels ||
      native_texture.arrayLength != length || static_cast<std::uint32_t>(native_texture.pixelFormat) != format_info(descriptor.format)->metal) {
    return Error(Errc::protocol_error, text("The MTLTexture is not what the handle says: ", describe(descriptor), "."));
  }
  const auto parameters = image_parameters(descriptor, info.type);
  ImageAndMemory native(*context);
  std::uint32_t memory_type = 0;
  if (context->system->external_memory_metal()) {
    vk::ExternalMemoryImageCreateInfo external;
    if (auto ok = native.create(parameters, texture_chain(*context, external)); !ok) return std::move(ok).error();
    MemoryMetalHandleProperties properties;
    const auto asked = static_cast<vk::Result>(context->system->get_memory_handle_properties(
        static_cast<VkDevice>(context->device), metal_texture_bit, object->get(), &properties));
    if (asked != vk::Result::eSuccess) return vulkan_error(asked, "vkGetMemoryMetalHandlePropertiesEXT");
    ImportMemoryMetalHandleInfo import;
    import.handle = object->get();
    auto type = bind(*context, native, properties.memoryTypeBits, &import);
    if (!type) return std::move(type).error();
    memory_type = *type;
  } else {
    const VkImportMetalTextureInfoEXT import{VK_STRUCTURE_TYPE_IMPORT_METAL_TEXTURE_INFO_EXT, nullptr, VK_IMAGE_ASPECT_PLANE_0_BIT,
                                             native_texture};
    if (auto ok = native.create(parameters, &import); !ok) return std::move(ok).error();
    auto type = bind(*context, native, ~0U, nullptr);
    if (!type) return std::move(type).error();
    memory_type = *type;
  }
  auto texture = make(std::move(backend), context, {descriptor, info.type, true, info.allocation_size, info.required_size}, parameters,
                      native, memory_type);
  handle.handles[0].reset();
  object->reset();
  detail::sweep_process_objects();
  return Contents(std::move(texture));
}

Result<OsHandle> export_metal_texture(const Texture& texture) {
  const Context& context = *texture.context;
  void* native = nullptr;
  if (context.system->external_memory_metal()) {
    MemoryGetMetalHandleInfo info;
    info.memory = static_cast<VkDeviceMemory>(texture.memory);
    const auto result = static_cast<vk::Result>(context.system->get_memory_handle(static_cast<VkDevice>(context.device), &info, &native));
    if (result != vk::Result::eSuccess) return vulkan_error(result, "vkGetMemoryMetalHandleEXT");
  } else {
    VkExportMetalTextureInfoEXT info{VK_STRUCTURE_TYPE_EXPORT_METAL_TEXTURE_INFO_EXT, nullptr, static_cast<VkImage>(texture.image),
                                     VK_NULL_HANDLE, VK_NULL_HANDLE, VK_IMAGE_ASPECT_PLANE_0_BIT, nil};
    VkExportMetalObjectsInfoEXT objects{VK_STRUCTURE_TYPE_EXPORT_METAL_OBJECTS_INFO_EXT, &info};
    context.system->export_objects(static_cast<VkDevice>(context.device), &objects);
    native = (__bridge void*)info.mtlTexture;
  }
  if (native == nullptr) return Error(Errc::unsupported_handle, "The driver shows no MTLTexture behind the image.");
  std::shared_ptr<void> object(const_cast<void*>(CFRetain(native)), [](void* kept) { CFRelease(kept); });
  return detail::publish_process_object(detail::ProcessObjectKind::metal_texture, std::move(object));
}

}  // namespace geyser::vulkan
