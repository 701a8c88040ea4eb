// Options that verbs about streams have in common.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "geyser/texture.hpp"

namespace geyser::tools {

/// "1920x1080", each side from 1 to 16384. Throws CLI::ValidationError.
[[nodiscard]] Extent3D parse_size(const std::string& text);
/// A format's name. Throws CLI::ValidationError.
[[nodiscard]] TextureFormat parse_format(const std::string& text);

/// What --device takes, in every verb.
inline constexpr std::string_view device_words =
    "A number, opengl, cuda, host, a UUID, a PCI address, luid:HEX, stream:NAME (where that stream is), or part of a name";
/// --device, with the words that every verb uses for it.
void add_device_option(CLI::App& verb, std::string& device, const std::string& otherwise);
/// --timeout in seconds, above 0.
void add_timeout_option(CLI::App& verb, double& seconds, const std::string& what);
[[nodiscard]] std::chrono::nanoseconds seconds(double value);

}  // namespace geyser::tools
