// Type-checked, never run. A port of our own: the receive right is the token, send rights are its handles. Within one task both have one
// name, which cannot be given to another port while the receive right is held.
#include <mach/mach.h>

#include "platform/process_token.hpp"

namespace geyser::platform {
namespace {

mach_port_name_t name_of(OsHandle::Value value) noexcept { return static_cast<mach_port_name_t>(value); }

}  // namespace

Result<ProcessToken> ProcessToken::create() {
  mach_port_name_t name = MACH_PORT_NULL;
  if (mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &name) != KERN_SUCCESS) {
    return Error(Errc::out_of_memory, "The process has no Mach port name left for a token.");
  }
  return ProcessToken(static_cast<OsHandle::Value>(name));
}

ProcessToken::~ProcessToken() {
  if (value_ == OsHandle::none) return;
  // By right, not by name alone: send rights that are still out become dead names, which their owners deallocate.
  static_cast<void>(mach_port_mod_refs(mach_task_self(), name_of(value_), MACH_PORT_RIGHT_RECEIVE, -1));
}

Result<OsHandle> ProcessToken::handle() const {
  if (mach_port_insert_right(mach_task_self(), name_of(value_), name_of(value_), MACH_MSG_TYPE_MAKE_SEND) != KERN_SUCCESS) {
    return Error(Errc::out_of_memory, "The process can make no further send right to a token's Mach port.");
  }
  return OsHandle(value_);
}

bool ProcessToken::named_by(const OsHandle& handle) const noexcept { return handle && handle.borrow() == value_; }

bool ProcessToken::has_handles() const noexcept {
  mach_port_rights_t rights = 0;
  return mach_port_get_srights(mach_task_self(), name_of(value_), &rights) == KERN_SUCCESS && rights != 0;
}

}  // namespace geyser::platform
