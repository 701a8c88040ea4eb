// Objective-C++ only. Type-checked, never run. MoltenVK's objects as Metal knows them: VK_EXT_metal_objects, and
// VK_EXT_external_memory_metal where the driver has it. Importing retains; exporting lends, and what leaves is retained by its handle.
#pragma once

#import <IOSurface/IOSurfaceRef.h>
#import <Metal/Metal.h>

// clang-format off: vulkan_metal.h rests on what the first brings
#include "backends/vulkan/external_types.hpp"
#include <vulkan/vulkan_metal.h>
// clang-format on

namespace geyser::vulkan {

// VK_EXT_external_memory_metal, as the Vulkan specification has it: headers before 1.4 know nothing of it.
inline constexpr const char* external_memory_metal_name = "VK_EXT_external_memory_metal";
inline constexpr auto metal_texture_bit = static_cast<VkExternalMemoryHandleTypeFlagBits>(0x00020000);
struct ImportMemoryMetalHandleInfo {
  VkStructureType sType = static_cast<VkStructureType>(1000602000);
  const void* pNext = nullptr;
  VkExternalMemoryHandleTypeFlagBits handleType = metal_texture_bit;
  void* handle = nullptr;
};
struct MemoryMetalHandleProperties {
  VkStructureType sType = static_cast<VkStructureType>(1000602001);
  void* pNext = nullptr;
  std::uint32_t memoryTypeBits = 0;
};
struct MemoryGetMetalHandleInfo {
  VkStructureType sType = static_cast<VkStructureType>(1000602002);
  const void* pNext = nullptr;
  VkDeviceMemory memory = VK_NULL_HANDLE;
  VkExternalMemoryHandleTypeFlagBits handleType = metal_texture_bit;
};
using GetMemoryMetalHandle = VkResult(VKAPI_PTR*)(VkDevice device, const MemoryGetMetalHandleInfo* info, void** handle);
using GetMemoryMetalHandleProperties = VkResult(VKAPI_PTR*)(VkDevice device, VkExternalMemoryHandleTypeFlagBits type, const void* handle,
                                                            MemoryMetalHandleProperties* properties);

struct SystemFunctions {
  PFN_vkExportMetalObjectsEXT export_objects = nullptr;
  // Both or none.
  GetMemoryMetalHandle get_memory_handle = nullptr;
  GetMemoryMetalHandleProperties get_memory_handle_properties = nullptr;
  [[nodiscard]] bool external_memory_metal() const noexcept { return get_memory_handle != nullptr; }
};

// external_metal.mm: the rungs' functions.
[[nodiscard]] Result<std::shared_ptr<detail::TextureContents>> allocate_surface(std::shared_ptr<detail::Backend> backend,
                                                                                const std::shared_ptr<Context>& context,
                                                                                const AllocateRequest& request);
[[nodiscard]] Result<std::shared_ptr<detail::TextureContents>> import_surface(std::shared_ptr<detail::Backend> backend,
                                                                              const std::shared_ptr<Context>& context, FormatCache& formats,
                                                                              TextureHandle& handle);
[[nodiscard]] Result<OsHandle> export_surface(const Texture& texture);
[[nodiscard]] Result<std::shared_ptr<detail::TextureContents>> allocate_metal_texture(std::shared_ptr<detail::Backend> backend,
                                                                                      const std::shared_ptr<Context>& context,
                                                                                      const AllocateRequest& request);
[[nodiscard]] Result<std::shared_ptr<detail::TextureContents>> import_metal_texture(std::shared_ptr<detail::Backend> backend,
                                                                                    const std::shared_ptr<Context>& context,
                                                                                    FormatCache& formats, TextureHandle& handle);
[[nodiscard]] Result<OsHandle> export_metal_texture(const Texture& texture);

}  // namespace geyser::vulkan
