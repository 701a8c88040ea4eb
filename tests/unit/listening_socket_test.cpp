// Listening sockets: names, and queues that fill up.
#include <string>
#include <thread>
#include <vector>

#include "check.hpp"
#include "platform/runtime_directory.hpp"
#include "platform/socket.hpp"
#include "sockets.hpp"

namespace geyser::platform {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using unit::fails;
using unit::Folder;
using unit::ok;
using unit::send;

TEST(ListeningSocket, knows_a_client_of_this_process) {
  const Folder folder;
  auto listener = ListeningSocket::listen(folder / "s");
  ASSERT_TRUE(ok(listener));
  const auto nobody = listener->accept();
  ASSERT_TRUE(ok(nobody));
  EXPECT_FALSE(nobody->has_value());
  auto client = Socket::connect(folder / "s", 5s);
  ASSERT_TRUE(ok(client));
  auto server = listener->accept();
  ASSERT_TRUE(ok(server));
  ASSERT_TRUE(server->has_value());
  for (const Socket* end : {&*client, &**server}) {
    const auto peer = end->peer();
    ASSERT_TRUE(ok(peer));
    EXPECT_EQ(peer->process_id, current_process());
    EXPECT_EQ(peer->user_id, current_user());
    EXPECT_TRUE(peer->same_user);
  }
}

TEST(ListeningSocket, nobody_listens_where_nobody_did) {
  const Folder folder;
  EXPECT_TRUE(fails(Socket::connect(folder / "none", 1s), Errc::not_found, {"Nobody listens", "/none"}));
  {
    ASSERT_TRUE(ok(ListeningSocket::listen(folder / "s")));
  }
  EXPECT_TRUE(fails(Socket::connect(folder / "s", 1s), Errc::not_found, {"Nobody listens", "/s"}));
  EXPECT_TRUE(ok(ListeningSocket::listen(folder / "s")));
  EXPECT_TRUE(fails(ListeningSocket::listen(""), Errc::invalid_argument, {"0 bytes"}));
  EXPECT_TRUE(fails(ListeningSocket::listen(std::string("\0abstract", 9)), Errc::invalid_argument, {"NUL"}));
}

TEST(ListeningSocket, a_listener_that_accepts_nobody_is_given_up_in_time) {
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
    ASSERT_LT(waiting.size(), 10'000U);
  }
  const auto took = steady_clock::now() - start;
  EXPECT_GE(took, 50ms);
  EXPECT_LT(took, 5s);
  std::thread accepts([&] {
    std::this_thread::sleep_for(20ms);
    (void)listener->accept();
  });
  EXPECT_TRUE(ok(Socket::connect(folder / "s", 10s)));
  accepts.join();
}

}  // namespace
}  // namespace geyser::platform
