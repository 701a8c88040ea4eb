// Linux: sealed memfd.
#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/message.hpp"
#include "platform/shared_memory.hpp"
#include "platform/system_error.hpp"

namespace geyser::platform {
namespace {

// Nobody may shrink the file (a mapping would fault) or lift the seals.
constexpr int required_seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

Error memory_error(std::string_view what, int code) {
  // Shared memory has no disk that could be full.
  if (code != ENOSPC) return system_error(what, code);
  return Error(Errc::out_of_memory, detail::text(what, " failed: ", std::generic_category().message(code), "."), ErrorDomain::posix, code);
}

Result<std::byte*> map(int fd, std::size_t size, int protection) {
  void* data = ::mmap(nullptr, size, protection, MAP_SHARED, fd, 0);
  if (data == MAP_FAILED && (errno == EPERM || errno == EACCES)) {
    return Error(Errc::protocol_error, "The shared memory may not be written to: its owner sealed it, or sent a descriptor for reading.",
                 ErrorDomain::posix, errno);
  }
  if (data == MAP_FAILED) return memory_error(detail::text("Mapping ", size, " bytes of shared memory"), errno);
  return static_cast<std::byte*>(data);
}

/// New memory of whole pages, all of them there, not sealed yet.
Result<OsHandle> reserve(std::uint64_t bytes, const char* name, std::uint64_t& size) {
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  if (bytes > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) - page) {
    return Error(Errc::out_of_memory, detail::text("Shared memory of ", bytes, " bytes is more than a file can hold."));
  }
  size = (bytes + page - 1) / page * page;
  // Reserving more than the machine has does not fail: the kernel kills this process, or another, when it runs out.
  struct sysinfo machine{};
  if (::sysinfo(&machine) == 0 && size / machine.mem_unit > std::uint64_t{machine.totalram} + machine.totalswap) {
    return Error(Errc::out_of_memory,
                 detail::text(size, " bytes of shared memory are asked for, and this machine has ",
                              (std::uint64_t{machine.totalram} + machine.totalswap) * machine.mem_unit, " bytes in all."));
  }
  OsHandle handle(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!handle) return memory_error("memfd_create", errno);
  if (::ftruncate(handle.fd(), static_cast<off_t>(size)) != 0)
    return memory_error(detail::text("Sizing shared memory to ", size, " bytes"), errno);
  // Reserve the pages now: memory that is not there is an error here instead of a SIGBUS at the first touch.
  if (::fallocate(handle.fd(), 0, 0, static_cast<off_t>(size)) != 0)
    return memory_error(detail::text("Reserving ", size, " bytes of shared memory"), errno);
  return handle;
}

/// The size of a peer's memory, when it is one that can be mapped without danger.
Result<std::size_t> size_of_sealed(const OsHandle& handle, std::uint64_t bytes) {
  const int seals = ::fcntl(handle.fd(), F_GET_SEALS);
  if (seals < 0) {
    const int code = errno;
    return Error(Errc::protocol_error,
                 detail::text("The handle is no shared memory (", std::generic_category().message(code), "); a sealed memfd is needed."),
                 ErrorDomain::posix, code);
  }
  if ((seals & F_SEAL_SHRINK) == 0) {
    return Error(Errc::protocol_error,
                 "The shared memory is not sealed against shrinking (F_SEAL_SHRINK), so its owner could make this process fault.");
  }
  struct stat info{};
  if (::fstat(handle.fd(), &info) != 0) return memory_error("fstat of shared memory", errno);
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (size < bytes || size == 0) {
    return Error(Errc::protocol_error, detail::text("The shared memory has ", size, " bytes, but ", bytes, " are needed."));
  }
  return static_cast<std::size_t>(size);
}

}  // namespace

Result<SharedMemory> SharedMemory::create(std::uint64_t bytes, const char* name) {
  std::uint64_t size = 0;
  auto handle = reserve(bytes, name, size);
  if (!handle) return std::move(handle).error();
  if (::fcntl(handle->fd(), F_ADD_SEALS, required_seals) != 0) return memory_error("Sealing shared memory", errno);
  auto data = map(handle->fd(), static_cast<std::size_t>(size), PROT_READ | PROT_WRITE);
  if (!data) return std::move(data).error();
  return SharedMemory(std::move(*handle), *data, static_cast<std::size_t>(size));
}

Result<SharedMemory> SharedMemory::create_read_only_for_others(std::uint64_t bytes, const char* name) {
  std::uint64_t size = 0;
  auto handle = reserve(bytes, name, size);
  if (!handle) return std::move(handle).error();
  // The seal spares mappings that are there, and refuses every later one, every write() and every hole, through whichever descriptor.
  auto data = map(handle->fd(), static_cast<std::size_t>(size), PROT_READ | PROT_WRITE);
  if (!data) return std::move(data).error();
  SharedMemory memory(std::move(*handle), *data, static_cast<std::size_t>(size));
  if (::fcntl(memory.handle_.fd(), F_ADD_SEALS, required_seals | F_SEAL_FUTURE_WRITE) != 0) {
    if (errno != EINVAL) return memory_error("Sealing shared memory", errno);
    return Error(Errc::unsupported_feature,
                 "This kernel cannot make memory that only its owner writes to (F_SEAL_FUTURE_WRITE); Linux 5.1 can.", ErrorDomain::posix,
                 EINVAL);
  }
  return memory;
}

Result<SharedMemory> SharedMemory::open(OsHandle& handle, std::uint64_t bytes) {
  auto size = size_of_sealed(handle, bytes);
  if (!size) return std::move(size).error();
  auto data = map(handle.fd(), *size, PROT_READ | PROT_WRITE);
  if (!data) return std::move(data).error();
  return SharedMemory(std::move(handle), *data, *size);
}

Result<SharedMemory> SharedMemory::open_read_only(OsHandle& handle, std::uint64_t bytes) {
  auto size = size_of_sealed(handle, bytes);
  if (!size) return std::move(size).error();
  auto data = map(handle.fd(), *size, PROT_READ);
  if (!data) return std::move(data).error();
  return SharedMemory(std::move(handle), *data, *size);
}

SharedMemory::SharedMemory(SharedMemory&& other) noexcept
    : handle_(std::move(other.handle_)), data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

SharedMemory& SharedMemory::operator=(SharedMemory&& other) noexcept {
  if (this != &other) {
    if (data_ != nullptr) ::munmap(data_, size_);
    handle_ = std::move(other.handle_);
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

SharedMemory::~SharedMemory() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

}  // namespace geyser::platform
