#include "ipc/link.hpp"

#include "core/guard.hpp"
#include "ipc/deadline.hpp"
#include "platform/runtime_directory.hpp"

namespace geyser::ipc {
namespace {

using detail::text;

[[nodiscard]] Error late(const platform::Socket& socket, std::string_view what, std::chrono::nanoseconds timeout) {
  const auto peer = socket.peer();
  // Of a pair of sockets the system only knows who made it.
  const bool known = peer && peer->process_id != platform::current_process();
  const std::string who = known ? text("Process ", peer->process_id) : std::string("The other process");
  return Error(Errc::timed_out, text(who, " ", what, " within ", std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count(),
                                     " ms; it is stopped, or busy."));
}

}  // namespace

Result<platform::SendOutcome> Link::try_send(const Message& message) const {
  return encode(message).and_then([this](Encoded&& encoded) { return socket_.send(encoded.bytes, encoded.handles); });
}

Result<void> Link::send(const Message& message, std::chrono::nanoseconds timeout) const {
  return encode(message).and_then([&](Encoded&& encoded) { return send(encoded, timeout); });
}

Result<void> Link::send(const Encoded& encoded, std::chrono::nanoseconds timeout) const {
  return detail::guard([&]() -> Result<void> {
    const Deadline deadline(timeout);
    for (;;) {
      auto outcome = socket_.send(encoded.bytes, encoded.handles);
      if (!outcome) return std::move(outcome).error();
      if (*outcome == platform::SendOutcome::sent) return {};
      if (deadline.over()) return late(socket_, "takes no message", timeout);
      static_cast<void>(socket_.wait_writable(deadline.rest()));
    }
  });
}

Result<std::optional<Message>> Link::try_receive() const {
  return detail::guard([&]() -> Result<std::optional<Message>> {
    auto datagram = socket_.receive();
    if (!datagram) return std::move(datagram).error();
    if (!*datagram) return std::optional<Message>();
    return decode((*datagram)->bytes, std::move((*datagram)->handles)).transform([](Message&& message) {
      return std::optional<Message>(std::move(message));
    });
  });
}

Result<Message> Link::receive(std::chrono::nanoseconds timeout) const {
  return detail::guard([&]() -> Result<Message> {
    const Deadline deadline(timeout);
    for (;;) {
      auto message = try_receive();
      if (!message) return std::move(message).error();
      if (*message) return std::move(**message);
      if (deadline.over()) return late(socket_, "sends no message", timeout);
      static_cast<void>(socket_.wait_readable(deadline.rest()));
    }
  });
}

}  // namespace geyser::ipc
