// OsHandle over real file descriptors.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "check.hpp"
#include "geyser/os_handle.hpp"

namespace geyser {
namespace {

using unit::fails;
using unit::ok;

[[nodiscard]] bool is_open(OsHandle::Value value) { return ::fcntl(static_cast<int>(value), F_GETFD) != -1; }
[[nodiscard]] OsHandle open_null() { return OsHandle(::open("/dev/null", O_RDWR | O_CLOEXEC)); }

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
  EXPECT_TRUE(OsHandle(::open("/dev/null", O_RDONLY | O_CLOEXEC)));
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
  EXPECT_EQ(::close(static_cast<int>(fd)), 0);
}

TEST(OsHandle, reset_closes_and_takes) {
  OsHandle a = open_null();
  const auto first = a.borrow();
  a.reset(::open("/dev/null", O_RDWR | O_CLOEXEC));
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

TEST(OsHandle, duplicate_is_another_descriptor_closed_on_exec) {
  const OsHandle a = open_null();
  auto b = a.duplicate();
  ASSERT_TRUE(ok(b));
  EXPECT_NE(b->borrow(), a.borrow());
  EXPECT_NE(::fcntl(b->fd(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(OsHandle, nothing_to_duplicate) { EXPECT_TRUE(fails(OsHandle().duplicate(), Errc::invalid_argument, {"no handle"})); }

TEST(OsHandle, duplicating_a_closed_descriptor_fails_cleanly) {
  OsHandle a = open_null();
  ASSERT_EQ(::close(a.fd()), 0);
  EXPECT_TRUE(fails(a.duplicate(), Errc::invalid_argument, {"duplicated"}));
  (void)a.release();
}

TEST(OsHandle, a_full_table_is_out_of_memory) {
  const OsHandle a = open_null();
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit few = before;
  few.rlim_cur = static_cast<rlim_t>(a.borrow()) + 1;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  std::vector<OsHandle> fill;  // holes below `a`
  while (true) {
    const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd < 0) break;
    fill.emplace_back(fd);
  }
  auto b = a.duplicate();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_TRUE(fails(b, Errc::out_of_memory, {"file descriptor", "RLIMIT_NOFILE"}));
  EXPECT_EQ(b.error().native_code(), EMFILE);
}

}  // namespace
}  // namespace geyser
