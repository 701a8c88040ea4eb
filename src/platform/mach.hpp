// Apple: owners for Mach rights, and the kernel's answers in words. Emulated in CTest (tests/fake_mach) and type-checked; never run on
// an Apple system.
#pragma once

#include <mach/mach.h>

#include <chrono>
#include <cstddef>
#include <string_view>
#include <utility>

#include "geyser/os_handle.hpp"

namespace geyser::platform::mach {

/// A port name as an OsHandle holds it, and back. A name has 32 bits and no sign.
[[nodiscard]] inline OsHandle::Value value_of(mach_port_name_t name) noexcept { return static_cast<OsHandle::Value>(name); }
[[nodiscard]] inline mach_port_name_t name_of(OsHandle::Value value) noexcept {
  return value < 0 ? MACH_PORT_NULL : static_cast<mach_port_name_t>(value);
}

/// `what` was refused with the kernel's `code`: out_of_memory for what ran out, else os_error. Errors: none; may throw std::bad_alloc.
[[nodiscard]] Error error(std::string_view what, kern_return_t code);

/// One reference to a right of this process. Ownership: move-only; given up with the object. Threading: distinct objects are independent.
template <mach_port_right_t kind>
class Right {
 public:
  Right() noexcept = default;
  explicit Right(mach_port_name_t name) noexcept : name_(name) {}
  Right(Right&& other) noexcept : name_(other.release()) {}
  Right& operator=(Right&& other) noexcept {
    if (this != &other) {
      reset();
      name_ = other.release();
    }
    return *this;
  }
  Right(const Right&) = delete;
  Right& operator=(const Right&) = delete;
  ~Right() { reset(); }

  [[nodiscard]] mach_port_name_t name() const noexcept { return name_; }
  [[nodiscard]] mach_port_name_t release() noexcept { return std::exchange(name_, MACH_PORT_NULL); }
  void reset() noexcept;

 private:
  mach_port_name_t name_ = MACH_PORT_NULL;
};
using SendRight = Right<MACH_PORT_RIGHT_SEND>;  // or the dead name that it became
using ReceiveRight = Right<MACH_PORT_RIGHT_RECEIVE>;
using PortSet = Right<MACH_PORT_RIGHT_PORT_SET>;

/// A new port that queues at most `messages`. Errors: out_of_memory, os_error.
[[nodiscard]] Result<ReceiveRight> make_port(mach_port_msgcount_t messages);
[[nodiscard]] Result<void> limit_queue(const ReceiveRight& port, mach_port_msgcount_t messages);
/// A set of two ports: has a message when one of them has. Errors: out_of_memory, os_error.
[[nodiscard]] Result<PortSet> make_set(const ReceiveRight& first, const ReceiveRight& second);
/// A send right to a port of this process. Errors: out_of_memory, os_error.
[[nodiscard]] Result<SendRight> make_send_right(const ReceiveRight& port);
/// The port behind a send right is gone, or the name is none.
[[nodiscard]] bool is_dead(mach_port_name_t name) noexcept;
/// The name holds at least one send right to a port that lives.
[[nodiscard]] bool is_live_send_right(mach_port_name_t name) noexcept;

/// Sends what `message` says and waits at most `timeout` for room. After a time-out the rights of the message are given up: the kernel
/// hands them back, and those that were moved are no longer the caller's.
[[nodiscard]] mach_msg_return_t send(mach_msg_header_t& message, std::chrono::nanoseconds timeout) noexcept;
/// Takes the next message of a port with who sent it (audit trailer), without waiting. Whatever could not be taken whole is given up.
[[nodiscard]] mach_msg_return_t receive(mach_msg_header_t& message, std::size_t room, mach_port_name_t port) noexcept;
/// Waits until a port or a set has a message, which stays there; true too when the port is gone.
[[nodiscard]] bool wait_for_message(mach_port_name_t port, std::chrono::nanoseconds timeout) noexcept;

/// Who sent a message that receive() took. Its user is the effective one.
struct Sender {
  std::uint32_t process_id = 0;
  std::uint32_t user_id = 0;
  bool known = false;
};
[[nodiscard]] Sender sender_of(const mach_msg_header_t& message) noexcept;

}  // namespace geyser::platform::mach
