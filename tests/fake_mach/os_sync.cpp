// os_sync_wait_on_address and its kin, as macOS 14.4 has them, over futexes. A program without this file is an older system.
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <ctime>

// Shown, since the platform looks for them at run time.
#define FAKE_MACH_EXPORT __attribute__((visibility("default")))

extern "C" {
FAKE_MACH_EXPORT int os_sync_wait_on_address_with_timeout(void* address, std::uint64_t value, std::size_t size, std::uint32_t flags,
                                                          std::uint32_t clock, std::uint64_t timeout);
FAKE_MACH_EXPORT int os_sync_wake_by_address_all(void* address, std::size_t size, std::uint32_t flags);

int os_sync_wait_on_address_with_timeout(void* address, std::uint64_t value, std::size_t size, std::uint32_t flags, std::uint32_t clock,
                                         std::uint64_t timeout) {
  if (size != 4 || flags != 1 || clock != 32 || timeout == 0) {
    errno = EINVAL;
    return -1;
  }
  timespec limit{};
  limit.tv_sec = static_cast<time_t>(timeout / 1'000'000'000);
  limit.tv_nsec = static_cast<long>(timeout % 1'000'000'000);
  const long result = ::syscall(SYS_futex, address, FUTEX_WAIT, static_cast<std::uint32_t>(value), &limit, nullptr, 0);
  if (result == 0 || errno == EAGAIN) return 0;
  return -1;
}

int os_sync_wake_by_address_all(void* address, std::size_t size, std::uint32_t flags) {
  if (size != 4 || flags != 1) {
    errno = EINVAL;
    return -1;
  }
  return ::syscall(SYS_futex, address, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0) > 0 ? 0 : (errno = ENOENT, -1);
}
}
