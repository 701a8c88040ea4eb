// Another user of the same machine. Needs root, to become one.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "frames.hpp"
#include "geyser/host.hpp"
#include "platform/runtime_directory.hpp"
#include "stream/names.hpp"
#include "support/devices.hpp"
#include "support/log_capture.hpp"

namespace geyser::test {
namespace {

constexpr int could_not_become_another = 77;

TEST(AnotherUser, IsTurnedAwayByThePublisher) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  const Scene scene;
  auto station = Station::open(stream_named(scene, "mine"));
  ASSERT_TRUE(ok(station));
  auto folder = platform::RuntimeDirectory::open(scene.streams());
  ASSERT_TRUE(ok(folder));
  auto live = folder->find(detail::stream_kind, "mine");
  ASSERT_TRUE(ok(live));
  ASSERT_TRUE(*live);
  struct stat info{};
  ASSERT_EQ(::stat(scene.streams().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0700U);
  ASSERT_EQ(::stat((*live)->socket_path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0077U, 0U);
  // Somebody opens every door by mistake: the publisher still looks at who is there.
  ASSERT_EQ(::chmod(scene.path().c_str(), 0755), 0);
  ASSERT_EQ(::chmod(scene.streams().c_str(), 0755), 0);
  ASSERT_EQ(::chmod((*live)->socket_path.c_str(), 0777), 0);
  const std::size_t mark = log_mark();
  auto child = Actor::start(scene, "stranger", {{"socket", (*live)->socket_path}});
  ASSERT_TRUE(ok(child));
  auto status = child->wait(20s);
  ASSERT_TRUE(ok(status));
  if (*status == could_not_become_another) GTEST_SKIP() << "this process may not become another user";
  EXPECT_EQ(*status, 0) << child->words();
  EXPECT_TRUE(logged(mark, "user 65534 was turned away"));
  PublishLoop loop(*station->publisher);
  EXPECT_TRUE(ok(loop.once()));
}

TEST(AnotherUser, IsNotReadBySubscribers) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  const Scene scene;
  auto child = Actor::start(scene, "foreign_server", {{"name", "theirs"}});
  ASSERT_TRUE(ok(child));
  ASSERT_TRUE(eventually(20s, [&] { return child->page().step.load() >= 1 || child->ended(); }));
  if (child->ended()) GTEST_SKIP() << "this process may not become another user";
  auto manager = host::create_manager();
  ASSERT_TRUE(ok(manager));
  const std::size_t mark = log_mark();
  auto refused = subscribe(scene, *manager, "theirs", {.connect_timeout = 400ms});
  ASSERT_FALSE(refused);
  EXPECT_TRUE(logged(mark, "user 65534"));
  EXPECT_TRUE(child->finish());
}

}  // namespace
}  // namespace geyser::test
