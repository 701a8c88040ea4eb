// The library's words as JSON: one spelling for every verb.
#pragma once

#include <nlohmann/json.hpp>

#include "geyser/capabilities.hpp"

namespace geyser::tools {

/// Keys keep the order in which they were added.
using Json = nlohmann::ordered_json;

/// 16 hexadecimal digits.
[[nodiscard]] std::string luid_text(const std::array<std::uint8_t, 8>& luid);
[[nodiscard]] Json to_json(const DeviceIdentity& identity);
[[nodiscard]] Json to_json(const Capabilities& capabilities);
[[nodiscard]] Json to_json(const Error& error);
/// Indented by two spaces, with a newline; bytes that are no UTF-8 (a driver's name may hold anything) are replaced.
[[nodiscard]] std::string dump(const Json& json);

}  // namespace geyser::tools
