#include <fcntl.h>
#include <linux/kcmp.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

#include "platform/handle_identity.hpp"

namespace geyser::platform {

bool is_same_object(const OsHandle& a, const OsHandle& b) noexcept {
  if (!a || !b) return false;
  const auto self = ::getpid();
  const long order =
      ::syscall(SYS_kcmp, self, self, KCMP_FILE, static_cast<unsigned long>(a.borrow()), static_cast<unsigned long>(b.borrow()));
  if (order >= 0) return order == 0;
  if (errno == EBADF) return false;
  // Sandboxes may forbid kcmp; device and inode tell most files apart.
  struct stat first{};
  struct stat second{};
  if (::fstat(a.fd(), &first) != 0 || ::fstat(b.fd(), &second) != 0) return false;
  return first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

namespace {

/// Character devices that are the system's (Linux's list of allocated devices): memory such as /dev/null, terminals, miscellaneous ones,
/// input, frame buffers. NVIDIA's memory is a character device too, and its driver takes any other one badly.
bool is_systems_own(unsigned int number) noexcept {
  constexpr std::array<unsigned int, 7> own{1, 4, 5, 7, 10, 13, 29};
  return std::ranges::find(own, number) != own.end() || (number >= 136 && number <= 143);
}

}  // namespace

bool may_be_memory(const OsHandle& handle, std::uint64_t bytes) noexcept {
  struct stat file{};
  if (!handle || ::fstat(handle.fd(), &file) != 0) return false;
  if (S_ISFIFO(file.st_mode) || S_ISSOCK(file.st_mode) || S_ISDIR(file.st_mode)) return false;
  if (S_ISCHR(file.st_mode) && is_systems_own(major(file.st_rdev))) return false;
  return !S_ISREG(file.st_mode) || static_cast<std::uint64_t>(file.st_size) >= bytes;
}

FileType file_type(const OsHandle& handle) noexcept {
  struct stat file{};
  if (!handle || ::fstat(handle.fd(), &file) != 0) return FileType::closed;
  switch (file.st_mode & S_IFMT) {
    case S_IFREG:
      return FileType::regular;
    case S_IFCHR:
      return FileType::character_device;
    case S_IFBLK:
      return FileType::block_device;
    case S_IFIFO:
      return FileType::pipe;
    case S_IFSOCK:
      return FileType::socket;
    case S_IFDIR:
      return FileType::directory;
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
      return "an anonymous file";
  }
  return "no known file type";
}

OsHandle reopened_file(const OsHandle& handle) noexcept {
  struct stat file{};
  if (!handle || ::fstat(handle.fd(), &file) != 0 || !S_ISREG(file.st_mode)) return {};
  std::array<char, 32> path{};
  std::snprintf(path.data(), path.size(), "/proc/self/fd/%d", handle.fd());
  return OsHandle(::open(path.data(), O_RDWR | O_CLOEXEC));
}

std::uint64_t size_by_seeking(const OsHandle& handle) noexcept {
  if (!handle) return 0;
  const off_t end = ::lseek(handle.fd(), 0, SEEK_END);
  if (end <= 0) return 0;
  ::lseek(handle.fd(), 0, SEEK_SET);
  return static_cast<std::uint64_t>(end);
}

}  // namespace geyser::platform
