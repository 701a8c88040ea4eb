// What Dawn says about calls that have no result of their own: it collects errors in scopes.
#pragma once

#include "backends/webgpu/context.hpp"

namespace geyser::webgpu {

/// For callbacks whose being called is all that matters. Their parameters differed between releases of Dawn.
template <class... Parameters>
void ignore_result(Parameters...) noexcept {}

/// Catches the errors of the calls during its life.
class ErrorScopes {
 public:
  explicit ErrorScopes(Entered& entered);
  ~ErrorScopes();
  ErrorScopes(const ErrorScopes&) = delete;
  ErrorScopes& operator=(const ErrorScopes&) = delete;
  /// Ends it. Errors: `code` with Dawn's words for what Dawn calls a validation error; out_of_memory, device_lost, internal.
  [[nodiscard]] Result<void> close(Errc code, std::string_view what);

 private:
  Entered& entered_;
  int open_ = 0;
};

/// "Dawn refuses WHAT: ..."; what Dawn's messages say after their first line is left out.
[[nodiscard]] Error dawn_error(Errc code, std::string_view what, std::string_view message);

}  // namespace geyser::webgpu
