// The functions of mach/mach.h, servers/bootstrap.h and bsm/libbsm.h, as calls of the fake kernel.
#include <bsm/libbsm.h>
#include <poll.h>
#include <servers/bootstrap.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>

#include "fake_mach/fake_mach.hpp"

using fake_mach::Answer;
using fake_mach::Call;
using fake_mach::call;
using fake_mach::Fd;
using fake_mach::Op;

namespace {

using Clock = std::chrono::steady_clock;

std::atomic<std::uint64_t> watcher_ids = 1;

mach_msg_return_t send_once(mach_msg_header_t& message, mach_msg_size_t size) {
  Call request{Op::send, {}, {}, {}};
  const auto* bytes = reinterpret_cast<const std::byte*>(&message);
  request.bytes.assign(bytes, bytes + size);
  const Answer answer = call(std::move(request), MACH_SEND_NO_BUFFER);
  if (answer.code == MACH_SEND_TIMED_OUT) std::memcpy(&message, answer.bytes.data(), answer.bytes.size());
  return answer.code;
}

mach_msg_return_t receive_once(mach_msg_header_t& message, mach_msg_option_t option, mach_msg_size_t room, mach_port_name_t port) {
  const bool audit = (option & MACH_RCV_TRAILER_ELEMENTS(0xf)) == MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT);
  const Answer answer = call({Op::receive, {port, room, (option & MACH_RCV_LARGE) != 0 ? 1U : 0U, audit ? 1U : 0U}, {}, {}});
  if (answer.code == MACH_RCV_TOO_LARGE && (option & MACH_RCV_LARGE) != 0)
    message.msgh_size = static_cast<mach_msg_size_t>(answer.values[0]);
  if (!answer.bytes.empty()) std::memcpy(&message, answer.bytes.data(), answer.bytes.size());
  return answer.code;
}

/// Sleeps until `port` may have a message.
void sleep_on(mach_port_name_t port, std::chrono::milliseconds most) {
  const Fd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  const std::uint64_t id = watcher_ids++;
  if (call({Op::watch, {port, id, 0, 0}, {}, event.duplicate()}).code != KERN_SUCCESS) return;
  pollfd entry{event.get(), POLLIN, 0};
  ::poll(&entry, 1, static_cast<int>(std::min<std::int64_t>(most.count(), 60'000)));
  static_cast<void>(call({Op::unwatch, {port, id, 0, 0}, {}, {}}));
}

}  // namespace

extern "C" {

mach_port_t mach_task_self_ = 0x203;
mach_port_t bootstrap_port = 0x307;

mach_msg_return_t mach_msg(mach_msg_header_t* message, mach_msg_option_t option, mach_msg_size_t send_size, mach_msg_size_t receive_size,
                           mach_port_name_t receive_name, mach_msg_timeout_t timeout, mach_port_name_t /*notify*/) {
  const auto end = Clock::now() + std::chrono::milliseconds(timeout);
  const auto left = [&] { return std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()); };
  if ((option & MACH_SEND_MSG) != 0) {
    while (true) {
      const mach_msg_return_t code = send_once(*message, send_size);
      if (code != MACH_SEND_TIMED_OUT || left().count() <= 0) return code;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  while (true) {
    const mach_msg_return_t code = receive_once(*message, option, receive_size, receive_name);
    if (code != MACH_RCV_TIMED_OUT || left().count() <= 0) return code;
    sleep_on(receive_name, left());
  }
}

void mach_msg_destroy(mach_msg_header_t* message) {
  const auto destroy = [](mach_port_t name, mach_msg_type_name_t kind) {
    if (!MACH_PORT_VALID(name)) return;
    if (kind == MACH_MSG_TYPE_MOVE_SEND || kind == MACH_MSG_TYPE_MOVE_SEND_ONCE) mach_port_deallocate(mach_task_self(), name);
    if (kind == MACH_MSG_TYPE_MOVE_RECEIVE) mach_port_mod_refs(mach_task_self(), name, MACH_PORT_RIGHT_RECEIVE, -1);
  };
  destroy(message->msgh_remote_port, MACH_MSGH_BITS_REMOTE(message->msgh_bits));
  if ((message->msgh_bits & MACH_MSGH_BITS_COMPLEX) == 0) return;
  const auto* bytes = reinterpret_cast<const std::byte*>(message) + sizeof(*message);
  mach_msg_body_t body{};
  std::memcpy(&body, bytes, sizeof(body));
  bytes += sizeof(body);
  for (mach_msg_size_t i = 0; i < body.msgh_descriptor_count; ++i) {
    mach_msg_port_descriptor_t descriptor{};
    std::memcpy(&descriptor, bytes, sizeof(descriptor));
    if (descriptor.type == MACH_MSG_PORT_DESCRIPTOR) destroy(descriptor.name, descriptor.disposition);
    // Memory out of line is not emulated beyond its descriptor: there is nothing to unmap.
    bytes += descriptor.type == MACH_MSG_PORT_DESCRIPTOR ? sizeof(mach_msg_port_descriptor_t) : sizeof(mach_msg_ool_descriptor_t);
  }
}

kern_return_t mach_port_allocate(ipc_space_t, mach_port_right_t right, mach_port_name_t* name) {
  const Answer answer = call({Op::allocate, {right}, {}, {}}, KERN_NO_SPACE);
  *name = static_cast<mach_port_name_t>(answer.values[0]);
  return answer.code;
}
kern_return_t mach_port_deallocate(ipc_space_t, mach_port_name_t name) { return call({Op::deallocate, {name}, {}, {}}).code; }
kern_return_t mach_port_mod_refs(ipc_space_t, mach_port_name_t name, mach_port_right_t right, mach_port_delta_t delta) {
  return call({Op::mod_refs, {name, right, static_cast<std::uint64_t>(static_cast<std::int64_t>(delta))}, {}, {}},
              delta > 0 ? KERN_UREFS_OVERFLOW : 0)
      .code;
}
kern_return_t mach_port_get_refs(ipc_space_t, mach_port_name_t name, mach_port_right_t right, mach_port_urefs_t* refs) {
  const Answer answer = call({Op::get_refs, {name, right}, {}, {}});
  *refs = static_cast<mach_port_urefs_t>(answer.values[0]);
  return answer.code;
}
kern_return_t mach_port_get_srights(ipc_space_t, mach_port_name_t name, mach_port_rights_t* rights) {
  const Answer answer = call({Op::get_send_rights, {name}, {}, {}});
  *rights = static_cast<mach_port_rights_t>(answer.values[0]);
  return answer.code;
}
kern_return_t mach_port_type(ipc_space_t, mach_port_name_t name, mach_port_type_t* type) {
  const Answer answer = call({Op::type, {name}, {}, {}});
  *type = static_cast<mach_port_type_t>(answer.values[0]);
  return answer.code;
}
kern_return_t mach_port_insert_right(ipc_space_t, mach_port_name_t name, mach_port_t right, mach_msg_type_name_t disposition) {
  if (name != right || disposition != MACH_MSG_TYPE_MAKE_SEND) return KERN_INVALID_VALUE;
  return call({Op::make_send, {name}, {}, {}}, KERN_UREFS_OVERFLOW).code;
}
kern_return_t mach_port_insert_member(ipc_space_t, mach_port_name_t name, mach_port_name_t set) {
  return call({Op::insert_member, {name, set}, {}, {}}, KERN_RESOURCE_SHORTAGE).code;
}
kern_return_t mach_port_set_attributes(ipc_space_t, mach_port_name_t name, mach_port_flavor_t flavor, mach_port_info_t info,
                                       mach_msg_type_number_t count) {
  if (flavor != MACH_PORT_LIMITS_INFO || count != MACH_PORT_LIMITS_INFO_COUNT) return KERN_INVALID_ARGUMENT;
  mach_port_limits_t limits{};
  std::memcpy(&limits, info, sizeof(limits));
  return call({Op::set_queue_limit, {name, limits.mpl_qlimit}, {}, {}}, KERN_RESOURCE_SHORTAGE).code;
}
kern_return_t mach_port_request_notification(ipc_space_t, mach_port_name_t name, mach_msg_id_t kind, mach_port_mscount_t sync,
                                             mach_port_t notify, mach_msg_type_name_t disposition, mach_port_t* previous) {
  if (kind != MACH_NOTIFY_DEAD_NAME || disposition != MACH_MSG_TYPE_MAKE_SEND_ONCE) return KERN_INVALID_VALUE;
  const Answer answer =
      call({Op::request_notification, {name, sync, notify, 0}, {}, {}}, notify != MACH_PORT_NULL ? KERN_RESOURCE_SHORTAGE : 0);
  *previous = static_cast<mach_port_t>(answer.values[0]);
  return answer.code;
}

kern_return_t bootstrap_check_in(mach_port_t, const char* name, mach_port_t* service) {
  if (fake_mach::is_sandboxed()) return BOOTSTRAP_NOT_PRIVILEGED;
  Call request{Op::check_in, {}, {}, {}};
  const auto* bytes = reinterpret_cast<const std::byte*>(name);
  request.bytes.assign(bytes, bytes + std::strlen(name));
  const Answer answer = call(std::move(request), BOOTSTRAP_NO_MEMORY);
  *service = static_cast<mach_port_t>(answer.values[0]);
  return answer.code;
}
kern_return_t bootstrap_look_up(mach_port_t, const char* name, mach_port_t* service) {
  if (fake_mach::is_sandboxed()) return BOOTSTRAP_NOT_PRIVILEGED;
  Call request{Op::look_up, {}, {}, {}};
  const auto* bytes = reinterpret_cast<const std::byte*>(name);
  request.bytes.assign(bytes, bytes + std::strlen(name));
  const Answer answer = call(std::move(request), BOOTSTRAP_NO_MEMORY);
  *service = static_cast<mach_port_t>(answer.values[0]);
  return answer.code;
}

pid_t audit_token_to_pid(audit_token_t token) { return static_cast<pid_t>(token.val[5]); }
uid_t audit_token_to_euid(audit_token_t token) { return token.val[1]; }

const char* mach_error_string(kern_return_t) { return "(emulated kernel) refused"; }
const char* getprogname(void) { return ::program_invocation_short_name; }
}
