// Peers of other processes that break the rules of a pipe: refused by name, nothing of this process harmed, nothing left open.
#include <thread>
#include <vector>

#include "check.hpp"
#include "child_windows.hpp"
#include "platform/runtime_directory.hpp"
#include "platform/windows.hpp"
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

class HostilePipe : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = ListeningSocket::listen(folder_ / "s");
    ASSERT_TRUE(ok(made));
    listener_.emplace(std::move(*made));
    before_ = open_descriptors();
  }
  void TearDown() override { EXPECT_EQ(open_descriptors(), before_) << "a handle was left open, or one too many was closed"; }
  [[nodiscard]] Socket accepted() const {
    const auto start = steady_clock::now();
    while (steady_clock::now() - start < 10s) {
      auto socket = listener_->accept();
      if (socket && *socket) return std::move(**socket);
      std::this_thread::sleep_for(1ms);
    }
    std::abort();
  }
  /// What receive() makes of it; an honest message is none.
  [[nodiscard]] static Result<std::optional<Datagram>> heard(const Socket& socket) {
    if (!socket.wait_readable(10s)) return Error(Errc::timed_out, "nothing came");
    return socket.receive();
  }

  Folder folder_;
  std::optional<ListeningSocket> listener_;

  std::size_t before_ = 0;

 private:
};

TEST_F(HostilePipe, lies_of_clients_end_their_connection) {
  struct Lie {
    const char* name;
    const char* part;
  };
  // Twice: in the first round the system opens what it keeps.
  for (int round = 0; round < 2; ++round) {
    for (const Lie& lie :
         {Lie{"garbage", "does not begin"}, Lie{"short", "shorter"}, Lie{"oversized", "65536 bytes"}, Lie{"huge", "65536 bytes"},
          Lie{"empty", "no bytes"}, Lie{"welcome", "welcome"}, Lie{"zero", "no handle"}, Lie{"minus-one", "no handle"},
          Lie{"odd", "no handle"}, Lie{"closed", "not open"}, Lie{"foreign", "not open"}, Lie{"twice", "twice"}, Lie{"nine", "8 handles"},
          Lie{"pushed", "cannot have given"}, Lie{"other-process", "cannot have given"}, Lie{"no-carriage", "no way"}}) {
      SCOPED_TRACE(lie.name);
      auto child = start_part({"hostile-client", folder_ / "s", lie.name});
      auto socket = accepted();
      EXPECT_TRUE(fails(heard(socket), Errc::protocol_error, {lie.part}));
      EXPECT_TRUE(fails(socket.receive(), Errc::peer_gone, {}));
      EXPECT_TRUE(fails(socket.send(pattern(1), {}), Errc::peer_gone, {}));
      socket = Socket(OsHandle());
      EXPECT_EQ(child.wait(20s).value_or(-1), 0);
    }
    if (round == 0) before_ = open_descriptors();
  }
}

TEST_F(HostilePipe, a_number_means_the_clients_own_handle_whatever_it_is_here) {
  // The child names an event of its own, whose number is open in this process too.
  auto child = start_part({"hostile-client", folder_ / "s", "own"});
  auto socket = accepted();
  auto message = heard(socket);
  ASSERT_TRUE(ok(message));
  ASSERT_TRUE(message->has_value());
  ASSERT_EQ((*message)->handles.size(), 1U);
  // The child's event was made unset; nothing of ours came back instead.
  EXPECT_EQ(::WaitForSingleObject(native((*message)->handles[0]), 0), static_cast<DWORD>(WAIT_TIMEOUT));
  ASSERT_TRUE(tell(child.channel()));
  EXPECT_EQ(child.wait(20s).value_or(-1), 0);
}

TEST_F(HostilePipe, nobody_speaks_for_this_process) {
  auto child = start_part({"hostile-client", folder_ / "s", "as-publisher"});
  auto socket = accepted();
  ASSERT_TRUE(tell(child.channel(), std::to_string(current_process())));
  EXPECT_TRUE(fails(heard(socket), Errc::protocol_error, {"claims to be of this process"}));
  socket = Socket(OsHandle());
  EXPECT_EQ(child.wait(20s).value_or(-1), 0);
}

TEST_F(HostilePipe, who_never_reads_fills_its_own_pipe_only) {
  auto child = start_part({"hostile-client", folder_ / "s", "never-reads"});
  auto socket = accepted();
  const OsHandle null = unit::open_null();
  const OsHandle::Value value = null.borrow();
  int sent = 0;
  const auto start = steady_clock::now();
  while (true) {
    auto outcome = socket.send(pattern(4'000), {&value, 1});
    ASSERT_TRUE(ok(outcome));
    if (*outcome == SendOutcome::full) break;
    ASSERT_LT(++sent, 10'000);
  }
  EXPECT_FALSE(socket.wait_writable(20ms));
  const auto closing = steady_clock::now();
  socket = Socket(OsHandle());  // a publisher is not held up by it
  EXPECT_LT(steady_clock::now() - closing, 500ms);
  EXPECT_LT(steady_clock::now() - start, 10s);
  ASSERT_TRUE(tell(child.channel()));
  EXPECT_EQ(child.wait(20s).value_or(-1), 0);
}

TEST_F(HostilePipe, who_says_nothing_costs_nothing) {
  auto child = start_part({"hostile-client", folder_ / "s", "silent"});
  const auto socket = accepted();
  EXPECT_FALSE(socket.wait_readable(30ms));
  const auto nothing = socket.receive();
  ASSERT_TRUE(ok(nothing));
  EXPECT_FALSE(nothing->has_value());
  ASSERT_TRUE(tell(child.channel()));
  EXPECT_EQ(child.wait(20s).value_or(-1), 0);
  EXPECT_TRUE(socket.wait_readable(10s));
  EXPECT_TRUE(fails(socket.receive(), Errc::peer_gone, {}));
}

TEST_F(HostilePipe, many_who_come_and_go_leave_room) {
  auto child = start_part({"hostile-client", folder_ / "s", "crowd"});
  for (int round = 0; round < 10; ++round) {
    ASSERT_FALSE(told(child.channel()).empty());
    while (true) {
      auto socket = listener_->accept();
      ASSERT_TRUE(ok(socket));
      if (!*socket) break;
    }
    ASSERT_TRUE(tell(child.channel()));
  }
  EXPECT_EQ(child.wait(20s).value_or(-1), 0);
  auto honest = Socket::connect(folder_ / "s", 5s);
  ASSERT_TRUE(ok(honest));
  const auto server = accepted();
  ASSERT_TRUE(ok(honest->send(pattern(3), {})));
  const auto message = heard(server);
  ASSERT_TRUE(ok(message));
  EXPECT_EQ((*message)->bytes.size(), 3U);
}

TEST(HostileServer, lies_of_publishers_end_the_connection) {
  const auto meet = [](const char* lie) {
    SCOPED_TRACE(lie);
    const Folder folder;
    auto child = start_part({"hostile-server", folder / "s", lie});
    ASSERT_FALSE(told(child.channel()).empty());
    {
      auto socket = Socket::connect(folder / "s", 5s);
      ASSERT_TRUE(ok(socket));
      ASSERT_TRUE(socket->wait_readable(10s));
      EXPECT_TRUE(fails(socket->receive(), Errc::protocol_error, {}));
      EXPECT_TRUE(fails(socket->receive(), Errc::peer_gone, {}));
    }
    ASSERT_TRUE(tell(child.channel()));
    EXPECT_EQ(child.wait(20s).value_or(-1), 0);
  };
  meet("garbage");  // with the first the system opens what it keeps
  const std::size_t before = open_descriptors();
  for (const char* lie : {"garbage", "pushed-closed", "welcome-closed", "kept"}) meet(lie);
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace geyser::platform
