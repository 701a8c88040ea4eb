// Linux: AF_UNIX, SOCK_SEQPACKET, SCM_RIGHTS.
#include "platform/socket.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include "core/message.hpp"
#include "platform/inheritance.hpp"
#include "platform/system_error.hpp"

namespace geyser::platform {
namespace {

using std::chrono::nanoseconds;
using std::chrono::steady_clock;

constexpr int kind = SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK;
constexpr int waiting_connections = 128;
// Room for one handle more than allowed: too many handles then differ from handles that the kernel had no descriptor for.
constexpr std::size_t handle_room = CMSG_SPACE((max_datagram_handles + 1) * sizeof(int));

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  constexpr std::size_t longest = sizeof(address.sun_path) - 1;
  if (path.empty() || path.size() > longest) {
    return Error(Errc::invalid_argument, detail::text("The socket path \"", path, "\" has ", path.size(), " bytes, and 1 to ", longest,
                                                      " are allowed; choose a shorter folder (XDG_RUNTIME_DIR or TMPDIR)."));
  }
  if (path.find('\0') != std::string::npos) {
    return Error(Errc::invalid_argument, "The socket path holds a NUL byte; give a path of the file system.");
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

const sockaddr* generic(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

/// True when one of `events`, an error or an end is there before `timeout` is over.
bool wait_for(int fd, short events, nanoseconds timeout) noexcept {
  const auto begin = steady_clock::now();
  while (true) {
    const auto left = std::max(timeout - (steady_clock::now() - begin), nanoseconds::zero());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    timespec limit{};
    limit.tv_sec = static_cast<time_t>(seconds.count());
    limit.tv_nsec = static_cast<long>((left - seconds).count());
    pollfd entry{fd, events, 0};
    const int ready = ::ppoll(&entry, 1, &limit, nullptr);
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

/// Takes every handle out of `message`, before anything can fail: nothing that arrived may stay open unowned.
std::size_t collect(msghdr& message, std::array<OsHandle, handle_room / sizeof(int)>& handles) noexcept {
  std::size_t count = 0;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t bytes = part->cmsg_len - CMSG_LEN(0);
    for (std::size_t at = 0; at + sizeof(int) <= bytes && count < handles.size(); at += sizeof(int)) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + at, sizeof(fd));
      handles[count++].reset(fd);
    }
  }
  return count;
}

Error send_error(int code) {
  switch (code) {
    case EPIPE:
    case ECONNRESET:
    case ECONNREFUSED:
    case ENOTCONN:
      return Error(Errc::peer_gone, "The other process has closed the connection.", ErrorDomain::posix, code);
    case EMSGSIZE:
      return Error(Errc::limit_exceeded, "The message is larger than this socket's send buffer; raise net.core.wmem_default.",
                   ErrorDomain::posix, code);
    case ETOOMANYREFS:
      return Error(Errc::out_of_memory,
                   "Too many handles of this user are on their way in sockets; raise RLIMIT_NOFILE, or let readers read.",
                   ErrorDomain::posix, code);
    default:
      return system_error("Sending a message", code);
  }
}

}  // namespace

std::uint32_t current_user() noexcept { return ::geteuid(); }

Result<std::pair<Socket, Socket>> Socket::pair() {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, kind, 0, ends) != 0) return system_error("Making a pair of sockets", errno);
  return std::pair(Socket(OsHandle(ends[0])), Socket(OsHandle(ends[1])));
}

Result<Socket> Socket::connect(const std::string& path, nanoseconds timeout) {
  auto address = address_of(path);
  if (!address) return std::move(address).error();
  OsHandle handle(::socket(AF_UNIX, kind, 0));
  if (!handle) return system_error("Making a socket", errno);
  const auto begin = steady_clock::now();
  nanoseconds pause = std::chrono::microseconds(50);
  while (::connect(handle.fd(), generic(*address), sizeof(*address)) != 0) {
    const int code = errno;
    if (code == ENOENT || code == ECONNREFUSED || code == ENOTDIR) {
      return Error(Errc::not_found, detail::text("Nobody listens at \"", path, "\"; start the program that should."), ErrorDomain::posix,
                   code);
    }
    // EAGAIN is a full queue of the listener; the system has nothing to wait on, so ask again.
    if (code != EAGAIN && code != EINTR) return system_error(detail::text("Connecting to \"", path, "\""), code);
    const auto left = timeout - (steady_clock::now() - begin);
    if (left <= nanoseconds::zero()) {
      return Error(Errc::timed_out, detail::text("The program that listens at \"", path, "\" takes no connection: its queue stays full."),
                   ErrorDomain::posix, code);
    }
    std::this_thread::sleep_for(std::min(pause, nanoseconds(left)));
    pause = std::min<nanoseconds>(pause * 2, std::chrono::milliseconds(5));
  }
  return Socket(std::move(handle));
}

Result<Socket> Socket::adopt(OsHandle& handle) {
  const auto option = [&](int name) {
    int value = -1;
    socklen_t size = sizeof(value);
    return ::getsockopt(handle.fd(), SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
  };
  sockaddr_un address{};
  socklen_t size = sizeof(address);
  if (option(SO_DOMAIN) != AF_UNIX || option(SO_TYPE) != SOCK_SEQPACKET ||
      ::getpeername(handle.fd(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return Error(Errc::invalid_argument,
                 detail::text("The handle ", handle.borrow(), " is no connected message socket; give one of AF_UNIX and SOCK_SEQPACKET."));
  }
  keep_from_children(handle);
  // Credentials with each message would take the room of handles.
  const int off = 0;
  ::setsockopt(handle.fd(), SOL_SOCKET, SO_PASSCRED, &off, sizeof(off));
  return Socket(std::move(handle));
}

Result<SendOutcome> Socket::send(std::span<const std::byte> bytes, std::span<const OsHandle::Value> handles) const {
  if (bytes.empty())
    return Error(Errc::invalid_argument, "The message has no bytes, which the peer could not tell from an end; send at least one.");
  if (bytes.size() > max_datagram_bytes) {
    return Error(Errc::limit_exceeded,
                 detail::text("The message has ", bytes.size(), " bytes, and at most ", max_datagram_bytes, " are allowed; split it."));
  }
  if (handles.size() > max_datagram_handles) {
    return Error(Errc::limit_exceeded, detail::text("The message has ", handles.size(), " handles, and at most ", max_datagram_handles,
                                                    " are allowed; split it."));
  }
  alignas(cmsghdr) std::array<char, handle_room> control{};
  iovec part{const_cast<std::byte*>(bytes.data()), bytes.size()};  // sendmsg does not write
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!handles.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(handles.size() * sizeof(int));
    cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(handles.size() * sizeof(int));
    for (std::size_t i = 0; i < handles.size(); ++i) {
      const int fd = static_cast<int>(handles[i]);
      std::memcpy(CMSG_DATA(head) + i * sizeof(int), &fd, sizeof(fd));
    }
  }
  while (true) {
    // An adopted socket may be a blocking one, and its mode is shared with whoever holds a duplicate: ask for it in each call.
    if (::sendmsg(handle_.fd(), &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) return SendOutcome::sent;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return SendOutcome::full;
    if (errno != EINTR) return send_error(errno);
  }
}

Result<std::optional<Datagram>> Socket::receive() const {
  std::array<std::byte, max_datagram_bytes> bytes;  // not zeroed: only what arrives is read
  alignas(cmsghdr) std::array<char, handle_room> control;
  iovec part{bytes.data(), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t size = -1;
  bool was_reset = false;
  while ((size = ::recvmsg(handle_.fd(), &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT)) < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) return std::optional<Datagram>();
    // A peer that closed without reading all resets the connection, and the kernel says so before it hands out what that peer sent last.
    if (errno == ECONNRESET && !std::exchange(was_reset, true)) continue;
    if (errno == ECONNRESET || errno == ENOTCONN) {
      return Error(Errc::peer_gone, "The other process has closed the connection without reading all.", ErrorDomain::posix, errno);
    }
    if (errno != EINTR) return system_error("Receiving a message", errno);
  }
  std::array<OsHandle, handle_room / sizeof(int)> arrived;
  const std::size_t count = collect(message, arrived);
  if (count > max_datagram_handles) {
    return Error(Errc::protocol_error, detail::text("A message of the other process has more than ", max_datagram_handles, " handles."));
  }
  if ((message.msg_flags & MSG_CTRUNC) != 0) {
    // There was room for more, so this process could not hold them.
    return Error(Errc::out_of_memory,
                 detail::text("Only ", count,
                              " handles of a message could be taken: no file descriptor is free; close some or raise "
                              "RLIMIT_NOFILE (a security policy that refuses handles looks the same)."),
                 ErrorDomain::posix, EMFILE);
  }
  if ((message.msg_flags & MSG_TRUNC) != 0) {
    return Error(Errc::protocol_error, detail::text("A message of the other process has more than ", max_datagram_bytes, " bytes."));
  }
  if (size == 0) {
    if (count != 0) return Error(Errc::protocol_error, "A message of the other process has handles and no bytes.");
    return Error(Errc::peer_gone, "The other process has closed the connection.");
  }
  Datagram datagram;
  datagram.bytes.assign(bytes.begin(), bytes.begin() + size);
  datagram.handles.reserve(count);
  for (std::size_t i = 0; i < count; ++i) datagram.handles.push_back(std::move(arrived[i]));
  return std::optional(std::move(datagram));
}

bool Socket::wait_readable(nanoseconds timeout) const noexcept { return wait_for(handle_.fd(), POLLIN, timeout); }
bool Socket::wait_writable(nanoseconds timeout) const noexcept { return wait_for(handle_.fd(), POLLOUT, timeout); }

const OsHandle& Socket::handle() const noexcept { return handle_; }
Watchable Socket::watchable() const noexcept { return {handle_.borrow(), handle_.borrow()}; }
Watchable ListeningSocket::watchable() const noexcept { return {handle_.borrow(), handle_.borrow()}; }

void Socket::shut_down() const noexcept { ::shutdown(handle_.fd(), SHUT_RDWR); }

Result<PeerCredentials> Socket::peer() const {
  ucred credentials{};
  socklen_t size = sizeof(credentials);
  if (::getsockopt(handle_.fd(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return system_error("Asking who is at the other end", errno);
  }
  return PeerCredentials{static_cast<std::uint32_t>(credentials.pid), credentials.uid, credentials.uid == current_user()};
}

Result<ListeningSocket> ListeningSocket::listen(const std::string& path) {
  auto address = address_of(path);
  if (!address) return std::move(address).error();
  OsHandle handle(::socket(AF_UNIX, kind, 0));
  if (!handle) return system_error("Making a socket", errno);
  ::fchmod(handle.fd(), S_IRUSR | S_IWUSR);  // bind() gives the file this mode
  bool bound = ::bind(handle.fd(), generic(*address), sizeof(*address)) == 0;
  if (!bound && errno == EADDRINUSE) {
    struct stat there{};
    if (::lstat(path.c_str(), &there) == 0 && !S_ISSOCK(there.st_mode)) {
      return Error(Errc::os_error, detail::text("\"", path, "\" is there and is no socket; remove it."), ErrorDomain::posix, EADDRINUSE);
    }
    ::unlink(path.c_str());
    bound = ::bind(handle.fd(), generic(*address), sizeof(*address)) == 0;
  }
  if (!bound || ::listen(handle.fd(), waiting_connections) != 0) return system_error(detail::text("Listening at \"", path, "\""), errno);
  return ListeningSocket(std::move(handle));
}

Result<std::optional<Socket>> ListeningSocket::accept() const {
  while (true) {
    OsHandle handle(::accept4(handle_.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (handle) return std::optional(Socket(std::move(handle)));
    if (errno == EAGAIN || errno == EWOULDBLOCK) return std::optional<Socket>();
    if (errno != EINTR && errno != ECONNABORTED) return system_error("Accepting a connection", errno);
  }
}

}  // namespace geyser::platform
