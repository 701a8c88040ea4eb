// Shared memory as memory entries: sizes, protection, and files that are none.
#include "platform/shared_memory.hpp"

#include <sys/mman.h>

#include <atomic>
#include <csignal>
#include <random>

#include "fixture.hpp"
#include "platform/wait.hpp"

namespace geyser::platform {
namespace {

using namespace std::chrono_literals;
using unit::Child;
using unit::fails;
using unit::Folder;
using unit::ok;

class EmulatedMemory : public fake_mach::Counted {};

constexpr std::uint64_t size = 3 * 4096;

TEST_F(EmulatedMemory, both_ends_write) {
  auto random = unit::random_source();
  const SharedMemory memory = fake_mach::memory(size - 5);
  ASSERT_EQ(memory.bytes().size(), size);
  for (const std::byte byte : memory.bytes()) ASSERT_EQ(byte, std::byte{0});
  auto handle = memory.handle().duplicate();
  ASSERT_TRUE(ok(handle));
  const auto other = SharedMemory::open(*handle, size);
  ASSERT_TRUE(ok(other));
  EXPECT_FALSE(*handle);
  for (std::byte& byte : memory.bytes()) byte = static_cast<std::byte>(random());
  EXPECT_TRUE(std::equal(memory.bytes().begin(), memory.bytes().end(), other->bytes().begin()));
  other->bytes()[size - 1] ^= std::byte{0xFF};
  EXPECT_TRUE(std::equal(memory.bytes().begin(), memory.bytes().end(), other->bytes().begin()));
}

TEST_F(EmulatedMemory, read_only_memory_is_written_by_its_maker_alone) {
  auto memory = SharedMemory::create_read_only_for_others(size, "test");
  ASSERT_TRUE(ok(memory));
  auto handle = memory->handle().duplicate();
  ASSERT_TRUE(ok(handle));
  EXPECT_TRUE(fails(SharedMemory::open(*handle, size), Errc::protocol_error, {"may not be written to"}));
  EXPECT_TRUE(*handle);
  auto reader = SharedMemory::open_read_only(*handle, size);
  ASSERT_TRUE(ok(reader));
  memory->bytes()[7] = std::byte{42};
  EXPECT_EQ(reader->bytes()[7], std::byte{42});
  EXPECT_NE(::mprotect(reader->bytes().data(), size, PROT_READ | PROT_WRITE), 0);
  Child child([&] {
    ::signal(SIGSEGV, SIG_DFL);
    *static_cast<volatile std::byte*>(reader->bytes().data()) = std::byte{1};
    return 0;
  });
  EXPECT_EQ(child.wait(), -1);
}

TEST_F(EmulatedMemory, what_is_too_small_or_none_is_refused_and_stays_the_callers) {
  const SharedMemory memory = fake_mach::memory(4096);
  auto handle = memory.handle().duplicate();
  ASSERT_TRUE(ok(handle));
  EXPECT_TRUE(fails(SharedMemory::open(*handle, 4097), Errc::protocol_error, {"4096", "4097"}));
  EXPECT_TRUE(fails(SharedMemory::open_read_only(*handle, UINT64_MAX), Errc::protocol_error, {"has 4096 bytes"}));
  EXPECT_TRUE(*handle);
  OsHandle none;
  EXPECT_TRUE(fails(SharedMemory::open(none, 1), Errc::protocol_error, {"no shared memory"}));
  const auto [a, b] = fake_mach::connected();
  auto port = a.handle().duplicate();
  ASSERT_TRUE(ok(port));
  EXPECT_TRUE(fails(SharedMemory::open(*port, 1), Errc::protocol_error, {"no memory entry"}));
  EXPECT_TRUE(*port);
}

TEST_F(EmulatedMemory, a_file_that_its_owner_could_shorten_is_refused) {
  OsHandle file(static_cast<OsHandle::Value>(fake_mach::make_file_entry(size)));
  ASSERT_TRUE(file);
  EXPECT_TRUE(fails(SharedMemory::open(file, size), Errc::protocol_error, {"file"}));
  EXPECT_TRUE(fails(SharedMemory::open_read_only(file, size), Errc::protocol_error, {"file"}));
  EXPECT_TRUE(file);
}

TEST_F(EmulatedMemory, more_than_the_machine_has_is_out_of_memory) {
  EXPECT_TRUE(fails(SharedMemory::create(UINT64_MAX, "test"), Errc::out_of_memory, {"more than"}));
  EXPECT_TRUE(fails(SharedMemory::create(std::uint64_t{1} << 60, "test"), Errc::out_of_memory, {"asked for"}));
  EXPECT_TRUE(fails(SharedMemory::create(0, "test"), Errc::invalid_argument, {"0 bytes"}));
}

TEST_F(EmulatedMemory, another_process_maps_it_and_is_woken) {
  const Folder folder;
  auto listener = ListeningSocket::listen(folder / "s");
  ASSERT_TRUE(ok(listener));
  Child child([&] {
    auto socket = Socket::connect(folder / "s", 5s);
    if (!socket || !socket->wait_readable(10s)) return 1;
    auto message = socket->receive();
    if (!message || !*message || (*message)->handles.size() != 1) return 2;
    auto memory = SharedMemory::open_read_only((*message)->handles[0], size);
    if (!memory) return 3;
    const auto& word = *reinterpret_cast<const std::atomic<std::uint32_t>*>(memory->bytes().data());
    const Bell bell = Bell::open({});
    const auto quiet = std::chrono::steady_clock::now();
    bell.wait(word, 0, 50ms);
    if (std::chrono::steady_clock::now() - quiet < 50ms) return 4;
    if (auto sent = socket->send(fake_mach::pattern(1), {}); !sent) return 5;
    const auto start = std::chrono::steady_clock::now();
    while (word.load() == 0 && std::chrono::steady_clock::now() - start < 20s) bell.wait(word, 0, 20s);
    return word.load() == 9 && std::chrono::steady_clock::now() - start < 10s ? 0 : 6;
  });
  Result<std::optional<Socket>> accepted = std::optional<Socket>();
  for (int i = 0; i < 5'000 && accepted && !*accepted; ++i) {
    accepted = listener->accept();
    std::this_thread::sleep_for(1ms);
  }
  ASSERT_TRUE(ok(accepted));
  ASSERT_TRUE(accepted->has_value());
  auto memory = SharedMemory::create_read_only_for_others(size, "test");
  ASSERT_TRUE(ok(memory));
  const OsHandle::Value value = memory->handle().borrow();
  ASSERT_TRUE(ok((*accepted)->send(fake_mach::pattern(1), {&value, 1})));
  ASSERT_TRUE((*accepted)->wait_readable(10s));
  std::this_thread::sleep_for(30ms);
  auto& word = *reinterpret_cast<std::atomic<std::uint32_t>*>(memory->bytes().data());
  word.store(9);
  BellKey key;
  auto bell = Bell::create(key);
  ASSERT_TRUE(ok(bell));
  bell->wake(word);
  EXPECT_EQ(child.wait(), 0);
}

}  // namespace
}  // namespace geyser::platform
