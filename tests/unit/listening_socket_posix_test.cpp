// Listening sockets of POSIX systems: who may connect, who did, and what is under the path already.
#include "platform/socket.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "check.hpp"
#include "child.hpp"
#include "sockets.hpp"

namespace geyser::platform {
namespace {

using namespace std::chrono_literals;
using unit::Child;
using unit::fails;
using unit::Folder;
using unit::Gate;
using unit::ok;
using unit::send;

TEST(ListeningSocket, says_who_connected) {
  const Folder folder;
  auto listener = ListeningSocket::listen(folder / "s");
  ASSERT_TRUE(ok(listener));
  const auto nobody = listener->accept();
  ASSERT_TRUE(ok(nobody));
  EXPECT_FALSE(nobody->has_value());
  const Gate done;
  Child child([&] {
    auto socket = Socket::connect(folder / "s", 5s);
    if (!socket || !send(*socket, 6)) return 1;
    const auto peer = socket->peer();
    if (!peer || peer->process_id != static_cast<std::uint32_t>(::getppid()) || peer->user_id != current_user()) return 2;
    return done.wait() ? 0 : 3;
  });
  while (true) {
    auto accepted = listener->accept();
    ASSERT_TRUE(ok(accepted));
    if (!*accepted) continue;
    const auto peer = (*accepted)->peer();
    ASSERT_TRUE(ok(peer));
    EXPECT_EQ(peer->process_id, static_cast<std::uint32_t>(child.pid()));
    EXPECT_EQ(peer->user_id, current_user());
    EXPECT_TRUE((*accepted)->wait_readable(10s));
    EXPECT_TRUE(ok((*accepted)->receive()));
    break;
  }
  done.pass();
  EXPECT_EQ(child.wait(), 0);
}

TEST(ListeningSocket, another_user_is_kept_out_by_the_file_and_told_apart_by_credentials) {
  if (::geteuid() != 0) GTEST_SKIP() << "becoming another user needs root";
  constexpr uid_t other = 54'321;
  const Folder folder;
  ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
  auto listener = ListeningSocket::listen(folder / "s");
  ASSERT_TRUE(ok(listener));
  const Gate opened;
  const Gate done;
  Child child([&] {
    if (::setgid(other) != 0 || ::setuid(other) != 0) return 1;
    const auto refused = Socket::connect(folder / "s", 1s);
    if (refused || refused.error().code() != Errc::os_error || refused.error().native_code() != EACCES) return 2;
    done.pass();
    if (!opened.wait()) return 3;
    const auto socket = Socket::connect(folder / "s", 1s);
    done.pass();
    return socket && opened.wait() ? 0 : 4;
  });
  ASSERT_TRUE(done.wait());
  ASSERT_EQ(::chmod((folder / "s").c_str(), 0777), 0);
  opened.pass();
  ASSERT_TRUE(done.wait());
  auto accepted = listener->accept();
  ASSERT_TRUE(ok(accepted));
  ASSERT_TRUE(accepted->has_value());
  const auto peer = (*accepted)->peer();
  ASSERT_TRUE(ok(peer));
  EXPECT_EQ(peer->user_id, other);
  EXPECT_NE(peer->user_id, current_user());
  opened.pass();
  EXPECT_EQ(child.wait(), 0);
}

TEST(ListeningSocket, replaces_a_dead_socket_and_nothing_else) {
  const Folder folder;
  {
    ASSERT_TRUE(ok(ListeningSocket::listen(folder / "s")));
  }
  EXPECT_TRUE(fails(Socket::connect(folder / "s", 1s), Errc::not_found, {"Nobody listens", "/s"}));  // the file is still there
  auto listener = ListeningSocket::listen(folder / "s");
  ASSERT_TRUE(ok(listener));
  struct stat info{};
  ASSERT_EQ(::stat((folder / "s").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  EXPECT_TRUE(ok(Socket::connect(folder / "s", 1s)));

  const OsHandle file(::open((folder / "file").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  ASSERT_TRUE(file);
  EXPECT_TRUE(fails(ListeningSocket::listen(folder / "file"), Errc::os_error, {"/file", "no socket", "remove"}));
  EXPECT_EQ(::access((folder / "file").c_str(), F_OK), 0);
  EXPECT_TRUE(fails(ListeningSocket::listen(folder / "no/s"), Errc::os_error, {"/no/s"}));
  EXPECT_TRUE(fails(Socket::connect(folder / "none", 1s), Errc::not_found, {"/none"}));
}

TEST(ListeningSocket, paths_have_107_bytes_at_most) {
  const Folder folder;
  std::string path = folder / "";
  path.resize(107, 's');
  EXPECT_TRUE(ok(ListeningSocket::listen(path)));
  path += 's';
  EXPECT_TRUE(fails(ListeningSocket::listen(path), Errc::invalid_argument, {"108 bytes", "107"}));
  EXPECT_TRUE(fails(Socket::connect(path, 1s), Errc::invalid_argument, {"108 bytes", "107"}));
  EXPECT_TRUE(fails(ListeningSocket::listen(""), Errc::invalid_argument, {"0 bytes"}));
  EXPECT_TRUE(fails(ListeningSocket::listen(std::string("\0abstract", 9)), Errc::invalid_argument, {"NUL"}));
}

TEST(ListeningSocket, without_free_descriptors_a_connection_waits) {
  const Folder folder;
  auto listener = ListeningSocket::listen(folder / "s");
  ASSERT_TRUE(ok(listener));
  auto client = Socket::connect(folder / "s", 1s);
  ASSERT_TRUE(ok(client));
  rlimit usual{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &usual), 0);
  rlimit none = usual;
  none.rlim_cur = 0;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto refused = listener->accept();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &usual), 0);
  EXPECT_TRUE(fails(refused, Errc::out_of_memory, {"RLIMIT_NOFILE"}));
  const auto accepted = listener->accept();
  ASSERT_TRUE(ok(accepted));
  EXPECT_TRUE(accepted->has_value());
}

}  // namespace
}  // namespace geyser::platform
