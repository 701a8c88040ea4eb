#include "platform/runtime_files_windows.hpp"

#include <algorithm>

#include "core/message.hpp"
#include "platform/runtime_names.hpp"
#include "platform/security_windows.hpp"
#include "platform/system_error.hpp"

namespace geyser::platform {
namespace {

constexpr DWORD share_all = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
// Past the bytes that are locked: locked ones cannot be read.
constexpr DWORD name_offset = 16;
// A reader, or a scanner, has a file open for a moment.
constexpr int replace_attempts = 200;
constexpr DWORD replace_pause = 1;

OVERLAPPED at(DWORD offset) noexcept {
  OVERLAPPED place{};
  place.Offset = offset;
  return place;
}

/// Takes one byte without waiting. Errors: os_error.
Result<bool> try_lock(const OsHandle& file, DWORD byte, bool shared) {
  OVERLAPPED place = at(byte);
  if (::LockFileEx(native(file), LOCKFILE_FAIL_IMMEDIATELY | (shared ? 0U : LOCKFILE_EXCLUSIVE_LOCK), 0, 1, 0, &place) != 0) return true;
  const int code = last_error();
  if (code == ERROR_LOCK_VIOLATION || code == ERROR_IO_PENDING || code == ERROR_LOCK_FAILED) return false;
  return system_error("Locking a name's file", code);
}

void unlock_byte(const OsHandle& file, DWORD byte) noexcept {
  OVERLAPPED place = at(byte);
  ::UnlockFileEx(native(file), 0, 1, 0, &place);
}

bool is_plain_file(const OsHandle& file) noexcept {
  FILE_ATTRIBUTE_TAG_INFO info{};
  return ::GetFileType(native(file)) == FILE_TYPE_DISK &&
         ::GetFileInformationByHandleEx(native(file), FileAttributeTagInfo, &info, sizeof(info)) != 0 &&
         (info.FileAttributes & (FILE_ATTRIBUTE_REPARSE_POINT | FILE_ATTRIBUTE_DIRECTORY)) == 0;
}

Result<void> write_all(const OsHandle& file, DWORD offset, std::span<const std::byte> bytes) {
  OVERLAPPED place = at(offset);
  DWORD written = 0;
  if (bytes.empty()) return {};
  if (::WriteFile(native(file), bytes.data(), static_cast<DWORD>(bytes.size()), &written, &place) == 0)
    return system_error("Writing", last_error());
  if (written != bytes.size()) return system_error("Writing", ERROR_DISK_FULL);
  return {};
}

/// Reads up to `most` bytes.
Result<std::vector<std::byte>> read_up_to(const OsHandle& file, DWORD offset, std::size_t most) {
  std::vector<std::byte> bytes(most);
  std::size_t done = 0;
  while (done < most) {
    OVERLAPPED place = at(offset + static_cast<DWORD>(done));
    DWORD count = 0;
    if (::ReadFile(native(file), bytes.data() + done, static_cast<DWORD>(most - done), &count, &place) == 0) {
      if (::GetLastError() == ERROR_HANDLE_EOF) break;
      return system_error("Reading", last_error());
    }
    if (count == 0) break;
    done += count;
  }
  bytes.resize(done);
  return bytes;
}

/// The way that replaces a file which others have open (Windows 10 1607; not every file system).
bool rename_over(const OsHandle& from, const std::wstring& to) {
  constexpr auto file_rename_info_ex = static_cast<FILE_INFO_BY_HANDLE_CLASS>(22);
  constexpr DWORD replace_if_exists = 1;
  constexpr DWORD posix_semantics = 2;
  struct Head {
    DWORD flags;
    HANDLE root;
    DWORD name_bytes;
    wchar_t name[1];
  };
  const std::size_t name_bytes = to.size() * sizeof(wchar_t);
  std::vector<std::uint64_t> room((sizeof(Head) + name_bytes) / sizeof(std::uint64_t) + 1);
  const Head head{replace_if_exists | posix_semantics, nullptr, static_cast<DWORD>(name_bytes), {}};
  std::memcpy(room.data(), &head, sizeof(head));
  std::memcpy(reinterpret_cast<std::byte*>(room.data()) + offsetof(Head, name), to.data(), name_bytes);
  return ::SetFileInformationByHandle(native(from), file_rename_info_ex, room.data(),
                                      static_cast<DWORD>(room.size() * sizeof(std::uint64_t))) != 0;
}

}  // namespace

std::wstring literal_path(std::string_view path) {
  std::wstring out = wide(path);
  std::ranges::replace(out, L'/', L'\\');
  return out.starts_with(L"\\\\") ? out : L"\\\\?\\" + out;
}

Result<std::optional<LockFile>> LockFile::open(const std::wstring& path, bool make) {
  OsHandle handle = owned(::CreateFileW(path.c_str(), GENERIC_READ | GENERIC_WRITE, share_all, nullptr, make ? OPEN_ALWAYS : OPEN_EXISTING,
                                        FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
  if (!handle) {
    const int code = last_error();
    // A file that somebody removed is there, and cannot be opened, until the last who has it open closes it.
    const bool leaving = code == ERROR_ACCESS_DENIED || code == ERROR_SHARING_VIOLATION || code == ERROR_DELETE_PENDING;
    if (leaving || (!make && code == ERROR_FILE_NOT_FOUND)) return std::optional<LockFile>();
    return system_error("Opening a name's lock file", code);
  }
  if (!is_plain_file(handle)) return Error(Errc::invalid_state, "The lock file of the name is no plain file; remove it.");
  return std::optional(LockFile(std::move(handle)));
}

Result<bool> LockFile::lock(int byte) const {
  auto locked = try_lock(handle_, static_cast<DWORD>(byte), false);
  if (!locked || !*locked || byte != 0) return locked;
  // Only those who look can have this one, and let it go at once.
  for (int i = 0; i < replace_attempts; ++i) {
    auto shown = try_lock(handle_, 2, false);
    if (!shown || *shown) return shown;
    ::Sleep(i < 10 ? 0 : replace_pause);
  }
  unlock_byte(handle_, 0);
  return false;
}

Result<bool> LockFile::is_held() const {
  auto free = try_lock(handle_, 2, true);
  if (!free) return std::move(free).error();
  if (*free) unlock_byte(handle_, 2);
  return !*free;
}

bool LockFile::is_current(const std::wstring& path) const noexcept {
  const OsHandle there =
      owned(::CreateFileW(path.c_str(), FILE_READ_ATTRIBUTES, share_all, nullptr, OPEN_EXISTING, FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
  BY_HANDLE_FILE_INFORMATION mine{};
  BY_HANDLE_FILE_INFORMATION other{};
  return there && ::GetFileInformationByHandle(native(handle_), &mine) != 0 && ::GetFileInformationByHandle(native(there), &other) != 0 &&
         mine.dwVolumeSerialNumber == other.dwVolumeSerialNumber && mine.nFileIndexHigh == other.nFileIndexHigh &&
         mine.nFileIndexLow == other.nFileIndexLow;
}

void LockFile::unlock() const noexcept {
  for (const DWORD byte : {2U, 0U, 1U}) unlock_byte(handle_, byte);
}

Result<void> LockFile::write_name(std::string_view name) const {
  const std::string line = std::string(name) + '\0';  // the end of a longer one may stay behind it
  return write_all(handle_, name_offset, std::as_bytes(std::span(line)));
}

std::string LockFile::read_name() const {
  const auto bytes = read_up_to(handle_, name_offset, max_name_bytes + 1);
  if (!bytes) return {};
  const std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  const std::size_t end = text.find('\0');
  return end == std::string_view::npos ? std::string() : std::string(text.substr(0, end));
}

Result<void> replace_file(const std::wstring& file, const std::wstring& temporary, std::span<const std::byte> bytes) {
  // Not flushed to the disk: after a crash of the machine no name is held any more.
  OsHandle handle = owned(::CreateFileW(temporary.c_str(), GENERIC_WRITE | DELETE, share_all, nullptr, CREATE_ALWAYS,
                                        FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
  if (!handle) return system_error("Making the file of an announcement", last_error());
  auto written = write_all(handle, 0, bytes);
  if (written && rename_over(handle, file)) return {};
  handle.reset();
  for (int i = 0; written && i < replace_attempts; ++i) {
    if (::MoveFileExW(temporary.c_str(), file.c_str(), MOVEFILE_REPLACE_EXISTING) != 0) return {};
    const DWORD code = ::GetLastError();
    if ((code != ERROR_ACCESS_DENIED && code != ERROR_SHARING_VIOLATION) || i + 1 == replace_attempts) {
      written = system_error("Renaming the file of an announcement", static_cast<int>(code));
    } else {
      ::Sleep(replace_pause);
    }
  }
  ::DeleteFileW(temporary.c_str());
  return written;
}

Result<std::vector<std::byte>> read_file(const std::wstring& file) {
  OsHandle handle;
  for (int i = 0;; ++i) {
    handle = owned(::CreateFileW(file.c_str(), GENERIC_READ, share_all, nullptr, OPEN_EXISTING, FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
    if (handle) break;
    const int code = last_error();
    if (code == ERROR_FILE_NOT_FOUND) return std::vector<std::byte>();
    // It is being replaced, or is a folder.
    if ((code != ERROR_ACCESS_DENIED && code != ERROR_SHARING_VIOLATION && code != ERROR_DELETE_PENDING) || i == replace_attempts) {
      return i == replace_attempts ? Result(std::vector<std::byte>()) : system_error("Opening the file of an announcement", code);
    }
    ::Sleep(i < 10 ? 0 : replace_pause);
  }
  if (!is_plain_file(handle)) return std::vector<std::byte>();
  auto bytes = read_up_to(handle, 0, max_announcement_bytes + 1);
  if (bytes && bytes->size() > max_announcement_bytes) bytes->clear();
  return bytes;
}

}  // namespace geyser::platform
