// Exported memory is a section whose pages the real driver imports as host memory; its first page says what was exported, so that an
// import that says otherwise is caught.
#include <cstring>
#include <utility>

#include "win32_driver/chain.hpp"
#include "win32_driver/entry_points.hpp"
#include "win32_driver/state.hpp"

namespace win32_driver {

namespace {

constexpr std::uint64_t page = 4096;
constexpr std::uint64_t largest = std::uint64_t{1} << 40U;

constexpr std::uint64_t whole_pages(std::uint64_t bytes) { return (bytes + page - 1) / page * page; }

// Real drivers take the handle's word; this one writes down everything that an importer must repeat.
MemoryHeader describe(Device& device, const VkMemoryAllocateInfo& info, const VkMemoryDedicatedAllocateInfo* dedicated) {
  MemoryHeader header;
  header.allocation_size = info.allocationSize;
  header.memory_type = info.memoryTypeIndex;
  header.device = device.device_id;
  header.driver = device.driver_id;
  if (dedicated == nullptr) return header;
  const std::lock_guard lock(device.mutex);
  if (const auto image = device.images.find(dedicated->image); image != device.images.end()) {
    header.dedication = Dedication::image;
    header.image = image->second.key;
  } else if (const auto buffer = device.buffers.find(dedicated->buffer); buffer != device.buffers.end()) {
    header.dedication = Dedication::buffer;
    header.buffer = buffer->second.key;
  }
  return header;
}

std::string difference(const MemoryHeader& exported, const MemoryHeader& imported) {
  if (exported.device != imported.device || exported.driver != imported.driver) return "the device or driver UUID";
  if (exported.allocation_size != imported.allocation_size) return "the allocation size";
  if (exported.memory_type != imported.memory_type) return "the memory type";
  if (exported.dedication != imported.dedication) return "the dedication";
  if (!(exported.image == imported.image)) return "the image's create info";
  if (!(exported.buffer == imported.buffer)) return "the buffer's create info";
  return {};
}

std::optional<Section> make(Device& device, const VkMemoryAllocateInfo& info, const VkMemoryDedicatedAllocateInfo* dedicated,
                            const VkExportMemoryWin32HandleInfoKHR* rights) {
  if (rights != nullptr && rights->name != nullptr) {
    complain("vkAllocateMemory: VkExportMemoryWin32HandleInfoKHR::name is set; named handles can be opened by anybody who guesses");
    return std::nullopt;
  }
  constexpr DWORD read_write = 0x80000000U | 1U;
  if (rights != nullptr && rights->dwAccess != read_write && rights->dwAccess != GENERIC_ALL)
    complain("vkAllocateMemory: VkExportMemoryWin32HandleInfoKHR::dwAccess does not allow to read and to write");
  auto section = Section::create(header_bytes + whole_pages(info.allocationSize),
                                 rights == nullptr ? nullptr : const_cast<SECURITY_ATTRIBUTES*>(rights->pAttributes));
  if (!section) return std::nullopt;
  const MemoryHeader header = describe(device, info, dedicated);
  std::memcpy(section->data(), &header, sizeof(header));
  return section;
}

// Null and VK_SUCCESS never come together.
std::optional<Section> open(Device& device, const VkMemoryAllocateInfo& info, const VkMemoryDedicatedAllocateInfo* dedicated,
                            const VkImportMemoryWin32HandleInfoKHR& import) {
  if (import.handleType != opaque_memory) {
    complain("vkAllocateMemory: an import of the handle type " + std::to_string(import.handleType) + ", which this driver does not offer");
    return std::nullopt;
  }
  if (import.name != nullptr || import.handle == nullptr) {
    complain("vkAllocateMemory: an import by name, or without a handle");
    return std::nullopt;
  }
  auto section = Section::open(import.handle, header_bytes + whole_pages(info.allocationSize));
  if (!section) return std::nullopt;
  MemoryHeader exported;
  std::memcpy(&exported, section->data(), sizeof(exported));
  if (exported.magic != MemoryHeader::expected) return std::nullopt;  // somebody else's section
  const auto what = difference(exported, describe(device, info, dedicated));
  if (what.empty()) return section;
  complain("vkAllocateMemory: " + what + " of the import is not the export's");
  return std::nullopt;
}

}  // namespace

VKAPI_ATTR VkResult VKAPI_CALL AllocateMemory(VkDevice handle, const VkMemoryAllocateInfo* info, const VkAllocationCallbacks* callbacks,
                                              VkDeviceMemory* out) {
  if (const auto result = injected("vkAllocateMemory")) return *result;
  auto& device = *device_of(handle);
  const auto* exported = find_as<VkExportMemoryAllocateInfo>(info->pNext, VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO);
  const auto* rights = find_as<VkExportMemoryWin32HandleInfoKHR>(info->pNext, VK_STRUCTURE_TYPE_EXPORT_MEMORY_WIN32_HANDLE_INFO_KHR);
  const auto* import = find_as<VkImportMemoryWin32HandleInfoKHR>(info->pNext, VK_STRUCTURE_TYPE_IMPORT_MEMORY_WIN32_HANDLE_INFO_KHR);
  const auto* dedicated = find_as<VkMemoryDedicatedAllocateInfo>(info->pNext, VK_STRUCTURE_TYPE_MEMORY_DEDICATED_ALLOCATE_INFO);
  const bool exports = exported != nullptr && exported->handleTypes != 0;
  Memory memory;
  if (dedicated != nullptr) {
    memory.image = dedicated->image;
    memory.buffer = dedicated->buffer;
  }
  if ((import != nullptr || exports || rights != nullptr) && !device.memory_win32)
    complain("vkAllocateMemory: Win32 handles without VK_KHR_external_memory_win32 on the device");
  if (rights != nullptr && !exports) complain("vkAllocateMemory: VkExportMemoryWin32HandleInfoKHR without VkExportMemoryAllocateInfo");
  if (import == nullptr && !exports) {
    const auto result = device.AllocateMemory(handle, info, callbacks, out);
    if (result != VK_SUCCESS) return result;
    const std::lock_guard lock(device.mutex);
    device.memories[*out] = std::move(memory);
    return VK_SUCCESS;
  }
  if (exports && exported->handleTypes != static_cast<VkExternalMemoryHandleTypeFlags>(opaque_memory)) {
    complain("vkAllocateMemory: handle types that this driver does not export (mask " + std::to_string(exported->handleTypes) + ")");
    return VK_ERROR_FEATURE_NOT_PRESENT;
  }
  if (info->allocationSize == 0 || info->allocationSize > largest) return VK_ERROR_OUT_OF_DEVICE_MEMORY;
  memory.section = import != nullptr ? open(device, *info, dedicated, *import) : make(device, *info, dedicated, rights);
  if (!memory.section) return import != nullptr ? VK_ERROR_INVALID_EXTERNAL_HANDLE : VK_ERROR_OUT_OF_DEVICE_MEMORY;
  memory.imported = import != nullptr;
  memory.exportable = exports;

  VkImportMemoryHostPointerInfoEXT pages{};
  pages.sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_HOST_POINTER_INFO_EXT;
  pages.handleType = host_memory;
  pages.pHostPointer = memory.section->data() + header_bytes;
  const VkMemoryAllocateInfo real{VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, &pages, whole_pages(info->allocationSize), info->memoryTypeIndex};
  if (const auto result = device.AllocateMemory(handle, &real, callbacks, out); result != VK_SUCCESS) return result;
  const std::lock_guard lock(device.mutex);
  device.memories[*out] = std::move(memory);
  return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL FreeMemory(VkDevice handle, VkDeviceMemory memory, const VkAllocationCallbacks* callbacks) {
  auto& device = *device_of(handle);
  Memory gone;  // unmapped behind the real driver's use
  {
    const std::lock_guard lock(device.mutex);
    if (const auto found = device.memories.find(memory); found != device.memories.end()) {
      gone = std::move(found->second);
      device.memories.erase(found);
    }
  }
  device.FreeMemory(handle, memory, callbacks);
}

VKAPI_ATTR VkResult VKAPI_CALL GetMemoryWin32HandleKHR(VkDevice handle, const VkMemoryGetWin32HandleInfoKHR* info, HANDLE* out) {
  if (const auto result = injected("vkGetMemoryWin32HandleKHR")) return *result;
  auto& device = *device_of(handle);
  const std::lock_guard lock(device.mutex);
  const auto found = device.memories.find(info->memory);
  if (found == device.memories.end() || !found->second.exportable || info->handleType != opaque_memory) {
    complain("vkGetMemoryWin32HandleKHR: the memory was not allocated for that handle type");
    return VK_ERROR_OUT_OF_HOST_MEMORY;
  }
  if (std::exchange(found->second.handed_out, true))
    complain("vkGetMemoryWin32HandleKHR: called twice for one memory; NT handles may be asked for once");
  *out = found->second.section->duplicate();
  return *out != nullptr ? VK_SUCCESS : VK_ERROR_OUT_OF_HOST_MEMORY;
}

VKAPI_ATTR VkResult VKAPI_CALL GetMemoryWin32HandlePropertiesKHR(VkDevice, VkExternalMemoryHandleTypeFlagBits type, HANDLE,
                                                                 VkMemoryWin32HandlePropertiesKHR*) {
  if (const auto result = injected("vkGetMemoryWin32HandlePropertiesKHR")) return *result;
  if (type == opaque_memory) complain("vkGetMemoryWin32HandlePropertiesKHR: asked about an opaque handle");
  return VK_ERROR_INVALID_EXTERNAL_HANDLE;  // no handles of Direct3D here
}

}  // namespace win32_driver
