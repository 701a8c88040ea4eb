#include "support/log_capture.hpp"

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string_view>

namespace geyser::test {
namespace {

// Never destroyed: drivers may log while the process ends.
struct Store {
  std::mutex mutex;
  std::vector<LogLine> lines;
  bool echo = std::getenv("GEYSER_TEST_ECHO_LOG") != nullptr;
};
Store& store() {
  static auto* instance = new Store;
  return *instance;
}

void sink(LogLevel level, std::string_view message, void*) noexcept {
  Store& s = store();
  const std::lock_guard lock(s.mutex);
  if (s.echo) std::fprintf(stderr, "[log] %.*s\n", static_cast<int>(message.size()), message.data());
  s.lines.push_back({level, std::string(message)});
}

}  // namespace

void capture_log() { set_log_sink(&sink, nullptr); }

std::size_t log_mark() {
  Store& s = store();
  const std::lock_guard lock(s.mutex);
  return s.lines.size();
}

std::vector<LogLine> lines_since(std::size_t mark, LogLevel level) {
  Store& s = store();
  const std::lock_guard lock(s.mutex);
  std::vector<LogLine> found;
  for (std::size_t i = mark; i < s.lines.size(); ++i) {
    if (s.lines[i].level >= level) found.push_back(s.lines[i]);
  }
  return found;
}

}  // namespace geyser::test
