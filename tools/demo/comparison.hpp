// Zero copy beside the CPU copy that it replaces: two devices share a picture, every byte is compared, every step is timed.
#pragma once

#include <iosfwd>

#include "tools/common/json.hpp"
#include "tools/demo/duo.hpp"
#include "tools/demo/options.hpp"

namespace geyser::demo {

struct Outcome {
  std::string first_difference;  ///< empty: everything is equal
  std::string returned_path;
  PassTimes forward;
  PassTimes backward;
};

/// The picture there and back: A writes it, B reads it; B draws a box into it, A reads that. Writes both PNGs.
[[nodiscard]] Outcome compare_ways(Duo& duo, const Options& options);
void print(Duo& duo, const Options& options, const Outcome& outcome);
[[nodiscard]] tools::Json to_json(Duo& duo, const Options& options, const Outcome& outcome);

}  // namespace geyser::demo
