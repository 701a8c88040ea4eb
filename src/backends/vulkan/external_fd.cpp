// OPAQUE_FD memory on its way out and in; the rules about what it holds are external_opaque.cpp's.
#include "backends/vulkan/external_fd.hpp"
#include "core/imported_fd.hpp"
#include "core/message.hpp"
#include "platform/handle_identity.hpp"
#include "platform/inheritance.hpp"

namespace geyser::vulkan {

Result<void> allocate_from_opaque(ImageAndMemory& native, vk::MemoryAllocateInfo allocation, const TextureHandle& handle) {
  // The driver owns a descriptor that it accepted, even when a later step fails; the duplicate is what keeps the caller's handle whole.
  const OsHandle reopened = platform::reopened_file(handle.handles[0]);
  const OsHandle& original = reopened ? reopened : handle.handles[0];
  auto spare = original.duplicate();
  if (!spare) return std::move(spare).error();
  if (!platform::may_be_memory(*spare, handle.info.allocation_size)) {
    return Error(Errc::protocol_error,
                 detail::text("The OS handle is no memory of ", handle.info.allocation_size,
                              " bytes (a pipe, a socket, or a shorter file); pass the handle that export_texture() made."));
  }
  vk::ImportMemoryFdInfoKHR import;
  import.handleType = vk::ExternalMemoryHandleTypeFlagBits::eOpaqueFd;
  import.fd = spare->fd();
  import.pNext = allocation.pNext;
  allocation.pNext = &import;
  auto bound = native.allocate_and_bind(allocation);
  if (native.memory) {
    static_cast<void>(spare->release());  // the driver's now, even when binding failed
  } else {
    detail::settle_failed_import(*spare, original);
  }
  // No answer that Vulkan has for vkAllocateMemory, but SwiftShader's for a descriptor that it cannot map.
  if (!bound && bound.error().native_code() == VK_ERROR_MEMORY_MAP_FAILED) {
    return Error(Errc::protocol_error,
                 "vkAllocateMemory answers VK_ERROR_MEMORY_MAP_FAILED: the handle is no memory that this driver exported.",
                 ErrorDomain::vulkan, VK_ERROR_MEMORY_MAP_FAILED);
  }
  return bound;
}

Result<OsHandle> export_memory_fd(const Texture& texture) {
  const Context& context = *texture.context;
  vk::MemoryGetFdInfoKHR info;
  info.memory = texture.memory;
  info.handleType = memory_handle_bit(texture.handle_type());
  int fd = -1;
  const auto result = context.device.getMemoryFdKHR(&info, &fd, context.dispatch);
  if (result != vk::Result::eSuccess) return vulkan_error(result, "vkGetMemoryFdKHR");
  if (fd < 0) return Error(Errc::internal, "vkGetMemoryFdKHR answers VK_SUCCESS without a file descriptor.", ErrorDomain::vulkan);
  OsHandle handle(fd);
  platform::keep_from_children(handle);
  return handle;
}

}  // namespace geyser::vulkan
