#include "geyser/log.hpp"

#include <atomic>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <new>

namespace geyser {
namespace {

LogLevel level_from_environment() noexcept {
  const char* text = std::getenv("GEYSER_LOG");
  if (text == nullptr) return LogLevel::warning;
  const std::string_view name(text);
  if (name == "debug") return LogLevel::debug;
  if (name == "info") return LogLevel::info;
  if (name == "error") return LogLevel::error;
  if (name == "off") return LogLevel::off;
  return LogLevel::warning;
}

void write_to_stderr(LogLevel level, std::string_view message, void*) noexcept {
  static constexpr const char* names[] = {"debug", "info", "warning", "error", "off"};
  std::fprintf(stderr, "geyser %s: %.*s\n", names[static_cast<int>(level)], static_cast<int>(message.size()), message.data());
}

struct Log {
  std::mutex mutex;  // sinks are called one at a time
  LogSink sink = &write_to_stderr;
  void* user = nullptr;
  std::atomic<LogLevel> level{level_from_environment()};
};

Log& the_log() noexcept {
  // Never destroyed: objects with static lifetime may log while the process ends. Needs no heap, so it cannot fail.
  alignas(Log) static std::byte storage[sizeof(Log)];
  static Log* log = ::new (static_cast<void*>(storage)) Log;
  return *log;
}

}  // namespace

void set_log_sink(LogSink sink, void* user) noexcept {
  Log& log = the_log();
  const std::lock_guard lock(log.mutex);
  log.sink = sink != nullptr ? sink : &write_to_stderr;
  log.user = user;
}

void set_log_level(LogLevel level) noexcept { the_log().level.store(level, std::memory_order_relaxed); }

void log(LogLevel level, std::string_view message) noexcept {
  Log& log = the_log();
  if (level == LogLevel::off || level < log.level.load(std::memory_order_relaxed)) return;
  const std::lock_guard lock(log.mutex);
  log.sink(level, message, log.user);
}

}  // namespace geyser
