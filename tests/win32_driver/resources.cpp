// Images and buffers: what was declared at creation, and what they may be bound to.
#include "win32_driver/chain.hpp"
#include "win32_driver/entry_points.hpp"
#include "win32_driver/state.hpp"

namespace win32_driver {

namespace {

// Only OPAQUE_WIN32 among the handles of Windows can be had here; the real driver is told of host memory instead.
template <class External>
bool rewrite(External* external, const char* call) {
  if (external == nullptr || external->handleTypes == 0) return false;
  constexpr VkExternalMemoryHandleTypeFlags windows =
      VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_WIN32_BIT | VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_WIN32_KMT_BIT |
      VK_EXTERNAL_MEMORY_HANDLE_TYPE_D3D11_TEXTURE_BIT | VK_EXTERNAL_MEMORY_HANDLE_TYPE_D3D11_TEXTURE_KMT_BIT |
      VK_EXTERNAL_MEMORY_HANDLE_TYPE_D3D12_HEAP_BIT | VK_EXTERNAL_MEMORY_HANDLE_TYPE_D3D12_RESOURCE_BIT;
  const auto others = external->handleTypes & ~static_cast<VkExternalMemoryHandleTypeFlags>(opaque_memory | host_memory);
  if (others != 0) {
    complain(std::string(call) + ": handle types that this driver does not offer (mask " + std::to_string(others) + ")");
    external->handleTypes &= ~others;
  }
  const bool opaque = (external->handleTypes & opaque_memory) != 0;
  external->handleTypes = (external->handleTypes & ~windows) | (opaque ? host_memory : 0);
  return opaque;
}

// `declared`: the resource was created for OPAQUE_WIN32. `own`: the memory is dedicated to this one, to another, or to none.
void check_binding(const Memory& memory, bool declared, bool dedicated, bool to_this, VkDeviceSize offset, const char* call) {
  if (memory.section && !declared)
    complain(std::string(call) + ": the resource was not created for OPAQUE_WIN32, but its memory is exported or imported");
  if (dedicated && (!to_this || offset != 0)) complain(std::string(call) + ": the memory is dedicated to another resource");
}

void check_image(Device& device, VkImage image, VkDeviceMemory memory, VkDeviceSize offset, const char* call) {
  const std::lock_guard lock(device.mutex);
  const auto found = device.memories.find(memory);
  const auto known = device.images.find(image);
  if (found == device.memories.end() || known == device.images.end()) return;
  const auto& m = found->second;
  check_binding(m, known->second.external, m.image != VK_NULL_HANDLE || m.buffer != VK_NULL_HANDLE, m.image == image, offset, call);
  if (m.section && m.image == VK_NULL_HANDLE) complain(std::string(call) + ": images cross in dedicated memory only");
}

void check_buffer(Device& device, VkBuffer buffer, VkDeviceMemory memory, VkDeviceSize offset, const char* call) {
  const std::lock_guard lock(device.mutex);
  const auto found = device.memories.find(memory);
  const auto known = device.buffers.find(buffer);
  if (found == device.memories.end() || known == device.buffers.end()) return;
  const auto& m = found->second;
  check_binding(m, known->second.external, m.image != VK_NULL_HANDLE || m.buffer != VK_NULL_HANDLE, m.buffer == buffer, offset, call);
}

}  // namespace

VKAPI_ATTR VkResult VKAPI_CALL CreateImage(VkDevice handle, const VkImageCreateInfo* info, const VkAllocationCallbacks* callbacks,
                                           VkImage* out) {
  if (const auto result = injected("vkCreateImage")) return *result;
  auto& device = *device_of(handle);
  constexpr auto type = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO;
  Image image;
  VkResult result = VK_SUCCESS;
  if (find_in(info->pNext, type) == nullptr) {
    result = device.CreateImage(handle, info, callbacks, out);
  } else {
    Chain chain(info->pNext);
    image.external = rewrite(chain.find<VkExternalMemoryImageCreateInfo>(type), "vkCreateImage");
    auto real = *info;
    real.pNext = chain.head();
    result = device.CreateImage(handle, &real, callbacks, out);
  }
  if (result != VK_SUCCESS) return result;
  image.key = {info->flags,     info->imageType,   info->format,  info->extent.width, info->extent.height, info->extent.depth,
               info->mipLevels, info->arrayLayers, info->samples, info->tiling,       info->usage};
  const std::lock_guard lock(device.mutex);
  device.images[*out] = image;
  return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL DestroyImage(VkDevice handle, VkImage image, const VkAllocationCallbacks* callbacks) {
  auto& device = *device_of(handle);
  {
    const std::lock_guard lock(device.mutex);
    device.images.erase(image);
  }
  device.DestroyImage(handle, image, callbacks);
}

VKAPI_ATTR VkResult VKAPI_CALL CreateBuffer(VkDevice handle, const VkBufferCreateInfo* info, const VkAllocationCallbacks* callbacks,
                                            VkBuffer* out) {
  if (const auto result = injected("vkCreateBuffer")) return *result;
  auto& device = *device_of(handle);
  constexpr auto type = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO;
  Buffer buffer;
  VkResult result = VK_SUCCESS;
  if (find_in(info->pNext, type) == nullptr) {
    result = device.CreateBuffer(handle, info, callbacks, out);
  } else {
    Chain chain(info->pNext);
    buffer.external = rewrite(chain.find<VkExternalMemoryBufferCreateInfo>(type), "vkCreateBuffer");
    auto real = *info;
    real.pNext = chain.head();
    result = device.CreateBuffer(handle, &real, callbacks, out);
  }
  if (result != VK_SUCCESS) return result;
  buffer.key = {info->flags, info->size, info->usage};
  const std::lock_guard lock(device.mutex);
  device.buffers[*out] = buffer;
  return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL DestroyBuffer(VkDevice handle, VkBuffer buffer, const VkAllocationCallbacks* callbacks) {
  auto& device = *device_of(handle);
  {
    const std::lock_guard lock(device.mutex);
    device.buffers.erase(buffer);
  }
  device.DestroyBuffer(handle, buffer, callbacks);
}

VKAPI_ATTR VkResult VKAPI_CALL BindImageMemory(VkDevice handle, VkImage image, VkDeviceMemory memory, VkDeviceSize offset) {
  if (const auto result = injected("vkBindImageMemory")) return *result;
  auto& device = *device_of(handle);
  check_image(device, image, memory, offset, "vkBindImageMemory");
  return device.BindImageMemory(handle, image, memory, offset);
}

VKAPI_ATTR VkResult VKAPI_CALL BindBufferMemory(VkDevice handle, VkBuffer buffer, VkDeviceMemory memory, VkDeviceSize offset) {
  if (const auto result = injected("vkBindBufferMemory")) return *result;
  auto& device = *device_of(handle);
  check_buffer(device, buffer, memory, offset, "vkBindBufferMemory");
  return device.BindBufferMemory(handle, buffer, memory, offset);
}

VKAPI_ATTR VkResult VKAPI_CALL BindImageMemory2(VkDevice handle, std::uint32_t count, const VkBindImageMemoryInfo* infos) {
  auto& device = *device_of(handle);
  for (std::uint32_t i = 0; i < count; ++i)
    check_image(device, infos[i].image, infos[i].memory, infos[i].memoryOffset, "vkBindImageMemory2");
  return device.BindImageMemory2(handle, count, infos);
}

VKAPI_ATTR VkResult VKAPI_CALL BindBufferMemory2(VkDevice handle, std::uint32_t count, const VkBindBufferMemoryInfo* infos) {
  auto& device = *device_of(handle);
  for (std::uint32_t i = 0; i < count; ++i)
    check_buffer(device, infos[i].buffer, infos[i].memory, infos[i].memoryOffset, "vkBindBufferMemory2");
  return device.BindBufferMemory2(handle, count, infos);
}

}  // namespace win32_driver
