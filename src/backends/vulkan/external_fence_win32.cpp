// OPAQUE_WIN32 fences. Compiled, never run: no driver at hand offers them.
#include "backends/vulkan/external_win32.hpp"
#include "platform/inheritance.hpp"

namespace geyser::vulkan {

Result<OsHandle> export_fence_handle(const Context& context, vk::Fence fence, const FenceRung& rung, KeptHandles& kept) {
  return kept.duplicate(0, [&]() -> Result<OsHandle> {
    const VkFenceGetWin32HandleInfoKHR info{VK_STRUCTURE_TYPE_FENCE_GET_WIN32_HANDLE_INFO_KHR, nullptr, static_cast<VkFence>(fence),
                                            static_cast<VkExternalFenceHandleTypeFlagBits>(rung.bit)};
    HANDLE made = nullptr;
    const auto result = static_cast<vk::Result>(context.system->get_fence_handle(context.device, &info, &made));
    if (result != vk::Result::eSuccess) return vulkan_error(result, "vkGetFenceWin32HandleKHR");
    OsHandle handle = platform::owned(made);
    if (!handle) return Error(Errc::internal, "vkGetFenceWin32HandleKHR answers VK_SUCCESS without a handle.", ErrorDomain::vulkan);
    platform::keep_from_children(handle);
    return handle;
  });
}

Result<void> import_fence_handle(const Context& context, vk::Fence fence, const FenceRung& rung, const OsHandle& handle) {
  const VkImportFenceWin32HandleInfoKHR info{VK_STRUCTURE_TYPE_IMPORT_FENCE_WIN32_HANDLE_INFO_KHR,
                                             nullptr,
                                             static_cast<VkFence>(fence),
                                             0,
                                             static_cast<VkExternalFenceHandleTypeFlagBits>(rung.bit),
                                             platform::native(handle),
                                             nullptr};
  const auto result = static_cast<vk::Result>(context.system->import_fence_handle(context.device, &info));
  if (result != vk::Result::eSuccess) return vulkan_error(result, "vkImportFenceWin32HandleKHR");
  return {};
}

}  // namespace geyser::vulkan
