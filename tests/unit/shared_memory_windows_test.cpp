// Sections of Windows that would harm who maps them, and a board that nobody else writes to.
#include <array>

#include "check.hpp"
#include "child_windows.hpp"
#include "platform/shared_memory.hpp"
#include "platform/windows.hpp"
#include "system.hpp"

namespace geyser::platform {
namespace {

using namespace std::chrono_literals;
using unit::fails;
using unit::Folder;
using unit::ok;
using unit::open_descriptors;

constexpr DWORD size = 8192;

[[nodiscard]] OsHandle section(HANDLE file, DWORD flags) { return owned(::CreateFileMappingW(file, nullptr, flags, 0, size, nullptr)); }

TEST(SharedMemoryHostile, sections_whose_pages_can_go_away_are_refused) {
  const std::size_t before = open_descriptors();
  {
    OsHandle reserved = section(INVALID_HANDLE_VALUE, PAGE_READWRITE | SEC_RESERVE);
    ASSERT_TRUE(reserved);
    EXPECT_TRUE(fails(SharedMemory::open(reserved, size), Errc::protocol_error, {"not committed"}));
    EXPECT_TRUE(reserved);  // still the caller's

    const Folder folder;
    const OsHandle file =
        owned(::CreateFileW(wide(folder / "f").c_str(), GENERIC_READ | GENERIC_WRITE, 0, nullptr, CREATE_NEW, 0, nullptr));
    ASSERT_TRUE(file);
    OsHandle of_file = section(native(file), PAGE_READWRITE);
    ASSERT_TRUE(of_file);
    EXPECT_TRUE(fails(SharedMemory::open(of_file, size), Errc::protocol_error, {"is a file"}));
    EXPECT_TRUE(fails(SharedMemory::open_read_only(of_file, size), Errc::protocol_error, {"is a file"}));

    OsHandle honest = section(INVALID_HANDLE_VALUE, PAGE_READWRITE | SEC_COMMIT);
    EXPECT_TRUE(fails(SharedMemory::open(honest, size + 1), Errc::protocol_error, {"8192", "8193"}));
    HANDLE blind = nullptr;
    ASSERT_NE(::DuplicateHandle(::GetCurrentProcess(), native(honest), ::GetCurrentProcess(), &blind, SECTION_MAP_READ | SECTION_MAP_WRITE,
                                FALSE, 0),
              0);
    OsHandle says_nothing = owned(blind);
    EXPECT_TRUE(fails(SharedMemory::open(says_nothing, size), Errc::protocol_error, {"SECTION_QUERY"}));
    EXPECT_TRUE(ok(SharedMemory::open(honest, size)));

    OsHandle event = owned(::CreateEventW(nullptr, TRUE, FALSE, nullptr));
    EXPECT_TRUE(fails(SharedMemory::open(event, 1), Errc::protocol_error, {"no shared memory"}));
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST(SharedMemoryBoard, nobody_else_writes_to_it_whichever_way) {
  const auto board = SharedMemory::create_read_only_for_others(size, "test");
  ASSERT_TRUE(ok(board));
  for (const DWORD access : {DWORD{SECTION_MAP_WRITE}, DWORD{SECTION_ALL_ACCESS}, DWORD{SECTION_EXTEND_SIZE}}) {
    HANDLE more = nullptr;
    EXPECT_EQ(::DuplicateHandle(::GetCurrentProcess(), native(board->handle()), ::GetCurrentProcess(), &more, access, FALSE, 0), 0)
        << access;
  }
  auto child = unit::start_part({"write-to-board"});
  const OsHandle::Value value = board->handle().borrow();
  ASSERT_TRUE(unit::tell(child.channel(), "board", {value}));
  EXPECT_EQ(child.wait(10s).value_or(-1), 0);
  board->bytes()[0] = std::byte{1};  // the owner still does
  auto copy = board->handle().duplicate();
  ASSERT_TRUE(ok(copy));
  const auto reader = SharedMemory::open_read_only(*copy, size);
  ASSERT_TRUE(ok(reader));
  EXPECT_EQ(reader->bytes()[0], std::byte{1});
}

TEST(SharedMemoryBoard, its_owner_cannot_grant_what_it_did_not) {
  if (unit::is_wine()) GTEST_SKIP() << "Wine knows no OWNER RIGHTS entry: owners rewrite access lists there";
  const auto board = SharedMemory::create_read_only_for_others(size, "test");
  ASSERT_TRUE(ok(board));
  for (const DWORD access : {DWORD{WRITE_DAC}, DWORD{WRITE_OWNER}}) {
    HANDLE more = nullptr;
    EXPECT_EQ(::DuplicateHandle(::GetCurrentProcess(), native(board->handle()), ::GetCurrentProcess(), &more, access, FALSE, 0), 0)
        << access;
  }
}

}  // namespace
}  // namespace geyser::platform
