// D3D11_TEXTURE and D3D12_RESOURCE memory: textures of a Direct3D device on the same adapter. Their size is the operating system's to say,
// and each is one resource, so every allocation is dedicated. Compiled, never run: no driver at hand offers it.
#include "backends/vulkan/external_win32.hpp"
#include "core/message.hpp"
#include "platform/handle_identity.hpp"

namespace geyser::vulkan {

using detail::text;

namespace {
constexpr std::uint32_t shared_keyed_mutex = 0x100;  // D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX, which exporters name in native_create_flags
}  // namespace

Result<std::shared_ptr<detail::TextureContents>> allocate_d3d(std::shared_ptr<detail::Backend> backend,
                                                              const std::shared_ptr<Context>& context, const AllocateRequest& request) {
  ImageAndMemory native(*context);
  if (auto ok = native.create(request.parameters); !ok) return std::move(ok).error();
  auto texture = allocate_exportable(std::move(backend), context, request.descriptor, request.parameters, native);
  if (!texture) return std::move(texture).error();
  return std::shared_ptr<detail::TextureContents>(*std::move(texture));
}

Result<std::shared_ptr<detail::TextureContents>> import_d3d(std::shared_ptr<detail::Backend> backend,
                                                            const std::shared_ptr<Context>& context, FormatCache& formats,
                                                            TextureHandle& handle) {
  const auto& info = handle.info;
  const auto& descriptor = info.descriptor;
  auto caps = formats.find(*context, *format_info(descriptor.format), descriptor.dimension, descriptor.usage, info.type);
  if (!caps) return std::move(caps).error();
  const auto& support = (*caps)->support;
  if (!support.can_import) {
    return Error(Errc::unsupported_format, text("This device cannot import ", describe_use(descriptor), " as ", to_string(info.type), "."));
  }
  if (info.linear_tiling) {
    return Error(Errc::unsupported_handle,
                 text("TextureHandleInfo::linear_tiling is true; as ", to_string(info.type), " only optimal tiling crosses."));
  }
  if (auto ok = check_limits(descriptor, support); !ok) return std::move(ok).error();
  if (!platform::may_be_memory(handle.handles[0], 0)) {
    return Error(Errc::protocol_error, text("The OS handle is no ", to_string(info.type), " (closed, an event, a pipe or the like)."));
  }

  // Whoever touches such a texture without its mutex reads what another device is writing.
  const bool keyed = info.type == MemoryHandleType::d3d11_texture && (info.native_create_flags & shared_keyed_mutex) != 0;
  if (keyed && !context->features.keyed_mutex) {
    return Error(Errc::unsupported_feature,
                 "The Direct3D 11 texture has a keyed mutex and this device was made without VK_KHR_win32_keyed_mutex; enable it, or share "
                 "a texture without one (KeyedMutexUse::never).");
  }

  const auto parameters = image_parameters(descriptor, info.type);
  const auto bit = static_cast<VkExternalMemoryHandleTypeFlagBits>(memory_handle_bit(info.type));
  ImageAndMemory native(*context);
  if (auto ok = native.create(parameters); !ok) return std::move(ok).error();
  vk::MemoryRequirements requirements;
  context->device.getImageMemoryRequirements(native.image, &requirements, context->dispatch);
  VkMemoryWin32HandlePropertiesKHR allowed{VK_STRUCTURE_TYPE_MEMORY_WIN32_HANDLE_PROPERTIES_KHR, nullptr, 0};
  const HANDLE resource = platform::native(handle.handles[0]);
  const auto asked = static_cast<vk::Result>(context->system->get_memory_handle_properties(context->device, bit, resource, &allowed));
  if (asked != vk::Result::eSuccess) return vulkan_error(asked, "vkGetMemoryWin32HandlePropertiesKHR");
  const auto bits = requirements.memoryTypeBits & allowed.memoryTypeBits;
  if (bits == 0) {
    return Error(Errc::unsupported_handle,
                 text("This device can reach the ", to_string(info.type), " through the memory types of the mask 0x", std::hex,
                      allowed.memoryTypeBits, ", but the image only through 0x", requirements.memoryTypeBits, "."));
  }
  auto type = context->memory_type(bits, vk::MemoryPropertyFlagBits::eDeviceLocal);
  if (!type) return std::move(type).error();
  vk::MemoryDedicatedAllocateInfo dedicated;
  dedicated.image = native.image;
  const VkImportMemoryWin32HandleInfoKHR import{VK_STRUCTURE_TYPE_IMPORT_MEMORY_WIN32_HANDLE_INFO_KHR, &dedicated, bit, resource, nullptr};
  vk::MemoryAllocateInfo allocation;
  allocation.pNext = &import;
  allocation.allocationSize = requirements.size;  // ignored for these types
  allocation.memoryTypeIndex = *type;
  if (auto ok = native.allocate_and_bind(allocation); !ok) return std::move(ok).error();

  auto texture = std::make_shared<Texture>(
      std::move(backend), context, detail::TextureContents::Init{descriptor, info.type, true, info.allocation_size, requirements.size});
  texture->adopt(native);
  texture->parameters = parameters;
  texture->memory_type_index = *type;
  texture->dedicated = true;
  if (keyed) texture->set_keyed_mutex(KeyedMutex{});  // key 0 both ways, as d3d11::acquire() and release() use it
  handle.handles[0].reset();                          // the memory holds a reference of its own
  return std::shared_ptr<detail::TextureContents>(std::move(texture));
}

}  // namespace geyser::vulkan
