// Sealed memory files: whichever way a peer goes, and a futex on a word of one.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <string>
#include <thread>

#include "check.hpp"
#include "child.hpp"
#include "platform/shared_memory.hpp"
#include "platform/wait.hpp"

namespace geyser::platform {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using unit::Child;
using unit::fails;
using unit::Gate;
using unit::ok;
using unit::open_descriptors;

constexpr std::uint64_t size = 8192;

[[nodiscard]] SharedMemory own_board() {
  auto memory = SharedMemory::create_read_only_for_others(size, "test");
  if (!memory) std::abort();
  return std::move(*memory);
}
[[nodiscard]] SharedMemory reader_of(const SharedMemory& memory) {
  auto handle = memory.handle().duplicate();
  if (!handle) std::abort();
  auto opened = SharedMemory::open_read_only(*handle, size);
  if (!opened) std::abort();
  return std::move(*opened);
}
/// The error number of a system call that should fail; 0 when it worked.
template <class Call>
[[nodiscard]] int failure_of(Call&& call) {
  return call() ? 0 : errno;
}

[[nodiscard]] bool maps_for_writing(int fd) {
  void* data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (data == MAP_FAILED) return false;
  ::munmap(data, size);
  return true;
}

TEST(SharedMemory, nobody_else_writes_to_read_only_memory_whichever_way) {
  const SharedMemory memory = own_board();
  const auto attempts = [](int fd) {
    const std::string path = "/proc/self/fd/" + std::to_string(fd);
    const int again = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (again < 0) return 1;
    for (const int each : {fd, again}) {
      if (maps_for_writing(each)) return 2;
      if (failure_of([&] { return ::pwrite(each, "x", 1, 0) == 1; }) != EPERM) return 3;
      if (failure_of([&] { return ::ftruncate(each, 0) == 0; }) != EPERM) return 4;
      if (failure_of([&] { return ::ftruncate(each, 2 * size) == 0; }) != EPERM) return 5;
      if (failure_of([&] { return ::fallocate(each, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096) == 0; }) != EPERM) return 6;
      if (failure_of([&] { return ::fcntl(each, F_ADD_SEALS, F_SEAL_WRITE) == 0; }) != EPERM) return 7;
      void* data = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, each, 0);
      if (data == MAP_FAILED) return 8;
      if (::mprotect(data, size, PROT_READ | PROT_WRITE) == 0) return 9;
      ::munmap(data, size);
    }
    ::close(again);
    return 0;
  };
  EXPECT_EQ(attempts(memory.handle().fd()), 0);
  Child child([&] { return attempts(memory.handle().fd()); });
  EXPECT_EQ(child.wait(), 0);
  memory.bytes()[0] = std::byte{1};  // the owner still does
  EXPECT_EQ(reader_of(memory).bytes()[0], std::byte{1});
}

TEST(SharedMemory, writing_through_a_read_only_mapping_ends_the_writer) {
  const SharedMemory memory = own_board();
  Child child([&] {
    ::signal(SIGSEGV, SIG_DFL);  // a sanitizer's handler would print a report
    const SharedMemory reader = reader_of(memory);
    *static_cast<volatile std::byte*>(reader.bytes().data()) = std::byte{1};
    return 0;
  });
  EXPECT_EQ(child.wait(), -1);
  EXPECT_EQ(memory.bytes()[0], std::byte{0});
}

TEST(SharedMemoryHostile, read_only_memory_that_could_shrink_is_refused) {
  const std::size_t before = open_descriptors();
  {
    OsHandle unsealed(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    ASSERT_EQ(::ftruncate(unsealed.fd(), size), 0);
    EXPECT_TRUE(fails(SharedMemory::open_read_only(unsealed, size), Errc::protocol_error, {"F_SEAL_SHRINK"}));
    ASSERT_EQ(::fcntl(unsealed.fd(), F_ADD_SEALS, F_SEAL_GROW | F_SEAL_FUTURE_WRITE), 0);
    EXPECT_TRUE(fails(SharedMemory::open_read_only(unsealed, size), Errc::protocol_error, {"F_SEAL_SHRINK"}));
    EXPECT_TRUE(unsealed);  // still the caller's
    ASSERT_EQ(::fcntl(unsealed.fd(), F_ADD_SEALS, F_SEAL_SHRINK), 0);
    EXPECT_TRUE(fails(SharedMemory::open_read_only(unsealed, size + 1), Errc::protocol_error, {"8192", "8193"}));
    EXPECT_TRUE(ok(SharedMemory::open_read_only(unsealed, size)));
    EXPECT_FALSE(unsealed);

    OsHandle empty(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    ASSERT_EQ(::fcntl(empty.fd(), F_ADD_SEALS, F_SEAL_SHRINK), 0);
    EXPECT_TRUE(fails(SharedMemory::open_read_only(empty, 0), Errc::protocol_error, {"0 bytes"}));
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST(SharedMemory, a_sleeper_on_a_read_only_word_sleeps_and_is_woken_from_another_process) {
  const SharedMemory memory = own_board();
  auto& word = *reinterpret_cast<std::atomic<std::uint32_t>*>(memory.bytes().data());
  const Gate ready;
  Child child([&] {
    const SharedMemory reader = reader_of(memory);
    const auto& seen = *reinterpret_cast<const std::atomic<std::uint32_t>*>(reader.bytes().data());
    // A refused wait would return at once.
    const auto quiet = steady_clock::now();
    Bell::open({}).wait(seen, 0, 50ms);
    if (steady_clock::now() - quiet < 50ms) return 1;
    ready.pass();
    const auto start = steady_clock::now();
    while (seen.load() == 0 && steady_clock::now() - start < 20s) Bell::open({}).wait(seen, 0, 20s);
    if (seen.load() == 0) return 2;
    if (steady_clock::now() - start > 10s) return 3;  // the wake-up was lost, only the time-out ended it
    const auto other = steady_clock::now();
    Bell::open({}).wait(seen, 0, 20s);  // the word is 1: returns at once
    return steady_clock::now() - other < 10s ? 0 : 4;
  });
  ASSERT_TRUE(ready.wait());
  std::this_thread::sleep_for(30ms);  // most likely asleep by now; right either way
  word.store(1);
  Bell::open({}).wake(word);
  EXPECT_EQ(child.wait(), 0);
}

TEST(SharedMemory, a_descriptor_for_reading_is_no_memory_to_write_to) {
  const auto plain = SharedMemory::create(size, "test");
  ASSERT_TRUE(ok(plain));
  const std::string path = "/proc/self/fd/" + std::to_string(plain->handle().fd());
  OsHandle only_reading(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(only_reading);
  EXPECT_TRUE(fails(SharedMemory::open(only_reading, size), Errc::protocol_error, {"may not be written to"}));
  EXPECT_TRUE(ok(SharedMemory::open_read_only(only_reading, size)));
  EXPECT_FALSE(only_reading);
}

}  // namespace
}  // namespace geyser::platform
