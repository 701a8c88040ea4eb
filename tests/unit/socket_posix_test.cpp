// Message sockets of POSIX systems with real peers: processes that die, lie, or send more than they may.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "check.hpp"
#include "child.hpp"
#include "platform/socket.hpp"
#include "sockets.hpp"

namespace geyser::platform {
namespace {

using namespace std::chrono_literals;
using unit::Child;
using unit::connected;
using unit::fails;
using unit::ok;
using unit::open_descriptors;
using unit::open_null;
using unit::pattern;
using unit::send;

/// sendmsg() as a hostile peer calls it: any number of bytes and handles.
[[nodiscard]] bool send_raw(const Socket& socket, std::size_t bytes, std::size_t handles) {
  const auto content = pattern(bytes);
  const OsHandle null = open_null();
  std::vector<char> control(CMSG_SPACE(handles * sizeof(int)));
  iovec part{const_cast<std::byte*>(content.data()), content.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (handles != 0) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(handles * sizeof(int));
    const std::vector<int> fds(handles, null.fd());
    std::memcpy(CMSG_DATA(head), fds.data(), handles * sizeof(int));
  }
  return ::sendmsg(socket.handle().fd(), &message, MSG_NOSIGNAL) >= 0;
}

TEST(Socket, a_killed_peer_is_noticed) {
  auto [a, b] = connected();
  Child child([&sender = a] {
    (void)send(sender, 9);
    ::pause();
    return 0;
  });
  ASSERT_GT(child.pid(), 0);
  a = Socket(OsHandle());
  ASSERT_TRUE(b.wait_readable(10s));
  ASSERT_TRUE(ok(b.receive()));
  EXPECT_FALSE(b.wait_readable(10ms));
  child.kill();
  EXPECT_TRUE(b.wait_readable(1s));
  EXPECT_TRUE(fails(b.receive(), Errc::peer_gone, {"closed"}));
}

TEST(Socket, adopts_connected_message_sockets_only) {
  int ends[2] = {-1, -1};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);  // blocking, inherited by children
  OsHandle first(ends[0]);
  OsHandle second(ends[1]);
  auto a = Socket::adopt(first);
  auto b = Socket::adopt(second);
  ASSERT_TRUE(ok(a));
  ASSERT_TRUE(ok(b));
  EXPECT_FALSE(first);
  EXPECT_NE(::fcntl(a->handle().fd(), F_GETFD) & FD_CLOEXEC, 0);
  const auto nothing = b->receive();  // does not block
  ASSERT_TRUE(ok(nothing));
  EXPECT_FALSE(nothing->has_value());
  int sent = 0;
  for (; sent < 100'000; ++sent) {
    const auto outcome = send(*a, 1000);
    ASSERT_TRUE(ok(outcome));
    if (*outcome == SendOutcome::full) break;
  }
  EXPECT_LT(sent, 100'000);

  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  OsHandle stream(ends[0]);
  const OsHandle other(ends[1]);
  OsHandle lonely(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  OsHandle null = open_null();
  OsHandle none;
  for (OsHandle* wrong : {&stream, &lonely, &null, &none}) {
    const auto value = wrong->borrow();
    EXPECT_TRUE(fails(Socket::adopt(*wrong), Errc::invalid_argument, {"no connected message socket", "SOCK_SEQPACKET"}));
    EXPECT_EQ(wrong->borrow(), value);
  }
}

TEST(Socket, credentials_that_a_peer_attaches_cost_no_handle) {
  int ends[2] = {-1, -1};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
  const int on = 1;
  ASSERT_EQ(::setsockopt(ends[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)), 0);
  const Socket a{OsHandle(ends[0])};
  OsHandle taken(ends[1]);
  auto b = Socket::adopt(taken);
  ASSERT_TRUE(ok(b));
  ASSERT_TRUE(send_raw(a, 1, max_datagram_handles));
  const auto received = b->receive();
  ASSERT_TRUE(ok(received));
  EXPECT_EQ((*received)->handles.size(), max_datagram_handles);
}

TEST(SocketHostile, oversized_messages_and_wrong_handle_counts_are_refused_and_leak_nothing) {
  struct Case {
    std::size_t bytes, handles;
    const char* part;
  };
  const std::size_t before = open_descriptors();
  for (const Case& c :
       {Case{max_datagram_bytes + 1, 0, "65536 bytes"}, Case{max_datagram_bytes + 1, 3, "65536 bytes"}, Case{1, 9, "8 handles"},
        Case{1, 10, "8 handles"}, Case{1, 11, "8 handles"}, Case{1, 253, "8 handles"}, Case{0, 1, "no bytes"}, Case{0, 9, "8 handles"}}) {
    const auto [a, b] = connected();
    ASSERT_TRUE(send_raw(a, c.bytes, c.handles)) << c.bytes << " bytes, " << c.handles << " handles";
    ASSERT_TRUE(send_raw(a, 2, 1));
    EXPECT_TRUE(fails(b.receive(), Errc::protocol_error, {c.part})) << c.bytes << " bytes, " << c.handles << " handles";
    EXPECT_EQ(open_descriptors(), before + 2);
    const auto next = b.receive();  // the queue is in step
    ASSERT_TRUE(ok(next));
    ASSERT_TRUE(next->has_value());
    EXPECT_EQ((*next)->handles.size(), 1U);
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST(SocketHostile, an_empty_message_ends_only_its_own_connection) {
  const auto [a, b] = connected();
  ASSERT_TRUE(send_raw(a, 0, 0));
  EXPECT_TRUE(fails(b.receive(), Errc::peer_gone, {}));
}

TEST(SocketHostile, without_free_descriptors_handles_are_refused_by_name_and_none_leaks) {
  const auto [a, b] = connected();
  const std::size_t before = open_descriptors();
  rlimit usual{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &usual), 0);
  for (const int free_ones : {0, 3}) {
    ASSERT_TRUE(send_raw(a, 11, max_datagram_handles));
    ASSERT_TRUE(send_raw(a, 12, 0));
    std::vector<OsHandle> fill;
    rlimit few = usual;
    few.rlim_cur = 256;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    while (true) {
      OsHandle handle = open_null();
      if (!handle) break;
      fill.push_back(std::move(handle));
    }
    for (int i = 0; i < free_ones; ++i) fill.pop_back();
    const auto refused = b.receive();
    OsHandle still_free = open_null();
    fill.clear();
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &usual), 0);
    ASSERT_TRUE(fails(refused, Errc::out_of_memory, {"descriptor", "RLIMIT_NOFILE"}));
    EXPECT_EQ(refused.error().native_code(), EMFILE);
    EXPECT_EQ(static_cast<bool>(still_free), free_ones != 0);  // those that fitted were closed again
    still_free.reset();
    EXPECT_EQ(open_descriptors(), before);
    const auto next = b.receive();
    ASSERT_TRUE(ok(next));
    ASSERT_TRUE(next->has_value());
    EXPECT_EQ((*next)->bytes.size(), 12U);
  }
}

}  // namespace
}  // namespace geyser::platform
