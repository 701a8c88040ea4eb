// Who closes a file descriptor that a driver refused?
#pragma once

#include "geyser/os_handle.hpp"
#include "platform/handle_identity.hpp"

namespace geyser::detail {

/// The APIs say that a failed import leaves the descriptor with the application, but lavapipe and SwiftShader close it. Imports therefore
/// give the driver a duplicate; after a failure this closes it only if the driver did not, so that nobody's number is closed twice. `spare`
/// is what the driver was given, `original` what it was duplicated from.
inline void settle_failed_import(OsHandle& spare, const OsHandle& original) noexcept {
  if (platform::is_same_object(spare, original)) {
    spare.reset();
  } else {
    static_cast<void>(spare.release());
  }
}

}  // namespace geyser::detail
