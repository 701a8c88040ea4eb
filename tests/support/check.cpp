#include "support/check.hpp"

namespace geyser::test {

::testing::AssertionResult describe_failure(const Error& error) { return ::testing::AssertionFailure() << error.describe(); }

::testing::AssertionResult compare_error(const Error& error, Errc wanted, std::string_view part) {
  if (error.code() != wanted) {
    return ::testing::AssertionFailure() << "it fails with " << to_string(error.code()) << " where " << to_string(wanted)
                                         << " is expected: " << error.describe();
  }
  if (error.message().empty()) return ::testing::AssertionFailure() << "the error carries no message";
  if (!part.empty() && error.describe().find(part) == std::string::npos) {
    return ::testing::AssertionFailure() << "the message does not name \"" << part << "\": " << error.describe();
  }
  return ::testing::AssertionSuccess() << "it fails as expected: " << error.describe();
}

}  // namespace geyser::test
