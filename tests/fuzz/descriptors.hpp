// Shared memory to hand to an importer, and the count of open descriptors, which no input may change.
#pragma once

#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "geyser/os_handle.hpp"
#include "reader.hpp"

namespace geyser::fuzz {

[[nodiscard]] inline int open_descriptors() noexcept {
  int count = 0;
  for (int fd = 0; fd < 256; ++fd) count += ::fcntl(fd, F_GETFD) != -1 ? 1 : 0;
  return count;
}

/// A memfd of any size up to 64 KiB with any seals, a pipe's end, or nothing.
[[nodiscard]] inline OsHandle read_os_handle(Reader& in) {
  const auto kind = in.value<std::uint8_t>();
  if (kind % 8 == 0) return {};
  if (kind % 8 == 1) {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) return {};
    ::close(ends[1]);
    return OsHandle(ends[0]);
  }
  OsHandle handle(::memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  require(static_cast<bool>(handle), "memfd_create works");
  require(::ftruncate(handle.fd(), in.value<std::uint16_t>()) == 0, "ftruncate works");
  const auto content = in.bytes(4096);
  if (!content.empty()) require(::pwrite(handle.fd(), content.data(), content.size(), 0) >= 0, "pwrite works");
  const int seals = in.value<std::uint8_t>() & (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
  require(::fcntl(handle.fd(), F_ADD_SEALS, seals) == 0, "sealing works");
  return handle;
}

/// The body of a target whose inputs must leave no descriptor open. What `run` needs once is made before the first count.
template <class Run>
int keep_descriptors(const std::uint8_t* data, std::size_t size, const Run& run) {
  const int before = open_descriptors();
  Reader in(data, size);
  run(in);
  require(open_descriptors() == before, "no descriptor is left open");
  return 0;
}

}  // namespace geyser::fuzz
