// The page's files, inside the program: embed_page.cmake makes the source of them.
#pragma once

#include <span>
#include <string_view>

namespace geyser::tools::web {

struct Asset {
  std::string_view path;  ///< "/page.js"
  std::string_view type;  ///< for Content-Type
  std::string_view body;
};
/// Ownership: static storage.
[[nodiscard]] std::span<const Asset> assets() noexcept;

}  // namespace geyser::tools::web
