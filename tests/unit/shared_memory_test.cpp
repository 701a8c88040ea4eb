// Shared memory: who may write to it, and sleeping on a word of it.
#include "platform/shared_memory.hpp"

#include <atomic>
#include <cstring>
#include <thread>

#include "check.hpp"
#include "platform/wait.hpp"
#include "system.hpp"

namespace geyser::platform {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using unit::fails;
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
TEST(SharedMemory, both_ends_write_unless_it_is_read_only) {
  auto memory = SharedMemory::create(size, "test");
  ASSERT_TRUE(ok(memory));
  auto handle = memory->handle().duplicate();
  ASSERT_TRUE(ok(handle));
  const auto opened = SharedMemory::open(*handle, size);
  ASSERT_TRUE(ok(opened));
  EXPECT_FALSE(*handle);
  opened->bytes()[100] = std::byte{5};
  EXPECT_EQ(memory->bytes()[100], std::byte{5});
  EXPECT_EQ(memory->bytes().size(), size);
}

TEST(SharedMemory, the_owner_of_read_only_memory_writes_and_readers_see_it) {
  const SharedMemory memory = own_board();
  const SharedMemory reader = reader_of(memory);
  EXPECT_EQ(reader.bytes().size(), size);
  for (const std::byte b : reader.bytes()) ASSERT_EQ(b, std::byte{0});
  std::memset(memory.bytes().data(), 0x5A, size);
  for (const std::byte b : reader.bytes()) ASSERT_EQ(b, std::byte{0x5A});
}

TEST(SharedMemory, opening_for_writing_what_is_read_only_is_the_peers_fault) {
  const SharedMemory memory = own_board();
  auto handle = memory.handle().duplicate();
  ASSERT_TRUE(ok(handle));
  EXPECT_TRUE(fails(SharedMemory::open(*handle, size), Errc::protocol_error, {"may not be"}));
  EXPECT_TRUE(*handle);
}

TEST(SharedMemory, a_reader_wakes_others_through_its_read_only_mapping) {
  const SharedMemory memory = own_board();
  auto& word = *reinterpret_cast<std::atomic<std::uint32_t>*>(memory.bytes().data());
  const SharedMemory reader = reader_of(memory);
  BellKey key;
  const auto bell = Bell::create(key);
  ASSERT_TRUE(ok(bell));
  const Bell other = Bell::open(key);
  std::atomic<bool> woken = false;
  std::thread sleeper([&] {
    const auto start = steady_clock::now();
    bell->wait(word, 0, 20s);
    woken = steady_clock::now() - start < 10s;
  });
  for (int i = 0; i < 5'000 && !woken; ++i) {
    other.wake(*reinterpret_cast<const std::atomic<std::uint32_t>*>(reader.bytes().data()));
    std::this_thread::sleep_for(1ms);
  }
  sleeper.join();
  EXPECT_TRUE(woken);
}

TEST(SharedMemory, is_refused_when_it_is_too_small_or_none) {
  const std::size_t before = open_descriptors();
  {
    const auto memory = SharedMemory::create(size, "test");
    ASSERT_TRUE(ok(memory));
    auto handle = memory->handle().duplicate();
    ASSERT_TRUE(ok(handle));
    EXPECT_TRUE(fails(SharedMemory::open(*handle, size + 1), Errc::protocol_error, {"8192", "8193"}));
    EXPECT_TRUE(fails(SharedMemory::open_read_only(*handle, size + 1), Errc::protocol_error, {"8192", "8193"}));
    EXPECT_TRUE(*handle);  // still the caller's
    OsHandle null = unit::open_null();
    EXPECT_TRUE(fails(SharedMemory::open_read_only(null, 1), Errc::protocol_error, {"no shared memory"}));
    OsHandle none;
    EXPECT_TRUE(fails(SharedMemory::open_read_only(none, 1), Errc::protocol_error, {"no shared memory"}));
    EXPECT_TRUE(fails(SharedMemory::create_read_only_for_others(UINT64_MAX, "test"), Errc::out_of_memory, {"more than"}));
    EXPECT_TRUE(fails(SharedMemory::create_read_only_for_others(std::uint64_t{1} << 60, "test"), Errc::out_of_memory, {"asked for"}));
    for (int i = 0; i < 100; ++i) (void)reader_of(own_board());
  }
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace geyser::platform
