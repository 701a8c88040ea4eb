// POSIX: how files are read and replaced. How they are locked: lock_file_*.cpp.
#include "platform/runtime_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

#include "core/message.hpp"
#include "platform/system_error.hpp"

namespace geyser::platform {
namespace {

bool is_our_file(int fd) noexcept {
  struct stat info{};
  return ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_uid == ::geteuid();
}

Result<void> write_all(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_error("Writing", errno);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

/// Reads up to `most` bytes from the beginning of a file.
Result<std::vector<std::byte>> read_up_to(int fd, std::size_t most) {
  std::vector<std::byte> bytes;
  std::array<std::byte, 4096> block;
  while (bytes.size() < most) {
    const ssize_t count = ::pread(fd, block.data(), std::min(block.size(), most - bytes.size()), static_cast<off_t>(bytes.size()));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("Reading", errno);
    if (count == 0) break;
    bytes.insert(bytes.end(), block.begin(), block.begin() + count);
  }
  return bytes;
}

}  // namespace

Result<std::optional<LockFile>> LockFile::open(const FileHandle& folder, const std::string& file, bool make) {
  constexpr int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;  // a pipe or a link of that name must neither block nor lead away
  FileHandle handle(::openat(folder.fd(), file.c_str(), flags | (make ? O_CREAT : 0), S_IRUSR | S_IWUSR));
  if (!handle) {
    if (errno == ENOENT && !make) return std::optional<LockFile>();
    return system_error(detail::text("Opening the lock file ", file), errno);
  }
  if (!is_our_file(handle.fd())) {
    return Error(Errc::invalid_state, detail::text("The lock file ", file, " is no plain file of this user; remove it."));
  }
  auto changing = second_lock(folder);
  if (!changing) return std::move(changing).error();
  return std::optional(LockFile(std::move(handle), *std::move(changing)));
}

bool LockFile::is_current(const FileHandle& folder, const std::string& file) const noexcept {
  struct stat mine{};
  struct stat there{};
  return ::fstat(handle_.fd(), &mine) == 0 && ::fstatat(folder.fd(), file.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 &&
         mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
}

Result<void> LockFile::write_name(std::string_view name) const {
  if (::ftruncate(handle_.fd(), 0) != 0 || ::lseek(handle_.fd(), 0, SEEK_SET) != 0) return system_error("Emptying a lock file", errno);
  return write_all(handle_.fd(), std::as_bytes(std::span(name)));
}

std::string LockFile::read_name() const {
  const auto bytes = read_up_to(handle_.fd(), max_name_bytes + 1);
  if (!bytes || bytes->size() > max_name_bytes) return {};
  return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
}

Result<void> replace_file(const FileHandle& folder, const std::string& file, const std::string& temporary,
                          std::span<const std::byte> bytes) {
  // Not flushed to the disk: after a crash of the machine no name is held any more.
  FileHandle handle(::openat(folder.fd(), temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
  if (!handle) return system_error(detail::text("Making the file ", temporary), errno);
  auto written = write_all(handle.fd(), bytes);
  if (written && ::renameat(folder.fd(), temporary.c_str(), folder.fd(), file.c_str()) != 0) {
    written = system_error(detail::text("Renaming the file ", temporary), errno);
  }
  if (!written) ::unlinkat(folder.fd(), temporary.c_str(), 0);
  return written;
}

Result<std::vector<std::byte>> read_file(const FileHandle& folder, const std::string& file) {
  const FileHandle handle(::openat(folder.fd(), file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!handle) {
    if (errno == ENOENT || errno == ELOOP || errno == ENXIO) return std::vector<std::byte>();
    return system_error(detail::text("Opening the file ", file), errno);
  }
  if (!is_our_file(handle.fd())) return std::vector<std::byte>();
  auto bytes = read_up_to(handle.fd(), max_announcement_bytes + 1);
  if (bytes && bytes->size() > max_announcement_bytes) bytes->clear();
  return bytes;
}

}  // namespace geyser::platform
