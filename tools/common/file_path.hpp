// Names of files as the programs carry them: UTF-8, which std::filesystem takes for the ANSI code page on Windows unless it is told.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "geyser/result.hpp"

namespace geyser::tools {

/// Errors: none; may throw std::bad_alloc, and std::system_error for what is no UTF-8 (Windows).
[[nodiscard]] std::filesystem::path path_of(std::string_view utf8);
/// The other way.
[[nodiscard]] std::string utf8_of(const std::filesystem::path& path);
/// Makes the folders on the way to the file. Errors: os_error naming the folder.
[[nodiscard]] Result<void> make_folder_of(std::string_view file);

}  // namespace geyser::tools
