// Message sockets: borders, order, handles, ends.
#include "platform/socket.hpp"

#include <thread>
#include <vector>

#include "check.hpp"
#include "platform/handle_identity.hpp"
#include "sockets.hpp"

namespace geyser::platform {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using unit::connected;
using unit::fails;
using unit::Folder;
using unit::ok;
using unit::open_descriptors;
using unit::open_null;
using unit::pattern;
using unit::send;

TEST(Socket, messages_keep_their_borders_and_order) {
  const auto [a, b] = connected();
  for (const std::size_t size : {std::size_t{1}, std::size_t{2}, std::size_t{4096}, max_datagram_bytes}) {
    const auto sent = a.send(pattern(size, static_cast<unsigned>(size)), {});
    ASSERT_TRUE(ok(sent));
    EXPECT_EQ(*sent, SendOutcome::sent);
  }
  for (const std::size_t size : {std::size_t{1}, std::size_t{2}, std::size_t{4096}, max_datagram_bytes}) {
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
      EXPECT_FALSE(unit::is_inherited(handle));
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
    for (const std::size_t size : {std::size_t{3}, std::size_t{4}}) {
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

TEST(Socket, a_thousand_exchanges_leave_no_handle) {
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
