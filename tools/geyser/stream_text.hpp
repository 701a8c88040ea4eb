// Streams in words: for tables and for JSON, the same in every verb.
#pragma once

#include <string>

#include "geyser/directory.hpp"
#include "tools/common/json.hpp"
#include "tools/geyser/verb.hpp"

namespace geyser::tools {

/// "1920x1080"; with "x6" behind it where a texture has depth.
[[nodiscard]] std::string size_text(const Extent3D& extent);
/// "59.9", "0.25 ms": as few digits as tell something.
[[nodiscard]] std::string rate_text(double per_second);
[[nodiscard]] std::string duration_text(std::chrono::nanoseconds time);
/// A stream's or an application's name with what could steer a terminal replaced by '?'.
[[nodiscard]] std::string printable(std::string_view text);

[[nodiscard]] Json to_json(const StreamInfo& stream);
[[nodiscard]] Json to_json(const ReaderStatus& reader);

/// One document on one line, at once: for verbs that go on.
void print_line(const Json& json);
/// complain() with the exit code and the next step that suit an error of streams.
ExitCode complain_about_stream(const Error& error);

}  // namespace geyser::tools
