// Message sockets with real peers: processes that die, lie, or send more than they may.
#include "platform/socket.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <thread>
#include <vector>

#include "check.hpp"
#include "child.hpp"
#include "platform/handle_identity.hpp"
#include "sockets.hpp"

namespace geyser::platform {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using unit::Child;
using unit::connected;
using unit::fails;
using unit::Folder;
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

TEST(Socket, messages_keep_their_borders_and_order) {
  const auto [a, b] = connected();
  for (const std::size_t size : {1UL, 2UL, 4096UL, max_datagram_bytes}) {
    const auto sent = a.send(pattern(size, static_cast<unsigned>(size)), {});
    ASSERT_TRUE(ok(sent));
    EXPECT_EQ(*sent, SendOutcome::sent);
  }
  for (const std::size_t size : {1UL, 2UL, 4096UL, max_datagram_bytes}) {
    const auto received = b.receive();
    ASSERT_TRUE(ok(received));
    ASSERT_TRUE(received->has_value());
    EXPECT_EQ((*received)->bytes, pattern(size, static_cast<unsigned>(size)));
    EXPECT_TRUE((*received)->handles.empty());
  }
  const auto nothing = b.receive();
  ASSERT_TRUE(ok(nothing));
  EXPECT_FALSE(nothing->has_value());
}

TEST(Socket, handles_arrive_as_duplicates_that_no_child_inherits) {
  const std::size_t before = open_descriptors();
  {
    const auto [a, b] = connected();
    std::vector<OsHandle> sent;
    std::vector<OsHandle::Value> values;
    for (std::size_t i = 0; i < max_datagram_handles; ++i) {
      sent.push_back(open_null());
      values.push_back(sent.back().borrow());
    }
    ASSERT_TRUE(ok(a.send(pattern(5), values)));
    auto received = b.receive();
    ASSERT_TRUE(ok(received));
    ASSERT_TRUE(received->has_value());
    EXPECT_EQ((*received)->bytes, pattern(5));
    ASSERT_EQ((*received)->handles.size(), max_datagram_handles);
    for (std::size_t i = 0; i < max_datagram_handles; ++i) {
      const OsHandle& handle = (*received)->handles[i];
      EXPECT_TRUE(is_same_object(handle, sent[i])) << i;
      EXPECT_NE(handle.borrow(), sent[i].borrow());
      EXPECT_NE(::fcntl(handle.fd(), F_GETFD) & FD_CLOEXEC, 0);
    }
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST(Socket, refuses_to_send_what_the_peer_would_refuse) {
  const auto [a, b] = connected();
  EXPECT_TRUE(fails(send(a, max_datagram_bytes + 1), Errc::limit_exceeded, {"65537", "65536"}));
  const OsHandle null = open_null();
  const std::vector<OsHandle::Value> nine(max_datagram_handles + 1, null.borrow());
  EXPECT_TRUE(fails(a.send(pattern(1), nine), Errc::limit_exceeded, {"9 handles", "8"}));
  EXPECT_TRUE(fails(a.send({}, {}), Errc::invalid_argument, {"no bytes"}));
  const auto nothing = b.receive();
  ASSERT_TRUE(ok(nothing));
  EXPECT_FALSE(nothing->has_value());
}

TEST(Socket, a_full_queue_is_said_and_not_waited_for) {
  const auto [a, b] = connected();
  int sent = 0;
  const auto start = steady_clock::now();
  while (true) {
    const auto outcome = send(a, 1000);
    ASSERT_TRUE(ok(outcome));
    if (*outcome == SendOutcome::full) break;
    ASSERT_LT(++sent, 100'000);
  }
  EXPECT_GT(sent, 4);
  EXPECT_FALSE(a.wait_writable(20ms));
  EXPECT_LT(steady_clock::now() - start, 5s);
  for (int i = 0; i < sent; ++i) {
    const auto received = b.receive();
    ASSERT_TRUE(ok(received));
    ASSERT_TRUE(received->has_value()) << i;
  }
  EXPECT_TRUE(a.wait_writable(5s));
  const auto again = send(a, 1000);
  ASSERT_TRUE(ok(again));
  EXPECT_EQ(*again, SendOutcome::sent);
}

TEST(Socket, what_was_sent_before_the_end_arrives_before_the_end) {
  for (const bool unread : {false, true}) {
    auto [a, b] = connected();
    ASSERT_TRUE(ok(send(a, 3)));
    ASSERT_TRUE(ok(send(a, 4)));
    if (unread) {
      ASSERT_TRUE(ok(send(b, 5)));  // the kernel then resets the connection
    }
    a = Socket(OsHandle());
    EXPECT_TRUE(b.wait_readable(0ns));
    for (const std::size_t size : {3UL, 4UL}) {
      const auto received = b.receive();
      ASSERT_TRUE(ok(received)) << "unread: " << unread;
      ASSERT_TRUE(received->has_value());
      EXPECT_EQ((*received)->bytes.size(), size);
    }
    EXPECT_TRUE(b.wait_readable(0ns));
    EXPECT_TRUE(fails(b.receive(), Errc::peer_gone, {"closed"}));
    EXPECT_TRUE(fails(b.receive(), Errc::peer_gone, {"closed"}));
    EXPECT_TRUE(fails(send(b, 1), Errc::peer_gone, {"closed"}));
    EXPECT_TRUE(b.wait_writable(0ns));
  }
}

TEST(Socket, shutting_down_ends_both_sides_after_what_has_arrived) {
  const auto [a, b] = connected();
  ASSERT_TRUE(ok(send(a, 3)));
  ASSERT_TRUE(ok(send(b, 4)));
  std::thread([&ended = a] { ended.shut_down(); }).join();
  for (const Socket* side : {&a, &b}) {
    const auto received = side->receive();
    ASSERT_TRUE(ok(received));
    EXPECT_TRUE(received->has_value());
    EXPECT_TRUE(side->wait_readable(0ns));
    EXPECT_TRUE(fails(side->receive(), Errc::peer_gone, {"closed"}));
    EXPECT_TRUE(fails(send(*side, 1), Errc::peer_gone, {"closed"}));
  }
}

TEST(Socket, waiting_ends_in_time) {
  const auto [a, b] = connected();
  const auto start = steady_clock::now();
  EXPECT_FALSE(b.wait_readable(30ms));
  EXPECT_GE(steady_clock::now() - start, 30ms);
  EXPECT_FALSE(b.wait_readable(-1ns));
  std::thread later([&sender = a] {
    std::this_thread::sleep_for(20ms);
    (void)send(sender, 1);
  });
  EXPECT_TRUE(b.wait_readable(std::chrono::nanoseconds::max()));
  later.join();
  EXPECT_LT(steady_clock::now() - start, 10s);
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

TEST(SocketHostile, a_thousand_exchanges_leave_no_descriptor) {
  const std::size_t before = open_descriptors();
  {
    const Folder folder;
    auto listener = ListeningSocket::listen(folder / "s");
    ASSERT_TRUE(ok(listener));
    for (int i = 0; i < 1'000; ++i) {
      auto client = Socket::connect(folder / "s", 1s);
      ASSERT_TRUE(ok(client));
      auto server = listener->accept();
      ASSERT_TRUE(ok(server));
      ASSERT_TRUE(server->has_value());
      const OsHandle::Value value = listener->watchable().readable;
      ASSERT_TRUE(ok(client->send(pattern(1), {&value, 1})));
      if (i % 2 == 0) {
        ASSERT_TRUE(ok((*server)->receive()));  // else it dies unread
      }
    }
  }
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace geyser::platform
