// What this program does when a test starts it again.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "platform/socket.hpp"
#include "support/process.hpp"

namespace geyser::unit {

/// Starts this program with --part PART [ARGUMENTS]. Ends the test program when it cannot be started.
[[nodiscard]] test::Child start_part(std::vector<std::string> words);
/// Exit status. Ends with 99 for an unknown part.
[[nodiscard]] int run_part(const std::vector<std::string>& words);

/// A byte or so from one process to the other, and back.
[[nodiscard]] bool tell(const test::Channel& channel, std::string_view word = "x", std::vector<OsHandle::Value> handles = {});
/// The word that the other one told; empty after ten seconds, or when it is gone.
[[nodiscard]] std::string told(const test::Channel& channel, std::chrono::milliseconds patience = std::chrono::seconds(10));

/// Wine has gaps that Windows has not; a test that meets one says so and skips.
[[nodiscard]] bool is_wine() noexcept;

/// What run_part() has for hostile peers: hostile_windows.cpp.
[[nodiscard]] int run_hostile_client(const std::string& path, const std::string& lie, const test::Channel& parent);
[[nodiscard]] int run_hostile_server(const std::string& path, const std::string& lie, const test::Channel& parent);

}  // namespace geyser::unit
