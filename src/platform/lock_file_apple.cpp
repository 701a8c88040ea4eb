// Apple: flock(2). A file has one lock, which stands for byte 0; byte 1 is the lock of the folder, held for microseconds and never by a
// holder. The lock cannot be looked at without being taken: who looks shares it for a moment, and a taker tells that from a holder.
#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "platform/runtime_files.hpp"
#include "platform/system_error.hpp"

namespace geyser::platform {
namespace {

using std::chrono::steady_clock;

// How long a taker retries while somebody always looks: each look needs microseconds.
constexpr std::chrono::milliseconds longest_looks{500};
constexpr std::chrono::microseconds between_looks{50};

/// Errors: os_error. False when somebody else's lock is in the way.
Result<bool> try_lock(int fd, int operation) {
  while (::flock(fd, operation | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return false;
    if (errno != EINTR) return system_error("Locking a name's file", errno);
  }
  return true;
}

}  // namespace

Result<FileHandle> LockFile::second_lock(const FileHandle& folder) {
  // An open of its own: locks belong to the open file, and duplicates share it.
  FileHandle again(::openat(folder.fd(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!again) return system_error("Opening the folder of a name's file", errno);
  return again;
}

Result<bool> LockFile::lock(int byte) const {
  if (byte != 0) return try_lock(changing_.fd(), LOCK_EX);
  const auto begin = steady_clock::now();
  while (true) {
    auto locked = try_lock(handle_.fd(), LOCK_EX);
    if (!locked) return locked;
    if (*locked) {
      ::flock(changing_.fd(), LOCK_UN);  // the next one may take another name
      return true;
    }
    auto held = is_held();
    if (!held) return held;
    if (*held || steady_clock::now() - begin > longest_looks) return false;
    std::this_thread::sleep_for(between_looks);
  }
}

Result<bool> LockFile::is_held() const {
  auto shared = try_lock(handle_.fd(), LOCK_SH);
  if (!shared) return shared;
  if (*shared) ::flock(handle_.fd(), LOCK_UN);
  return !*shared;
}

void LockFile::unlock() const noexcept {
  ::flock(handle_.fd(), LOCK_UN);
  ::flock(changing_.fd(), LOCK_UN);
}

}  // namespace geyser::platform
