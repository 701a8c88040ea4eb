// OsHandle when no file descriptor is left.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "check.hpp"
#include "geyser/os_handle.hpp"
#include "system.hpp"

namespace geyser {
namespace {

using unit::fails;
using unit::open_null;

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
