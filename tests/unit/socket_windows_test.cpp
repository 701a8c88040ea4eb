// Message sockets between two processes of Windows: handles in both directions, deaths, ends.
#include <thread>
#include <vector>

#include "check.hpp"
#include "child_windows.hpp"
#include "platform/handle_identity.hpp"
#include "platform/shared_memory.hpp"
#include "platform/windows.hpp"
#include "raw_pipe.hpp"
#include "sockets.hpp"

namespace geyser::platform {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using unit::fails;
using unit::Folder;
using unit::ok;
using unit::open_descriptors;
using unit::pattern;
using unit::start_part;
using unit::tell;
using unit::told;

[[nodiscard]] Socket accepted(const ListeningSocket& listener) {
  const auto start = steady_clock::now();
  while (steady_clock::now() - start < 10s) {
    auto socket = listener.accept();
    if (socket && *socket) return std::move(**socket);
    std::this_thread::sleep_for(1ms);
  }
  std::abort();
}

TEST(SocketProcesses, handles_go_to_a_client_that_takes_them_and_leave_nothing) {
  static_cast<void>(start_part({"nothing"}).wait(10s));  // the first child costs the system a handle that stays
  const std::size_t before = open_descriptors();
  {
    const Folder folder;
    auto listener = ListeningSocket::listen(folder / "s");
    ASSERT_TRUE(ok(listener));
    auto child = start_part({"take-all", folder / "s"});
    ASSERT_EQ(told(child.channel()), "before");
    auto socket = accepted(*listener);
    const auto peer = socket.peer();
    ASSERT_TRUE(ok(peer));
    EXPECT_EQ(peer->process_id, child.pid());
    EXPECT_TRUE(peer->same_user);
    const auto memory = SharedMemory::create(4096, "test");
    ASSERT_TRUE(ok(memory));
    memory->bytes()[0] = std::byte{42};
    const std::vector<OsHandle::Value> eight(8, memory->handle().borrow());
    for (int i = 0; i < 50;) {
      auto sent = socket.send(pattern(100), eight);
      ASSERT_TRUE(ok(sent));
      i += *sent == SendOutcome::sent ? 1 : 0;
      ASSERT_TRUE(*sent == SendOutcome::sent || socket.wait_writable(10s));
    }
    socket = Socket(OsHandle());  // at once: what was sent arrives all the same
    EXPECT_EQ(told(child.channel()), "400");
    EXPECT_EQ(child.wait(10s).value_or(-1), 0);
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST(SocketProcesses, a_client_that_leaves_handles_unread_keeps_none) {
  const Folder folder;
  auto listener = ListeningSocket::listen(folder / "s");
  ASSERT_TRUE(ok(listener));
  auto child = start_part({"leave-unread", folder / "s"});
  ASSERT_EQ(told(child.channel()), "before");
  auto socket = accepted(*listener);
  ASSERT_EQ(told(child.channel()), "connected");
  const auto memory = SharedMemory::create(4096, "test");
  ASSERT_TRUE(ok(memory));
  const std::vector<OsHandle::Value> four(4, memory->handle().borrow());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(ok(socket.send(pattern(10), four)));
  ASSERT_TRUE(tell(child.channel()));
  EXPECT_TRUE(socket.wait_readable(10s));
  EXPECT_TRUE(fails(socket.receive(), Errc::peer_gone, {}));
  socket = Socket(OsHandle());
  EXPECT_EQ(child.wait(10s).value_or(-1), 0);
}

TEST(SocketProcesses, a_client_that_is_killed_while_it_sends_leaves_nothing) {
  const Folder folder;
  auto listener = ListeningSocket::listen(folder / "s");
  ASSERT_TRUE(ok(listener));
  for (int round = 0; round < 5; ++round) {
    const std::size_t before = open_descriptors();
    {
      auto child = start_part({"flood", folder / "s"});
      auto socket = accepted(*listener);
      for (int i = 0; i < 20 * (round + 1);) {
        ASSERT_TRUE(socket.wait_readable(10s));
        auto message = socket.receive();
        ASSERT_TRUE(ok(message));
        if (!*message) continue;
        ASSERT_EQ((*message)->handles.size(), 1U);
        EXPECT_TRUE(ok(SharedMemory::open((*message)->handles[0], 4096)));
        ++i;
      }
      child.kill();
      ASSERT_TRUE(ok(child.wait(10s)));
      // Messages whose handles died with the process are the end.
      while (true) {
        ASSERT_TRUE(socket.wait_readable(10s));
        auto message = socket.receive();
        if (message) continue;
        EXPECT_TRUE(fails(message, Errc::peer_gone, {}));
        break;
      }
      EXPECT_TRUE(fails(socket.send(pattern(1), {}), Errc::peer_gone, {}));
    }
    EXPECT_EQ(open_descriptors(), before) << "round " << round;
  }
}

TEST(SocketProcesses, a_server_that_is_killed_while_one_waits_is_noticed) {
  const std::size_t before = open_descriptors();
  {
    const Folder folder;
    auto child = start_part({"serve", folder / "s"});
    ASSERT_FALSE(told(child.channel()).empty());
    auto socket = Socket::connect(folder / "s", 5s);
    ASSERT_TRUE(ok(socket));
    ASSERT_TRUE(socket->wait_readable(10s));
    const auto message = socket->receive();
    ASSERT_TRUE(ok(message));
    EXPECT_EQ((*message)->bytes.size(), 9U);
    EXPECT_FALSE(socket->wait_readable(20ms));
    std::thread killer([&] {
      std::this_thread::sleep_for(50ms);
      child.kill();
    });
    const auto start = steady_clock::now();
    EXPECT_TRUE(socket->wait_readable(20s));
    EXPECT_LT(steady_clock::now() - start, 10s);
    killer.join();
    EXPECT_TRUE(fails(socket->receive(), Errc::peer_gone, {"closed"}));
    EXPECT_TRUE(fails(Socket::connect(folder / "s", 1s), Errc::not_found, {}));
  }
  // The thread that killed closes its own handle some time after it was joined.
  const auto end = steady_clock::now() + 5s;
  while (open_descriptors() != before && steady_clock::now() < end) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(open_descriptors(), before);
}

TEST(SocketProcesses, closing_waits_for_a_peer_that_has_not_fetched_yet_and_not_for_long) {
  auto pair = Socket::pair();
  ASSERT_TRUE(ok(pair));
  auto& [a, b] = *pair;
  const auto memory = SharedMemory::create(4096, "test");
  ASSERT_TRUE(ok(memory));
  const OsHandle::Value value = memory->handle().borrow();
  // As if a child held the other end: nobody in this process does.
  auto end = b.handle().duplicate();
  ASSERT_TRUE(ok(end));
  b = Socket(OsHandle());
  ASSERT_TRUE(ok(a.send(pattern(1), {&value, 1})));
  const auto start = steady_clock::now();
  a = Socket(OsHandle());
  EXPECT_GE(steady_clock::now() - start, 500ms);
  EXPECT_LT(steady_clock::now() - start, 5s);
}

TEST(SocketPipe, the_name_is_for_the_first_who_takes_it) {
  const Folder folder;
  {
    const auto first = unit::RawPipe::server(folder / "probe", FILE_FLAG_FIRST_PIPE_INSTANCE);
    const auto second = unit::RawPipe::server(folder / "probe", FILE_FLAG_FIRST_PIPE_INSTANCE);
    ASSERT_TRUE(first);
    if (second) GTEST_SKIP() << "this system ignores FILE_FLAG_FIRST_PIPE_INSTANCE (Wine does)";
  }
  const auto squatter = unit::RawPipe::server(folder / "s");
  ASSERT_TRUE(squatter);
  EXPECT_TRUE(fails(ListeningSocket::listen(folder / "s"), Errc::os_error, {"/s", "already"}));
}

TEST(SocketPipe, paths_are_told_apart_as_windows_does) {
  const auto a = pipe_name_of("C:\\Users\\x\\run\\a.stream.sock");
  const auto same = pipe_name_of("c:/users/X/run/a.stream.sock");
  const auto other = pipe_name_of("C:\\Users\\y\\run\\a.stream.sock");
  ASSERT_TRUE(ok(a));
  ASSERT_TRUE(ok(same));
  ASSERT_TRUE(ok(other));
  EXPECT_EQ(*a, *same);
  EXPECT_NE(*a, *other);
  EXPECT_LT(a->size(), 240U);
  EXPECT_TRUE(fails(pipe_name_of("C:\\run\\" + std::string(97, 's')), Errc::invalid_argument, {"97"}));
}

}  // namespace
}  // namespace geyser::platform
