// What the user asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace geyser::bench {

struct Options {
  std::string device;                  ///< part of a Vulkan device's name, "host" for none; empty: the first, if there is any
  double seconds = 60;                 ///< about how long the measuring takes, all cases together
  bool quick = false;                  ///< small and short: do the cases work?
  std::string out;                     ///< JSON; empty: standard output gets the table only
  std::string only;                    ///< cases whose name contains this
  std::uint32_t most_readers = 64;     ///< readers beyond this are left out
  std::optional<std::uint32_t> index;  ///< the Vulkan device; not set: host memory only
  std::optional<std::uint32_t> other;  ///< another Vulkan device, for readers beside those on the first
  std::string folder;                  ///< where the streams of this run are announced
  int member = -1;                     ///< of the crew; -1 is the leader
};

/// Throws std::runtime_error for words that it does not know.
[[nodiscard]] Options parse(int argc, char** argv);
[[nodiscard]] std::string usage();

}  // namespace geyser::bench
