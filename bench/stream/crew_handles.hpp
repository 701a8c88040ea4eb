// Under which numbers a member finds what it inherits.
#pragma once

namespace geyser::bench {
inline constexpr int page_descriptor = 100;
inline constexpr int copy_descriptor = 101;
}  // namespace geyser::bench
