// OPAQUE_WIN32 semaphores, and fences of Direct3D 12 (or 11.4, the same object) as timelines. Importing consumes nothing, as with memory.
// Run over a driver whose external semaphores are emulated, never on a real one; D3D12_FENCE compiled only.
#include "backends/vulkan/external_win32.hpp"
#include "platform/inheritance.hpp"

namespace geyser::vulkan {

namespace {

VkExternalSemaphoreHandleTypeFlagBits native_bit(const SemaphoreRung& rung) {
  return static_cast<VkExternalSemaphoreHandleTypeFlagBits>(rung.bit);
}

}  // namespace

Result<OsHandle> export_semaphore_handle(const Semaphore& semaphore, const SemaphoreRung& rung) {
  return semaphore.kept.duplicate(static_cast<std::size_t>(rung.type), [&]() -> Result<OsHandle> {
    const Context& context = *semaphore.context;
    const VkSemaphoreGetWin32HandleInfoKHR info{VK_STRUCTURE_TYPE_SEMAPHORE_GET_WIN32_HANDLE_INFO_KHR, nullptr,
                                                static_cast<VkSemaphore>(semaphore.semaphore), native_bit(rung)};
    HANDLE made = nullptr;
    const auto result = static_cast<vk::Result>(context.system->get_semaphore_handle(context.device, &info, &made));
    if (result != vk::Result::eSuccess) return vulkan_error(result, "vkGetSemaphoreWin32HandleKHR");
    OsHandle handle = platform::owned(made);
    if (!handle) return Error(Errc::internal, "vkGetSemaphoreWin32HandleKHR answers VK_SUCCESS without a handle.", ErrorDomain::vulkan);
    platform::keep_from_children(handle);
    return handle;
  });
}

Result<vk::Semaphore> import_semaphore_handle(const Context& context, const SemaphoreRung& rung, const OsHandle& handle) {
  const auto type = rung.kind == SemaphoreKind::timeline ? vk::SemaphoreType::eTimeline : vk::SemaphoreType::eBinary;
  auto semaphore = make_semaphore(context, type, 0, 0);
  if (!semaphore) return semaphore;
  const VkImportSemaphoreWin32HandleInfoKHR info{VK_STRUCTURE_TYPE_IMPORT_SEMAPHORE_WIN32_HANDLE_INFO_KHR,
                                                 nullptr,
                                                 static_cast<VkSemaphore>(*semaphore),
                                                 0,
                                                 native_bit(rung),
                                                 platform::native(handle),
                                                 nullptr};
  const auto result = static_cast<vk::Result>(context.system->import_semaphore_handle(context.device, &info));
  if (result == vk::Result::eSuccess) return semaphore;
  context.device.destroySemaphore(*semaphore, nullptr, context.dispatch);
  return vulkan_error(result, "vkImportSemaphoreWin32HandleKHR");
}

}  // namespace geyser::vulkan
