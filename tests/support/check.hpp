// Assertions on Result<T> that print the whole error.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "geyser/result.hpp"

namespace geyser::test {

[[nodiscard]] ::testing::AssertionResult describe_failure(const Error& error);
[[nodiscard]] ::testing::AssertionResult compare_error(const Error& error, Errc wanted, std::string_view part);

/// ASSERT_TRUE(ok(result))
template <class T>
[[nodiscard]] ::testing::AssertionResult ok(const Result<T>& result) {
  return result ? ::testing::AssertionSuccess() << "it succeeds" : describe_failure(result.error());
}
/// True when `result` failed with `wanted` and, unless empty, the message contains `part`.
template <class T>
[[nodiscard]] ::testing::AssertionResult fails(const Result<T>& result, Errc wanted, std::string_view part = {}) {
  if (result) return ::testing::AssertionFailure() << "it succeeds where " << to_string(wanted) << " is expected";
  return compare_error(result.error(), wanted, part);
}

}  // namespace geyser::test
