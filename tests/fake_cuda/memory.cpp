// External memory, memory of the driver's own that can be handed over, host memory.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <cstring>

#include "exports.hpp"

using namespace fake_cuda;

namespace {

constexpr std::uint64_t page = 4096;

bool all_zero(const unsigned* values, std::size_t count) {
  return std::all_of(values, values + count, [](unsigned v) { return v == 0; });
}

/// Where the memory of a file begins: behind a header when it has the mark of a Vulkan driver on the CPU.
std::uint64_t offset_in(int fd, std::uint64_t file_bytes) {
  const auto& mark = state().config.memory_mark;
  if (mark.empty()) return 0;
  std::uint64_t numbers[2] = {};
  std::vector<std::uint8_t> found(mark.size());
  if (::pread(fd, numbers, sizeof(numbers), 0) != sizeof(numbers)) return 0;
  if (::pread(fd, found.data(), found.size(), sizeof(numbers)) != static_cast<ssize_t>(found.size()) || found != mark) return 0;
  return numbers[0] == file_bytes && numbers[1] < file_bytes ? numbers[1] : 0;
}

bool page_is_writable(std::uint64_t address) {
  std::FILE* maps = std::fopen("/proc/self/maps", "re");
  if (maps == nullptr) return false;
  std::array<char, 512> line{};
  bool writable = false;
  while (std::fgets(line.data(), static_cast<int>(line.size()), maps) != nullptr) {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    char access[5] = {};
    if (std::sscanf(line.data(), "%" SCNx64 "-%" SCNx64 " %4s", &begin, &end, access) == 3 && address >= begin && address < end) {
      writable = access[1] == 'w';
    }
  }
  std::fclose(maps);
  return writable;
}

}  // namespace

FAKE_CUDA_EXPORT Status cuImportExternalMemory(api::ExternalMemory* memory, const api::ExternalMemoryHandleDesc* handle) {
  Call call("cuImportExternalMemory");
  if (auto no = call.refusal()) return *no;
  if (handle->type != api::opaque_fd || (handle->flags & ~api::external_memory_dedicated) != 0 || !all_zero(handle->reserved, 16) ||
      handle->size == 0) {
    return Status::invalid_value;
  }
  const int fd = handle->handle.fd;
  struct stat file{};
  if (::fstat(fd, &file) != 0 || !S_ISREG(file.st_mode)) return Status::invalid_value;
  const auto bytes = static_cast<std::uint64_t>(file.st_size);
  // CUDA's own allocations come back by cuMemImportFromShareableHandle only.
  if (file_name(fd).rfind("fcum-", 0) == 0) return Status::invalid_value;
  const std::uint64_t offset = offset_in(fd, bytes);
  if (bytes < offset || bytes - offset < handle->size) return Status::invalid_value;
  auto mapping = Mapping::of(fd, bytes);
  if (!mapping) return Status::operating_system;
  Id id = 0;
  auto made = call.make<ExternalMemoryObject>("external memory", &id);
  made->file = std::move(*mapping);
  made->offset = offset;
  made->size = handle->size;
  ::close(fd);  // the driver's since it accepted it
  *memory = reinterpret_cast<api::ExternalMemory>(id);
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuDestroyExternalMemory(api::ExternalMemory memory) {
  Call call("cuDestroyExternalMemory", Call::Kind::freeing);
  if (auto no = call.refusal()) return *no;
  static_cast<void>(call.get<ExternalMemoryObject>(memory));
  for (const auto& [id, object] : state().objects) {
    const auto* array = dynamic_cast<MipmappedObject*>(object.get());
    const auto* range = dynamic_cast<RangeObject*>(object.get());
    if ((array != nullptr && array->memory == reinterpret_cast<Id>(memory)) ||
        (range != nullptr && range->memory == reinterpret_cast<Id>(memory))) {
      misuse(call.function(), "an array or a buffer of it is left");
    }
  }
  call.drop(memory);
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuExternalMemoryGetMappedBuffer(api::DevicePointer* pointer, api::ExternalMemory memory,
                                                        const api::ExternalMemoryBufferDesc* buffer) {
  Call call("cuExternalMemoryGetMappedBuffer");
  if (auto no = call.refusal()) return *no;
  auto held = call.get<ExternalMemoryObject>(memory);
  if (buffer->flags != 0 || !all_zero(buffer->reserved, 16) || buffer->size == 0 || buffer->offset > held->size ||
      buffer->size > held->size - buffer->offset) {
    return Status::invalid_value;
  }
  Id id = reinterpret_cast<Id>(held->bytes() + buffer->offset);
  auto made = call.make<RangeObject>("mapped buffer", &id);
  made->size = buffer->size;
  made->memory = reinterpret_cast<Id>(memory);
  *pointer = id;
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuMemAlloc_v2(api::DevicePointer* pointer, std::size_t bytes) {
  Call call("cuMemAlloc_v2");
  if (auto no = call.refusal()) return *no;
  if (bytes == 0) return Status::invalid_value;
  std::vector<std::byte> own(bytes);
  Id id = reinterpret_cast<Id>(own.data());
  auto made = call.make<RangeObject>("device memory", &id);
  made->own = std::move(own);
  made->size = bytes;
  *pointer = id;
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuMemFree_v2(api::DevicePointer pointer) {
  Call call("cuMemFree_v2", Call::Kind::freeing);
  if (auto no = call.refusal()) return *no;
  static_cast<void>(call.get<RangeObject>(pointer));
  call.drop(pointer);
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuMemGetAllocationGranularity(std::size_t* bytes, const api::AllocationProperties* properties, int option) {
  Call call("cuMemGetAllocationGranularity");
  if (auto no = call.refusal()) return *no;
  if (properties->type != api::allocation_pinned || properties->location.type != api::location_device || option > 1) {
    return Status::invalid_value;
  }
  *bytes = call.device().granularity;
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuMemCreate(api::Allocation* allocation, std::size_t bytes, const api::AllocationProperties* properties,
                                    unsigned long long flags) {
  Call call("cuMemCreate");
  if (auto no = call.refusal()) return *no;
  const auto& mark = state().config.memory_mark;
  if (flags != 0 || bytes == 0 || bytes % call.device().granularity != 0 || properties->type != api::allocation_pinned ||
      properties->location.type != api::location_device || properties->location.id != call.ordinal() ||
      properties->win32_meta_data != nullptr || (properties->handle_types & ~api::handle_posix_fd) != 0) {
    return Status::invalid_value;
  }
  if (bytes > call.device().memory) return Status::out_of_memory;
  const std::uint64_t offset = mark.empty() ? 0 : page;
  OwnedFd file(new_file("fcum-memory", offset + bytes));
  if (file.get() < 0) return Status::out_of_memory;
  if (!mark.empty()) {
    const std::uint64_t numbers[2] = {offset + bytes, offset};
    if (::pwrite(file.get(), numbers, sizeof(numbers), 0) < 0 || ::pwrite(file.get(), mark.data(), mark.size(), sizeof(numbers)) < 0) {
      return Status::operating_system;
    }
  }
  Id id = 0;
  auto made = call.make<AllocationObject>("allocation", &id);
  made->file = std::move(file);
  made->offset = offset;
  made->size = bytes;
  made->exportable = properties->handle_types == api::handle_posix_fd;
  *allocation = id;
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuMemRelease(api::Allocation allocation) {
  Call call("cuMemRelease", Call::Kind::freeing);
  if (auto no = call.refusal()) return *no;
  static_cast<void>(call.get<AllocationObject>(allocation));
  call.drop(allocation);
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuMemExportToShareableHandle(void* handle, api::Allocation allocation, int type, unsigned long long flags) {
  Call call("cuMemExportToShareableHandle");
  if (auto no = call.refusal()) return *no;
  auto held = call.get<AllocationObject>(allocation);
  if (type != api::handle_posix_fd || flags != 0 || !held->exportable) return Status::invalid_value;
  const int fd = ::dup(held->file.get());  // without close-on-exec, as a driver may
  if (fd < 0) return Status::out_of_memory;
  *static_cast<int*>(handle) = fd;
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuMemImportFromShareableHandle(api::Allocation* allocation, void* handle, int type) {
  Call call("cuMemImportFromShareableHandle");
  if (auto no = call.refusal()) return *no;
  if (type != api::handle_posix_fd) return Status::invalid_value;
  const int fd = static_cast<int>(reinterpret_cast<std::intptr_t>(handle));
  struct stat file{};
  if (file_name(fd).rfind("fcum-", 0) != 0 || ::fstat(fd, &file) != 0) return Status::invalid_value;
  const auto bytes = static_cast<std::uint64_t>(file.st_size);
  Id id = 0;
  auto made = call.make<AllocationObject>("allocation", &id);
  made->file = OwnedFd(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  made->offset = offset_in(fd, bytes);
  made->size = bytes - made->offset;
  *allocation = id;
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuMemAddressReserve(api::DevicePointer* pointer, std::size_t bytes, std::size_t, api::DevicePointer wanted,
                                            unsigned long long flags) {
  Call call("cuMemAddressReserve");
  if (auto no = call.refusal()) return *no;
  if (bytes == 0 || bytes % call.device().granularity != 0 || wanted != 0 || flags != 0) return Status::invalid_value;
  void* data = ::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (data == MAP_FAILED) return Status::out_of_memory;
  Id id = reinterpret_cast<Id>(data);
  call.make<ReservationObject>("address range", &id)->size = bytes;
  *pointer = id;
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuMemAddressFree(api::DevicePointer pointer, std::size_t bytes) {
  Call call("cuMemAddressFree", Call::Kind::freeing);
  if (auto no = call.refusal()) return *no;
  auto range = call.get<ReservationObject>(pointer);
  if (range->mapped != 0) misuse(call.function(), "something is mapped there");
  if (range->size != bytes) return Status::invalid_value;
  ::munmap(reinterpret_cast<void*>(pointer), bytes);
  call.drop(pointer);
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuMemMap(api::DevicePointer pointer, std::size_t bytes, std::size_t offset, api::Allocation allocation,
                                 unsigned long long flags) {
  Call call("cuMemMap");
  if (auto no = call.refusal()) return *no;
  auto range = call.get<ReservationObject>(pointer);
  auto held = call.get<AllocationObject>(allocation);
  if (flags != 0 || offset != 0 || bytes > range->size || bytes > held->size || bytes == 0 || range->mapped != 0) {
    return Status::invalid_value;
  }
  void* data = ::mmap(reinterpret_cast<void*>(pointer), bytes, PROT_NONE, MAP_SHARED | MAP_FIXED, held->file.get(),
                      static_cast<off_t>(held->offset));
  if (data == MAP_FAILED) return Status::operating_system;
  range->mapped = bytes;
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuMemUnmap(api::DevicePointer pointer, std::size_t bytes) {
  Call call("cuMemUnmap", Call::Kind::freeing);
  if (auto no = call.refusal()) return *no;
  auto range = call.get<ReservationObject>(pointer);
  if (range->mapped != bytes) misuse(call.function(), "not what was mapped");
  ::mmap(reinterpret_cast<void*>(pointer), bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  range->mapped = 0;
  range->accessible = false;
  range->others.clear();
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuMemSetAccess(api::DevicePointer pointer, std::size_t bytes, const api::MemoryAccess* access, std::size_t count) {
  Call call("cuMemSetAccess");
  if (auto no = call.refusal()) return *no;
  auto range = call.get<ReservationObject>(pointer);
  const int device = access->location.id;
  if (range->mapped != bytes || count != 1 || access->location.type != api::location_device || device < 0 ||
      static_cast<std::size_t>(device) >= state().config.devices.size() || access->flags != api::access_read_write) {
    return Status::invalid_value;
  }
  if (device != call.ordinal()) {
    if (!state().config.peer_access) return Status::peer_access_unsupported;
    range->others.insert(device);
    return Status::success;
  }
  ::mprotect(reinterpret_cast<void*>(pointer), bytes, PROT_READ | PROT_WRITE);
  range->accessible = true;
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuMemHostRegister_v2(void* memory, std::size_t bytes, unsigned flags) {
  Call call("cuMemHostRegister_v2");
  if (auto no = call.refusal()) return *no;
  const auto& device = call.device();
  const bool read_only = (flags & api::host_register_read_only) != 0;
  if (memory == nullptr || bytes == 0 || (flags & ~0xFU) != 0) return Status::invalid_value;
  if (!device.host_register || (read_only && !device.read_only_host_register)) return Status::not_supported;
  Id id = reinterpret_cast<Id>(memory);
  if (state().objects.count(id) != 0) return Status::host_memory_already_registered;
  if (!read_only && !page_is_writable(id)) return Status::invalid_value;
  auto made = call.make<HostObject>("registered memory", &id);
  made->size = bytes;
  made->device_map = (flags & api::host_register_device_map) != 0;
  made->read_only = read_only;
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuMemHostUnregister(void* memory) {
  Call call("cuMemHostUnregister", Call::Kind::freeing);
  if (auto no = call.refusal()) return *no;
  static_cast<void>(call.get<HostObject>(memory));
  call.drop(memory);
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuMemHostGetDevicePointer_v2(api::DevicePointer* pointer, void* memory, unsigned flags) {
  Call call("cuMemHostGetDevicePointer_v2");
  if (auto no = call.refusal()) return *no;
  if (flags != 0 || !call.get<HostObject>(memory)->device_map) return Status::invalid_value;
  *pointer = reinterpret_cast<Id>(memory);
  return Status::success;
}
