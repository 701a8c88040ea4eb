// Apple: a path of the file system as the name of a Mach service. Emulated in CTest (tests/fake_mach) and type-checked; never run on an
// Apple system.
#pragma once

#include <cstdint>
#include <string>

#include "platform/mach.hpp"

namespace geyser::platform {

/// Registers a service under a name of its own making with launchd, and writes that name into a file at `path`, which only this user can
/// read or replace. What a dead listener left at `path` is replaced. Errors: invalid_argument, unsupported_feature (a sandbox; every app on
/// iOS), out_of_memory, os_error.
[[nodiscard]] Result<mach::ReceiveRight> publish_service(const std::string& path);

/// The service whose name stands in the file at `path`. That this user wrote the file is what says whose service it is; the process is the
/// file's word until a message has come.
struct Service {
  mach::SendRight port;
  std::uint32_t process_id = 0;
};
/// Errors: not_found (no file, or nobody listens), invalid_state (another user's file), unsupported_feature, os_error.
[[nodiscard]] Result<Service> look_up_service(const std::string& path);

}  // namespace geyser::platform
