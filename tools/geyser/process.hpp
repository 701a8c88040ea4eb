// This process: asked to stop, standard input and output as streams of bytes.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

namespace geyser::tools {

/// From now on SIGINT, SIGTERM and SIGHUP (Windows: Ctrl-C, Ctrl-Break, the window's end) ask to stop, see interrupted(); a second one ends
/// the program at once. A reader of our output
/// that goes away is an error of the write, not the end of the process.
void catch_interrupts() noexcept;
/// True once the user, or the system, has asked to stop.
[[nodiscard]] bool interrupted() noexcept;
/// Sleeps until then; false when it was interrupted.
bool sleep_until(std::chrono::steady_clock::time_point when) noexcept;

enum class Flow : std::uint8_t {
  done,         ///< all bytes
  ended,        ///< end of input; whoever reads the output is gone
  interrupted,  ///< see interrupted()
  failed,       ///< `error` is errno; on Windows, what GetLastError() says
};
struct Passed {
  Flow flow = Flow::done;
  std::size_t bytes = 0;
  int error = 0;
};
/// Fills `bytes` from standard input, waiting as long as it takes.
[[nodiscard]] Passed read_input(std::span<std::byte> bytes) noexcept;
/// Writes all of `bytes` to standard output.
[[nodiscard]] Passed write_output(std::span<const std::byte> bytes) noexcept;
/// True when standard input is a terminal.
[[nodiscard]] bool input_is_terminal() noexcept;

}  // namespace geyser::tools
