// Windows handles as memory: what the table of Windows points to, and the functions that vulkan_core.h does not declare.
#pragma once

#include "platform/windows.hpp"  // before vulkan_win32.h, which takes windows.h for granted

#include "backends/vulkan/external_types.hpp"

#include <vulkan/vulkan_win32.h>

namespace geyser::vulkan {

struct SystemFunctions {
  PFN_vkGetMemoryWin32HandleKHR get_memory_handle = nullptr;
  PFN_vkGetMemoryWin32HandlePropertiesKHR get_memory_handle_properties = nullptr;
  PFN_vkGetSemaphoreWin32HandleKHR get_semaphore_handle = nullptr;
  PFN_vkImportSemaphoreWin32HandleKHR import_semaphore_handle = nullptr;
  PFN_vkGetFenceWin32HandleKHR get_fence_handle = nullptr;
  PFN_vkImportFenceWin32HandleKHR import_fence_handle = nullptr;
};

/// Memory that a Direct3D device can open, where the driver says that it makes such.
[[nodiscard]] Result<std::shared_ptr<detail::TextureContents>> allocate_d3d(std::shared_ptr<detail::Backend> backend,
                                                                            const std::shared_ptr<Context>& context,
                                                                            const AllocateRequest& request);
/// A texture that a Direct3D device made.
[[nodiscard]] Result<std::shared_ptr<detail::TextureContents>> import_d3d(std::shared_ptr<detail::Backend> backend,
                                                                          const std::shared_ptr<Context>& context, FormatCache& formats,
                                                                          TextureHandle& handle);
/// The NT handle of the texture's memory. Errors: os_error, out_of_memory, device_lost.
[[nodiscard]] Result<OsHandle> export_memory_win32(const Texture& texture);

}  // namespace geyser::vulkan
