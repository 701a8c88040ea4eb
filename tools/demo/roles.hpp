// What the demo's other processes do. Each prints one line of JSON when it is done; failures are thrown with the library's sentence.
#pragma once

#include "tools/demo/options.hpp"

namespace geyser::demo {

inline constexpr char publisher_role[] = "publisher";
inline constexpr char zero_copy_role[] = "zero-copy";      ///< a reader on the publisher's device
inline constexpr char host_bridge_role[] = "host-bridge";  ///< a reader in host memory

/// Publishes the counter pattern as Options::stream for Options::seconds, once both readers are there. Exit code.
int publish(const Options& options);
/// Reads it until it ends, checks every frame, and writes the last one as a PNG. Exit code.
int read(const Options& options);

}  // namespace geyser::demo
