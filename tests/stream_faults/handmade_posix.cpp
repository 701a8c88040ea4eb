#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "core/message.hpp"
#include "handmade.hpp"

namespace geyser::test {

Result<void> send_bytes(const platform::Socket& socket, std::span<const std::byte> bytes, std::span<const OsHandle::Value> handles) {
  iovec part{const_cast<std::byte*>(bytes.data()), bytes.size()};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  std::vector<int> numbers;
  for (const auto handle : handles) numbers.push_back(static_cast<int>(handle));
  const std::size_t size = numbers.size() * sizeof(int);
  std::vector<char> control(CMSG_SPACE(size));
  if (!handles.empty()) {
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    cmsghdr* first = CMSG_FIRSTHDR(&header);
    first->cmsg_level = SOL_SOCKET;
    first->cmsg_type = SCM_RIGHTS;
    first->cmsg_len = CMSG_LEN(size);
    std::memcpy(CMSG_DATA(first), numbers.data(), size);
  }
  if (::sendmsg(socket.handle().fd(), &header, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) return {};
  return Error(Errc::os_error, detail::text("sendmsg: ", std::strerror(errno)), ErrorDomain::posix, errno);
}

bool end_sending(const platform::Socket& socket) noexcept { return ::shutdown(socket.handle().fd(), SHUT_WR) == 0; }

}  // namespace geyser::test
