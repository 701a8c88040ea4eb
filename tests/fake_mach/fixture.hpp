// What the tests of the emulation share: rights are counted before and after each test.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <ostream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "check.hpp"
#include "child.hpp"
#include "fake_mach/fake_mach.hpp"
#include "platform/shared_memory.hpp"
#include "platform/socket.hpp"

namespace fake_mach {

inline void PrintTo(const Counts& counts, std::ostream* out) {
  *out << counts.names << " names, " << counts.references << " references, " << counts.ports << " ports, " << counts.tasks << " tasks, "
       << counts.mappings << " mappings";
}

/// Waits until tasks of processes that ended are gone: their death reaches the kernel a moment later.
inline Counts settled_counts(std::uint64_t tasks) {
  for (int i = 0; i < 5'000 && counts().tasks != tasks; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  forget_closed_queues();
  return counts();
}

class Counted : public ::testing::Test {
 protected:
  void SetUp() override {
    forget_closed_queues();
    before_ = counts();
    descriptors_ = geyser::unit::open_descriptors();
  }
  void TearDown() override {
    fail_after(-1);
    EXPECT_EQ(settled_counts(before_.tasks), before_) << "a right, a port or a mapping was left";
    EXPECT_EQ(geyser::unit::open_descriptors(), descriptors_);
  }

  Counts before_;
  std::size_t descriptors_ = 0;
};

[[nodiscard]] inline std::vector<std::byte> pattern(std::size_t size, unsigned seed = 7) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>((i * 31 + seed) & 0xFF);
  return bytes;
}
[[nodiscard]] inline geyser::platform::SharedMemory memory(std::uint64_t bytes = 4096) {
  auto made = geyser::platform::SharedMemory::create(bytes, "test");
  if (!made) std::abort();
  return std::move(*made);
}
[[nodiscard]] inline std::pair<geyser::platform::Socket, geyser::platform::Socket> connected() {
  auto ends = geyser::platform::Socket::pair();
  if (!ends) std::abort();
  return std::move(*ends);
}
/// What Socket::send() sends, for hostile peers to change. `destination` is copied.
struct RawMessage {
  mach_msg_header_t header{};
  std::vector<std::byte> body;

  void put(const void* data, std::size_t size) {
    const auto* bytes = static_cast<const std::byte*>(data);
    body.insert(body.end(), bytes, bytes + size);
  }
  template <class Value>
  void put(const Value& value) {
    put(&value, sizeof(value));
  }
  void put_port(mach_port_t name, mach_msg_type_name_t disposition) {
    mach_msg_port_descriptor_t descriptor{};
    descriptor.name = name;
    descriptor.disposition = disposition & 0xFFU;
    descriptor.type = MACH_MSG_PORT_DESCRIPTOR;
    put(descriptor);
  }
  mach_msg_return_t send(mach_port_t destination, mach_msg_id_t id, bool complex) {
    std::vector<std::byte> bytes(sizeof(header) + body.size());
    header.msgh_bits |= MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0U) | (complex ? MACH_MSGH_BITS_COMPLEX : 0U);
    header.msgh_size = static_cast<mach_msg_size_t>(bytes.size());
    header.msgh_remote_port = destination;
    header.msgh_id = id;
    std::memcpy(bytes.data(), &header, sizeof(header));
    if (!body.empty()) std::memcpy(bytes.data() + sizeof(header), body.data(), body.size());
    auto* message = reinterpret_cast<mach_msg_header_t*>(bytes.data());
    const auto code = mach_msg(message, MACH_SEND_MSG | MACH_SEND_TIMEOUT, header.msgh_size, 0, MACH_PORT_NULL, 0, MACH_PORT_NULL);
    if (code == MACH_SEND_TIMED_OUT) mach_msg_destroy(message);
    return code;
  }
};

}  // namespace fake_mach
