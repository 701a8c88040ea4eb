#include "stream/names.hpp"

#include <cstdint>

#include "core/message.hpp"
#include "geyser/directory.hpp"

namespace geyser::detail {
namespace {

/// Bytes of the UTF-8 sequence at the start of `text`; 0 when it is none (overlong forms and surrogates included).
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return 0;
  }
  const std::uint8_t second = byte(1);
  if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) || (first == 0xf0 && second < 0x90) ||
      (first == 0xf4 && second > 0x8f)) {
    return 0;
  }
  return length;
}

}  // namespace

Result<void> check_stream_name(std::string_view name) {
  if (name.empty() || name.size() > max_stream_name_bytes) {
    return Error(Errc::invalid_argument,
                 text("The stream name has ", name.size(), " bytes; give one of 1 to ", max_stream_name_bytes, " bytes."));
  }
  for (std::size_t i = 0; i < name.size();) {
    const std::size_t length = sequence_length(name.substr(i));
    const auto value = static_cast<std::uint8_t>(name[i]);
    if (length == 0) return Error(Errc::invalid_argument, text("The stream name is not UTF-8 at byte ", i, "."));
    if (value < 0x20 || value == 0x7f) {
      return Error(Errc::invalid_argument,
                   text("The stream name has the control character ", int{value}, " at byte ", i, "; leave it out."));
    }
    i += length;
  }
  return {};
}

}  // namespace geyser::detail
