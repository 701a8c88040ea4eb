#include <algorithm>
#include <array>

#include "platform/handle_identity.hpp"
#include "platform/section_windows.hpp"

namespace geyser::platform {
namespace {

struct TypeRoom {
  alignas(void*) std::array<std::byte, 512> bytes;
};

/// Objects that no driver shares memory by; drivers have types of their own beside sections.
constexpr std::array<std::wstring_view, 15> never_memory{L"File",   L"Event", L"Mutant",  L"Semaphore",     L"Process",
                                                         L"Thread", L"Token", L"Key",     L"Directory",     L"IoCompletion",
                                                         L"Timer",  L"Job",   L"Desktop", L"WindowStation", L"SymbolicLink"};

bool is_open(const OsHandle& handle) noexcept {
  DWORD flags = 0;
  return handle && ::GetHandleInformation(native(handle), &flags) != 0;
}

}  // namespace

bool is_same_object(const OsHandle& a, const OsHandle& b) noexcept {
  // Its import library is another one than kernel32's, so it is looked up.
  using CompareObjectHandles = BOOL(WINAPI*)(HANDLE, HANDLE);
  static const auto compare = system_function<CompareObjectHandles>(L"kernelbase.dll", "CompareObjectHandles");
  if (!is_open(a) || !is_open(b)) return false;
  return compare != nullptr ? compare(native(a), native(b)) != 0 : a.borrow() == b.borrow();
}

bool may_be_memory(const OsHandle& handle, std::uint64_t bytes) noexcept {
  if (!is_open(handle)) return false;
  if (const auto section = section_info(native(handle))) return section->bytes >= bytes;
  TypeRoom room;
  return std::ranges::find(never_memory, object_type(native(handle), room.bytes)) == never_memory.end();
}

FileType file_type(const OsHandle& handle) noexcept {
  if (!is_open(handle)) return FileType::closed;
  // Asked first: GetFileType() of other objects fails, and of a console it is a question to another process.
  TypeRoom room;
  if (object_type(native(handle), room.bytes) != L"File") return FileType::anonymous;
  switch (::GetFileType(native(handle))) {
    case FILE_TYPE_DISK: {
      FILE_STANDARD_INFO info{};
      const bool known = ::GetFileInformationByHandleEx(native(handle), FileStandardInfo, &info, sizeof(info)) != 0;
      return known && info.Directory != 0 ? FileType::directory : FileType::regular;
    }
    case FILE_TYPE_PIPE:
      return FileType::pipe;
    case FILE_TYPE_CHAR:
      return FileType::character_device;
    default:
      return FileType::anonymous;
  }
}

std::string_view to_string(FileType type) noexcept {
  switch (type) {
    case FileType::closed:
      return "closed";
    case FileType::regular:
      return "a regular file";
    case FileType::character_device:
      return "a character device";
    case FileType::block_device:
      return "a block device";
    case FileType::pipe:
      return "a pipe";
    case FileType::socket:
      return "a socket";
    case FileType::directory:
      return "a directory";
    case FileType::anonymous:
      return "an object without a file";
  }
  return "no known file type";
}

OsHandle reopened_file(const OsHandle& handle) noexcept {
  if (file_type(handle) != FileType::regular) return {};
  return owned(::ReOpenFile(native(handle), GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, 0));
}

std::uint64_t size_by_seeking(const OsHandle& handle) noexcept {
  if (!handle) return 0;
  if (const auto section = section_info(native(handle))) return section->bytes;
  LARGE_INTEGER size{};
  if (file_type(handle) != FileType::regular || ::GetFileSizeEx(native(handle), &size) == 0) return 0;
  return static_cast<std::uint64_t>(size.QuadPart);
}

}  // namespace geyser::platform
