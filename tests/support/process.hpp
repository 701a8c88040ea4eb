// Descriptors of this process, and a child with a socket to it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "geyser/os_handle.hpp"

namespace geyser::test {

/// Open file descriptors of this process.
[[nodiscard]] std::size_t open_descriptors();
/// Bytes of memory that this process has resident.
[[nodiscard]] std::uint64_t resident_bytes();
/// True when `fd` is open here.
[[nodiscard]] bool is_open(int fd) noexcept;

/// One message: bytes and descriptors that travel together.
struct Message {
  std::vector<std::byte> bytes;
  std::vector<OsHandle> handles;
};

/// One end of a SOCK_SEQPACKET pair. Every receive is bounded.
class Channel {
 public:
  explicit Channel(OsHandle socket) noexcept : socket_(std::move(socket)) {}
  /// Sends bytes and copies of the descriptors.
  [[nodiscard]] Result<void> send(std::span<const std::byte> bytes, std::span<const int> descriptors = {}) const;
  [[nodiscard]] Result<Message> receive(std::chrono::milliseconds timeout) const;
  [[nodiscard]] const OsHandle& socket() const noexcept { return socket_; }

 private:
  OsHandle socket_;
};

/// This program again, with other arguments and a channel on descriptor 3. Killed by the destructor if it still runs.
class Child {
 public:
  static constexpr int channel_descriptor = 3;
  [[nodiscard]] static Result<Child> start(const std::vector<std::string>& arguments);
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();
  [[nodiscard]] const Channel& channel() const noexcept { return channel_; }
  /// Closes this process's end; the child sees it.
  void drop_channel() noexcept { channel_ = Channel(OsHandle()); }
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// Exit status of the child; timed_out when it still runs then.
  [[nodiscard]] Result<int> wait(std::chrono::milliseconds timeout);

 private:
  Child(pid_t pid, Channel channel) noexcept : pid_(pid), channel_(std::move(channel)) {}
  pid_t pid_ = -1;
  Channel channel_;
};

}  // namespace geyser::test
