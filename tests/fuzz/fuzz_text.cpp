// The parsers: any text, and what they accept survives a round trip.
#include <string_view>

#include "geyser/device_identity.hpp"
#include "geyser/format.hpp"
#include "reader.hpp"

using namespace geyser;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  if (const auto format = format_from_name(text)) {
    fuzz::require(format_info(*format) != nullptr, "a name belongs to a row");
    fuzz::require(format_from_name(to_string(*format)) == format, "a format's name gives that format");
  }
  if (const auto uuid = parse_uuid(text)) {
    const auto again = parse_uuid(to_string(*uuid));
    fuzz::require(again && *again == *uuid, "a UUID survives printing and reading");
  }
  if (const auto address = parse_pci_address(text)) {
    const auto again = parse_pci_address(to_string(*address));
    fuzz::require(again && *again == *address, "a PCI address survives printing and reading");
  }
  return 0;
}
