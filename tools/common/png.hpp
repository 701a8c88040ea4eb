// PNG files: by libpng, on Windows by the system's imaging component.
#pragma once

#include <string>

#include "tools/common/picture.hpp"

namespace geyser::tools {

/// Writes 8-bit RGBA and makes the folders on the way. Errors: os_error, invalid_argument (an empty picture).
[[nodiscard]] Result<void> write_png(const std::string& path, const Picture& picture);
/// Reads any PNG as 8-bit RGBA. Errors: not_found, os_error naming what is wrong with it.
[[nodiscard]] Result<Picture> read_png(const std::string& path);

}  // namespace geyser::tools
