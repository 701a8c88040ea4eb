// Logging: an extra for people, never the sole carrier of a cause.
#pragma once

#include <cstdint>
#include <string_view>

#include "geyser/export.hpp"

namespace geyser {

enum class LogLevel : std::uint8_t { debug, info, warning, error, off };

/// Receives one line, without a newline. `message` lives only during the call. It may be called from any thread, one call at a time.
using LogSink = void (*)(LogLevel level, std::string_view message, void* user) noexcept;

/// Sends the library's log to `sink`; null restores the default, which writes warnings and errors to standard error.
/// Ownership: `user` stays the caller's and must outlive its use. Threading: any thread. Errors: none.
GEYSER_API void set_log_sink(LogSink sink, void* user = nullptr) noexcept;
/// Lowest level that reaches the sink; default warning. The environment variable GEYSER_LOG (debug, info, warning, error, off) sets the
/// default. Threading: any thread. Errors: none.
GEYSER_API void set_log_level(LogLevel level) noexcept;
/// Writes one line through the sink. Threading: any thread. Errors: none.
GEYSER_API void log(LogLevel level, std::string_view message) noexcept;

}  // namespace geyser
