#include "bench/stream/bare_socket.hpp"

#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <stdexcept>

namespace geyser::bench {
namespace {

// Board, claims, doorbell, three textures, three semaphores.
constexpr std::size_t descriptors = 9;
constexpr std::size_t page_bytes = 4096;

[[nodiscard]] sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw std::runtime_error("the path of the bare socket is too long: " + path);
  std::memcpy(address.sun_path, path.c_str(), path.size());
  return address;
}

struct Descriptors {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * descriptors)> bytes{};
};

}  // namespace

BareHost::BareHost(const std::string& path) : path_(path), listener_(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) {
  const sockaddr_un address = address_of(path);
  unlink(path.c_str());
  if (listener_ < 0 || bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || listen(listener_, 8) != 0) {
    throw std::runtime_error("no bare socket at " + path);
  }
  thread_ = std::thread([this] { run(); });
}

BareHost::~BareHost() {
  stop_ = true;
  thread_.join();
  close(listener_);
  unlink(path_.c_str());
}

void BareHost::run() {
  const int memory = memfd_create("geyser_stream_bench", MFD_CLOEXEC);
  if (memory < 0 || ftruncate(memory, page_bytes) != 0) return;
  while (!stop_) {
    pollfd ready{listener_, POLLIN, 0};
    if (poll(&ready, 1, 50) <= 0) continue;
    const int guest = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (guest < 0) continue;
    char word = 0;
    if (recv(guest, &word, 1, 0) == 1) {
      Descriptors control;
      iovec content{&word, 1};
      msghdr message{};
      message.msg_iov = &content;
      message.msg_iovlen = 1;
      message.msg_control = control.bytes.data();
      message.msg_controllen = control.bytes.size();
      cmsghdr* header = CMSG_FIRSTHDR(&message);
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN(sizeof(int) * descriptors);
      std::array<int, descriptors> all{};
      all.fill(memory);
      std::memcpy(CMSG_DATA(header), all.data(), sizeof all);
      sendmsg(guest, &message, MSG_NOSIGNAL);
    }
    close(guest);
  }
  close(memory);
}

BareGuest::BareGuest(const std::string& path) {
  const int connection = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  const sockaddr_un address = address_of(path);
  char word = 1;
  Descriptors control;
  iovec content{&word, 1};
  msghdr message{};
  message.msg_iov = &content;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes.data();
  message.msg_controllen = control.bytes.size();
  const bool came = connection >= 0 && connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                    send(connection, &word, 1, MSG_NOSIGNAL) == 1 && recvmsg(connection, &message, MSG_CMSG_CLOEXEC) == 1;
  const cmsghdr* header = came ? CMSG_FIRSTHDR(&message) : nullptr;
  const bool whole = header != nullptr && header->cmsg_len == CMSG_LEN(sizeof(int) * descriptors);
  if (whole) {
    std::array<int, descriptors> all{};
    std::memcpy(all.data(), CMSG_DATA(header), sizeof all);
    for (const int memory : all) {
      void* mapped = mmap(nullptr, page_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
      if (mapped != MAP_FAILED) munmap(mapped, page_bytes);
      close(memory);
    }
  }
  if (connection >= 0) close(connection);
  if (!whole) throw std::runtime_error("the bare socket at " + path + " does not answer");
}

}  // namespace geyser::bench
