// Who may talk to the server: token, Host and Origin. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace geyser::tools::web {

/// 128 random bits in hexadecimal.
[[nodiscard]] std::string random_token();
/// 16 to 128 letters, digits, '-', '_', '.', '~': what needs no quoting in a URL.
[[nodiscard]] bool is_token(std::string_view token) noexcept;
/// "http://host" or "https://host", with or without a port, and nothing behind it.
[[nodiscard]] bool is_origin(std::string_view origin) noexcept;
[[nodiscard]] bool is_loopback(std::string_view address) noexcept;

struct Target {
  std::string_view path;
  std::string_view query;
};
[[nodiscard]] Target split_target(std::string_view target) noexcept;
/// The first value of `key`; empty when it is not there. Nothing is unquoted: tokens need none.
[[nodiscard]] std::string_view query_value(std::string_view query, std::string_view key) noexcept;

/// Ownership: value. Threading: any thread.
class AccessRules {
 public:
  /// `address`: the one that is listened on, as an IP literal without brackets.
  AccessRules(std::string address, std::uint16_t port, std::string token, std::vector<std::string> origins);
  /// Takes the same time for every token of the right length.
  [[nodiscard]] bool token_matches(std::string_view token) const noexcept;
  /// The Host header names this server by an address that DNS cannot give to somebody else.
  [[nodiscard]] bool host_allowed(std::string_view host) const;
  /// The Origin header is this server's own, as `host` names it, or one of those that were allowed.
  [[nodiscard]] bool origin_allowed(std::string_view origin, std::string_view host) const;
  /// One of those that were allowed.
  [[nodiscard]] bool is_foreign(std::string_view origin) const;
  [[nodiscard]] const std::string& token() const noexcept { return token_; }

 private:
  std::string address_;
  std::uint16_t port_;
  std::string token_;
  std::vector<std::string> origins_;
};

/// "http://127.0.0.1:8080/?token=...". Errors: none.
[[nodiscard]] std::string page_url(std::string_view address, std::uint16_t port, std::string_view token);

}  // namespace geyser::tools::web
