#include "platform/mach.hpp"

#include <mach/mach_error.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "core/message.hpp"
#if __has_include(<bsm/libbsm.h>)
#include <bsm/libbsm.h>
#endif

namespace geyser::platform::mach {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;

Error error(std::string_view what, kern_return_t code) {
  const mach_msg_return_t plain = code & ~MACH_MSG_MASK;
  const bool of_messages = plain == MACH_RCV_HEADER_ERROR || plain == MACH_RCV_BODY_ERROR;
  const bool used_up = code == KERN_NO_SPACE || code == KERN_RESOURCE_SHORTAGE || code == KERN_UREFS_OVERFLOW ||
                       code == MACH_SEND_NO_BUFFER || (of_messages && plain != code);
  const char* why = mach_error_string(code);
  return Error(used_up ? Errc::out_of_memory : Errc::os_error,
               detail::text(what, " failed: ", why != nullptr ? why : "no reason given", " (", code, ")."), ErrorDomain::none, code);
}

template <mach_port_right_t kind>
void Right<kind>::reset() noexcept {
  const mach_port_name_t name = release();
  if (!MACH_PORT_VALID(name)) return;
  // A name may stand for a send right and a receive right at once: say which one goes.
  if constexpr (kind == MACH_PORT_RIGHT_SEND) {
    mach_port_deallocate(mach_task_self(), name);
  } else {
    mach_port_mod_refs(mach_task_self(), name, kind, -1);
  }
}
template class Right<MACH_PORT_RIGHT_SEND>;
template class Right<MACH_PORT_RIGHT_RECEIVE>;
template class Right<MACH_PORT_RIGHT_PORT_SET>;

Result<void> limit_queue(const ReceiveRight& port, mach_port_msgcount_t messages) {
  mach_port_limits_t limits{};
  limits.mpl_qlimit = messages;
  const kern_return_t code = mach_port_set_attributes(mach_task_self(), port.name(), MACH_PORT_LIMITS_INFO,
                                                      reinterpret_cast<mach_port_info_t>(&limits), MACH_PORT_LIMITS_INFO_COUNT);
  if (code != KERN_SUCCESS) return error("Limiting the queue of a Mach port", code);
  return {};
}

Result<ReceiveRight> make_port(mach_port_msgcount_t messages) {
  mach_port_name_t name = MACH_PORT_NULL;
  const kern_return_t code = mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &name);
  if (code != KERN_SUCCESS) return error("Making a Mach port", code);
  ReceiveRight port(name);
  if (auto limited = limit_queue(port, messages); !limited) return std::move(limited).error();
  return port;
}

Result<PortSet> make_set(const ReceiveRight& first, const ReceiveRight& second) {
  mach_port_name_t name = MACH_PORT_NULL;
  kern_return_t code = mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_PORT_SET, &name);
  if (code != KERN_SUCCESS) return error("Making a set of Mach ports", code);
  PortSet set(name);
  for (const ReceiveRight* member : {&first, &second}) {
    code = mach_port_insert_member(mach_task_self(), member->name(), set.name());
    if (code != KERN_SUCCESS) return error("Filling a set of Mach ports", code);
  }
  return set;
}

Result<SendRight> make_send_right(const ReceiveRight& port) {
  const kern_return_t code = mach_port_insert_right(mach_task_self(), port.name(), port.name(), MACH_MSG_TYPE_MAKE_SEND);
  if (code != KERN_SUCCESS) return error("Making a send right to a Mach port", code);
  return SendRight(port.name());
}

bool is_dead(mach_port_name_t name) noexcept {
  mach_port_type_t type = MACH_PORT_TYPE_NONE;
  return mach_port_type(mach_task_self(), name, &type) != KERN_SUCCESS || (type & MACH_PORT_TYPE_DEAD_NAME) != 0;
}

bool is_live_send_right(mach_port_name_t name) noexcept {
  mach_port_type_t type = MACH_PORT_TYPE_NONE;
  return MACH_PORT_VALID(name) && mach_port_type(mach_task_self(), name, &type) == KERN_SUCCESS && (type & MACH_PORT_TYPE_SEND) != 0;
}

namespace {

/// Up to whole milliseconds: rounded down, the last part of one would be spent spinning.
mach_msg_timeout_t whole_milliseconds(nanoseconds time) noexcept {
  const auto count = std::chrono::ceil<milliseconds>(std::max(time, nanoseconds::zero())).count();
  return static_cast<mach_msg_timeout_t>(std::min<std::int64_t>(count, std::numeric_limits<std::int32_t>::max()));
}

}  // namespace

mach_msg_return_t send(mach_msg_header_t& message, nanoseconds timeout) noexcept {
  const mach_msg_return_t code = mach_msg(&message, MACH_SEND_MSG | MACH_SEND_TIMEOUT, message.msgh_size, 0, MACH_PORT_NULL,
                                          whole_milliseconds(timeout), MACH_PORT_NULL);
  // The kernel gave the message back: copied rights are in it as moved ones, one reference too many.
  if (code == MACH_SEND_TIMED_OUT || code == MACH_SEND_INTERRUPTED) mach_msg_destroy(&message);
  return code;
}

mach_msg_return_t receive(mach_msg_header_t& message, std::size_t room, mach_port_name_t port) noexcept {
  message = {};
  // Without MACH_RCV_LARGE a message that is too large leaves the queue and is destroyed there.
  constexpr mach_msg_option_t options = MACH_RCV_MSG | MACH_RCV_TIMEOUT | MACH_RCV_TRAILER_TYPE(MACH_MSG_TRAILER_FORMAT_0) |
                                        MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT);
  const mach_msg_return_t code =
      mach_msg(&message, options, 0, static_cast<mach_msg_size_t>(room), port, MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);
  // A body or header error delivers the message without those of its rights that had no room.
  if ((code & ~MACH_MSG_MASK) == MACH_RCV_BODY_ERROR) mach_msg_destroy(&message);
  return code;
}

bool wait_for_message(mach_port_name_t port, nanoseconds timeout) noexcept {
  const auto begin = steady_clock::now();
  while (true) {
    const auto left = std::max<nanoseconds>(timeout - (steady_clock::now() - begin), nanoseconds::zero());
    const mach_msg_timeout_t limit = whole_milliseconds(left);
    // A buffer with room for a header is too small for every message, which has a trailer too: with MACH_RCV_LARGE it stays in its queue.
    mach_msg_header_t peek{};
    const mach_msg_return_t code =
        mach_msg(&peek, MACH_RCV_MSG | MACH_RCV_LARGE | MACH_RCV_TIMEOUT, 0, sizeof(peek), port, limit, MACH_PORT_NULL);
    if (code == MACH_RCV_INTERRUPTED) continue;
    if (code != MACH_RCV_TIMED_OUT) return true;
    if (left <= milliseconds(limit)) return false;
  }
}

Sender sender_of(const mach_msg_header_t& message) noexcept {
  mach_msg_audit_trailer_t trailer{};
  const std::size_t at = (std::size_t{message.msgh_size} + 3) / 4 * 4;  // trailers begin at a natural boundary
  std::memcpy(&trailer, reinterpret_cast<const std::byte*>(&message) + at, sizeof(trailer));
  if (trailer.msgh_trailer_type != MACH_MSG_TRAILER_FORMAT_0 || trailer.msgh_trailer_size < sizeof(trailer)) return {};
#if __has_include(<bsm/libbsm.h>)
  return {static_cast<std::uint32_t>(audit_token_to_pid(trailer.msgh_audit)), audit_token_to_euid(trailer.msgh_audit), true};
#else
  // iOS has no libbsm, and no other process that could have sent this: the kernel's own word for the user is enough.
  return {0, trailer.msgh_sender.val[0], true};
#endif
}

}  // namespace geyser::platform::mach
