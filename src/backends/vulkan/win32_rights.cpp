// Who may open what this process exports: this user and nobody else. The handles have no names, so this is the second lock behind "nobody
// else is given one"; without it the default list of the process decides, which may be wider.
#include "backends/vulkan/external_win32.hpp"
#include "platform/security_windows.hpp"

namespace geyser::vulkan {

namespace {

constexpr DWORD shared_resource_read_write = 0x80000000U | 1U;  // DXGI_SHARED_RESOURCE_READ | DXGI_SHARED_RESOURCE_WRITE

template <class Info>
struct Rights {
  explicit Rights(platform::SecurityDescriptor given) noexcept : descriptor(std::move(given)), attributes(descriptor.attributes()) {}
  Rights(const Rights&) = delete;
  Rights& operator=(const Rights&) = delete;
  platform::SecurityDescriptor descriptor;
  SECURITY_ATTRIBUTES attributes;
  Info info{};
};

template <class Info>
Result<std::shared_ptr<const void>> for_this_user(VkStructureType type, DWORD access) {
  auto descriptor = platform::SecurityDescriptor::for_user_only("GA");
  if (!descriptor) return std::move(descriptor).error().with_context("limiting an exported handle to this user");
  auto rights = std::make_shared<Rights<Info>>(*std::move(descriptor));
  rights->info.sType = type;
  rights->info.pAttributes = &rights->attributes;
  rights->info.dwAccess = access;
  return std::shared_ptr<const void>(rights, &rights->info);
}

}  // namespace

Result<std::shared_ptr<const void>> memory_export_info(MemoryHandleType type) {
  // What Vulkan prescribes as default for each type ("VkExportMemoryWin32HandleInfoKHR").
  const DWORD access = type == MemoryHandleType::d3d12_resource ? GENERIC_ALL : shared_resource_read_write;
  return for_this_user<VkExportMemoryWin32HandleInfoKHR>(VK_STRUCTURE_TYPE_EXPORT_MEMORY_WIN32_HANDLE_INFO_KHR, access);
}

Result<std::shared_ptr<const void>> semaphore_export_info(SemaphoreTypes) {
  return for_this_user<VkExportSemaphoreWin32HandleInfoKHR>(VK_STRUCTURE_TYPE_EXPORT_SEMAPHORE_WIN32_HANDLE_INFO_KHR, GENERIC_ALL);
}

Result<std::shared_ptr<const void>> fence_export_info() {
  return for_this_user<VkExportFenceWin32HandleInfoKHR>(VK_STRUCTURE_TYPE_EXPORT_FENCE_WIN32_HANDLE_INFO_KHR, GENERIC_ALL);
}

}  // namespace geyser::vulkan
