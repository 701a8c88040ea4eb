// vm_map() and its kin: memory entries are memfds.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <map>
#include <mutex>
#include <string>

#include "fake_mach/fake_mach.hpp"

using fake_mach::Answer;
using fake_mach::call;
using fake_mach::Fd;
using fake_mach::Op;

namespace {

constexpr std::uint64_t page = 4096;

struct Mapping {
  Fd memory;
  std::uint64_t bytes = 0;
  vm_prot_t protection = 0;
  bool file = false;
};
struct Mappings {
  std::mutex mutex;
  std::map<vm_address_t, Mapping> all;
};
Mappings& mappings() {
  static auto* own = new Mappings;  // destructors of statics still unmap
  return *own;
}

/// Another open file, so that nobody makes more of a mapping for reading by mprotect().
Fd reopened(const Fd& memory, vm_prot_t protection) {
  const std::string path = "/proc/self/fd/" + std::to_string(memory.get());
  return Fd(::open(path.c_str(), ((protection & VM_PROT_WRITE) != 0 ? O_RDWR : O_RDONLY) | O_CLOEXEC));
}

}  // namespace

namespace fake_mach {

std::uint64_t mapping_count();
std::uint64_t mapping_count() {
  const std::scoped_lock lock(mappings().mutex);
  return mappings().all.size();
}

mach_port_name_t make_object() { return static_cast<mach_port_name_t>(call({Op::make_memory, {}, {}, {}}).values[0]); }

mach_port_name_t make_file_entry(std::uint64_t bytes) {
  Fd memory(::memfd_create("fake file", MFD_CLOEXEC));
  if (::ftruncate(memory.get(), static_cast<off_t>(bytes)) != 0) return MACH_PORT_NULL;
  return static_cast<mach_port_name_t>(
      call({Op::make_memory, {bytes, VM_PROT_READ | VM_PROT_WRITE, 1, 0}, {}, std::move(memory)}).values[0]);
}

}  // namespace fake_mach

extern "C" {

kern_return_t mach_make_memory_entry_64(vm_map_t, memory_object_size_t* size, memory_object_offset_t offset, vm_prot_t permission,
                                        mach_port_t* entry, mem_entry_name_port_t parent) {
  *entry = MACH_PORT_NULL;
  if (parent != MACH_PORT_NULL) return KERN_INVALID_ARGUMENT;
  Fd memory;
  std::uint64_t bytes = (*size + page - 1) / page * page;
  const vm_prot_t protection = permission & (VM_PROT_READ | VM_PROT_WRITE);
  if ((permission & MAP_MEM_NAMED_CREATE) != 0) {
    memory = Fd(::memfd_create("fake entry", MFD_CLOEXEC));
    if (::ftruncate(memory.get(), static_cast<off_t>(bytes)) != 0) return KERN_NO_SPACE;
  } else {
    const std::scoped_lock lock(mappings().mutex);
    const auto found = mappings().all.find(static_cast<vm_address_t>(offset));
    if (found == mappings().all.end()) return KERN_INVALID_ADDRESS;
    if ((protection & ~found->second.protection) != 0) return KERN_PROTECTION_FAILURE;
    bytes = std::min(bytes, found->second.bytes);
    memory = reopened(found->second.memory, protection);
  }
  const Answer answer =
      call({Op::make_memory, {bytes, static_cast<std::uint64_t>(protection), 0, 0}, {}, std::move(memory)}, KERN_RESOURCE_SHORTAGE);
  *entry = static_cast<mach_port_t>(answer.values[0]);
  *size = bytes;
  return answer.code;
}

kern_return_t vm_map(vm_task_entry_t, vm_address_t* address, vm_size_t size, vm_address_t, int flags, mem_entry_name_port_t object,
                     vm_offset_t offset, boolean_t copy, vm_prot_t protection, vm_prot_t most, vm_inherit_t) {
  if (size == 0 || copy != 0 || flags != VM_FLAGS_ANYWHERE || most != protection) return KERN_INVALID_ARGUMENT;
  Answer answer = call({Op::open_memory, {object}, {}, {}}, KERN_NO_SPACE);
  if (answer.code != KERN_SUCCESS) return answer.code;
  const std::uint64_t whole = (answer.values[0] + page - 1) / page * page;
  if (offset > whole || size > whole - offset) return KERN_INVALID_ARGUMENT;
  if ((protection & ~static_cast<vm_prot_t>(answer.values[1])) != 0) return KERN_INVALID_RIGHT;
  Mapping mapping{reopened(answer.fd, protection), size, protection, answer.values[2] != 0};
  void* data = ::mmap(nullptr, size, (protection & VM_PROT_WRITE) != 0 ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED,
                      mapping.memory.get(), static_cast<off_t>(offset));
  if (data == MAP_FAILED) return KERN_NO_SPACE;
  *address = reinterpret_cast<vm_address_t>(data);
  const std::scoped_lock lock(mappings().mutex);
  mappings().all[*address] = std::move(mapping);
  return KERN_SUCCESS;
}

kern_return_t vm_deallocate(vm_task_entry_t, vm_address_t address, vm_size_t size) {
  {
    const std::scoped_lock lock(mappings().mutex);
    const auto found = mappings().all.find(address);
    if (found == mappings().all.end() || found->second.bytes != size) return KERN_INVALID_ADDRESS;
    mappings().all.erase(found);
  }
  return ::munmap(reinterpret_cast<void*>(address), size) == 0 ? KERN_SUCCESS : KERN_INVALID_ADDRESS;
}

kern_return_t vm_region_64(vm_task_entry_t, vm_address_t* address, vm_size_t* size, vm_region_flavor_t flavor, vm_region_info_t info,
                           mach_msg_type_number_t* count, mach_port_t* object) {
  if (flavor != VM_REGION_EXTENDED_INFO || *count < VM_REGION_EXTENDED_INFO_COUNT) return KERN_INVALID_ARGUMENT;
  const std::scoped_lock lock(mappings().mutex);
  const auto found = mappings().all.find(*address);
  if (found == mappings().all.end()) return KERN_INVALID_ADDRESS;
  auto* out = reinterpret_cast<vm_region_extended_info_data_t*>(info);
  *out = {};
  out->protection = found->second.protection;
  out->external_pager = found->second.file ? 1 : 0;
  *size = found->second.bytes;
  *object = MACH_PORT_NULL;
  return KERN_SUCCESS;
}
}
