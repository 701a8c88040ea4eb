// Apple: a handle is the name of a Mach port to which this process has a send right. Duplicates have one name, and count.
#include "core/message.hpp"
#include "geyser/log.hpp"
#include "geyser/os_handle.hpp"
#include "platform/connection_apple.hpp"
#include "platform/mach.hpp"

namespace geyser {
namespace {

using platform::mach::name_of;

OsHandle::Value checked(OsHandle::Value value) noexcept { return value > 0 && MACH_PORT_VALID(name_of(value)) ? value : OsHandle::none; }

}  // namespace

OsHandle::OsHandle(Value value) noexcept : value_(checked(value)) {}

void OsHandle::reset(Value value) noexcept {
  // The new value may be the same name: then it is another reference, and the old one still goes.
  const Value old = std::exchange(value_, checked(value));
  if (old == none) return;
  const kern_return_t code = mach_port_deallocate(mach_task_self(), name_of(old));
  if (code == KERN_INVALID_NAME || code == KERN_INVALID_RIGHT) {
    log(LogLevel::error, "A Mach port right that the library owns was already given up: somebody deallocates rights twice.");
  }
  platform::handle_was_closed(name_of(old));
}

Result<OsHandle> OsHandle::duplicate() const noexcept {
  if (value_ == none) return Error(Errc::invalid_argument, "There is no handle to duplicate.");
  const kern_return_t code = mach_port_mod_refs(mach_task_self(), name_of(value_), MACH_PORT_RIGHT_SEND, 1);
  if (code == KERN_SUCCESS) return OsHandle(value_);
  try {
    if (code == KERN_INVALID_NAME || code == KERN_INVALID_RIGHT) {
      return Error(
          Errc::invalid_argument,
          detail::text("Mach port name ", value_, " cannot be duplicated: it is no send right of this process to a port that lives."),
          ErrorDomain::none, code);
    }
    return platform::mach::error("Duplicating a Mach send right", code);
  } catch (const std::exception&) {
    return Error(Errc::os_error, "A Mach send right cannot be duplicated.", ErrorDomain::none, code);
  }
}

}  // namespace geyser
