// The folder itself on POSIX systems: who it belongs to, who squats in it, and how changes are noticed.
#include "platform/runtime_directory.hpp"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "check.hpp"
#include "child.hpp"
#include "platform/socket.hpp"
#include "runtime.hpp"

namespace geyser::platform {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using unit::announced;
using unit::bytes_of;
using unit::Child;
using unit::directory;
using unit::fails;
using unit::Folder;
using unit::Gate;
using unit::held;
using unit::live_names;
using unit::ok;

TEST(RuntimeDirectoryFolder, is_made_for_its_user_alone) {
  const Folder folder;
  const mode_t usual = ::umask(0);
  const auto dir = RuntimeDirectory::open(folder / "new");
  ::umask(usual);
  ASSERT_TRUE(ok(dir));
  struct stat info{};
  ASSERT_EQ(::lstat((folder / "new").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0700U);
  EXPECT_EQ(info.st_uid, current_user());
  EXPECT_TRUE(ok(RuntimeDirectory::open(folder / "new")));
  EXPECT_TRUE(fails(RuntimeDirectory::open(folder / "no/new"), Errc::os_error, {"/no/new", "XDG_RUNTIME_DIR"}));
  EXPECT_TRUE(fails(RuntimeDirectory::open("new"), Errc::invalid_argument, {"absolute"}));
  EXPECT_TRUE(fails(RuntimeDirectory::open(""), Errc::invalid_argument, {"absolute"}));
}

TEST(RuntimeDirectoryFolder, squatters_are_refused) {
  const Folder folder;
  ASSERT_EQ(::mkdir((folder / "real").c_str(), 0700), 0);
  ASSERT_EQ(::symlink("real", (folder / "link").c_str()), 0);
  EXPECT_TRUE(ok(RuntimeDirectory::open(folder / "real/")));
  EXPECT_TRUE(fails(RuntimeDirectory::open(folder / "link"), Errc::invalid_state, {"/link", "is a link"}));
  EXPECT_TRUE(fails(RuntimeDirectory::open(folder / "link//"), Errc::invalid_state, {"/link", "is a link"}));
  ASSERT_EQ(::symlink("nowhere", (folder / "dangling").c_str()), 0);
  EXPECT_TRUE(fails(RuntimeDirectory::open(folder / "dangling"), Errc::invalid_state, {"is a link"}));
  std::ofstream(folder / "file") << "x";
  EXPECT_TRUE(fails(RuntimeDirectory::open(folder / "file"), Errc::invalid_state, {"no folder"}));
  ASSERT_EQ(::chmod((folder / "real").c_str(), 0777), 0);
  EXPECT_TRUE(fails(RuntimeDirectory::open(folder / "real"), Errc::invalid_state, {"Others may write", "chmod 700"}));
  ASSERT_EQ(::chmod((folder / "real").c_str(), 0720), 0);
  EXPECT_TRUE(fails(RuntimeDirectory::open(folder / "real"), Errc::invalid_state, {"Others may write"}));
}

TEST(RuntimeDirectoryFolder, another_users_folder_is_refused) {
  if (::geteuid() != 0) GTEST_SKIP() << "becoming another user needs root";
  constexpr uid_t other = 54'321;
  const Folder folder;
  ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
  ASSERT_EQ(::mkdir((folder / "theirs").c_str(), 0700), 0);
  ASSERT_EQ(::chown((folder / "theirs").c_str(), other, other), 0);
  EXPECT_TRUE(fails(RuntimeDirectory::open(folder / "theirs"), Errc::invalid_state, {"belongs to user 54321", "user 0"}));
  ASSERT_EQ(::mkdir((folder / "mine").c_str(), 0700), 0);
  ASSERT_EQ(::mkdir((folder / "readable").c_str(), 0755), 0);
  Child child([&] {
    if (::setgid(other) != 0 || ::setuid(other) != 0) return 1;
    if (!RuntimeDirectory::open(folder / "theirs")) return 2;
    for (const char* foreign : {"mine", "readable"}) {
      const auto refused = RuntimeDirectory::open(folder / foreign);
      if (!fails(refused, Errc::invalid_state, {"belongs to user 0", "user 54321"})) return 3;
    }
    return 0;
  });
  EXPECT_EQ(child.wait(), 0);
}

TEST(RuntimeDirectoryFolder, squatters_inside_neither_block_nor_mislead) {
  const Folder folder;
  const RuntimeDirectory dir = directory(folder);
  std::ofstream(folder / "treasure") << "untouched";
  ASSERT_EQ(::symlink("treasure", (folder / "link.stream.lock").c_str()), 0);
  ASSERT_EQ(::mkfifo((folder / "pipe.stream.lock").c_str(), 0600), 0);
  ASSERT_EQ(::mkdir((folder / "folder.stream.lock").c_str(), 0700), 0);
  EXPECT_TRUE(fails(dir.hold("stream", "link"), Errc::os_error, {"link.stream.lock"}));
  EXPECT_TRUE(fails(dir.hold("stream", "pipe"), Errc::invalid_state, {"pipe.stream.lock", "remove"}));
  EXPECT_TRUE(fails(dir.hold("stream", "folder"), Errc::os_error, {"folder.stream.lock"}));
  const HeldName name = held(dir, "good");
  EXPECT_EQ(live_names(dir), std::vector<std::string>{"good"});  // bad files hide themselves only

  const std::string info = folder / "good.stream.info";
  ASSERT_EQ(::mkfifo(info.c_str(), 0600), 0);
  EXPECT_EQ(announced(dir, "good"), "");
  ASSERT_TRUE(ok(name.announce(bytes_of("x"))));  // rename replaces it
  EXPECT_EQ(announced(dir, "good"), "x");
  ASSERT_EQ(::unlink(info.c_str()), 0);
  ASSERT_EQ(::symlink("treasure", info.c_str()), 0);
  EXPECT_EQ(announced(dir, "good"), "");
  ASSERT_EQ(::unlink(info.c_str()), 0);
  std::ofstream(info) << std::string(65'537, 'x');
  EXPECT_EQ(announced(dir, "good"), "");
  ASSERT_EQ(::symlink("treasure", (folder / "good.stream.new").c_str()), 0);
  EXPECT_TRUE(fails(name.announce(bytes_of("y")), Errc::os_error, {"good.stream.new"}));
  std::string content;
  std::ifstream(folder / "treasure") >> content;
  EXPECT_EQ(content, "untouched");
}

TEST(RuntimeDirectoryFolder, a_folder_that_is_removed_is_made_again) {
  const Folder folder;
  auto dir = RuntimeDirectory::open(folder / "dir");
  auto other = RuntimeDirectory::open(folder / "dir");
  ASSERT_TRUE(ok(dir));
  ASSERT_TRUE(ok(other));
  const HeldName lost = held(*dir, "lost");
  std::filesystem::remove_all(folder / "dir");
  EXPECT_TRUE(live_names(*other).empty());
  other->wait_for_change(0ns);
  const HeldName name = held(*dir, "camera");
  EXPECT_TRUE(ok(name.announce(bytes_of("x"))));
  EXPECT_EQ(live_names(*other), std::vector<std::string>{"camera"});
  const auto start = steady_clock::now();
  other->wait_for_change(20s);  // it watches the new folder
  EXPECT_LT(steady_clock::now() - start, 10s);
  EXPECT_TRUE(fails(lost.announce(bytes_of("x")), Errc::os_error, {}));
}

TEST(RuntimeDirectoryWatch, wakes_for_a_change_and_only_for_one) {
  const Folder folder;
  RuntimeDirectory dir = directory(folder);
  ASSERT_TRUE(dir.watchable());
  const auto waited = [&](std::chrono::nanoseconds timeout) {
    const auto start = steady_clock::now();
    dir.wait_for_change(timeout);
    return steady_clock::now() - start;
  };
  EXPECT_GE(waited(30ms), 30ms);
  EXPECT_LT(waited(-1s), 5s);
  const Gate go;
  Child child([&] {
    if (!go.wait()) return 1;
    const HeldName name = held(directory(folder), "camera");
    if (!name.announce(bytes_of("a"))) return 2;
    if (!go.wait()) return 3;
    return name.announce(bytes_of("b")) && go.wait() ? 0 : 4;
  });
  const auto wait_until_announced = [&](const char* wanted) {
    const auto start = steady_clock::now();
    while (announced(dir, "camera") != wanted && steady_clock::now() - start < 15s) dir.wait_for_change(15s);
    return steady_clock::now() - start;
  };
  go.pass();
  EXPECT_LT(wait_until_announced("a"), 10s);
  go.pass();
  EXPECT_LT(wait_until_announced("b"), 10s);
  while (waited(20ms) < 20ms) {
  }
  // A change while nobody waits counts, once.
  auto gone = std::make_unique<HeldName>(held(dir, "other"));
  dir.wait_for_change(0ns);
  gone.reset();
  EXPECT_LT(waited(20s), 10s);
  EXPECT_GE(waited(20ms), 20ms);
  go.pass();
  EXPECT_EQ(child.wait(), 0);
}

TEST(RuntimeDirectoryWatch, works_without_watches_only_slower) {
  if (::geteuid() != 0) GTEST_SKIP() << "using up a user's watches needs a user of its own";
  constexpr uid_t lonely = 54'322;  // the limit counts per user: other tests keep theirs
  constexpr int no_limit = 77;
  const Folder folder;
  ASSERT_EQ(::chown(folder.path().c_str(), lonely, lonely), 0);
  Child child([&] {
    if (::setgid(lonely) != 0 || ::setuid(lonely) != 0) return 1;
    std::vector<OsHandle> watches;
    while (watches.size() < 5'000) {
      OsHandle watch(::inotify_init1(IN_CLOEXEC));
      if (!watch) break;
      watches.push_back(std::move(watch));
    }
    if (OsHandle(::open("/dev/null", O_RDONLY | O_CLOEXEC)).borrow() == OsHandle::none || watches.size() == 5'000) return no_limit;
    RuntimeDirectory dir = directory(folder);
    if (dir.watchable()) return 2;
    const HeldName name = held(dir, "camera");
    const auto start = steady_clock::now();
    dir.wait_for_change(20s);
    if (steady_clock::now() - start > 10s) return 3;
    return live_names(dir) == std::vector<std::string>{"camera"} ? 0 : 4;
  });
  const int result = child.wait();
  if (result == no_limit) GTEST_SKIP() << "descriptors end before watches do";
  EXPECT_EQ(result, 0);
}

TEST(RuntimeDirectoryDefault, prefers_the_sessions_folder_when_it_is_ours) {
  const Folder folder;
  const std::string user = std::to_string(current_user());
  Child child([&] {
    const auto with = [](const char* runtime, const char* temporary) {
      runtime != nullptr ? ::setenv("XDG_RUNTIME_DIR", runtime, 1) : ::unsetenv("XDG_RUNTIME_DIR");
      temporary != nullptr ? ::setenv("TMPDIR", temporary, 1) : ::unsetenv("TMPDIR");
      return default_runtime_directory();
    };
    const std::string own = folder.path();
    const std::string missing = folder / "missing";
    if (with(own.c_str(), nullptr) != own + "/geyser") return 1;
    if (with(nullptr, nullptr) != "/tmp/geyser-" + user) return 2;
    if (with(missing.c_str(), nullptr) != "/tmp/geyser-" + user) return 3;
    if (with("relative", (own + "/").c_str()) != own + "/geyser-" + user) return 4;
    if (with("", missing.c_str()) != "/tmp/geyser-" + user) return 5;
    if (with("", "relative") != "/tmp/geyser-" + user) return 6;
    if (::geteuid() == 0) {  // sudo leaves the variable of somebody else
      if (::chown(own.c_str(), 54'321, 54'321) != 0 || with(own.c_str(), nullptr) != "/tmp/geyser-0") return 7;
      if (::chown(own.c_str(), 0, 0) != 0) return 8;
    }
    return 0;
  });
  EXPECT_EQ(child.wait(), 0);
}

TEST(RuntimeDirectoryDefault, knows_the_program) {
  EXPECT_EQ(program_name(), "geyser_unit_tests");
  EXPECT_EQ(current_process(), static_cast<std::uint32_t>(::getpid()));
}

}  // namespace
}  // namespace geyser::platform
