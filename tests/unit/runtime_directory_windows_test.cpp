// The folder of names on Windows: whom it is for, who squats in it, and processes that hold names in it.
#include <aclapi.h>
#include <sddl.h>

#include <atomic>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "check.hpp"
#include "child_windows.hpp"
#include "platform/runtime_directory.hpp"
#include "platform/security_windows.hpp"
#include "platform/shared_memory.hpp"
#include "platform/windows.hpp"
#include "runtime.hpp"

namespace geyser::platform {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using unit::announced;
using unit::bytes_of;
using unit::directory;
using unit::fails;
using unit::files_in;
using unit::Folder;
using unit::held;
using unit::live_names;
using unit::ok;
using unit::start_part;
using unit::tell;
using unit::told;

/// A folder with this access list.
[[nodiscard]] bool make_folder(const std::string& path, const std::string& sddl) {
  const auto security = SecurityDescriptor::of(sddl);
  if (!security) return false;
  SECURITY_ATTRIBUTES attributes = security->attributes();
  return ::CreateDirectoryW(wide(path).c_str(), &attributes) != 0 &&
         ::SetFileSecurityW(wide(path).c_str(), DACL_SECURITY_INFORMATION, attributes.lpSecurityDescriptor) != 0;
}

TEST(RuntimeDirectoryFolder, is_made_for_its_user_alone) {
  const Folder folder;
  const auto dir = RuntimeDirectory::open(folder / "new");
  ASSERT_TRUE(ok(dir));
  PACL list = nullptr;
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  const std::wstring path = wide(folder / "new");
  ASSERT_EQ(::GetNamedSecurityInfoW(path.c_str(), SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, nullptr, nullptr, &list, nullptr, &descriptor),
            static_cast<DWORD>(ERROR_SUCCESS));
  ASSERT_NE(list, nullptr);
  const auto user = current_user_sid();
  ASSERT_TRUE(ok(user));
  for (DWORD i = 0; i < list->AceCount; ++i) {
    void* entry = nullptr;
    ASSERT_NE(::GetAce(list, i, &entry), 0);
    wchar_t* sid = nullptr;
    ASSERT_NE(::ConvertSidToStringSidW(&static_cast<ACCESS_ALLOWED_ACE*>(entry)->SidStart, &sid), 0);
    // Wine makes lists of Unix modes, and always has the system in them.
    EXPECT_TRUE(utf8(sid) == *user || (unit::is_wine() && utf8(sid) == "S-1-5-18")) << utf8(sid);
    ::LocalFree(sid);
  }
  ::LocalFree(descriptor);
  EXPECT_TRUE(ok(RuntimeDirectory::open(folder / "new")));
  EXPECT_TRUE(ok(RuntimeDirectory::open(folder / "new\\/")));
  EXPECT_TRUE(fails(RuntimeDirectory::open("new"), Errc::invalid_argument, {"absolute"}));
  EXPECT_TRUE(fails(RuntimeDirectory::open("C:new"), Errc::invalid_argument, {"absolute"}));
  EXPECT_TRUE(fails(RuntimeDirectory::open(""), Errc::invalid_argument, {"absolute"}));
  EXPECT_TRUE(fails(RuntimeDirectory::open(folder / "a\\b\\c"), Errc::os_error, {"a\\b\\c", "LOCALAPPDATA"}));
}

TEST(RuntimeDirectoryFolder, squatters_are_refused) {
  const Folder folder;
  std::ofstream(folder / "file") << "x";
  EXPECT_TRUE(fails(RuntimeDirectory::open(folder / "file"), Errc::invalid_state, {"no folder"}));
  const auto user = current_user_sid();
  ASSERT_TRUE(ok(user));
  ASSERT_TRUE(make_folder(folder / "open", "D:P(A;OICI;FA;;;" + *user + ")(A;OICI;FA;;;WD)"));
  EXPECT_TRUE(fails(RuntimeDirectory::open(folder / "open"), Errc::invalid_state, {"Others may write"}));
  ASSERT_TRUE(make_folder(folder / "mine", "D:P(A;OICI;FA;;;" + *user + ")(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"));
  EXPECT_TRUE(ok(RuntimeDirectory::open(folder / "mine"))) << "the system and administrators may do everything anyway";
}

TEST(RuntimeDirectoryFolder, squatters_inside_neither_block_nor_mislead) {
  const Folder folder;
  const RuntimeDirectory dir = directory(folder);
  ASSERT_NE(::CreateDirectoryW(wide(folder / "folder.stream.lock").c_str(), nullptr), 0);
  const auto start = steady_clock::now();
  EXPECT_TRUE(fails(dir.hold("stream", "folder"), Errc::os_error, {"folder.stream.lock"}));
  EXPECT_LT(steady_clock::now() - start, 5s);
  const HeldName name = held(dir, "good");
  EXPECT_EQ(live_names(dir), std::vector<std::string>{"good"});
  ASSERT_NE(::CreateDirectoryW(wide(folder / "good.stream.info").c_str(), nullptr), 0);
  EXPECT_EQ(announced(dir, "good"), "");
  ASSERT_NE(::RemoveDirectoryW(wide(folder / "good.stream.info").c_str()), 0);
  std::ofstream(folder / "good.stream.info") << std::string(65'537, 'x');
  EXPECT_EQ(announced(dir, "good"), "");
  ASSERT_TRUE(ok(name.announce(bytes_of("x"))));
  EXPECT_EQ(announced(dir, "good"), "x");
}

TEST(RuntimeDirectory, names_that_are_devices_or_differ_in_case_are_names) {
  const Folder folder;
  const RuntimeDirectory dir = directory(folder);
  std::vector<HeldName> names;
  for (const char* name : {"nul", "con", "NUL", "com1", "camera", "Camera", "CAMERA"}) {
    names.push_back(held(dir, name));
    ASSERT_TRUE(ok(names.back().announce(bytes_of(name)))) << name;
  }
  for (const char* name : {"nul", "con", "NUL", "com1", "camera", "Camera", "CAMERA"}) EXPECT_EQ(announced(dir, name), name);
  EXPECT_EQ(live_names(dir).size(), 7U);
  names.clear();
  EXPECT_EQ(files_in(folder.path()), 0U);
}

TEST(RuntimeDirectoryProcesses, a_killed_holder_frees_its_name_at_once) {
  const Folder folder;
  const RuntimeDirectory dir = directory(folder);
  for (int round = 0; round < 6; ++round) {
    auto child = start_part({"hold", folder.path()});
    ASSERT_FALSE(told(child.channel()).empty());
    EXPECT_EQ(announced(dir, "camera"), "from the dead");
    EXPECT_TRUE(fails(dir.hold("stream", "camera"), Errc::invalid_state, {"live process"}));
    child.kill();
    ASSERT_TRUE(ok(child.wait(10s)));
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
  for (int round = 0; round < 4; ++round) {
    std::vector<test::Child> children;
    for (int i = 0; i < 4; ++i) children.push_back(start_part({"race", folder.path()}));
    for (const auto& child : children) ASSERT_FALSE(told(child.channel()).empty());
    for (const auto& child : children) ASSERT_TRUE(tell(child.channel()));
    int winners = 0;
    for (const auto& child : children) {
      const std::string result = told(child.channel());
      ASSERT_TRUE(result == "won" || result == "lost") << result;
      winners += result == "won" ? 1 : 0;
    }
    EXPECT_EQ(winners, 1) << "round " << round;
    EXPECT_EQ(live_names(directory(folder)), std::vector<std::string>{"camera"});
    for (auto& child : children) round % 2 == 0 ? child.kill() : static_cast<void>(tell(child.channel()));
    for (auto& child : children) ASSERT_TRUE(ok(child.wait(10s)));
  }
}

TEST(RuntimeDirectoryProcesses, one_holder_at_a_time_while_names_come_and_go) {
  const Folder folder;
  struct Tally {
    std::atomic<int> holders, overlaps, taken;
  };
  const auto memory = SharedMemory::create(sizeof(Tally), "test");
  ASSERT_TRUE(ok(memory));
  const auto& tally = *reinterpret_cast<const Tally*>(memory->bytes().data());
  std::vector<test::Child> children;
  for (int i = 0; i < 3; ++i) {
    children.push_back(start_part({"churn", folder.path()}));
    ASSERT_TRUE(tell(children.back().channel(), "go", {memory->handle().borrow()}));
  }
  for (auto& child : children) EXPECT_EQ(child.wait(30s).value_or(-1), 0);
  EXPECT_EQ(tally.overlaps.load(), 0);
  EXPECT_GT(tally.taken.load(), 10);
}

TEST(RuntimeDirectoryProcesses, who_only_looks_never_makes_a_taker_fail) {
  const Folder folder;
  const RuntimeDirectory dir = directory(folder);
  std::vector<test::Child> lookers;
  for (int i = 0; i < 2; ++i) {
    lookers.push_back(start_part({"look", folder.path()}));
    ASSERT_FALSE(told(lookers.back().channel()).empty());
  }
  const auto end = steady_clock::now() + 1s;
  int rounds = 0;
  for (; steady_clock::now() < end; ++rounds) {
    const auto name = dir.hold("stream", "camera");
    ASSERT_TRUE(ok(name)) << "round " << rounds;
    ASSERT_TRUE(ok(name->announce(bytes_of("mine"))));
    ASSERT_EQ(announced(dir, "camera"), "mine") << "round " << rounds;
  }
  EXPECT_GT(rounds, 5);
  for (auto& looker : lookers) EXPECT_TRUE(fails(looker.wait(0ms), Errc::timed_out, {})) << "a looker failed";
}

TEST(RuntimeDirectoryDefault, is_the_users_own) {
  const Folder folder;
  wchar_t usual[4096] = {};
  const DWORD had = ::GetEnvironmentVariableW(L"XDG_RUNTIME_DIR", usual, 4096);
  ::SetEnvironmentVariableW(L"XDG_RUNTIME_DIR", nullptr);
  EXPECT_TRUE(default_runtime_directory().ends_with("\\geyser\\run")) << default_runtime_directory();
  ::SetEnvironmentVariableW(L"XDG_RUNTIME_DIR", wide(folder.path()).c_str());
  EXPECT_EQ(default_runtime_directory(), folder.path() + "\\geyser");
  ::SetEnvironmentVariableW(L"XDG_RUNTIME_DIR", had != 0 ? usual : nullptr);
  EXPECT_EQ(program_name(), "geyser_unit_tests");
  EXPECT_EQ(current_process(), ::GetCurrentProcessId());
}

}  // namespace
}  // namespace geyser::platform
