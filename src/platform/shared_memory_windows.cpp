// Windows: sections backed by the paging file, all pages committed. Nobody can shrink or decommit one, so a mapping never faults.
#include <limits>
#include <utility>

#include "core/message.hpp"
#include "platform/section_windows.hpp"
#include "platform/security_windows.hpp"
#include "platform/shared_memory.hpp"
#include "platform/system_error.hpp"

namespace geyser::platform {
namespace {

/// What a peer needs to map a section and to see what it is.
constexpr DWORD reading = SECTION_MAP_READ | SECTION_QUERY;

std::uint64_t page_size() noexcept {
  SYSTEM_INFO system{};
  ::GetSystemInfo(&system);
  return system.dwPageSize;
}

/// New memory of whole pages. `name` and `security` are null for one that nobody can find.
Result<OsHandle> reserve(std::uint64_t bytes, const wchar_t* name, SECURITY_ATTRIBUTES* security, std::uint64_t& size) {
  const std::uint64_t page = page_size();
  if (bytes == 0 || bytes > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) - page) {
    return Error(Errc::out_of_memory, detail::text("Shared memory of ", bytes, " bytes is none, or more than a section can hold."));
  }
  size = (bytes + page - 1) / page * page;
  MEMORYSTATUSEX machine{};
  machine.dwLength = sizeof(machine);
  // Wine answers 0 to a thread that asks while another one's first question is being answered.
  if (::GlobalMemoryStatusEx(&machine) != 0 && machine.ullTotalPageFile != 0 && size > machine.ullTotalPageFile) {
    return Error(Errc::out_of_memory, detail::text(size, " bytes of shared memory are asked for, and this machine has ",
                                                   machine.ullTotalPageFile, " bytes in all."));
  }
  OsHandle handle = owned(::CreateFileMappingW(INVALID_HANDLE_VALUE, security, PAGE_READWRITE | SEC_COMMIT, static_cast<DWORD>(size >> 32),
                                               static_cast<DWORD>(size & 0xFFFFFFFF), name));
  if (!handle) return system_error(detail::text("Making ", size, " bytes of shared memory"), last_error());
  if (name != nullptr && ::GetLastError() == ERROR_ALREADY_EXISTS) {
    return Error(Errc::os_error, "A name of 128 random bits is taken already.", ErrorDomain::win32, ERROR_ALREADY_EXISTS);
  }
  return handle;
}

Result<std::byte*> map(const OsHandle& handle, std::size_t size, DWORD access) {
  void* data = ::MapViewOfFile(native(handle), access, 0, 0, size);
  if (data != nullptr) return static_cast<std::byte*>(data);
  const int code = last_error();
  // A section whose pages are all read-only answers with the second.
  if (code == ERROR_ACCESS_DENIED || code == ERROR_INVALID_PARAMETER) {
    return Error(Errc::protocol_error,
                 "The shared memory may not be mapped as asked for: its owner sent a handle for reading, or one without rights.",
                 ErrorDomain::win32, code);
  }
  return system_error(detail::text("Mapping ", size, " bytes of shared memory"), code);
}

/// The size of a peer's memory, when it is one that can be mapped without danger.
Result<std::size_t> size_of_committed(const OsHandle& handle, std::uint64_t bytes) {
  const auto section = section_info(native(handle));
  if (!section) {
    return Error(Errc::protocol_error,
                 "The handle is no shared memory, or does not say what it is; a section with SECTION_QUERY is needed.");
  }
  // A file can shrink or be on a drive that goes away; reserved pages are not there: both fault at a touch.
  if ((section->attributes & (SEC_FILE | SEC_IMAGE | SEC_RESERVE)) != 0 || (section->attributes & SEC_COMMIT) == 0) {
    return Error(
        Errc::protocol_error,
        "The shared memory is a file, or not committed, so its owner could make this process fault; a section of the paging file with "
        "SEC_COMMIT is needed.");
  }
  if (section->bytes < bytes || section->bytes == 0 || section->bytes > std::numeric_limits<std::size_t>::max()) {
    return Error(Errc::protocol_error, detail::text("The shared memory has ", section->bytes, " bytes, but ", bytes, " are needed."));
  }
  return static_cast<std::size_t>(section->bytes);
}

}  // namespace

Result<SharedMemory> SharedMemory::create(std::uint64_t bytes, const char* /*name*/) {
  std::uint64_t size = 0;
  auto handle = reserve(bytes, nullptr, nullptr, size);
  if (!handle) return std::move(handle).error();
  auto data = map(*handle, static_cast<std::size_t>(size), FILE_MAP_READ | FILE_MAP_WRITE);
  if (!data) return std::move(data).error();
  return SharedMemory(std::move(*handle), *data, static_cast<std::size_t>(size));
}

Result<SharedMemory> SharedMemory::create_read_only_for_others(std::uint64_t bytes, const char* /*name*/) {
  // An access list counts for objects with a name only, hence one that nobody can guess. It grants nothing: a duplicate with no more rights
  // than its source needs no grant, and whoever asks for more is refused. Owners may rewrite lists unless OWNER RIGHTS says otherwise.
  auto security = SecurityDescriptor::of("D:P(A;;RC;;;OW)");
  if (!security) return std::move(security).error();
  auto id = random_id();
  if (!id) return std::move(id).error();
  SECURITY_ATTRIBUTES attributes = security->attributes();
  std::uint64_t size = 0;
  auto writable = reserve(bytes, wide("Local\\geyser-memory-" + hexadecimal(*id)).c_str(), &attributes, size);
  if (!writable) return std::move(writable).error();
  HANDLE copy = nullptr;
  const HANDLE self = ::GetCurrentProcess();
  if (::DuplicateHandle(self, native(*writable), self, &copy, reading, FALSE, 0) == 0) {
    return system_error("Making a handle for reading shared memory", last_error());
  }
  OsHandle for_others = owned(copy);
  auto data = map(*writable, static_cast<std::size_t>(size), FILE_MAP_READ | FILE_MAP_WRITE);
  if (!data) return std::move(data).error();
  return SharedMemory(std::move(for_others), *data, static_cast<std::size_t>(size));
}

Result<SharedMemory> SharedMemory::open(OsHandle& handle, std::uint64_t bytes) {
  auto size = size_of_committed(handle, bytes);
  if (!size) return std::move(size).error();
  auto data = map(handle, *size, FILE_MAP_READ | FILE_MAP_WRITE);
  if (!data) return std::move(data).error();
  return SharedMemory(std::move(handle), *data, *size);
}

Result<SharedMemory> SharedMemory::open_read_only(OsHandle& handle, std::uint64_t bytes) {
  auto size = size_of_committed(handle, bytes);
  if (!size) return std::move(size).error();
  auto data = map(handle, *size, FILE_MAP_READ);
  if (!data) return std::move(data).error();
  return SharedMemory(std::move(handle), *data, *size);
}

SharedMemory::SharedMemory(SharedMemory&& other) noexcept
    : handle_(std::move(other.handle_)), data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

SharedMemory& SharedMemory::operator=(SharedMemory&& other) noexcept {
  if (this != &other) {
    if (data_ != nullptr) ::UnmapViewOfFile(data_);
    handle_ = std::move(other.handle_);
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

SharedMemory::~SharedMemory() {
  if (data_ != nullptr) ::UnmapViewOfFile(data_);
}

}  // namespace geyser::platform
