// What a Vulkan driver says about itself to the loader ("Architecture of the Vulkan Loader Interfaces", driver manifest files).
#pragma once

#include <filesystem>
#include <string>

#include "geyser/result.hpp"

namespace geyser::tools {

/// What "ICD.library_path" says: a bare name, a path relative to the manifest, or an absolute one. Errors: os_error, protocol_error, each
/// with one clause.
[[nodiscard]] Result<std::string> library_of_manifest(const std::filesystem::path& manifest);

}  // namespace geyser::tools
