// Device memory: allocation, export, import, mapping.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <sstream>

#include "entry_points.hpp"
#include "state.hpp"

namespace fake_vulkan {
namespace {

constexpr std::uint64_t page = 4096;
constexpr std::uint64_t most_poisoned = std::uint64_t{4} << 20U;  // bytes
constexpr int poison = 0xCD;
constexpr VkExternalMemoryHandleTypeFlags opaque = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT;
constexpr VkExternalMemoryHandleTypeFlags dma_buf = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT;

/// What the name of a memfd says about the allocation behind it: this is how a driver in another process, or another fake device, knows it.
struct Passport {
  VkExternalMemoryHandleTypeFlags types = 0;
  std::uint64_t size = 0;
  std::uint32_t memory_type = 0;
  std::string device;
  std::string driver;
  std::uint64_t dedicated = 0;  // hash of the image; 0 without
};

std::string write(const Passport& p) {
  std::ostringstream out;
  out << "fvkm-" << std::hex << p.types << '-' << p.size << '-' << p.memory_type << '-' << p.device << '-' << p.driver << '-'
      << p.dedicated;
  return std::move(out).str();
}

std::optional<Passport> read(int fd) {
  std::string text = memfd_name(fd);
  std::replace(text.begin(), text.end(), '-', ' ');
  std::istringstream in(text);
  std::string kind;
  Passport p;
  in >> kind >> std::hex >> p.types >> p.size >> p.memory_type >> p.device >> p.driver >> p.dedicated;
  if (!in || kind != "fvkm") return std::nullopt;
  return p;
}

std::uint64_t inode(int fd) {
  struct stat status{};
  return fstat(fd, &status) == 0 ? status.st_ino : 0;
}

bool map(Memory& memory, int fd) {
  const std::uint64_t bytes = (memory.size + page - 1) / page * page;
  void* data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, fd >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, fd, 0);
  if (data == MAP_FAILED) return false;
  memory.data = static_cast<std::byte*>(data);
  memory.mapping = bytes;
  return true;
}

struct Request {
  VkExternalMemoryHandleTypeFlags exports = 0;
  const VkImportMemoryFdInfoKHR* fd = nullptr;
  const VkImportMemoryHostPointerInfoEXT* host = nullptr;
  Image* image = nullptr;
  Buffer* buffer = nullptr;
};

Request read_request(const Call& call, const VkMemoryAllocateInfo& info) {
  Request request;
  if (const auto* out = find<VkExportMemoryAllocateInfo>(info.pNext, VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO))
    request.exports = out->handleTypes;
  request.fd = find<VkImportMemoryFdInfoKHR>(info.pNext, VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR);
  if (request.fd != nullptr && request.fd->handleType == 0) request.fd = nullptr;
  request.host = find<VkImportMemoryHostPointerInfoEXT>(info.pNext, VK_STRUCTURE_TYPE_IMPORT_MEMORY_HOST_POINTER_INFO_EXT);
  if (const auto* dedicated = find<VkMemoryDedicatedAllocateInfo>(info.pNext, VK_STRUCTURE_TYPE_MEMORY_DEDICATED_ALLOCATE_INFO)) {
    if (dedicated->image != VK_NULL_HANDLE) request.image = call.get<Image>(dedicated->image);
    if (dedicated->buffer != VK_NULL_HANDLE) request.buffer = call.get<Buffer>(dedicated->buffer);
  }
  return request;
}

void check(const Call& call, const Device& device, const VkMemoryAllocateInfo& info, const Request& request) {
  if (info.allocationSize == 0 && request.fd == nullptr) call.violation("allocationSize is 0");
  if (request.exports != 0) {
    if ((request.exports & opaque) != 0 && (device.config->opaque_fd_memory & VK_EXTERNAL_MEMORY_FEATURE_EXPORTABLE_BIT) == 0) {
      call.violation("OPAQUE_FD cannot be exported here");
    }
    if ((request.exports & dma_buf) != 0 && (device.config->dma_buf_memory & VK_EXTERNAL_MEMORY_FEATURE_EXPORTABLE_BIT) == 0) {
      call.violation("DMA_BUF cannot be exported here");
    }
    if (!device.has("VK_KHR_external_memory_fd")) call.violation("VK_KHR_external_memory_fd is not enabled");
  }
  if (request.image != nullptr && request.image->layout.size > info.allocationSize)
    call.violation("a dedicated allocation smaller than its image");
  if (request.image != nullptr && request.exports != 0 && (request.image->handle_types & request.exports) != request.exports) {
    call.violation("the image was made without the handle types that the memory exports");
  }
  if (request.host != nullptr) {
    const std::uint64_t alignment = device.config->host_pointer_alignment;
    if (reinterpret_cast<std::uint64_t>(request.host->pHostPointer) % alignment != 0 || info.allocationSize % alignment != 0) {
      call.violation("host memory that is not aligned to ", alignment, " bytes");
    }
    if (!device.has("VK_EXT_external_memory_host")) call.violation("VK_EXT_external_memory_host is not enabled");
    if ((device.config->memory_types[info.memoryTypeIndex].flags & VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT) == 0) {
      call.violation("a host pointer in memory type ", info.memoryTypeIndex, ", which the host cannot see");
    }
  }
}

/// Checks what Vulkan says about importing; a wrong handle is refused, and is a violation where the caller could have known.
VkResult check_import(const Call& call, Device& device, const VkMemoryAllocateInfo& info, const Request& request,
                      const std::optional<Passport>& p) {
  const VkExternalMemoryHandleTypeFlags type = request.fd->handleType;
  if ((type != opaque && type != dma_buf) || !device.has("VK_KHR_external_memory_fd")) {
    call.violation("a handle type that the device cannot import");
    return VK_ERROR_INVALID_EXTERNAL_HANDLE;
  }
  if (!p || (p->types & type) == 0) return VK_ERROR_INVALID_EXTERNAL_HANDLE;
  const DeviceConfig& config = *device.config;
  if (type == dma_buf) {
    if ((config.dma_buf_memory & VK_EXTERNAL_MEMORY_FEATURE_IMPORTABLE_BIT) == 0) call.violation("DMA_BUF cannot be imported here");
    return info.allocationSize > p->size ? VK_ERROR_INVALID_EXTERNAL_HANDLE : VK_SUCCESS;
  }
  if ((config.opaque_fd_memory & VK_EXTERNAL_MEMORY_FEATURE_IMPORTABLE_BIT) == 0) call.violation("OPAQUE_FD cannot be imported here");
  if (p->device != hex(config.device_uuid) || p->driver != hex(config.driver_uuid)) {
    call.violation("import: an opaque handle of another device");
    device.poisoned = config.foreign_import_poisons;
    return config.foreign_import;
  }
  if (p->size != info.allocationSize) {
    call.violation("import: allocationSize is ", info.allocationSize, " where the exporter's is ", p->size);
    return VK_ERROR_INVALID_EXTERNAL_HANDLE;
  }
  if (p->memory_type != info.memoryTypeIndex) {
    call.violation("import: memoryTypeIndex is ", info.memoryTypeIndex, " where the exporter's is ", p->memory_type);
    return VK_ERROR_INVALID_EXTERNAL_HANDLE;
  }
  if (p->dedicated != (request.image != nullptr ? hash(request.image->shape) : 0)) {
    call.violation("import: the image differs from the exporter's, or only one side is dedicated");
    return VK_ERROR_INVALID_EXTERNAL_HANDLE;
  }
  return VK_SUCCESS;
}

Device* owner(const Memory& memory) { return peek<Device>(memory.parent); }

/// The bytes of a mapped range; `size` may be VK_WHOLE_SIZE.
struct Range {
  std::uint64_t offset;
  std::uint64_t size;
};
Range clip(const Memory& memory, std::uint64_t offset, std::uint64_t size) {
  return {std::min(offset, memory.size), std::min(size, memory.size - std::min(offset, memory.size))};
}

VkResult ranges(Call& call, std::uint32_t count, const VkMappedMemoryRange* list, bool flush) {
  for (std::uint32_t i = 0; i < count; ++i) {
    auto* memory = call.get<Memory>(list[i].memory);
    if (memory == nullptr) return VK_ERROR_OUT_OF_HOST_MEMORY;
    if (!memory->mapped) call.violation("the memory is not mapped");
    const bool end = list[i].size == VK_WHOLE_SIZE || list[i].offset + list[i].size == memory->size;
    if (list[i].offset % 64 != 0 || (!end && list[i].size % 64 != 0)) call.violation("a range that is not aligned to nonCoherentAtomSize");
  }
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return failure;
  for (std::uint32_t i = 0; i < count; ++i) {
    auto& memory = *peek<Memory>(id_of(list[i].memory));
    const Range range = clip(memory, list[i].offset, list[i].size);
    if (memory.shadow.empty() || range.size == 0) continue;
    std::byte* host = memory.shadow.data() + range.offset;
    std::byte* device = memory.data + range.offset;
    std::memcpy(flush ? device : host, flush ? host : device, range.size);
  }
  return VK_SUCCESS;
}

}  // namespace

Memory::~Memory() {
  if (mapping != 0) munmap(data, mapping);
}

VkResult entry::vkAllocateMemory(VkDevice handle, const VkMemoryAllocateInfo* info, const VkAllocationCallbacks*, VkDeviceMemory* out) {
  Call call("vkAllocateMemory", handle);
  Device* device = call.device();
  if (device == nullptr) return VK_ERROR_OUT_OF_HOST_MEMORY;
  const DeviceConfig& config = *device->config;
  if (info->memoryTypeIndex >= config.memory_types.size()) {
    call.violation("memoryTypeIndex ", info->memoryTypeIndex, " does not exist");
    return VK_ERROR_OUT_OF_DEVICE_MEMORY;
  }
  const Request request = read_request(call, *info);
  check(call, *device, *info, request);
  const int given = request.fd != nullptr && config.closes_failed_imports ? request.fd->fd : -1;
  const auto refuse = [given](VkResult result) {
    if (given >= 0) ::close(given);
    return result;
  };
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return refuse(failure);
  if (device->poisoned || device->allocated + info->allocationSize > config.heap_size) return VK_ERROR_OUT_OF_DEVICE_MEMORY;

  auto memory = std::make_unique<Memory>();
  memory->size = info->allocationSize;
  memory->memory_type = info->memoryTypeIndex;
  memory->flags = config.memory_types[info->memoryTypeIndex].flags;
  memory->handle_types = request.exports;
  memory->dedicated_image = request.image != nullptr ? request.image->id : 0;
  memory->dedicated_buffer = request.buffer != nullptr ? request.buffer->id : 0;
  int fd = -1;
  if (request.fd != nullptr) {
    const std::optional<Passport> passport = read(request.fd->fd);
    if (const VkResult refused = check_import(call, *device, *info, request, passport); refused != VK_SUCCESS) return refuse(refused);
    if (!map(*memory, request.fd->fd)) return VK_ERROR_OUT_OF_HOST_MEMORY;
    memory->imported = true;
    memory->handle_types |= static_cast<VkExternalMemoryHandleTypeFlags>(request.fd->handleType);
    fd = request.fd->fd;
  } else if (request.host != nullptr) {
    memory->imported = true;
    memory->handle_types = request.host->handleType;
    memory->data = static_cast<std::byte*>(request.host->pHostPointer);
  } else {
    if (request.exports != 0) {
      const Passport passport{request.exports,         info->allocationSize,    info->memoryTypeIndex,
                              hex(config.device_uuid), hex(config.driver_uuid), request.image != nullptr ? hash(request.image->shape) : 0};
      fd = new_memfd(write(passport), (info->allocationSize + page - 1) / page * page);
      if (fd < 0) return VK_ERROR_OUT_OF_DEVICE_MEMORY;
    }
    if (!map(*memory, fd)) {
      if (fd >= 0) ::close(fd);
      return VK_ERROR_OUT_OF_HOST_MEMORY;
    }
    // Large allocations stay untouched so that tests of limits cost no real memory.
    if (memory->size <= most_poisoned) std::memset(memory->data, poison, memory->size);
  }
  if (fd >= 0) {
    memory->fd = OwnedFd(fd);
    auto& layouts = state().layouts[inode(fd)];
    memory->layouts = layouts.lock();
    if (memory->layouts == nullptr) layouts = memory->layouts = std::make_shared<SharedLayouts>();
  }
  device->allocated += memory->size;
  *out = handle_of<VkDeviceMemory>(add(std::move(memory), device->id));
  return VK_SUCCESS;
}

void entry::vkFreeMemory(VkDevice handle, VkDeviceMemory memory_handle, const VkAllocationCallbacks*) {
  if (memory_handle == VK_NULL_HANDLE) return;
  const Call call("vkFreeMemory", handle);
  auto* memory = call.get<Memory>(memory_handle);
  if (memory == nullptr) return;
  for (const Id id : memory->bound) {
    if (const auto found = state().objects.find(id); found != state().objects.end()) {
      call.violation("a live ", found->second->type, " is bound to the memory");
    }
  }
  if (Device* device = owner(*memory)) device->allocated -= memory->size;
  remove(call.function(), *memory);
}

VkResult entry::vkMapMemory(VkDevice handle, VkDeviceMemory memory_handle, VkDeviceSize offset, VkDeviceSize size, VkMemoryMapFlags,
                            void** out) {
  Call call("vkMapMemory", handle);
  auto* memory = call.get<Memory>(memory_handle);
  if (memory == nullptr) return VK_ERROR_MEMORY_MAP_FAILED;
  if (memory->mapped) call.violation("the memory is mapped already");
  if ((memory->flags & VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT) == 0) call.violation("the memory is not host visible");
  if (offset >= memory->size || (size != VK_WHOLE_SIZE && (size == 0 || offset + size > memory->size)))
    call.violation("a range outside the memory");
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return failure;
  memory->mapped = true;
  std::byte* data = memory->data;
  if ((memory->flags & VK_MEMORY_PROPERTY_HOST_COHERENT_BIT) == 0) {
    memory->shadow.assign(memory->data, memory->data + memory->size);
    data = memory->shadow.data();
  }
  *out = data + offset;
  return VK_SUCCESS;
}

void entry::vkUnmapMemory(VkDevice handle, VkDeviceMemory memory_handle) {
  const Call call("vkUnmapMemory", handle);
  auto* memory = call.get<Memory>(memory_handle);
  if (memory == nullptr) return;
  if (!memory->mapped) call.violation("the memory is not mapped");
  memory->mapped = false;
  memory->shadow.clear();
}

VkResult entry::vkFlushMappedMemoryRanges(VkDevice handle, std::uint32_t count, const VkMappedMemoryRange* list) {
  Call call("vkFlushMappedMemoryRanges", handle);
  return ranges(call, count, list, true);
}

VkResult entry::vkInvalidateMappedMemoryRanges(VkDevice handle, std::uint32_t count, const VkMappedMemoryRange* list) {
  Call call("vkInvalidateMappedMemoryRanges", handle);
  return ranges(call, count, list, false);
}

VkResult entry::vkGetMemoryFdKHR(VkDevice handle, const VkMemoryGetFdInfoKHR* info, int* out) {
  Call call("vkGetMemoryFdKHR", handle);
  const auto* memory = call.get<Memory>(info->memory);
  if (memory == nullptr) return VK_ERROR_OUT_OF_HOST_MEMORY;
  if ((memory->handle_types & static_cast<VkExternalMemoryHandleTypeFlags>(info->handleType)) == 0 || memory->imported) {
    call.violation("the memory was allocated without VkExportMemoryAllocateInfo for this handle type");
    return VK_ERROR_OUT_OF_HOST_MEMORY;
  }
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return failure;
  const int fd = fcntl(memory->fd.get(), F_DUPFD_CLOEXEC, 0);
  if (fd < 0) return VK_ERROR_TOO_MANY_OBJECTS;
  *out = fd;
  return VK_SUCCESS;
}

VkResult entry::vkGetMemoryFdPropertiesKHR(VkDevice handle, VkExternalMemoryHandleTypeFlagBits type, int fd, VkMemoryFdPropertiesKHR* out) {
  Call call("vkGetMemoryFdPropertiesKHR", handle);
  if (type == VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT) call.violation("opaque handles have no properties to ask for");
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return failure;
  const std::optional<Passport> passport = read(fd);
  if (!passport || (passport->types & static_cast<VkExternalMemoryHandleTypeFlags>(type)) == 0) return VK_ERROR_INVALID_EXTERNAL_HANDLE;
  out->memoryTypeBits = call.device()->config->image_memory_type_bits;
  return VK_SUCCESS;
}

VkResult entry::vkGetMemoryHostPointerPropertiesEXT(VkDevice handle, VkExternalMemoryHandleTypeFlagBits, const void* pointer,
                                                    VkMemoryHostPointerPropertiesEXT* out) {
  Call call("vkGetMemoryHostPointerPropertiesEXT", handle);
  if (const VkResult failure = call.fail(); failure != VK_SUCCESS) return failure;
  if (pointer == nullptr) return VK_ERROR_INVALID_EXTERNAL_HANDLE;
  out->memoryTypeBits = 0;
  const auto& types = call.device()->config->memory_types;
  for (std::size_t i = 0; i < types.size(); ++i) {
    if ((types[i].flags & VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT) != 0) out->memoryTypeBits |= 1U << i;
  }
  return VK_SUCCESS;
}

}  // namespace fake_vulkan
