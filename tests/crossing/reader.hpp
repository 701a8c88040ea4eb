// A reader of a test's stream in a process of its own.
#pragma once

#include <string>

namespace geyser::test {

/// Attaches to the stream "crossing" announced in `folder` with device `key`, reads until it is told to end over its channel, and checks
/// every frame. The exit status of the process.
[[nodiscard]] int read_in_child(const std::string& key, const std::string& folder);

}  // namespace geyser::test
