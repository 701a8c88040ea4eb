// Apple: a child inherits no ports.
#include "platform/inheritance.hpp"

namespace geyser::platform {

void keep_from_children(const OsHandle& /*handle*/) noexcept {}

}  // namespace geyser::platform
