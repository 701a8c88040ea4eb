// OsHandle over real handles of the system.
#include <utility>

#include "check.hpp"
#include "geyser/os_handle.hpp"
#include "system.hpp"

namespace geyser {
namespace {

using unit::fails;
using unit::is_inherited;
using unit::is_open;
using unit::ok;
using unit::open_null;

TEST(OsHandle, closes_what_it_owns) {
  OsHandle::Value fd = OsHandle::none;
  {
    const OsHandle handle = open_null();
    fd = handle.borrow();
    ASSERT_TRUE(handle);
    EXPECT_TRUE(is_open(fd));
    EXPECT_EQ(handle.fd(), static_cast<int>(fd));
  }
  EXPECT_FALSE(is_open(fd));
}

TEST(OsHandle, empty_ones_close_nothing) {
  const OsHandle empty;
  EXPECT_FALSE(empty);
  EXPECT_EQ(empty.borrow(), OsHandle::none);
  EXPECT_EQ(OsHandle(-7).borrow(), OsHandle::none);
  EXPECT_TRUE(open_null());
}

TEST(OsHandle, moving_transfers) {
  OsHandle a = open_null();
  const auto fd = a.borrow();
  OsHandle b = std::move(a);
  EXPECT_FALSE(a);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(b.borrow(), fd);
  OsHandle c = open_null();
  const auto old = c.borrow();
  c = std::move(b);
  EXPECT_EQ(c.borrow(), fd);
  EXPECT_FALSE(is_open(old));
  EXPECT_TRUE(is_open(fd));
}

TEST(OsHandle, assigning_to_itself_keeps_it) {
  OsHandle a = open_null();
  const auto fd = a.borrow();
  OsHandle& same = a;
  a = std::move(same);
  EXPECT_EQ(a.borrow(), fd);
  EXPECT_TRUE(is_open(fd));
}

TEST(OsHandle, release_gives_away) {
  OsHandle a = open_null();
  const auto fd = a.release();
  EXPECT_FALSE(a);
  EXPECT_TRUE(is_open(fd));
  const OsHandle taken(fd);
  EXPECT_EQ(taken.borrow(), fd);
}

TEST(OsHandle, reset_closes_and_takes) {
  OsHandle a = open_null();
  const auto first = a.borrow();
  a.reset(open_null().release());
  EXPECT_FALSE(is_open(first) && first != a.borrow());
  EXPECT_TRUE(is_open(a.borrow()));
  const auto second = a.borrow();
  a.reset();
  EXPECT_FALSE(a);
  EXPECT_FALSE(is_open(second));
}

TEST(OsHandle, swap) {
  OsHandle a = open_null();
  OsHandle b;
  const auto fd = a.borrow();
  a.swap(b);
  EXPECT_FALSE(a);
  EXPECT_EQ(b.borrow(), fd);
}

TEST(OsHandle, duplicate_is_another_handle_that_no_child_inherits) {
  const OsHandle a = open_null();
  auto b = a.duplicate();
  ASSERT_TRUE(ok(b));
  EXPECT_NE(b->borrow(), a.borrow());
  EXPECT_FALSE(is_inherited(*b));
}

TEST(OsHandle, nothing_to_duplicate) { EXPECT_TRUE(fails(OsHandle().duplicate(), Errc::invalid_argument, {"no handle"})); }

TEST(OsHandle, duplicating_a_closed_descriptor_fails_cleanly) {
  OsHandle a = open_null();
  {
    const OsHandle closer(a.borrow());
  }
  EXPECT_TRUE(fails(a.duplicate(), Errc::invalid_argument, {"duplicated"}));
  (void)a.release();
}

}  // namespace
}  // namespace geyser
