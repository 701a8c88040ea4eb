// A publisher and two readers as processes of their own, watched while they run, and judged by what the readers saw.
#pragma once

#include <vector>

#include "tools/common/json.hpp"
#include "tools/demo/options.hpp"

namespace geyser::demo {

struct StreamOutcome {
  tools::Json publisher;                ///< its report
  std::vector<tools::Json> readers;     ///< theirs
  std::vector<std::string> complaints;  ///< empty: everything is as it must be
};

/// Starts the three, prints a live table unless Options::json, waits for their end, and looks at the reports. `device`: the one to use.
[[nodiscard]] StreamOutcome run_streams(const Options& options, const DeviceIdentity& device);
void print(const Options& options, const StreamOutcome& outcome);
[[nodiscard]] tools::Json to_json(const StreamOutcome& outcome);

}  // namespace geyser::demo
