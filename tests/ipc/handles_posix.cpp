#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "handles.hpp"

namespace geyser::test {

OsHandle make_memory(std::uint64_t bytes) {
  OsHandle handle(::memfd_create("ipc-test", MFD_CLOEXEC));
  if (!handle || ::ftruncate(handle.fd(), static_cast<off_t>(bytes)) != 0) ADD_FAILURE() << "memfd_create or ftruncate fails";
  return handle;
}

OsHandle make_shorter_memory(std::uint64_t bytes) { return make_memory(bytes - 1); }

std::vector<OsHandle> no_memory() {
  std::vector<OsHandle> handles;
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) == 0) {
    handles.emplace_back(ends[0]);
    handles.emplace_back(ends[1]);
  }
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0) {
    handles.emplace_back(ends[0]);
    handles.emplace_back(ends[1]);
  }
  handles.emplace_back(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return handles;
}

std::vector<OsHandle> no_sockets() {
  std::vector<OsHandle> handles = no_memory();  // stream sockets among them
  handles.emplace_back(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  return handles;
}

}  // namespace geyser::test
