// Names that live processes hold: what happens to them when holders die, race, lie, or run out of disk.
#include "platform/runtime_directory.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>
#include <vector>

#include "check.hpp"
#include "child.hpp"
#include "platform/socket.hpp"

namespace geyser::platform {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using unit::Child;
using unit::fails;
using unit::Folder;
using unit::Gate;
using unit::ok;
using unit::open_descriptors;

[[nodiscard]] std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }
[[nodiscard]] std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
[[nodiscard]] RuntimeDirectory directory(const Folder& folder) {
  auto opened = RuntimeDirectory::open(folder.path());
  if (!opened) std::abort();
  return std::move(*opened);
}
[[nodiscard]] HeldName held(const RuntimeDirectory& directory, std::string_view name) {
  auto taken = directory.hold("stream", name);
  if (!taken) std::abort();
  return std::move(*taken);
}
[[nodiscard]] std::vector<std::string> live_names(const RuntimeDirectory& directory, std::string_view kind = "stream") {
  std::vector<std::string> names;
  auto live = directory.live(kind);
  if (!live) return {live.error().describe()};
  for (const LiveName& name : *live) names.push_back(name.name);
  return names;
}
[[nodiscard]] std::size_t files_in(const std::string& path) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path), {}));
}
/// What a reader finds announced; "-" for nobody.
[[nodiscard]] std::string announced(const RuntimeDirectory& directory, std::string_view name) {
  const auto found = directory.find("stream", name);
  if (!found) return found.error().describe();
  return *found ? text_of((*found)->announcement) : "-";
}

TEST(RuntimeDirectory, a_name_is_held_announced_found_and_freed) {
  const std::size_t before = open_descriptors();
  const Folder folder;
  {
    const RuntimeDirectory dir = directory(folder);
    EXPECT_EQ(dir.path(), folder.path());
    EXPECT_EQ(announced(dir, "camera"), "-");
    {
      const HeldName name = held(dir, "camera");
      EXPECT_EQ(announced(dir, "camera"), "");
      ASSERT_TRUE(ok(name.announce(bytes_of("first"))));
      EXPECT_EQ(announced(dir, "camera"), "first");
      ASSERT_TRUE(ok(name.announce(bytes_of("2nd"))));
      EXPECT_EQ(announced(dir, "camera"), "2nd");
      ASSERT_TRUE(ok(name.announce({})));
      EXPECT_EQ(announced(dir, "camera"), "");
      auto listener = ListeningSocket::listen(name.socket_path());
      ASSERT_TRUE(ok(listener));
      const auto found = dir.find("stream", "camera");
      ASSERT_TRUE(ok(found));
      ASSERT_TRUE(found->has_value());
      EXPECT_EQ((*found)->name, "camera");
      EXPECT_TRUE(ok(Socket::connect((*found)->socket_path, 1s)));
      EXPECT_TRUE(fails(dir.hold("stream", "camera"), Errc::invalid_state, {"camera", "live process"}));
      EXPECT_TRUE(ok(dir.hold("channel", "camera")));  // kinds are apart
    }
    EXPECT_EQ(announced(dir, "camera"), "-");
    EXPECT_EQ(files_in(folder.path()), 0U);
    EXPECT_TRUE(ok(dir.hold("stream", "camera")));
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST(RuntimeDirectory, lists_every_live_name_of_a_kind_sorted) {
  const Folder folder;
  const RuntimeDirectory dir = directory(folder);
  EXPECT_TRUE(live_names(dir).empty());
  const HeldName c = held(dir, "c");
  const HeldName a = held(dir, "a");
  const HeldName b = held(dir, "b");
  auto other = dir.hold("channel", "d");
  ASSERT_TRUE(ok(other));
  EXPECT_EQ(live_names(dir), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(live_names(dir, "channel"), std::vector<std::string>{"d"});
}

TEST(RuntimeDirectory, moving_moves_the_name) {
  const Folder folder;
  const RuntimeDirectory dir = directory(folder);
  HeldName a = held(dir, "a");
  HeldName b = held(dir, "b");
  b = std::move(a);
  EXPECT_EQ(live_names(dir), std::vector<std::string>{"a"});
  const HeldName c = std::move(b);
  EXPECT_EQ(live_names(dir), std::vector<std::string>{"a"});
  EXPECT_TRUE(ok(c.announce(bytes_of("x"))));
}

TEST(RuntimeDirectory, any_name_comes_back_as_it_went) {
  auto random = unit::random_source();
  const Folder folder;
  const RuntimeDirectory dir = directory(folder);
  std::set<std::string> names{".",
                              "..",
                              "/",
                              "a/b",
                              "a.stream",
                              "A",
                              "a",
                              "%41",
                              "a~b",
                              std::string(128, 'x'),
                              std::string(127, 'x') + 'y',
                              std::string(128, '\xE4'),
                              std::string(48, 'z'),
                              std::string(49, 'z'),
                              "\xE6\x98\xA0\xE5\x83\x8F",
                              " ",
                              "\n"};
  for (int i = 0; i < 100; ++i) {
    std::string name(unit::between(random, 1, 128), '?');
    for (char& c : name) c = static_cast<char>(unit::between(random, 1, 255));
    names.insert(name);
  }
  std::vector<HeldName> held_names;
  for (const std::string& name : names) {
    auto taken = dir.hold("stream", name);
    ASSERT_TRUE(ok(taken)) << name;
    ASSERT_TRUE(ok(taken->announce(bytes_of(name))));
    ASSERT_TRUE(ok(ListeningSocket::listen(taken->socket_path()))) << "every name has room for its socket";
    held_names.push_back(std::move(*taken));
  }
  const auto live = dir.live("stream");
  ASSERT_TRUE(ok(live));
  ASSERT_EQ(live->size(), names.size());
  auto expected = names.begin();
  for (const LiveName& found : *live) {
    EXPECT_EQ(found.name, *expected++);
    EXPECT_EQ(text_of(found.announcement), found.name);
  }
  for (const std::string& name : names) EXPECT_EQ(announced(dir, name), name);
  held_names.clear();
  EXPECT_EQ(files_in(folder.path()), 0U);
}

TEST(RuntimeDirectory, refuses_names_and_kinds_that_are_none) {
  const Folder folder;
  const RuntimeDirectory dir = directory(folder);
  EXPECT_TRUE(fails(dir.hold("stream", ""), Errc::invalid_argument, {"0 bytes", "128"}));
  EXPECT_TRUE(fails(dir.hold("stream", std::string(129, 'x')), Errc::invalid_argument, {"129", "128"}));
  EXPECT_TRUE(fails(dir.find("stream", std::string("a\0b", 3)), Errc::invalid_argument, {"NUL"}));
  for (const char* kind : {"", "../x", "Stream", "a.b", "abcdefghijklmnopq"}) {
    EXPECT_TRUE(fails(dir.hold(kind, "a"), Errc::invalid_argument, {"kind"})) << kind;
    EXPECT_TRUE(fails(dir.live(kind), Errc::invalid_argument, {"kind"})) << kind;
  }
  EXPECT_TRUE(fails(held(dir, "a").announce(std::vector<std::byte>(65'537)), Errc::limit_exceeded, {"65537", "65536"}));
  EXPECT_EQ(files_in(folder.path()), 0U);
}

TEST(RuntimeDirectoryProcesses, a_killed_holder_frees_its_name_at_once) {
  const Folder folder;
  const RuntimeDirectory dir = directory(folder);
  for (int round = 0; round < 20; ++round) {
    const Gate holding;
    Child child([&] {
      const HeldName name = held(dir, "camera");
      if (!name.announce(bytes_of("from the dead"))) return 1;
      auto listener = ListeningSocket::listen(name.socket_path());
      if (!listener) return 2;
      holding.pass();
      ::pause();
      return 0;
    });
    ASSERT_TRUE(holding.wait());
    EXPECT_EQ(announced(dir, "camera"), "from the dead");
    EXPECT_TRUE(fails(dir.hold("stream", "camera"), Errc::invalid_state, {"live process"}));
    child.kill();
    if (round % 2 == 0) {
      const HeldName mine = held(dir, "camera");
      EXPECT_EQ(announced(dir, "camera"), "");  // nothing of the dead one is left
      EXPECT_TRUE(ok(ListeningSocket::listen(mine.socket_path())));
    } else {
      EXPECT_TRUE(live_names(dir).empty());
    }
    EXPECT_EQ(files_in(folder.path()), 0U) << "round " << round;
  }
}

TEST(RuntimeDirectoryProcesses, of_many_that_race_for_a_name_one_wins) {
  const Folder folder;
  constexpr int racers = 6;
  for (int round = 0; round < 30; ++round) {
    const Gate start;
    const Gate tried;
    const Gate end;
    std::vector<Child> children;
    for (int i = 0; i < racers; ++i) {
      children.emplace_back([&] {
        const RuntimeDirectory dir = directory(folder);
        if (!start.wait()) return 3;
        const auto name = dir.hold("stream", "camera");
        tried.pass();
        if (!end.wait()) return 4;
        if (name) return 1;
        return name.error().code() == Errc::invalid_state ? 0 : 5;
      });
    }
    start.pass(racers);
    for (int i = 0; i < racers; ++i) ASSERT_TRUE(tried.wait());
    EXPECT_EQ(live_names(directory(folder)), std::vector<std::string>{"camera"});
    end.pass(racers);
    int winners = 0;
    for (Child& child : children) {
      const int result = child.wait();
      ASSERT_TRUE(result == 0 || result == 1) << result;
      winners += result;
    }
    // Children end by _exit, which destroys nothing: every round but the first finds a dead holder's files.
    EXPECT_EQ(winners, 1) << "round " << round;
  }
}

TEST(RuntimeDirectoryProcesses, one_holder_at_a_time_while_names_come_and_go) {
  const Folder folder;
  struct Shared {
    std::atomic<int> holders, overlaps, taken;
  };
  void* memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  auto* shared = new (memory) Shared{};
  const auto end = steady_clock::now() + 1s;
  std::vector<Child> children;
  for (int i = 0; i < 4; ++i) {
    children.emplace_back([&] {
      const RuntimeDirectory dir = directory(folder);
      while (steady_clock::now() < end) {
        const auto name = dir.hold("stream", "camera");
        if (!name && name.error().code() != Errc::invalid_state) return 1;
        if (!name) continue;
        if (shared->holders.fetch_add(1) != 0) shared->overlaps.fetch_add(1);
        shared->taken.fetch_add(1);
        if (announced(dir, "camera") != "" || !name->announce(bytes_of("mine")) || announced(dir, "camera") != "mine") return 2;
        shared->holders.fetch_sub(1);
      }
      return 0;
    });
  }
  for (Child& child : children) EXPECT_EQ(child.wait(), 0);
  EXPECT_EQ(shared->overlaps.load(), 0);
  EXPECT_GT(shared->taken.load(), 10);
  ::munmap(memory, sizeof(Shared));
}

TEST(RuntimeDirectoryProcesses, who_only_looks_never_makes_a_taker_fail) {
  const Folder folder;
  const RuntimeDirectory dir = directory(folder);
  std::vector<Child> lookers;
  for (int i = 0; i < 3; ++i) {
    lookers.emplace_back([&] {
      const RuntimeDirectory own = directory(folder);
      while (true) {
        if (!own.live("stream") || !own.find("stream", "camera")) return 1;
      }
    });
  }
  const auto end = steady_clock::now() + 500ms;
  int rounds = 0;
  for (; steady_clock::now() < end; ++rounds) {
    const auto name = dir.hold("stream", "camera");
    ASSERT_TRUE(ok(name)) << "round " << rounds;
  }
  EXPECT_GT(rounds, 10);
  for (Child& looker : lookers) EXPECT_EQ(::kill(looker.pid(), 0), 0) << "a looker failed";
}

TEST(RuntimeDirectoryProcesses, a_forked_child_neither_removes_nor_keeps_its_parents_name) {
  const Folder folder;
  const RuntimeDirectory dir = directory(folder);
  auto name = std::make_unique<HeldName>(held(dir, "camera"));
  ASSERT_TRUE(ok(name->announce(bytes_of("parent"))));
  Child ends([&] {
    name.reset();
    return 0;
  });
  EXPECT_EQ(ends.wait(), 0);
  EXPECT_EQ(announced(dir, "camera"), "parent");
  EXPECT_TRUE(fails(dir.hold("stream", "camera"), Errc::invalid_state, {"live process"}));
  const Child stays([] { return ::pause(); });
  name.reset();
  EXPECT_TRUE(ok(dir.hold("stream", "camera")));
}

TEST(RuntimeDirectoryProcesses, readers_see_the_old_announcement_or_the_new_one) {
  const Folder folder;
  const RuntimeDirectory dir = directory(folder);
  const Gate holding;
  Child child([&] {
    const HeldName name = held(dir, "camera");
    const std::string small(10, 'a');
    const std::string large(50'000, 'b');
    for (bool large_one = false;; large_one = !large_one) {
      if (!name.announce(bytes_of(large_one ? large : small))) return 1;
      holding.pass();
    }
  });
  ASSERT_TRUE(holding.wait());
  std::set<std::size_t> sizes;
  const auto end = steady_clock::now() + 500ms;
  while (steady_clock::now() < end) {
    const std::string seen = announced(dir, "camera");
    ASSERT_TRUE(seen.size() == 10 || seen.size() == 50'000) << seen.size();
    ASSERT_EQ(std::count(seen.begin(), seen.end(), seen[0]), static_cast<std::ptrdiff_t>(seen.size()));
    sizes.insert(seen.size());
    while (holding.try_wait()) {
    }
  }
  EXPECT_EQ(sizes.size(), 2U);
}

/// Announces more than there is room for; 0 when all is as it should be.
[[nodiscard]] int announce_without_room(const RuntimeDirectory& dir, std::size_t too_much) {
  const HeldName name = held(dir, "camera");
  if (!name.announce(bytes_of("old"))) return 11;
  const auto refused = name.announce(std::vector<std::byte>(too_much));
  if (refused || refused.error().code() != Errc::os_error) return 12;
  if (announced(dir, "camera") != "old") return 13;
  if (files_in(dir.path()) != 2) return 14;  // no half of a file stays
  return name.announce(bytes_of("new")) && announced(dir, "camera") == "new" ? 0 : 15;
}

TEST(RuntimeDirectory, a_full_disk_leaves_the_old_announcement) {
  const Folder folder;
  Child limited([&] {
    const rlimit few{4096, 4096};
    ::signal(SIGXFSZ, SIG_IGN);
    if (::setrlimit(RLIMIT_FSIZE, &few) != 0) return 1;
    return announce_without_room(directory(folder), 10'000);
  });
  EXPECT_EQ(limited.wait(), 0);
}

TEST(RuntimeDirectory, a_full_file_system_leaves_the_old_announcement) {
  if (::geteuid() != 0) GTEST_SKIP() << "mounting a small file system needs root";
  constexpr int cannot_mount = 77;
  const Folder folder;
  Child child([&] {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=32k,mode=0700") != 0) {
      return cannot_mount;
    }
    const int result = announce_without_room(directory(folder), 60'000);
    if (result != 0) return result;
    // Not one byte left, and none left for a file's name either.
    std::ofstream(folder / "fill") << std::string(60'000, 'x');
    const HeldName name = held(directory(folder), "camera");
    const auto refused = name.announce(bytes_of("x"));
    return !refused && refused.error().native_code() == ENOSPC ? 0 : 20;
  });
  const int result = child.wait();
  if (result == cannot_mount) GTEST_SKIP() << "this sandbox lets nobody mount";
  EXPECT_EQ(result, 0);
}

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
  ASSERT_TRUE(dir.watch_handle());
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

TEST(RuntimeDirectoryWatch, fits_a_poller) {
  const Folder folder;
  RuntimeDirectory dir = directory(folder);
  auto poller = Poller::create();
  ASSERT_TRUE(ok(poller));
  ASSERT_TRUE(ok(poller->add(dir.watch_handle(), 5)));
  std::vector<Poller::Event> events;
  poller->wait(0ns, events);
  EXPECT_TRUE(events.empty());
  const HeldName name = held(dir, "camera");
  poller->wait(10s, events);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].key, 5U);
  dir.wait_for_change(0ns);
  poller->wait(0ns, events);
  EXPECT_TRUE(events.empty());
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
    if (dir.watch_handle()) return 2;
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
