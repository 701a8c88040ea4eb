// A second set of a texture's OS handles, for whoever must import it twice or keep it.
#pragma once

#include <array>

#include "geyser/handle.hpp"

namespace geyser::detail {

/// Empty ones stay empty. Errors: as OsHandle::duplicate(); `to` is then to be thrown away.
template <std::size_t Count>
[[nodiscard]] Result<void> duplicate_handles(const std::array<OsHandle, Count>& from, std::array<OsHandle, Count>& to) {
  for (std::size_t i = 0; i < Count; ++i) {
    if (!from[i]) continue;
    auto copy = from[i].duplicate();
    if (!copy) return std::move(copy).error();
    to[i] = *std::move(copy);
  }
  return {};
}

}  // namespace geyser::detail
