// OPAQUE_WIN32 memory on its way out and in; the rules about what it holds are external_opaque.cpp's. Importing consumes nothing here: an
// NT handle stays the application's, which closes it (Vulkan, "VkImportMemoryWin32HandleInfoKHR"). Run over a driver whose external memory
// is emulated, never on a real one.
#include "backends/vulkan/external_win32.hpp"

#include "core/message.hpp"
#include "platform/handle_identity.hpp"
#include "platform/inheritance.hpp"

namespace geyser::vulkan {

Result<void> allocate_from_opaque(ImageAndMemory& native, vk::MemoryAllocateInfo allocation, const TextureHandle& handle) {
  if (!platform::may_be_memory(handle.handles[0], handle.info.allocation_size)) {
    return Error(Errc::protocol_error,
                 detail::text("The OS handle is no memory of ", handle.info.allocation_size,
                              " bytes (closed, an event, a pipe, or a shorter section); pass the handle that export_texture() made."));
  }
  const VkImportMemoryWin32HandleInfoKHR import{VK_STRUCTURE_TYPE_IMPORT_MEMORY_WIN32_HANDLE_INFO_KHR, allocation.pNext,
                                                VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_WIN32_BIT, platform::native(handle.handles[0]),
                                                nullptr};
  allocation.pNext = &import;
  return native.allocate_and_bind(allocation);
}

Result<OsHandle> export_memory_win32(const Texture& texture) {
  return texture.kept.duplicate(0, [&]() -> Result<OsHandle> {
    const Context& context = *texture.context;
    const VkMemoryGetWin32HandleInfoKHR info{VK_STRUCTURE_TYPE_MEMORY_GET_WIN32_HANDLE_INFO_KHR, nullptr,
                                             static_cast<VkDeviceMemory>(texture.memory),
                                             static_cast<VkExternalMemoryHandleTypeFlagBits>(memory_handle_bit(texture.handle_type()))};
    HANDLE made = nullptr;
    const auto result = static_cast<vk::Result>(context.system->get_memory_handle(context.device, &info, &made));
    if (result != vk::Result::eSuccess) return vulkan_error(result, "vkGetMemoryWin32HandleKHR");
    OsHandle handle = platform::owned(made);
    if (!handle) return Error(Errc::internal, "vkGetMemoryWin32HandleKHR answers VK_SUCCESS without a handle.", ErrorDomain::vulkan);
    platform::keep_from_children(handle);
    return handle;
  });
}

}  // namespace geyser::vulkan
