// Apple: memory entries. An entry's size is fixed, and an entry that was made for reading is mapped for writing by nobody.
#include <unistd.h>

#include <limits>
#include <utility>

#include "core/message.hpp"
#include "platform/mach.hpp"
#include "platform/shared_memory.hpp"

namespace geyser::platform {
namespace {

constexpr vm_prot_t read_write = VM_PROT_READ | VM_PROT_WRITE;

std::uint64_t page_bytes() noexcept { return static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)); }

/// Whole pages, or an error when no machine has so many.
Result<vm_size_t> whole_pages(std::uint64_t bytes) {
  const std::uint64_t page = page_bytes();
  if (bytes > std::numeric_limits<std::int64_t>::max() - page) {
    return Error(Errc::out_of_memory, detail::text("Shared memory of ", bytes, " bytes is more than a process can address."));
  }
  const std::uint64_t size = (bytes + page - 1) / page * page;
  // Address space is cheap: what the machine cannot hold would end this process, or another, when it is touched.
  const std::uint64_t machine = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) * page;
  if (size > machine) {
    return Error(Errc::out_of_memory,
                 detail::text(size, " bytes of shared memory are asked for, and this machine has ", machine, " bytes in all."));
  }
  return static_cast<vm_size_t>(size);
}

void unmap(std::byte* data, std::size_t size) noexcept {
  if (data != nullptr) vm_deallocate(mach_task_self(), reinterpret_cast<vm_address_t>(data), size);
}

kern_return_t map(const OsHandle& handle, vm_size_t size, vm_prot_t protection, std::byte*& data) noexcept {
  vm_address_t address = 0;
  const kern_return_t code = vm_map(mach_task_self(), &address, size, 0, VM_FLAGS_ANYWHERE, mach::name_of(handle.borrow()), 0, 0,
                                    protection, protection, VM_INHERIT_SHARE);
  if (code == KERN_SUCCESS) data = reinterpret_cast<std::byte*>(address);
  return code;
}

/// How large an entry is, which the kernel tells nobody: by trying. For messages.
std::uint64_t size_of(const OsHandle& handle, std::uint64_t at_most) noexcept {
  const std::uint64_t page = page_bytes();
  std::uint64_t there = 0;  // in pages
  std::uint64_t beyond = at_most / page + 1;
  while (there + 1 < beyond) {
    const std::uint64_t middle = there + (beyond - there) / 2;
    vm_address_t address = 0;
    const bool fits = vm_map(mach_task_self(), &address, page, 0, VM_FLAGS_ANYWHERE, mach::name_of(handle.borrow()), (middle - 1) * page, 0,
                             VM_PROT_READ, VM_PROT_READ, VM_INHERIT_NONE) == KERN_SUCCESS;
    if (fits) vm_deallocate(mach_task_self(), address, page);
    (fits ? there : beyond) = middle;
  }
  return there * page;
}

/// A file's owner may shorten it, and who has it mapped then dies of a bus error. Anonymous memory has no pager but the kernel's.
bool is_file(const std::byte* data) noexcept {
  auto address = reinterpret_cast<vm_address_t>(data);
  vm_size_t size = 0;
  vm_region_extended_info_data_t info{};
  mach_msg_type_number_t count = VM_REGION_EXTENDED_INFO_COUNT;
  mach_port_t unused = MACH_PORT_NULL;
  const kern_return_t code =
      vm_region_64(mach_task_self(), &address, &size, VM_REGION_EXTENDED_INFO, reinterpret_cast<vm_region_info_t>(&info), &count, &unused);
  return code != KERN_SUCCESS || info.external_pager != 0;
}

/// Maps a peer's memory, of which nothing is known.
Result<std::byte*> map_of_peer(const OsHandle& handle, std::uint64_t bytes, vm_prot_t protection, vm_size_t& size) {
  if (!mach::is_live_send_right(mach::name_of(handle.borrow()))) {
    return Error(Errc::protocol_error, "The handle is no shared memory: it is no send right to a port that lives.");
  }
  const std::uint64_t page = page_bytes();
  if (bytes == 0) bytes = 1;
  if (bytes > std::numeric_limits<std::int64_t>::max() - page) {
    return Error(Errc::protocol_error,
                 detail::text("The shared memory has ", size_of(handle, bytes), " bytes, but ", bytes, " are needed."));
  }
  size = static_cast<vm_size_t>((bytes + page - 1) / page * page);
  std::byte* data = nullptr;
  const kern_return_t code = map(handle, size, protection, data);
  switch (code) {
    case KERN_SUCCESS:
      break;
    case KERN_INVALID_RIGHT:
    case KERN_PROTECTION_FAILURE:
      return Error(Errc::protocol_error, "The shared memory may not be written to: its owner made the handle for reading.",
                   ErrorDomain::none, code);
    case KERN_INVALID_OBJECT:
      return Error(Errc::protocol_error, "The handle is no shared memory: its port is no memory entry.", ErrorDomain::none, code);
    case KERN_INVALID_ARGUMENT:
      return Error(Errc::protocol_error,
                   detail::text("The shared memory has ", size_of(handle, size), " bytes, but ", bytes, " are needed."), ErrorDomain::none,
                   code);
    default:
      return mach::error(detail::text("Mapping ", size, " bytes of shared memory"), code);
  }
  if (is_file(data)) {
    unmap(data, size);
    return Error(Errc::protocol_error, "The shared memory is a mapped file, which its owner could shorten so that this process faults.");
  }
  return data;
}

struct NewMemory {
  OsHandle entry;
  std::byte* data = nullptr;
  vm_size_t size = 0;
};

/// A new entry of zeroed pages, mapped for writing.
Result<NewMemory> make(std::uint64_t bytes) {
  auto size = whole_pages(bytes);
  if (!size) return std::move(size).error();
  if (*size == 0) return Error(Errc::invalid_argument, "Shared memory of 0 bytes is asked for; 1 is the least.");
  NewMemory memory;
  memory.size = *size;
  memory_object_size_t entry_size = *size;
  mach_port_t entry = MACH_PORT_NULL;
  kern_return_t code =
      mach_make_memory_entry_64(mach_task_self(), &entry_size, 0, MAP_MEM_NAMED_CREATE | read_write, &entry, MACH_PORT_NULL);
  if (code != KERN_SUCCESS) return mach::error(detail::text("Making ", *size, " bytes of shared memory"), code);
  memory.entry.reset(mach::value_of(entry));
  if (entry_size < *size) {
    return Error(Errc::out_of_memory, detail::text("Of ", *size, " bytes of shared memory the kernel made ", entry_size, "."));
  }
  code = map(memory.entry, *size, read_write, memory.data);
  if (code != KERN_SUCCESS) return mach::error(detail::text("Mapping ", *size, " bytes of shared memory"), code);
  return memory;
}

}  // namespace

Result<SharedMemory> SharedMemory::create(std::uint64_t bytes, const char* /*name*/) {
  auto memory = make(bytes);
  if (!memory) return std::move(memory).error();
  return SharedMemory(std::move(memory->entry), memory->data, memory->size);
}

Result<SharedMemory> SharedMemory::create_read_only_for_others(std::uint64_t bytes, const char* /*name*/) {
  auto made = make(bytes);
  if (!made) return std::move(made).error();
  SharedMemory memory(std::move(made->entry), made->data, made->size);
  // A second entry of the same pages. The first one, which allows writing, is given up: nobody else has ever had it.
  memory_object_size_t size = made->size;
  mach_port_t for_reading = MACH_PORT_NULL;
  const kern_return_t code = mach_make_memory_entry_64(mach_task_self(), &size, reinterpret_cast<std::uintptr_t>(made->data), VM_PROT_READ,
                                                       &for_reading, MACH_PORT_NULL);
  if (code != KERN_SUCCESS) return mach::error("Making a memory entry for reading", code);
  memory.handle_.reset(mach::value_of(for_reading));
  if (size < made->size) return Error(Errc::out_of_memory, "A memory entry for reading has fewer bytes than the memory behind it.");
  return memory;
}

Result<SharedMemory> SharedMemory::open(OsHandle& handle, std::uint64_t bytes) {
  vm_size_t size = 0;
  auto data = map_of_peer(handle, bytes, read_write, size);
  if (!data) return std::move(data).error();
  return SharedMemory(std::move(handle), *data, size);
}

Result<SharedMemory> SharedMemory::open_read_only(OsHandle& handle, std::uint64_t bytes) {
  vm_size_t size = 0;
  auto data = map_of_peer(handle, bytes, VM_PROT_READ, size);
  if (!data) return std::move(data).error();
  return SharedMemory(std::move(handle), *data, size);
}

SharedMemory::SharedMemory(SharedMemory&& other) noexcept
    : handle_(std::move(other.handle_)), data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

SharedMemory& SharedMemory::operator=(SharedMemory&& other) noexcept {
  if (this != &other) {
    unmap(data_, size_);
    handle_ = std::move(other.handle_);
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

SharedMemory::~SharedMemory() { unmap(data_, size_); }

}  // namespace geyser::platform
