// Handles of this process, and a child with a socket to it.
#pragma once

#if !defined(_WIN32)
#include <sys/types.h>
#endif

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "geyser/os_handle.hpp"

namespace geyser::test {

#if defined(_WIN32)
using ProcessId = std::uint32_t;
#else
using ProcessId = ::pid_t;
#endif

/// Open file descriptors of this process; handles on Windows.
[[nodiscard]] std::size_t open_descriptors();
/// Bytes of memory that this process has resident.
[[nodiscard]] std::uint64_t resident_bytes();
/// True when `handle` is open here.
[[nodiscard]] bool is_open(OsHandle::Value handle) noexcept;

/// What main() was given, in UTF-8, which Windows gives by another way only. The first is the program.
[[nodiscard]] std::vector<std::string> arguments_of(int argc, char** argv);

/// One message: bytes and handles that travel together.
struct Message {
  std::vector<std::byte> bytes;
  std::vector<OsHandle> handles;
};

/// One end of a pair of message sockets. Every receive is bounded.
class Channel {
 public:
  explicit Channel(OsHandle socket) noexcept;
  Channel(Channel&&) noexcept;
  Channel& operator=(Channel&&) noexcept;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  ~Channel();
  /// Sends bytes and copies of the handles.
  [[nodiscard]] Result<void> send(std::span<const std::byte> bytes, std::span<const OsHandle::Value> handles = {}) const;
  [[nodiscard]] Result<Message> receive(std::chrono::milliseconds timeout) const;
  /// Nothing was sent or received by it yet where another process, or another object, is to take it over.
  [[nodiscard]] const OsHandle& socket() const noexcept { return socket_; }

 private:
  struct State;  // Windows: the library's own socket, over a duplicate
  OsHandle socket_;
  mutable std::unique_ptr<State> state_;
};

/// This program again, with other arguments and a channel. Killed by the destructor if it still runs.
class Child {
 public:
#if !defined(_WIN32)
  static constexpr int channel_descriptor = 3;
#endif
  /// The child's end of its channel; to be called once, in the child.
  [[nodiscard]] static OsHandle inherited_channel() noexcept;
  [[nodiscard]] static Result<Child> start(const std::vector<std::string>& arguments);
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();
  [[nodiscard]] const Channel& channel() const noexcept { return channel_; }
  /// Closes this process's end; the child sees it.
  void drop_channel() noexcept { channel_ = Channel(OsHandle()); }
  [[nodiscard]] ProcessId pid() const noexcept { return pid_; }
  /// Ends it as SIGKILL does; its exit status is then 128 + 9.
  void kill() const noexcept;
  /// Stops every thread of it, and lets them go on.
  void stop() const noexcept;
  void go_on() const noexcept;
  /// Exit status of the child; timed_out when it still runs then.
  [[nodiscard]] Result<int> wait(std::chrono::milliseconds timeout);

 private:
  Child(ProcessId pid, OsHandle process, Channel channel) noexcept
      : pid_(pid), process_(std::move(process)), channel_(std::move(channel)) {}
  static constexpr ProcessId none = static_cast<ProcessId>(-1);
  ProcessId pid_ = none;
  OsHandle process_;  // Windows
  Channel channel_;
};

}  // namespace geyser::test
