// Apple: the kernel gives all send rights of a process to one port one name, so names tell objects apart.
#include "platform/handle_identity.hpp"

#include <unistd.h>

#include "platform/mach.hpp"

namespace geyser::platform {

bool is_same_object(const OsHandle& a, const OsHandle& b) noexcept {
  return a && a.borrow() == b.borrow() && mach::is_live_send_right(mach::name_of(a.borrow()));
}

bool may_be_memory(const OsHandle& handle, std::uint64_t bytes) noexcept {
  const mach_port_name_t name = mach::name_of(handle.borrow());
  if (!mach::is_live_send_right(name)) return false;
  // The last byte's page, mapped and not touched. An IOSurface's port is no memory entry, and only its framework can judge it.
  const auto page = static_cast<vm_size_t>(::sysconf(_SC_PAGESIZE));
  vm_address_t address = 0;
  const vm_offset_t last = bytes == 0 ? 0 : static_cast<vm_offset_t>((bytes - 1) / page * page);
  const kern_return_t code =
      vm_map(mach_task_self(), &address, page, 0, VM_FLAGS_ANYWHERE, name, last, 0, VM_PROT_READ, VM_PROT_READ, VM_INHERIT_NONE);
  if (code == KERN_SUCCESS) vm_deallocate(mach_task_self(), address, page);
  return code == KERN_SUCCESS || code == KERN_INVALID_OBJECT;
}

FileType file_type(const OsHandle& handle) noexcept {
  return mach::is_live_send_right(mach::name_of(handle.borrow())) ? FileType::anonymous : FileType::closed;
}

std::string_view to_string(FileType type) noexcept { return type == FileType::closed ? "closed" : "a Mach port"; }

OsHandle reopened_file(const OsHandle& /*handle*/) noexcept { return {}; }

std::uint64_t size_by_seeking(const OsHandle& /*handle*/) noexcept { return 0; }

}  // namespace geyser::platform
