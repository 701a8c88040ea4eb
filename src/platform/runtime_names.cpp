#include "platform/runtime_names.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/message.hpp"

namespace geyser::platform {
namespace {

constexpr std::size_t longest_kind = 16;
// A socket's path has 107 bytes on Linux: this and the suffixes leave 45 for the folder.
constexpr std::size_t longest_stem = 48;
constexpr std::size_t digest_digits = 16;
constexpr char shortened = '~';
constexpr std::string_view digits = "0123456789ABCDEF";
#if defined(_WIN32)
constexpr bool case_tells_files_apart = false;
constexpr bool names_may_be_devices = true;
#else
constexpr bool case_tells_files_apart = true;
constexpr bool names_may_be_devices = false;
#endif

bool stands_for_itself(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (case_tells_files_apart && c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/// With whatever ending, these are no files.
bool is_device(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 4> whole{"con", "prn", "aux", "nul"};
  const bool numbered = name.size() == 4 && (name.starts_with("com") || name.starts_with("lpt")) && name[3] >= '0' && name[3] <= '9';
  return numbered || std::ranges::find(whole, name) != whole.end();
}

/// FNV-1a. Chance does not make two names meet; who does so on purpose shuts out nobody but himself.
std::uint64_t digest(std::string_view text) noexcept {
  std::uint64_t value = 0xcbf29ce484222325;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return value;
}

std::string percent_encoded(std::string_view name) {
  const bool device = names_may_be_devices && is_device(name);
  std::string out;
  for (const char c : name) {
    if (stands_for_itself(c) && !(device && out.empty())) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return out;
}

}  // namespace

Result<void> check_name(std::string_view kind, std::string_view name) {
  if (kind.empty() || kind.size() > longest_kind || !std::ranges::all_of(kind, [](char c) { return c >= 'a' && c <= 'z'; })) {
    return Error(Errc::invalid_argument, detail::text("The kind \"", kind, "\" is not 1 to ", longest_kind, " of the letters a to z."));
  }
  if (name.empty() || name.size() > max_name_bytes) {
    return Error(Errc::invalid_argument,
                 detail::text("The name has ", name.size(), " bytes, and 1 to ", max_name_bytes, " are allowed; choose another one."));
  }
  if (name.find('\0') != std::string_view::npos) {
    return Error(Errc::invalid_argument, "The name holds a NUL byte, and all but that are allowed; choose another one.");
  }
  return {};
}

std::string file_stem(std::string_view name) {
  std::string whole = percent_encoded(name);
  if (whole.size() <= longest_stem) return whole;
  std::uint64_t value = digest(name);
  std::string tail(1 + digest_digits, shortened);
  for (std::size_t i = tail.size(); i-- > 1; value >>= 4) tail[i] = digits[value & 15];
  whole.resize(longest_stem - tail.size());
  return whole + tail;
}

std::optional<std::string> name_of_stem(std::string_view stem) {
  std::string name;
  for (std::size_t i = 0; i < stem.size(); ++i) {
    if (stem[i] != '%') {
      name += stem[i];
      continue;
    }
    if (i + 2 >= stem.size()) return std::nullopt;
    const std::size_t high = digits.find(stem[i + 1]);
    const std::size_t low = digits.find(stem[i + 2]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    name += static_cast<char>(high << 4 | low);
    i += 2;
  }
  // Only what file_stem() makes itself: two files must not stand for one name.
  if (name.empty() || name.size() > max_name_bytes || name.find('\0') != std::string::npos || file_stem(name) != stem) return std::nullopt;
  return name;
}

NameFiles::NameFiles(std::string_view stem, std::string_view kind) {
  const std::string base = detail::text(stem, '.', kind);
  lock = base + ".lock", info = base + ".info", fresh = base + ".new", socket = base + ".sock";
}

}  // namespace geyser::platform
