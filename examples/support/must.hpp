// How an example treats errors.
#pragma once

#include <stdexcept>
#include <utility>

#include "geyser/result.hpp"

namespace example {

/// Examples end at the first failure: the value, or an exception with the library's sentence.
template <class T>
T must(geyser::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().describe());
  return *std::move(result);
}
inline void must(const geyser::Result<void>& result) {
  if (!result) throw std::runtime_error(result.error().describe());
}

}  // namespace example
