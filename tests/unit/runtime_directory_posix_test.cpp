// Names of forked processes: what happens to them when holders die, race, or run out of disk.
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "check.hpp"
#include "child.hpp"
#include "platform/runtime_directory.hpp"
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
using unit::files_in;
using unit::Folder;
using unit::Gate;
using unit::held;
using unit::live_names;
using unit::ok;

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
  const auto end = steady_clock::now() + 1s;
  int rounds = 0;
  for (; steady_clock::now() < end; ++rounds) {
    const auto name = dir.hold("stream", "camera");
    ASSERT_TRUE(ok(name)) << "round " << rounds;
    // A looker that found the file of the round before must not take this round's for a dead holder's.
    ASSERT_TRUE(ok(name->announce(bytes_of("mine"))));
    ASSERT_EQ(announced(dir, "camera"), "mine") << "round " << rounds;
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

}  // namespace
}  // namespace geyser::platform
