// OsHandle when no file descriptor is left.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "check.hpp"
#include "geyser/os_handle.hpp"
#include "platform/handle_identity.hpp"
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

// A driver whose memory is a character device (NVIDIA's) answers another one with "out of memory", and so every later allocation.
TEST(OsHandle, devices_of_the_system_are_no_memory) {
  for (const char* path : {"/dev/null", "/dev/zero", "/dev/full", "/dev/urandom"}) {
    const OsHandle device(::open(path, O_RDONLY | O_CLOEXEC));
    ASSERT_TRUE(device) << path;
    EXPECT_FALSE(platform::may_be_memory(device, 0)) << path;
    EXPECT_FALSE(platform::may_be_memory(device, 4096)) << path;
  }
}

}  // namespace
}  // namespace geyser
