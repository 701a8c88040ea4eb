// The border that no exception crosses.
#pragma once

#include <exception>
#include <new>
#include <utility>

#include "core/message.hpp"
#include "geyser/result.hpp"

namespace geyser::detail {

/// Runs `body`, which returns a Result, and turns what it throws into an Error: the standard library throws when memory ends.
template <class Body>
[[nodiscard]] auto guard(Body&& body) noexcept -> decltype(body()) {
  try {
    return std::forward<Body>(body)();
  } catch (const std::bad_alloc&) {
    return Error(Errc::out_of_memory, "The process has no host memory left for this call.");
  } catch (const std::exception& e) {
    return Error(Errc::internal, e.what());
  }
}

}  // namespace geyser::detail
