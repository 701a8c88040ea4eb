# Writes OUTPUT with the revision that is being built; leaves it alone when nothing changed.
execute_process(COMMAND git -C "${SOURCE}" describe --always --dirty --abbrev=10 OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT revision)
  set(revision "unknown")
endif()
file(CONFIGURE OUTPUT "${OUTPUT}" CONTENT [[
// Generated.
#pragma once
namespace geyser::bench {
inline constexpr const char revision[] = "@revision@";
inline constexpr const char compiler[] = "@COMPILER@";
inline constexpr const char build_type[] = "@BUILD_TYPE@";
}  // namespace geyser::bench
]] @ONLY)
