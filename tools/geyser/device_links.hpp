// `geyser devices --links`: from which device to which a frame gets by what way, and what that costs, measured.
#pragma once

#include "tools/common/json.hpp"
#include "tools/geyser/device_list.hpp"

namespace geyser::tools {

/// Measures every ordered pair of the list's Vulkan devices that can be opened; less than a second for each way that is tried. Threading:
/// one at a time. One entry a pair: from, to, transport, and for what is copied frame_bytes, frames, median_ns, fastest_ns,
/// bytes_per_second, rejected (better ways, with why); without a way error instead of them.
[[nodiscard]] Json measure_links(const DeviceList& list);
/// For people, on standard output; with no pair of different devices a note on standard error says so.
void print_links(const Json& links, bool color);

}  // namespace geyser::tools
