// The library's log during tests: kept, so that an error line that nobody expected fails the test that caused it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "geyser/log.hpp"

namespace geyser::test {

/// Sends the log to memory from now on. Call once, before the first test.
void capture_log();
struct LogLine {
  LogLevel level = LogLevel::debug;
  std::string text;
};
/// How many lines there are so far; a mark for lines_since().
[[nodiscard]] std::size_t log_mark();
/// Lines at `level` or above since `mark`.
[[nodiscard]] std::vector<LogLine> lines_since(std::size_t mark, LogLevel level);

}  // namespace geyser::test
