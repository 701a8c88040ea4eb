#include "tools/geyser/serve_access.hpp"

#include <algorithm>
#include <array>
#include <random>

#include "core/message.hpp"

namespace geyser::tools::web {
namespace {

[[nodiscard]] bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
[[nodiscard]] bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
[[nodiscard]] bool is_hex(char c) noexcept { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/// A host that only an address can be: no name ends in a number, and none stands in brackets.
[[nodiscard]] bool is_address(std::string_view host) noexcept {
  if (host.starts_with('[') && host.ends_with(']')) {
    const auto inside = host.substr(1, host.size() - 2);
    return !inside.empty() && std::ranges::all_of(inside, [](char c) { return is_hex(c) || c == ':' || c == '.'; });
  }
  return std::ranges::count(host, '.') == 3 && std::ranges::all_of(host, [](char c) { return is_digit(c) || c == '.'; });
}

[[nodiscard]] std::string in_url(std::string_view address) {
  return address.find(':') == std::string_view::npos ? std::string(address) : detail::text('[', address, ']');
}

}  // namespace

std::string random_token() {
  std::random_device random;  // the system's generator
  constexpr std::string_view digits = "0123456789abcdef";
  std::string token;
  for (int word = 0; word < 4; ++word) {
    std::uint32_t bits = random();
    for (int i = 0; i < 8; ++i, bits >>= 4) token += digits[bits & 15];
  }
  return token;
}

bool is_token(std::string_view token) noexcept {
  return token.size() >= 16 && token.size() <= 128 &&
         std::ranges::all_of(token, [](char c) { return is_digit(c) || is_letter(c) || c == '-' || c == '_' || c == '.' || c == '~'; });
}

bool is_origin(std::string_view origin) noexcept {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!origin.starts_with(scheme)) continue;
    const auto host = origin.substr(scheme.size());
    return !host.empty() && std::ranges::all_of(host, [](char c) {
      return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == ':' || c == '[' || c == ']';
    });
  }
  return false;
}

bool is_loopback(std::string_view address) noexcept { return address == "::1" || address.starts_with("127."); }

Target split_target(std::string_view target) noexcept {
  const auto mark = target.find('?');
  if (mark == std::string_view::npos) return {target, {}};
  return {target.substr(0, mark), target.substr(mark + 1)};
}

std::string_view query_value(std::string_view query, std::string_view key) noexcept {
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto pair = query.substr(0, end);
    if (pair.size() > key.size() && pair.starts_with(key) && pair[key.size()] == '=') return pair.substr(key.size() + 1);
    if (end == std::string_view::npos) break;
    query.remove_prefix(end + 1);
  }
  return {};
}

AccessRules::AccessRules(std::string address, std::uint16_t port, std::string token, std::vector<std::string> origins)
    : address_(std::move(address)), port_(port), token_(std::move(token)), origins_(std::move(origins)) {}

bool AccessRules::token_matches(std::string_view token) const noexcept {
  if (token.size() != token_.size() || token_.empty()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < token.size(); ++i) difference |= static_cast<unsigned char>(token[i]) ^ static_cast<unsigned char>(token_[i]);
  return difference == 0;
}

bool AccessRules::host_allowed(std::string_view host) const {
  std::string port = "80";
  const auto colon = host.rfind(':');
  if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos) {
    port = host.substr(colon + 1);
    host = host.substr(0, colon);
  }
  if (port != std::to_string(port_)) return false;
  std::string name(host);
  std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (name == in_url(address_)) return true;
  if (address_ == "0.0.0.0" || address_ == "::") return name == "localhost" || is_address(name);
  return is_loopback(address_) && (name == "127.0.0.1" || name == "localhost" || name == "[::1]");
}

bool AccessRules::origin_allowed(std::string_view origin, std::string_view host) const {
  return origin == detail::text("http://", host) || is_foreign(origin);
}

bool AccessRules::is_foreign(std::string_view origin) const { return std::ranges::find(origins_, origin) != origins_.end(); }

std::string page_url(std::string_view address, std::uint16_t port, std::string_view token) {
  return detail::text("http://", in_url(address), ':', port, "/?token=", token);
}

}  // namespace geyser::tools::web
