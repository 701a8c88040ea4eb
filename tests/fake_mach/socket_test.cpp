// Connections between peers that behave, in one process.
#include "platform/socket.hpp"

#include "fixture.hpp"
#include "platform/handle_identity.hpp"

namespace geyser::platform {
namespace {

using namespace std::chrono_literals;
using fake_mach::connected;
using fake_mach::pattern;
using std::chrono::steady_clock;
using unit::fails;
using unit::Folder;
using unit::ok;

class EmulatedSocket : public fake_mach::Counted {};

[[nodiscard]] Result<SendOutcome> send(const Socket& socket, std::size_t bytes) { return socket.send(pattern(bytes), {}); }

TEST_F(EmulatedSocket, messages_keep_their_borders_and_order) {
  const auto [a, b] = connected();
  const std::vector<std::size_t> sizes = {1, 2, 3, 4, 4096, 65'533, max_datagram_bytes};
  for (const std::size_t size : sizes) {
    const auto sent = a.send(pattern(size, static_cast<unsigned>(size)), {});
    ASSERT_TRUE(ok(sent));
    EXPECT_EQ(*sent, SendOutcome::sent);
  }
  for (const std::size_t size : sizes) {
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

TEST_F(EmulatedSocket, handles_arrive_as_duplicates) {
  const auto [a, b] = connected();
  std::vector<SharedMemory> sent;
  std::vector<OsHandle::Value> values;
  for (std::size_t i = 0; i < max_datagram_handles; ++i) {
    sent.push_back(fake_mach::memory());
    values.push_back(sent.back().handle().borrow());
  }
  for (int round = 0; round < 100; ++round) {
    ASSERT_TRUE(ok(a.send(pattern(5), values)));
    auto received = b.receive();
    ASSERT_TRUE(ok(received));
    ASSERT_TRUE(received->has_value());
    EXPECT_EQ((*received)->bytes, pattern(5));
    ASSERT_EQ((*received)->handles.size(), max_datagram_handles);
    for (std::size_t i = 0; i < max_datagram_handles; ++i) EXPECT_TRUE(is_same_object((*received)->handles[i], sent[i].handle())) << i;
  }
  ASSERT_TRUE(ok(a.send(pattern(5), values)));  // nobody receives these
}

TEST_F(EmulatedSocket, refuses_to_send_what_the_peer_would_refuse) {
  const auto [a, b] = connected();
  const SharedMemory memory = fake_mach::memory();
  EXPECT_TRUE(fails(send(a, max_datagram_bytes + 1), Errc::limit_exceeded, {"65537", "65536"}));
  const std::vector<OsHandle::Value> nine(max_datagram_handles + 1, memory.handle().borrow());
  EXPECT_TRUE(fails(a.send(pattern(1), nine), Errc::limit_exceeded, {"9 handles", "8"}));
  EXPECT_TRUE(fails(a.send({}, {}), Errc::invalid_argument, {"no bytes"}));
  for (const OsHandle::Value wrong : {OsHandle::none, OsHandle::Value{0}, OsHandle::Value{0x7FFF03}}) {
    EXPECT_TRUE(fails(a.send(pattern(1), {&wrong, 1}), Errc::os_error, {"no send right"})) << wrong;
  }
  const auto nothing = b.receive();
  ASSERT_TRUE(ok(nothing));
  EXPECT_FALSE(nothing->has_value());
}

TEST_F(EmulatedSocket, a_full_queue_is_said_and_not_waited_for) {
  const auto [a, b] = connected();
  for (int round = 0; round < 3; ++round) {
    int sent = 0;
    while (true) {
      const auto outcome = send(a, 1000);
      ASSERT_TRUE(ok(outcome));
      if (*outcome == SendOutcome::full) break;
      ASSERT_LT(++sent, 1000);
    }
    EXPECT_GT(sent, 4);
    const auto start = steady_clock::now();
    EXPECT_FALSE(a.wait_writable(20ms));
    EXPECT_GE(steady_clock::now() - start, 20ms);
    EXPECT_LT(steady_clock::now() - start, 5s);
    for (int i = 0; i < sent; ++i) {
      const auto received = b.receive();
      ASSERT_TRUE(ok(received));
      ASSERT_TRUE(received->has_value()) << i;
    }
    EXPECT_TRUE(a.wait_writable(5s));
  }
}

TEST_F(EmulatedSocket, a_million_turns_of_the_window_lose_no_room) {
  const auto [a, b] = connected();
  std::mt19937_64 random = unit::random_source();
  int on_their_way = 0;
  for (int i = 0; i < 20'000; ++i) {
    if (random() % 2 == 0) {
      const auto outcome = send(a, 1);
      ASSERT_TRUE(ok(outcome));
      on_their_way += *outcome == SendOutcome::sent ? 1 : 0;
      // What is writable takes a message, and what is full is not writable.
      EXPECT_EQ(a.wait_writable(0ns), *outcome == SendOutcome::sent ? a.wait_writable(0ns) : false);
    } else {
      const auto received = b.receive();
      ASSERT_TRUE(ok(received));
      ASSERT_EQ(received->has_value(), on_their_way > 0);
      on_their_way -= received->has_value() ? 1 : 0;
    }
  }
  while (on_their_way-- > 0) ASSERT_TRUE(b.receive()->has_value());
  EXPECT_TRUE(a.wait_writable(0ns));
  EXPECT_EQ(*send(a, 1), SendOutcome::sent);
}

TEST_F(EmulatedSocket, what_was_sent_before_the_end_arrives_before_the_end) {
  for (const bool unread : {false, true}) {
    auto [a, b] = connected();
    ASSERT_TRUE(ok(send(a, 3)));
    ASSERT_TRUE(ok(send(a, 4)));
    if (unread) {
      ASSERT_TRUE(ok(send(b, 5)));
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

TEST_F(EmulatedSocket, shutting_down_ends_both_sides_after_what_has_arrived) {
  const auto [a, b] = connected();
  ASSERT_TRUE(ok(send(a, 3)));
  ASSERT_TRUE(ok(send(b, 4)));
  std::thread([&ended = a] { ended.shut_down(); }).join();
  for (const Socket* side : {&a, &b}) {
    const auto received = side->receive();
    ASSERT_TRUE(ok(received));
    EXPECT_TRUE(received->has_value());
    EXPECT_TRUE(side->wait_readable(0ns));
    EXPECT_TRUE(side->wait_writable(0ns));
    EXPECT_TRUE(fails(side->receive(), Errc::peer_gone, {"closed"}));
    EXPECT_TRUE(fails(send(*side, 1), Errc::peer_gone, {"closed"}));
  }
  a.shut_down();
  b.shut_down();
}

TEST_F(EmulatedSocket, shutting_down_wakes_who_waits) {
  const auto [a, b] = connected();
  while (*send(a, 1) == SendOutcome::sent) {
  }
  for (const bool readable : {true, false}) {
    std::thread waits([&, &mine = a] { EXPECT_TRUE(readable ? mine.wait_readable(20s) : mine.wait_writable(20s)); });
    std::this_thread::sleep_for(20ms);
    const auto start = steady_clock::now();
    a.shut_down();
    waits.join();
    EXPECT_LT(steady_clock::now() - start, 10s);
  }
}

TEST_F(EmulatedSocket, waiting_ends_in_time) {
  const auto [a, b] = connected();
  const auto start = steady_clock::now();
  EXPECT_FALSE(b.wait_readable(30ms));
  EXPECT_GE(steady_clock::now() - start, 30ms);
  EXPECT_FALSE(b.wait_readable(-1ns));
  std::thread later([&sender = a] {
    std::this_thread::sleep_for(20ms);
    static_cast<void>(send(sender, 1));
  });
  EXPECT_TRUE(b.wait_readable(std::chrono::nanoseconds::max()));
  later.join();
  EXPECT_LT(steady_clock::now() - start, 10s);
}

TEST_F(EmulatedSocket, adopts_ends_of_this_process_only) {
  const auto [a, b] = connected();
  {
    auto copy = a.handle().duplicate();
    ASSERT_TRUE(ok(copy));
    auto adopted = Socket::adopt(*copy);
    ASSERT_TRUE(ok(adopted));
    EXPECT_FALSE(*copy);
    ASSERT_TRUE(ok(send(*adopted, 3)));
    EXPECT_TRUE(b.receive()->has_value());
  }
  ASSERT_TRUE(ok(send(a, 1))) << "one of two owners is gone";
  const SharedMemory memory = fake_mach::memory();
  auto wrong = memory.handle().duplicate();
  ASSERT_TRUE(ok(wrong));
  OsHandle none;
  for (OsHandle* handle : {&*wrong, &none}) {
    const auto value = handle->borrow();
    EXPECT_TRUE(fails(Socket::adopt(*handle), Errc::invalid_argument, {"no connected message socket", "connect to a name"}));
    EXPECT_EQ(handle->borrow(), value);
  }
}

TEST_F(EmulatedSocket, an_end_lives_as_long_as_one_of_its_handles) {
  auto [a, b] = connected();
  auto copy = a.handle().duplicate();
  ASSERT_TRUE(ok(copy));
  ASSERT_TRUE(ok(send(a, 3)));
  a = Socket(OsHandle());
  ASSERT_TRUE(ok(send(b, 4)));
  EXPECT_TRUE(b.receive()->has_value());
  EXPECT_FALSE(b.wait_readable(5ms)) << "a handle is still there";
  {
    const auto adopted = Socket::adopt(*copy);
    ASSERT_TRUE(ok(adopted));
    EXPECT_TRUE(adopted->receive()->has_value());
    EXPECT_FALSE(b.wait_readable(5ms));
  }
  EXPECT_TRUE(b.wait_readable(5s));
  EXPECT_TRUE(fails(b.receive(), Errc::peer_gone, {"closed"}));
}

TEST_F(EmulatedSocket, an_empty_one_says_so) {
  const Socket empty{OsHandle()};
  EXPECT_TRUE(fails(empty.send(pattern(1), {}), Errc::invalid_state, {"no connection"}));
  EXPECT_TRUE(fails(empty.receive(), Errc::invalid_state, {"no connection"}));
  EXPECT_TRUE(fails(empty.peer(), Errc::invalid_state, {"no connection"}));
  EXPECT_FALSE(empty.watchable());
  EXPECT_TRUE(empty.wait_readable(1ms));
  empty.shut_down();
}

TEST_F(EmulatedSocket, connects_by_a_path_before_anybody_accepts) {
  const Folder folder;
  EXPECT_TRUE(fails(Socket::connect(folder / "s", 1s), Errc::not_found, {"Nobody listens", "/s"}));
  {
    auto listener = ListeningSocket::listen(folder / "s");
    ASSERT_TRUE(ok(listener));
    auto client = Socket::connect(folder / "s", 1s);
    ASSERT_TRUE(ok(client));
    auto peer = client->peer();
    ASSERT_TRUE(ok(peer));
    EXPECT_EQ(peer->process_id, static_cast<std::uint32_t>(::getpid()));
    EXPECT_TRUE(peer->same_user);
    const OsHandle::Value value = client->handle().borrow();
    ASSERT_TRUE(ok(client->send(pattern(70), {&value, 1})));
    auto server = listener->accept();
    ASSERT_TRUE(ok(server));
    ASSERT_TRUE(server->has_value());
    peer = (*server)->peer();
    ASSERT_TRUE(ok(peer));
    EXPECT_EQ(peer->process_id, static_cast<std::uint32_t>(::getpid()));
    EXPECT_EQ(peer->user_id, current_user());
    auto received = (*server)->receive();
    ASSERT_TRUE(ok(received));
    EXPECT_EQ((*received)->bytes, pattern(70));
    ASSERT_TRUE(ok(send(**server, 5)));
    EXPECT_TRUE(client->receive()->has_value());
    EXPECT_FALSE(listener->accept()->has_value());
    EXPECT_EQ(std::filesystem::status(folder / "s").permissions() & std::filesystem::perms::mask,
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }
  EXPECT_TRUE(fails(Socket::connect(folder / "s", 1s), Errc::not_found, {"Nobody listens"}));  // the file is still there
  EXPECT_TRUE(ok(ListeningSocket::listen(folder / "s")));
}

TEST_F(EmulatedSocket, what_a_client_said_before_it_went_is_read) {
  const Folder folder;
  auto listener = ListeningSocket::listen(folder / "s");
  ASSERT_TRUE(ok(listener));
  {
    auto client = Socket::connect(folder / "s", 1s);
    ASSERT_TRUE(ok(client));
    ASSERT_TRUE(ok(send(*client, 77)));
  }
  auto server = listener->accept();
  ASSERT_TRUE(ok(server));
  ASSERT_TRUE(server->has_value());
  EXPECT_TRUE((*server)->wait_readable(0ns));
  EXPECT_TRUE(fails(send(**server, 1), Errc::peer_gone, {"closed"}));
  EXPECT_EQ((*(*server)->receive())->bytes.size(), 77U);
  EXPECT_TRUE((*server)->wait_readable(0ns));
  EXPECT_TRUE(fails((*server)->receive(), Errc::peer_gone, {"closed"}));
}

TEST_F(EmulatedSocket, a_listener_that_goes_ends_what_it_never_accepted) {
  const Folder folder;
  auto listener = ListeningSocket::listen(folder / "s");
  ASSERT_TRUE(ok(listener));
  auto client = Socket::connect(folder / "s", 1s);
  ASSERT_TRUE(ok(client));
  ASSERT_TRUE(ok(send(*client, 1)));
  EXPECT_FALSE(client->wait_readable(10ms));
  listener = Error(Errc::internal, "gone");
  EXPECT_TRUE(client->wait_readable(5s));
  EXPECT_TRUE(fails(client->receive(), Errc::peer_gone, {"closed"}));
}

TEST_F(EmulatedSocket, a_listener_that_accepts_nobody_is_given_up_in_time) {
  const Folder folder;
  auto listener = ListeningSocket::listen(folder / "s");
  ASSERT_TRUE(ok(listener));
  std::vector<Socket> waiting;
  auto start = steady_clock::now();
  while (true) {
    start = steady_clock::now();
    auto socket = Socket::connect(folder / "s", 50ms);
    if (!socket) {
      EXPECT_TRUE(fails(socket, Errc::timed_out, {"/s", "queue"}));
      break;
    }
    waiting.push_back(std::move(*socket));
    ASSERT_LT(waiting.size(), 1'000U);
  }
  EXPECT_GE(steady_clock::now() - start, 50ms);
  EXPECT_LT(steady_clock::now() - start, 5s);
  std::thread accepts([&] {
    std::this_thread::sleep_for(20ms);
    EXPECT_TRUE(listener->accept()->has_value());
  });
  EXPECT_TRUE(ok(Socket::connect(folder / "s", 10s)));
  accepts.join();
}

TEST_F(EmulatedSocket, a_thousand_exchanges_leave_no_right) {
  const Folder folder;
  auto listener = ListeningSocket::listen(folder / "s");
  ASSERT_TRUE(ok(listener));
  const SharedMemory memory = fake_mach::memory();
  const OsHandle::Value value = memory.handle().borrow();
  const auto before = fake_mach::counts();
  for (int i = 0; i < 1'000; ++i) {
    auto client = Socket::connect(folder / "s", 1s);
    ASSERT_TRUE(ok(client));
    auto server = listener->accept();
    ASSERT_TRUE(ok(server));
    ASSERT_TRUE(server->has_value());
    ASSERT_TRUE(ok(client->send(pattern(1), {&value, 1})));
    if (i % 2 == 0) {
      ASSERT_TRUE(ok((*server)->receive()));  // else it dies unread
    }
    if (i % 3 == 0) client = Error(Errc::internal, "gone first");
  }
  EXPECT_EQ(fake_mach::counts(), before);
}

TEST_F(EmulatedSocket, paths_that_are_none_and_files_that_are_no_sockets) {
  const Folder folder;
  EXPECT_TRUE(fails(ListeningSocket::listen(""), Errc::invalid_argument, {"0 bytes"}));
  EXPECT_TRUE(fails(ListeningSocket::listen(std::string("\0abstract", 9)), Errc::invalid_argument, {"NUL"}));
  EXPECT_TRUE(fails(Socket::connect(std::string(2000, 'x'), 1s), Errc::invalid_argument, {"2000 bytes", "1023"}));
  EXPECT_TRUE(fails(ListeningSocket::listen(folder / "no/s"), Errc::os_error, {"/no/s"}));
  for (const char* content : {"x", "geyser mach service 1\n", "geyser mach service 1\nname\nx\n"}) {
    std::FILE* file = std::fopen((folder / "file").c_str(), "w");
    std::fputs(content, file);
    std::fclose(file);
    EXPECT_TRUE(fails(ListeningSocket::listen(folder / "file"), Errc::os_error, {"/file", "no socket", "remove"}));
    EXPECT_TRUE(std::filesystem::exists(folder / "file"));
    EXPECT_TRUE(fails(Socket::connect(folder / "file", 1s), Errc::not_found, {"/file"}));
  }
  std::filesystem::permissions(folder / "file", std::filesystem::perms::all);
  EXPECT_TRUE(fails(Socket::connect(folder / "file", 1s), Errc::invalid_state, {"others may write"}));
}

TEST_F(EmulatedSocket, in_a_sandbox_names_are_refused_with_a_sentence) {
  const Folder folder;
  auto listener = ListeningSocket::listen(folder / "s");
  ASSERT_TRUE(ok(listener));
  fake_mach::be_sandboxed(true);
  EXPECT_TRUE(fails(ListeningSocket::listen(folder / "t"), Errc::unsupported_feature, {"sandbox", "iOS", "one process"}));
  EXPECT_TRUE(fails(Socket::connect(folder / "s", 1s), Errc::unsupported_feature, {"sandbox", "/s"}));
  const auto [a, b] = connected();  // within the process all is as elsewhere
  EXPECT_TRUE(ok(send(a, 1)));
  fake_mach::be_sandboxed(false);
}

}  // namespace
}  // namespace geyser::platform
