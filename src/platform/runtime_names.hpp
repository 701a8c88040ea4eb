// What names and kinds may be, and how a name becomes part of a file's name. Only the runtime directory uses it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "geyser/result.hpp"

namespace geyser::platform {

inline constexpr std::size_t max_name_bytes = 128;

/// Errors: invalid_argument, naming the kind or the name and what is allowed.
[[nodiscard]] Result<void> check_name(std::string_view kind, std::string_view name);

/// File name for `name`: percent-encoded and, where that would be long, shortened with a digest at its end. Never holds '.' or '/', and no
/// two are one to a file system that takes no notice of case where the system has such (Windows), nor a device there ("nul").
[[nodiscard]] std::string file_stem(std::string_view name);
/// The name that a stem was made from. Empty when it is no stem, or a shortened one: the lock file tells those.
[[nodiscard]] std::optional<std::string> name_of_stem(std::string_view stem);

/// The files of one name of one kind.
struct NameFiles {
  std::string lock, info, fresh, socket;
  NameFiles(std::string_view stem, std::string_view kind);
};

}  // namespace geyser::platform
